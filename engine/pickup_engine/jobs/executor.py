"""The seam between queue and compute: where jobs are carried out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pickup.errors import EngineError, PickupError
from pickup_engine.jobs.messages import Progress, Run, Verdict


@dataclass(frozen=True)
class Lost:
    """The attempt ended without a verdict: the worker died. `error` says how, for the user."""

    job: str
    attempt: int
    error: PickupError


Outcome: TypeAlias = Verdict | Lost


class Executor(Protocol):
    """Carries out jobs, `slots` of them at a time."""

    @property
    def slots(self) -> int:
        """How many jobs may run at once."""

    @property
    def worker_pid(self) -> int | None:
        """Process id of a worker on this machine, if one runs."""

    async def run(self, task: Run, heard: Callable[[Progress], None]) -> Outcome:
        """Carry out one attempt; `heard` is called for every word of progress until it returns."""

    def cancel(self, job: str) -> None:
        """Stop a job if it runs here; `run` returns `Stopped` soon, whatever the model does."""

    async def close(self) -> None:
        """Stop everything; attempts under way are `Lost`."""


def lost_with_service() -> EngineError:
    """What a job was interrupted by when the service itself had gone."""
    return EngineError(
        "The engine ended while it worked on this job.",
        "Try the job again; if it happens once more, its log says why: see `pickup doctor`.",
        code="engine.lost",
    )
