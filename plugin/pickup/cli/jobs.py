"""`pickup jobs`: what the engine did, does and still holds for the user."""

from __future__ import annotations

import argparse
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.run_job import finished_take, placing
from pickup.client.blocking import Engine
from pickup.errors import RequestError
from pickup.protocol import JobState, JobStatus, PlacementState, encode


def show(options: argparse.Namespace, console: Console) -> None:
    """List jobs, newest first."""
    jobs = Engine.connect().jobs(unplaced=options.unplaced)
    for job in jobs:
        console.say(_line(job))
    waiting = sum(1 for job in jobs if _waits(job))
    if waiting:
        console.say(f"{waiting} finished and not in a cut: pickup jobs place JOB -o OUT.otio")
    if not jobs:
        console.say("No jobs.")
    console.result({"jobs": [encode(job) for job in jobs]})


_WAITING = (PlacementState.OPEN, PlacementState.INTENDED)


def _waits(job: JobStatus) -> bool:
    """Whether no take of a finished job is in a cut, and one can be; others are alternatives."""
    states = {take.placement for take in job.takes}
    return PlacementState.PLACED not in states and not states.isdisjoint(_WAITING)


def cancel(options: argparse.Namespace, console: Console) -> None:
    """Stop one job."""
    _report(Engine.connect().cancel(options.job), console)


def retry(options: argparse.Namespace, console: Console) -> None:
    """Queue a failed, cancelled or interrupted job again."""
    _report(Engine.connect().retry(options.job), console)


def dismiss(options: argparse.Namespace, console: Console) -> None:
    """Keep the takes' files, but do not offer them any more."""
    engine = Engine.connect()
    for take in engine.job(options.job).takes:
        if take.placement in _WAITING:
            engine.set_placement(options.job, take.index, PlacementState.DISMISSED)
    _report(engine.job(options.job), console)


def place(options: argparse.Namespace, console: Console) -> None:
    """Carry out the edit that a finished job was made for."""
    from pickup.timeline import Document
    from pickup.timeline import place as place_take

    engine = Engine.connect()
    job = engine.job(options.job)
    submission = job.submission
    if submission.placement is None:
        raise RequestError(
            f"Job {job.id} was made without a place in a cut.",
            "Import its file by hand: " + ", ".join(take.media.path for take in job.takes),
            code="request.no_placement",
        )
    take = finished_take(job, options.take - 1)
    source = options.timeline or Path(submission.timeline)
    target = options.output.absolute()
    document = Document.open(source.absolute())
    with placing(engine, take):
        result = place_take(document, submission.placement, take)
        document.save(target)
    engine.set_placement(job.id, take.index, PlacementState.PLACED)
    console.say(f"Wrote {target}")
    console.result({"timeline": str(target), "clips": [encode(clip) for clip in result.clips]})


def _report(job: JobStatus, console: Console) -> None:
    console.say(_line(job))
    console.result({"jobs": [encode(job)]})


def _line(job: JobStatus) -> str:
    line = f"{job.id}  {job.state.value:<11}  {job.submission.label}"
    if job.state is JobState.RUNNING:
        line += f"  {job.progress:.0%}"
    for take in job.takes:
        line += f"\n    take {take.index + 1}: {take.placement.value}  {take.media.path}"
    if job.error:
        line += f"\n    {job.error['message']} {job.error['hint']}"
    return line
