"""An engine whose timing a test decides: it answers what it is told to, when it is told to."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from pickup.client.launcher import connection_file
from pickup.protocol import VERSION

Answer = Callable[[], object]


class ScriptedEngine:
    """`answers`: what a path gives, JSON values or bytes of an event stream; `asked`: what came."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {"/v1/health": self._health}
        self.over = threading.Event()

    def _health(self) -> object:
        return {"pid": os.getpid(), "protocol": VERSION, "version": "0", "busy": False}

    def answer(self, path: str) -> object:
        self.asked.append(path)
        return self.answers[path.partition("?")[0]]()


@contextmanager
def scripted_engine() -> Iterator[ScriptedEngine]:
    """Runs one, with its connection file in place."""
    engine = ScriptedEngine()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = engine.answer(self.path)
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(200)
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
