"""Carries out jobs in one worker subprocess on this machine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from pickup.errors import PickupError
from pickup_engine.jobs.executor import Lost, Outcome, lost_with_service
from pickup_engine.jobs.messages import Cancel, Failed, Finished, Progress, Ready, Run, Stopped
from pickup_engine.jobs.worker_process import WORKER_COMMAND, WorkerProcess

CANCEL_SECONDS = 1.0
"""A worker that has not stopped by then (it loads a model, say) is killed."""

IDLE_SECONDS = 300.0
"""An idle worker holds a model's memory no longer than this."""

_log = logging.getLogger(__name__)


class LocalExecutor:
    """`Executor` with one slot. The first job starts the worker; it stays warm between jobs."""

    def __init__(
        self,
        log: Path,
        command: Sequence[str] = WORKER_COMMAND,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._log = log
        self._command = tuple(command)
        self._idle_seconds = idle_seconds
        self._worker: WorkerProcess | None = None
        self._task: Run | None = None
        self._cancelled = False
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def slots(self) -> int:
        """One device, one job."""
        return 1

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, if one runs."""
        return self._worker.pid if self._worker is not None and self._worker.alive else None

    async def run(self, task: Run, heard: Callable[[Progress], None]) -> Outcome:
        """Carry out one attempt."""
        self._task, self._cancelled = task, False
        try:
            worker = await self._ready_worker()
            if self._cancelled:
                return Stopped(task.submission.id, task.attempt)
            if self._closed:
                await worker.close()
                raise lost_with_service()
            worker.send(task)
            return await self._follow(worker, task, heard)
        except PickupError as error:
            return Lost(task.submission.id, task.attempt, error)
        finally:
            self._task = None
            self._set_timer(self._idle_seconds, self._unload)

    def cancel(self, job: str) -> None:
        """Ask the worker to stop, and kill it if it does not within `CANCEL_SECONDS`."""
        task = self._task
        if task is None or task.submission.id != job or self._cancelled:
            return
        self._cancelled = True
        if self._worker is not None:
            self._worker.send(Cancel(job, task.attempt))
            self._set_timer(CANCEL_SECONDS, self._worker.kill)

    async def close(self) -> None:
        """End the worker, and with it what it does."""
        self._set_timer(None, self._unload)
        self._closed = True
        worker, self._worker = self._worker, None
        if worker is not None:
            if self._task is not None:
                worker.kill()
            await worker.close()

    async def _ready_worker(self) -> WorkerProcess:
        self._set_timer(None, self._unload)
        if self._worker is None or not self._worker.alive:
            self._worker = await WorkerProcess.start(self._command, self._log)
        return self._worker

    async def _follow(
        self, worker: WorkerProcess, task: Run, heard: Callable[[Progress], None]
    ) -> Outcome:
        fence = (task.submission.id, task.attempt)
        while (reply := await worker.next_reply()) is not None:
            match reply:
                case Ready():
                    continue
                case _ if (reply.job, reply.attempt) != fence:
                    _log.warning("ignored a late %s of %s", type(reply).__name__, reply.job)
                case Finished() | Failed() | Stopped():
                    return reply
                case _:
                    heard(reply)
        if self._worker is worker:
            self._worker = None
        cause = await worker.cause_of_death()
        return Stopped(*fence) if self._cancelled else Lost(*fence, cause)

    def _unload(self) -> None:
        if self._worker is not None and self._task is None:
            _log.info("worker %s is idle and ends", self._worker.pid)
            self._worker.release()
            self._worker = None

    def _set_timer(self, seconds: float | None, action: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, action)
