"""Engines for tests: the real service with the slow worker, and requests for it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.client import Engine, new_job_id
from pickup.client.launcher import connection_file
from pickup.protocol import (
    ExtendRequest,
    JobSubmission,
    MediaKind,
    MediaRef,
    Output,
    Side,
    Source,
)

SLOW_WORKER = (sys.executable, str(Path(__file__).parent / "slow_worker.py"))


def media_ref(path: Path) -> MediaRef:
    return MediaRef(
        path=str(path), kind=MediaKind.VIDEO, frames=100, rate=Fraction(24), width=320, height=180
    )


def extend(project: Path, takes: int = 1, frames: int = 12) -> ExtendRequest:
    """An extension of a file that exists (its content is nobody's business here)."""
    clip = project / "clip.mov"
    if not clip.exists():
        clip.write_bytes(b"not really a film")
    return ExtendRequest(
        source=Source(media_ref(clip), Fraction(0), Fraction(1), 100, Fraction(24)),
        side=Side.TAIL,
        frames=frames,
        output=Output(str(project / "takes"), "clip"),
        takes=takes,
    )


def submission(project: Path, takes: int = 1, **script: object) -> JobSubmission:
    """A job for the slow worker; `script` as in `slow_worker.Script`."""
    (project / "takes").mkdir(exist_ok=True)
    return JobSubmission(new_job_id(), extend(project, takes), label=json.dumps(script))


def until(happens: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def engine_pid() -> int:
    return int(json.loads(connection_file().read_text())["pid"])


def kill_engine() -> int:
    """kill -9 of the service; returns its former pid when it is gone."""
    pid = engine_pid()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    return pid


@contextmanager
def running_engine(monkeypatch: pytest.MonkeyPatch, project: Path) -> Iterator[Engine]:
    """A started engine with the slow worker that may use `project`; ended afterwards."""
    monkeypatch.setenv("PICKUP_WORKER", shlex.join(SLOW_WORKER))
    monkeypatch.setenv("PICKUP_IDLE_SECONDS", "30")
    engine = Engine.connect()
    engine.allow([project])
    try:
        yield engine
    finally:
        pid = engine_pid()
        os.kill(pid, signal.SIGTERM)
        until(lambda: not is_alive(pid))
