"""One worker subprocess, seen from the service."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pickup.errors import EngineError, PickupError
from pickup_engine.jobs.messages import Command, Reply, reply_from, to_line

WORKER_COMMAND = (sys.executable, "-I", "-X", "utf8", "-m", "pickup_engine.worker")
"""Isolated, so that neither the caller's folder nor its PYTHONPATH can slip in other code."""

_SECRET = frozenset({"TOKEN", "SECRET", "PASSWORD", "KEY", "PROXY"})
"""Words in the name of a variable that holds a key to somewhere (the address of a proxy may hold
one): a worker goes nowhere."""

_LINE_LIMIT = 4 << 20
_LOG_LIMIT = 5 << 20
_CLOSE_SECONDS = 2.0
_log = logging.getLogger(__name__)


def worker_environment(base: Mapping[str, str]) -> dict[str, str]:
    """`base` without the user's keys; threads sleep, not spin. Also without what a host needs for
    its own Python and Qt."""
    kept = {
        name: value
        for name, value in helper_environment(base).items()
        if not _SECRET & set(name.upper().split("_"))
    }
    kept.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    kept.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return kept


def helper_environment(base: Mapping[str, str]) -> dict[str, str]:
    """`base` without what a host needs for its own Python and Qt."""
    return {
        name: value
        for name, value in base.items()
        if name not in ("PYTHONPATH", "PYTHONHOME") and not name.startswith("QT_")
    }


class WorkerProcess:
    """A started worker and the two ends of its pipe."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._in = process.stdin
        self._out = process.stdout
        self._log = log
        self._complaint: PickupError | None = None

    @staticmethod
    async def start(command: Sequence[str], log: Path) -> WorkerProcess:
        """Start a worker whose stderr goes to the file `log`. EngineError if it cannot run."""
        try:
            with _open_log(log) as errors:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=errors,
                    env=worker_environment(os.environ),
                    limit=_LINE_LIMIT,
                )
        except OSError as error:
            raise EngineError(
                f"The worker could not be started: {error}.",
                "Install Pickup again; its Python is missing or broken.",
                code="engine.worker_start",
            ) from error
        _log.info("worker %s started", process.pid)
        return WorkerProcess(process, log)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs and can be talked to."""
        return self._process.returncode is None and not self._in.is_closing()

    def send(self, command: Command) -> None:
        """Queue a command; a worker that is gone shows in `next_reply`."""
        if self.alive:
            self._in.write(to_line(command))

    async def next_reply(self) -> Reply | None:
        """The next word, or None when the worker is gone. One that talks nonsense is killed."""
        try:
            line = await self._out.readline()
            if line.endswith(b"\n"):
                return reply_from(line)
        except (ValueError, ConnectionError, PickupError) as error:
            _log.exception("worker %s broke the pipe", self.pid)
            self._complaint = EngineError(
                f"The worker said something that makes no sense: {error}.",
                f"Install Pickup again if it happens twice; the reason is in {self._log}.",
                code="engine.pipe",
            )
            self.kill()
        return None

    def kill(self) -> None:
        """End it at once; harmless if it has ended already."""
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                _log.debug("worker %s was gone already", self.pid)

    def release(self) -> None:
        """Close its stdin: it ends by itself as soon as it notices."""
        self._in.close()

    async def close(self) -> None:
        """Let it end, kill it if it does not, and wait for it."""
        self.release()
        try:
            await asyncio.wait_for(self._process.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            self.kill()
            await self._process.wait()

    async def cause_of_death(self) -> PickupError:
        """Why it ended, in words for the user. Waits for the end."""
        # Not killed at once: asking for its life would take the exit status away from asyncio.
        try:
            status = await asyncio.wait_for(self._process.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            self.kill()
            status = await self._process.wait()
        return self._complaint or describe_exit(status, self._log)


def describe_exit(status: int, log: Path) -> PickupError:
    """Classify an exit status of a worker that ended in the middle of a job."""
    if os.name == "posix" and status == -signal.SIGKILL:
        return EngineError(
            "The worker was killed by the system, most likely because memory ran out.",
            "Close other programs, or ask for fewer frames or a smaller size.",
            code="engine.worker_killed",
        )
    if os.name == "posix" and status < 0:
        how = f"signal {-status}"
        if -status in set(signal.Signals):
            how = signal.Signals(-status).name
    else:
        how = f"exit status {status}"
    return EngineError(
        f"The worker crashed ({how}).", f"The reason is in {log}.", code="engine.worker_crashed"
    )


def _open_log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")
