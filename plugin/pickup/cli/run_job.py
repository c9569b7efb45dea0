"""Post a request to the engine and follow it to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pickup.cli.console import Console
from pickup.client.blocking import Engine
from pickup.client.core import new_job_id
from pickup.errors import EngineError, PickupError
from pickup.protocol import (
    JobState,
    JobStatus,
    JobSubmission,
    PlacementState,
    Proposal,
    Request,
    Take,
)


def submit_and_wait(
    engine: Engine, proposal: Proposal, timeline: Path, console: Console
) -> JobStatus:
    """Queue the proposal's request and wait. Ctrl-C cancels the job; a lost terminal does not.

    Raises the job's own error when it fails.
    """
    assert proposal.request is not None
    job_id = new_job_id()
    engine.submit(
        JobSubmission(
            id=job_id,
            request=proposal.request,
            placement=proposal.placement,
            timeline=str(timeline),
            label=_label(proposal.request),
        )
    )
    try:
        job = engine.wait(job_id, console.progress)
    except KeyboardInterrupt:
        engine.cancel(job_id)
        raise
    if job.state is JobState.SUCCEEDED:
        return job
    if job.error:
        raise PickupError.from_json(job.error)
    raise EngineError(
        f"The job ended as {job.state.value}.", "Run the command again.", code="engine.ended"
    )


def _label(request: Request) -> str:
    """`extend shot 12 tail`, `inpaint shot 12`: the verb is said once."""
    verb = request.operation.value
    return f"{verb} {request.output.name.removesuffix(' ' + verb)}"


def finished_take(job: JobStatus, index: int) -> Take:
    """Take `index` (0-based) of a finished job. Raises EngineError where there is none."""
    for take in job.takes:
        if take.index == index:
            return take
    if job.state in (JobState.QUEUED, JobState.RUNNING, JobState.INTERRUPTED):
        raise EngineError(
            f"Job {job.id} is not finished yet: it is {job.state.value}.",
            "Wait until `pickup jobs` says succeeded.",
            code="engine.no_take",
        )
    raise EngineError(
        f"Job {job.id} has no take {index + 1}.",
        f"It has {len(job.takes)}; see `pickup jobs`.",
        code="engine.no_take",
    )


@contextmanager
def placing(engine: Engine, take: Take) -> Iterator[None]:
    """Around the edit that uses a take. The intent is stored first: if this process dies, the take
    is offered again, and two clients cannot place it at once. An edit that fails frees it."""
    engine.set_placement(take.job, take.index, PlacementState.INTENDED)
    try:
        yield
    except PickupError:
        engine.set_placement(take.job, take.index, PlacementState.OPEN)
        raise
