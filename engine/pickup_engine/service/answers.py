"""Answers on the wire: values through the codec, errors as `{"error": {code, message, hint}}`."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import Response

from pickup.errors import (
    EngineError,
    MediaError,
    ModelError,
    PickupError,
    RequestError,
    StorageError,
)
from pickup.protocol import encode

_STATUS_OF_CODE = {
    "request.path_not_allowed": 403,
    "request.unknown_route": 404,
    "media.missing": 404,
    "engine.unknown_job": 404,
    "engine.unknown_take": 404,
    "engine.already_placed": 409,
    "engine.being_placed": 409,
    "engine.id_taken": 409,
    "engine.busy": 409,
    "engine.not_retryable": 409,
    "engine.not_queued": 409,
    "model.unknown": 404,
    "model.no_transfer": 404,
    "model.busy": 409,
    "model.in_use": 409,
    "model.exists": 409,
}
_STATUS_OF_KIND: tuple[tuple[type[PickupError], int], ...] = (
    (RequestError, 400),
    (MediaError, 422),
    (ModelError, 422),
    (StorageError, 507),
    (EngineError, 500),
)


def answer(value: object, status: int = 200) -> Response:
    """A value, encoded. ASCII, for file names that are not Unicode come as lone surrogates."""
    text = json.dumps(encode(value), separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def error_answer(error: PickupError, status: int | None = None) -> Response:
    """An error with the status that fits its code."""
    if status is None:
        status = _STATUS_OF_CODE.get(error.code)
    if status is None:
        status = next((s for kind, s in _STATUS_OF_KIND if isinstance(error, kind)), 500)
    return answer({"error": error.to_json()}, status)


async def body_of(request: Request) -> dict[str, object]:
    """The JSON object that was posted. RequestError for anything else."""
    text = await request.body() or b"{}"
    try:
        data = json.loads(text, parse_float=_finite, parse_constant=_not_finite)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"The request is not JSON: {error}.", code="request.not_json") from error
    if not isinstance(data, dict):
        raise RequestError("The request must be a JSON object.", code="request.malformed")
    return data


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _not_finite(text)
    return number


def _not_finite(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is no number")
