"""Finds the running engine, or starts one that outlives this process.

Any number of clients may start engines at once: all but one lose the engine's lock and exit with
75, and everybody uses the one that is left.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pickup.client import core
from pickup.errors import EngineError, PickupError
from pickup.paths import log_dir, runtime_dir

START_SECONDS = 20.0
_LOOK_SECONDS = 0.03
_EXIT_ALREADY_RUNS = 75
_TAIL_LINES = 40
_STDERR_LIMIT = 1 << 20

_KEPT = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LANGUAGE", "TZ"}
    | {"USERNAME", "USERPROFILE", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"}
    | {"APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "TEMP", "TMP", "NUMBER_OF_PROCESSORS"}
    # How models are pulled: the hub's own settings, and the way out of a company's network.
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "HUGGINGFACE_HUB_CACHE"}
)
_KEPT_PREFIXES = (
    "PICKUP_", "XDG_", "LC_", "OMP_", "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "OPENCV_", "HF_",
)  # fmt: skip


def connection_file() -> Path:
    """Where the engine says how to reach it."""
    return runtime_dir() / "engine.json"


def command(module: str = "pickup_engine.service") -> list[str]:
    """The command line of a module: isolated from the current folder and PYTHONPATH."""
    return [sys.executable, "-I", "-X", "utf8", "-m", module]


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """What the engine inherits: an allow-list, for a host's Python and Qt variables break it."""
    return {
        name: value
        for name, value in base.items()
        if name.upper() in _KEPT or name.upper().startswith(_KEPT_PREFIXES)
    }


def stderr_file() -> Path:
    """Where a service writes before it has a log."""
    return log_dir() / "engine.stderr"


def find() -> core.Connection | None:
    """The engine that answers now, of any version."""
    connection = core.connection_from(connection_file())
    return connection if connection is not None and answers(connection) else None


def answers(connection: core.Connection) -> bool:
    """Whether that very engine still answers."""
    try:
        exchange(connection, core.health())
    except (OSError, http.client.HTTPException, PickupError):
        # The file of an engine that was killed; another program may have its port by now.
        return False
    return True


def find_or_start(limit: float = START_SECONDS) -> core.Connection:
    """The engine, started if need be. EngineError with the end of its log where that fails."""
    deadline = time.monotonic() + limit
    process: subprocess.Popen[bytes] | None = None
    while (connection := find()) is None:
        if process is None:
            process = _start()
        status = process.poll()
        if status is not None and status != _EXIT_ALREADY_RUNS:
            raise start_error(f"it ended with status {status}")
        if time.monotonic() > deadline:
            raise start_error(f"it did not answer within {limit:.0f} seconds")
        if status == _EXIT_ALREADY_RUNS:
            # The winner may be about to answer, or about to leave: look again, then try again.
            process = None
            time.sleep(_LOOK_SECONDS * 5)
        time.sleep(_LOOK_SECONDS)
    return connection


def exchange(connection: core.Connection, call: core.Call[core.T]) -> core.T:
    """Send one call and read the answer. OSError or HTTPException where the connection fails."""
    host, port = connection.address
    link = http.client.HTTPConnection(host, port, timeout=call.seconds)
    try:
        link.request(call.method, call.path, call.body, call.headers(connection.token))
        response = link.getresponse()
        return call.answer(response.status, response.read())
    finally:
        link.close()


def start_error(what: str) -> EngineError:
    """Why no engine answers, with the end of what it wrote."""
    tail = "\n".join(_tail(stderr_file()) or _tail(log_dir() / "engine.log"))
    return EngineError(
        f"The engine could not be started: {what}.",
        f"Look into {log_dir()}." + (f" It ends with:\n{tail}" if tail else ""),
        code="engine.start",
    )


def open_stderr() -> IO[bytes]:
    """`stderr_file`, for appending; emptied when it has grown large."""
    path = stderr_file()
    if path.exists() and path.stat().st_size > _STDERR_LIMIT:
        path.unlink()
    return path.open("ab")


def _start() -> subprocess.Popen[bytes]:
    with open_stderr() as errors:
        process = subprocess.Popen(
            command(),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            env=environment(os.environ),
            cwd=runtime_dir(),
            start_new_session=True,
            creationflags=_windows_flags(),
        )
    # Somebody must take its exit status, or it stays as a zombie while this process lives.
    threading.Thread(target=process.wait, name="engine exit", daemon=True).start()
    return process


def _windows_flags() -> int:
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def _tail(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
    except OSError:
        return []


def main() -> int:
    """`python -m pickup.client.launcher`: start the engine for a client that must not block. Prints
    an error as JSON and returns 1 where that fails."""
    try:
        find_or_start()
    except PickupError as error:
        print(json.dumps(error.to_json()))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
