"""The one door: every request passes these checks before it reaches a route.

A web page in the user's browser can reach loopback too; it is told apart by its Host (DNS
rebinding), Origin and Sec-Fetch-Site headers, and it cannot know the token. Bodies are read here,
so that the limit holds for chunked ones as well.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pickup.errors import EngineError, PickupError, RequestError
from pickup_engine.service.answers import error_answer

MAX_BODY = 1 << 20


class Guard:
    """Pure ASGI middleware. `touched` is called for every request that is let in."""

    def __init__(self, app: ASGIApp, token: str, port: int, touched: Callable[[], None]) -> None:
        self._app = app
        self._bearer = f"Bearer {token}".encode()
        self._hosts = {f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()}
        self._touched = touched

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        body = b""
        if refusal is None:
            read = await _read_body(receive)
            refusal = _TOO_LARGE if read is None else None
            body = read or b""
        if refusal is not None:
            answer = error_answer(*refusal)
            answer.headers["connection"] = "close"
            await answer(scope, receive, send)
            return
        self._touched()
        await self._app(scope, _replay(body, receive), send)

    def _refusal(self, scope: Scope) -> tuple[PickupError, int] | None:
        headers: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b", " + value if name in headers else value
        if headers.get(b"host") not in self._hosts:
            return EngineError("The engine answers on this machine only.", code="engine.host"), 421
        if b"origin" in headers or b"sec-fetch-site" in headers:
            return EngineError("The engine does not talk to web pages.", code="engine.origin"), 403
        if not hmac.compare_digest(headers.get(b"authorization", b""), self._bearer):
            return (
                EngineError(
                    "The engine does not know this client.",
                    "Read the connection file again: the engine was restarted.",
                    code="engine.token",
                ),
                401,
            )
        if int(headers.get(b"content-length", b"0")) > MAX_BODY:
            return _TOO_LARGE
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if scope["method"] != "GET" and kind != b"application/json":
            return RequestError("Requests must be JSON.", code="request.not_json"), 415
        return None


_TOO_LARGE = (
    RequestError(
        f"The request is larger than {MAX_BODY >> 20} MiB.",
        "Send paths of media, never their content.",
        code="request.too_large",
    ),
    413,
)


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, or None where it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
