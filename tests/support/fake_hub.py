"""A model hub on the loopback, as far as the hub's own library asks one: revisions, file trees,
HEAD and ranged GET, large files at an address of their own. It can misbehave."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_PIECE = 1 << 14


@dataclass
class Repository:
    """The files of one repository by path. Weights are stored as large files.

    break_after: a path's bytes after which the connection is cut, once. wrong: paths that are sent
    with other content than was promised. pause: seconds to wait after every piece. no_ranges: files
    are always sent from the start. claimed: sizes that the tree tells instead of the real ones.
    """

    files: dict[str, bytes]
    gated: bool = False
    break_after: dict[str, int] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    pause: float = 0.0
    no_ranges: bool = False
    claimed: dict[str, int] = field(default_factory=dict)


@dataclass
class FakeHub:
    """Two servers: the hub, and the one that holds large files."""

    url: str
    storage: str
    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0

    def ranges(self) -> list[str]:
        """The Range headers that were sent."""
        return [headers["range"] for _, _, headers in self.asked if "range" in headers]


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """A running hub; it ends with the block."""
    hub = FakeHub("", "")

    class Handler(_Handler):
        served = hub

    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
    hub.url, hub.storage = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    for server in servers:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def is_large(path: str) -> bool:
    return path.endswith((".safetensors", ".bin"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: FakeHub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        hub = self.served
        path = unquote(urlsplit(self.path).path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        hub.asked.append((self.command, path, headers))
        if match := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(revision|tree)/([^/]+)", path):
            self._api(match[1], match[2])
        elif match := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(match[1], match[3])
        elif match := re.fullmatch(r"/large/([^/]+/[^/]+)/(.+)", path):
            self._send_file(hub.repositories[match[1]], match[2])
        else:
            self._send(404, b"", {})

    def _repository(self, name: str) -> Repository | None:
        repository = self.served.repositories.get(name)
        if repository is None:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        elif repository.gated and self.headers.get("Authorization") != "Bearer let-in":
            self._send(401, b"{}", {"X-Error-Code": "GatedRepo"})
        else:
            return repository
        return None

    def _api(self, name: str, what: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        data: object = {"id": name, "sha": COMMIT}
        if what == "tree":
            data = [_listed(repository, path) for path in sorted(repository.files)]
        self._send(200, json.dumps(data).encode(), {"Content-Type": "application/json"})

    def _resolve(self, name: str, path: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        if path not in repository.files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        content = repository.files[path]
        if is_large(path):
            digest = hashlib.sha256(content).hexdigest()
            self._send(
                302,
                b"",
                {
                    "Location": f"{self.served.storage}/large/{name}/{path}",
                    "X-Repo-Commit": COMMIT,
                    "X-Linked-Etag": f'"{digest}"',
                    "X-Linked-Size": str(len(content)),
                },
            )
        else:
            self._send_file(repository, path)

    def _send_file(self, repository: Repository, path: str) -> None:
        content = repository.files[path]
        if path in repository.wrong:
            content = bytes(len(content))
        first, status = 0, 200
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{_git(repository.files[path])}"'}
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if match and not repository.no_ranges:
            first, status = int(match[1]), 206
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        if self.command == "GET":
            self._stream(repository, path, content[first:])

    def _stream(self, repository: Repository, path: str, content: bytes) -> None:
        limit = repository.break_after.pop(path, None)
        for begin in range(0, len(content), _PIECE):
            if limit is not None and begin >= limit:
                self.close_connection = True
                return
            try:
                self.wfile.write(content[begin : begin + _PIECE])
            except OSError:
                self.close_connection = True
                return
            self.served.sent += len(content[begin : begin + _PIECE])
            if repository.pause:
                time.sleep(repository.pause)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _listed(repository: Repository, path: str) -> dict[str, Any]:
    content = repository.files[path]
    size = repository.claimed.get(path, len(content))
    data: dict[str, Any] = {"type": "file", "path": path, "size": size, "oid": _git(content)}
    if is_large(path):
        digest = hashlib.sha256(content).hexdigest()
        data["lfs"] = {"oid": digest, "size": size, "pointerSize": 134}
    return data


def _git(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
