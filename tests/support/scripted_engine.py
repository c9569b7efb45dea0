"""An engine whose timing a test decides: it answers what it is told to, when it is told to.

`ModelStore` answers the routes about models as the service does; a test says when bytes come.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pickup.client.launcher import connection_file
from pickup.errors import ModelError, PickupError
from pickup.protocol import (
    VERSION,
    ModelInfo,
    ModelTransfer,
    TransferKind,
    TransferState,
    encode,
)

Answer = Callable[[], object]


class ScriptedEngine:
    """`answers`: what a path gives, JSON values or bytes of an event stream, or a PickupError that
    is raised; `asked`: what came, and `body` the latest body of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.body: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {"/v1/health": self._health}
        self.over = threading.Event()

    def _health(self) -> object:
        return {"pid": os.getpid(), "protocol": VERSION, "version": "0", "busy": False}

    def answer(self, path: str) -> object:
        self.asked.append(path)
        return self.answers[path.partition("?")[0]]()


class ModelStore:
    """The models of a scripted engine; `move`, `finish` and `fail` are what happens on the way."""

    def __init__(self, engine: ScriptedEngine, models: tuple[ModelInfo, ...]) -> None:
        self.models = {model.id: model for model in models}
        self.transfers: dict[str, ModelTransfer] = {}
        self.refusals: dict[str, PickupError] = {}
        self._engine = engine
        engine.answers |= {
            "/v1/models": lambda: {"models": encode(tuple(self.models.values()))},
            "/v1/models/transfers": lambda: {"transfers": encode(tuple(self.transfers.values()))},
            "/v1/models/detail": self._detail,
            "/v1/models/pull": self._pull,
            "/v1/models/import": self._import,
            "/v1/models/verify": lambda: self._begin(self._named, TransferKind.VERIFY),
            "/v1/models/cancel": self._cancel,
            "/v1/models/remove": self._remove,
            "/v1/roots": lambda: {"roots": []},
            "/v1/jobs": lambda: {"jobs": [], "seq": 0},
            "/v1/events": lambda: b": hello\n\n",
        }

    @property
    def _named(self) -> str:
        return str(self._engine.body["model"])

    def move(self, model: str, done: int, total: int) -> None:
        """Bytes have come."""
        self.transfers[model] = replace(self.transfers[model], done=done, total=total)

    def finish(self, model: str) -> None:
        """All of it is there."""
        last = self.transfers[model]
        state = TransferState.SUCCEEDED
        self.transfers[model] = replace(last, state=state, done=last.total)
        self.models[model] = replace(self.models[model], installed=True)

    def fail(self, model: str, error: PickupError) -> None:
        """It ends early."""
        last = self.transfers[model]
        self.transfers[model] = replace(last, state=TransferState.FAILED, error=error.to_json())

    def _begin(self, model: str, kind: TransferKind) -> object:
        if model in self.refusals:
            raise self.refusals[model]
        self.transfers[model] = ModelTransfer(model, kind, TransferState.RUNNING)
        return encode(self.transfers[model])

    def _pull(self) -> object:
        model = self.models[self._named]
        if model.licence not in ("Apache-2.0", "MIT") and not self._engine.body["accept_licence"]:
            raise ModelError(f"{model.name} is under {model.licence}.", code="model.licence")
        return self._begin(model.id, TransferKind.PULL)

    def _import(self) -> object:
        folder = str(self._engine.body["folder"])
        if folder in self.refusals:
            raise self.refusals[folder]
        name = folder.rpartition("/")[2]
        self.models[name] = replace(next(iter(self.models.values())), id=name, name=name)
        return self._begin(name, TransferKind.IMPORT)

    def _cancel(self) -> object:
        stopped = replace(self.transfers[self._named], state=TransferState.CANCELLED)
        self.transfers[self._named] = stopped
        return encode(stopped)

    def _remove(self) -> object:
        if self._named in self.refusals:
            raise self.refusals[self._named]
        self.models[self._named] = replace(self.models[self._named], installed=False)
        self.transfers.pop(self._named, None)
        return {"removed": self._named}

    def _detail(self) -> object:
        model = self._engine.asked[-1].partition("model=")[2]
        transfer = self.transfers.get(model)
        return {
            "model": encode(self.models[model]),
            "folder": "",
            "files": [],
            "partial": transfer.done if transfer else 0,
            "serves": [],
            "fits": [],
        }


@contextmanager
def scripted_engine() -> Iterator[ScriptedEngine]:
    """Runs one, with its connection file in place."""
    engine = ScriptedEngine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            engine.body = json.loads(sent) if sent else {}
            status = 200
            try:
                answer = engine.answer(self.path)
            except PickupError as error:
                status, answer = 409, {"error": error.to_json()}
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            if not isinstance(answer, bytes):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if isinstance(answer, bytes):
                # A stream stays open.
                self.wfile.flush()
                engine.over.wait(20)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    data = {"url": url, "token": "t", "pid": os.getpid(), "protocol": VERSION, "version": "0"}
    connection_file().write_text(json.dumps(data))
    try:
        yield engine
    finally:
        engine.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
