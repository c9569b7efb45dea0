"""A worker with a slow, simple job in place of a model; the pipe is the real one.

What a job does is told by its label, a JSON object (see `Script`). It writes real files, slowly, in
the way of the real worker: temporary name with the attempt, then `os.replace`.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from pickup.errors import ModelError
from pickup.protocol import JobPhase, Take
from pickup_engine.jobs.messages import Run
from pickup_engine.media.naming import partial_path, take_path
from pickup_engine.worker.__main__ import DoJob, serve
from pickup_engine.worker.pipe import JobEvents


@dataclass(frozen=True)
class Script:
    steps: int = 4
    step_seconds: float = 0.01
    load_seconds: float = 0.0
    publish_seconds: float = 0.0
    kill: tuple[int, ...] = ()
    exit: tuple[int, ...] = ()
    fail: str = ""


def script_of(run: Run) -> Script:
    return Script(**json.loads(run.submission.label or "{}"))


def do_job(run: Run, events: JobEvents) -> None:
    script = script_of(run)
    events.phase(JobPhase.LOADING, 0)
    print("a library that prints to stdout must not break the pipe", flush=True)
    time.sleep(script.load_seconds)
    for index in range(run.submission.request.takes):
        if index not in events.finished_takes:
            make_take(run, index, script, events)


def make_take(run: Run, index: int, script: Script, events: JobEvents) -> None:
    output = run.submission.request.output
    final = take_path(output, run.submission.id, index)
    partial = partial_path(final, run.attempt)
    events.phase(JobPhase.ENCODING, script.steps)
    with partial.open("wb") as file:
        for step in range(script.steps):
            time.sleep(script.step_seconds)
            file.write(b"%s take %d step %d\n" % (run.submission.id.encode(), index, step))
            file.flush()
            if step == script.steps // 2:
                misbehave(script, run.attempt, partial)
            events.step()
    partial.replace(final)
    time.sleep(script.publish_seconds)
    media = run.submission.request.source.media
    events.timing("encoding", 0.25)
    events.take(
        Take(
            job=run.submission.id,
            index=index,
            media=type(media)(**{**vars(media), "path": str(final)}),
            sidecar=f"{final}.pickup.json",
            seed=index,
            learned=False,
            draft=True,
        )
    )


def misbehave(script: Script, attempt: int, partial: Path) -> None:
    if attempt in script.kill:
        os.kill(os.getpid(), signal.SIGKILL)
    if attempt in script.exit:
        os._exit(3)
    match script.fail:
        case "model":
            raise ModelError("It cannot.", "Ask for less.", code="model.cannot")
        case "memory":
            raise MemoryError
        case "full":
            # Every write to it says that the disk is full.
            with Path("/dev/full").open("wb", buffering=0) as full:
                full.write(b"x")
        case "denied":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(partial))
        case "bug":
            raise ZeroDivisionError("by zero")


def load() -> DoJob:
    time.sleep(float(os.environ.get("PICKUP_TEST_IMPORT_SECONDS", "0")))
    return do_job


if __name__ == "__main__":
    serve(load)
