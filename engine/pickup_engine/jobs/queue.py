"""The queue: what clients ask of jobs, and the loop that runs them one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from pickup.errors import EngineError, StorageError
from pickup.protocol import (
    FINAL_STATES,
    Control,
    JobState,
    JobStatus,
    JobSubmission,
    PlacementState,
    RenderPlan,
)
from pickup_engine.jobs.estimates import phase_shares, unit_seconds
from pickup_engine.jobs.executor import Executor, Lost, Outcome
from pickup_engine.jobs.live import LiveJob
from pickup_engine.jobs.messages import Failed, Finished, Progress, Run, Stopped, TakeMade
from pickup_engine.jobs.recovery import remove_partial_files
from pickup_engine.jobs.store import JobStore

Publish = Callable[[JobStatus, bool], None]
"""Tell the clients; the flag says that it must not be left out (no mere progress)."""

T = TypeVar("T")
_DISK_FULL_WAIT = 5.0
_CRASH_WAIT = 0.25
_log = logging.getLogger(__name__)


class JobQueue:
    """Owns the jobs. Everything here runs on the service's event loop."""

    def __init__(self, store: JobStore, executor: Executor, publish: Publish) -> None:
        self._store = store
        self._executor = executor
        self._publish = publish
        self._live: dict[str, LiveJob] = {}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    # What clients ask

    def submit(self, submission: JobSubmission, plan: RenderPlan) -> tuple[JobStatus, bool]:
        """Queue a job. The same id again gives the same job and False."""
        added = self._store.add(submission, plan)
        if added:
            self._changed(submission.id)
            self._wake.set()
        return self.job(submission.id), added

    def job(self, job: str) -> JobStatus:
        """One job as it stands. EngineError if unknown."""
        return self._with_live(self._store.job(job))

    def jobs(self, unplaced: bool = False) -> tuple[JobStatus, ...]:
        """All jobs, newest first; `unplaced` leaves those that a client still has to deal with."""
        return tuple(
            self._with_live(job) for job in self._store.jobs() if not unplaced or is_unplaced(job)
        )

    def cancel(self, job: str) -> JobStatus:
        """Cancel: a waiting job at once, a running one within a second and a half."""
        self._store.job(job)
        if self._store.cancel_waiting(job):
            self._changed(job)
            self._waiting_changed()
        else:
            self._executor.cancel(job)
        return self.job(job)

    def retry(self, job: str) -> JobStatus:
        """Queue a failed or cancelled job again. EngineError where it is neither."""
        status = self._store.job(job)
        if not self._store.retry(job):
            raise EngineError(
                f"Job {job} is {status.state.value} and cannot be tried again.",
                "Only failed and cancelled jobs can; submit a new one for more takes.",
                code="engine.not_retryable",
            )
        self._changed(job)
        self._wake.set()
        return self.job(job)

    def move(self, job: str, position: int) -> JobStatus:
        """Move a waiting job (1 = next). EngineError where it does not wait."""
        status = self._store.job(job)
        if not self._store.move(job, position):
            raise EngineError(
                f"Job {job} is {status.state.value} and has no place in the queue.",
                "Only queued jobs can be moved.",
                code="engine.not_queued",
            )
        self._waiting_changed()
        return self.job(job)

    def place(self, job: str, index: int, state: PlacementState) -> JobStatus:
        """Record the placement of a take, see `check_placement`."""
        self._store.place(job, index, state)
        self._changed(job)
        return self.job(job)

    def using(self, model: str, control: Control | None = None) -> str:
        """The id of a job that waits or runs and needs the model, or the control that the model
        serves; "" where there is none."""
        for job in self._store.jobs():
            how = job.plan.execution
            needed = (job.submission.request.model, how.distilled, how.control)
            if job.state not in FINAL_STATES and (model in needed or control in needed):
                return job.id
        return ""

    @property
    def busy(self) -> bool:
        """Whether any job waits or runs."""
        return self._store.has_active()

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, if one runs."""
        return self._executor.worker_pid

    # The loop

    async def run_forever(self) -> None:
        """Run jobs until `stop`; as many at once as the executor has slots."""
        await asyncio.gather(*(self._serve_slot() for _ in range(self._executor.slots)))

    async def stop(self) -> None:
        """End what runs; it is interrupted, not failed, and goes on in the next life."""
        self._stopping.set()
        self._wake.set()
        await self._executor.close()

    async def _serve_slot(self) -> None:
        while not self._stopping.is_set():
            job = await self._until_stored(self._store.claim)
            if job is None:
                self._wake.clear()
                await self._wake.wait()
            else:
                await self._attempt(job)

    async def _attempt(self, job: JobStatus) -> None:
        request = job.submission.request
        live = LiveJob(phase_shares(request, self._store), request.takes, job.plan.seconds)
        live.takes_done = len(job.takes)
        self._live[job.id] = live
        self._changed(job.id)
        self._waiting_changed()
        task = Run(job.submission, job.plan, job.attempt, tuple(take.index for take in job.takes))
        untold: list[TakeMade] = []
        outcome = await self._executor.run(task, lambda word: self._heard(live, word, untold))
        await self._until_stored(lambda: self._conclude(job, live, outcome, untold))
        del self._live[job.id]
        if not isinstance(outcome, Finished):
            remove_partial_files(job)
        self._changed(job.id)
        if self.job(job.id).state is JobState.INTERRUPTED:
            await self._pause(_CRASH_WAIT)

    def _heard(self, live: LiveJob, word: Progress, untold: list[TakeMade]) -> None:
        is_take = isinstance(word, TakeMade)
        if isinstance(word, TakeMade):
            try:
                if not self._store.add_take(word.attempt, word.take):
                    return
            except StorageError:
                _log.exception("take %s of %s is kept in memory", word.take.index, word.job)
                untold.append(word)
        live.hear(word)
        self._publish(self.job(word.job), is_take)

    def _conclude(
        self, job: JobStatus, live: LiveJob, outcome: Outcome, untold: list[TakeMade]
    ) -> None:
        for word in untold:
            self._store.add_take(word.attempt, word.take)
        seconds = live.end()
        timing = {**live.timing, "total": seconds}
        fence = (job.id, job.attempt)
        match outcome:
            case Finished():
                if self._store.finish(*fence, JobState.SUCCEEDED, timing=timing):
                    self._learn(job, live, seconds)
            case Failed():
                self._store.finish(*fence, JobState.FAILED, outcome.error, timing)
            case Stopped():
                self._store.finish(*fence, JobState.CANCELLED, timing=timing)
            case Lost():
                _log.error("job %s attempt %s: %s", job.id, job.attempt, outcome.error)
                self._store.interrupt(
                    *fence, outcome.error.to_json(), counts=not self._stopping.is_set()
                )

    def _learn(self, job: JobStatus, live: LiveJob, seconds: float) -> None:
        request = job.submission.request
        made = request.takes - len(job.takes)
        if made > 0:
            unit = unit_seconds(job.plan, made, seconds, live.phases)
            self._store.learn(request.operation.value, request.model, unit, live.phases)

    async def _until_stored(self, write: Callable[[], T]) -> T:
        """Repeat a write until the disk has room: what a job has reached must not be forgotten."""
        while True:
            try:
                return write()
            except StorageError:
                _log.exception("the job list cannot be written; trying again")
                if await self._pause(_DISK_FULL_WAIT):
                    raise

    async def _pause(self, seconds: float) -> bool:
        """Wait; True, and at once, when the service stops."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _with_live(self, job: JobStatus) -> JobStatus:
        live = self._live.get(job.id)
        return live.overlay(job) if live and job.state is JobState.RUNNING else job

    def _changed(self, job: str) -> None:
        self._publish(self.job(job), True)

    def _waiting_changed(self) -> None:
        for job in self._store.waiting():
            self._changed(job)


def is_unplaced(job: JobStatus) -> bool:
    """Whether a client still has to deal with it: not final, or no take of it is in the cut."""
    if job.state in (JobState.QUEUED, JobState.RUNNING, JobState.INTERRUPTED):
        return True
    states = [take.placement for take in job.takes]
    open_states = (PlacementState.OPEN, PlacementState.INTENDED)
    return PlacementState.PLACED not in states and any(state in open_states for state in states)
