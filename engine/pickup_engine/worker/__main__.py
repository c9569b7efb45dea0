"""`python -m pickup_engine.worker`: carries out the jobs that the service sends."""

from __future__ import annotations

import errno
import faulthandler
import logging
import os
import sys
from collections.abc import Callable
from typing import BinaryIO, TypeAlias

from pickup.errors import Cancelled, EngineError, ModelError, PickupError, StorageError
from pickup.paths import log_dir
from pickup_engine.jobs.messages import Failed, Finished, Run, Stopped, Verdict
from pickup_engine.worker.offline import go_offline
from pickup_engine.worker.pipe import JobEvents, Pipe, PipeEvents

DoJob: TypeAlias = Callable[[Run, JobEvents], None]
_log = logging.getLogger(__name__)


def serve(load: Callable[[], DoJob]) -> None:
    """Answer the service until it goes. `load` imports the model code, at the first job only."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    faulthandler.enable(sys.stderr)
    pipe = Pipe(sys.stdin.buffer, _own_stdout())
    pipe.open()
    do_job: DoJob | None = None
    for run in pipe.runs():
        events = PipeEvents(pipe, run)
        try:
            do_job = do_job or load()
            do_job(run, events)
        except Exception as error:  # noqa: BLE001 - the process boundary: whatever it is, the user must hear of it
            pipe.send(_verdict(run, error))
        else:
            pipe.send(Finished(run.submission.id, run.attempt))
        finally:
            events.close()


def _verdict(run: Run, error: Exception) -> Verdict:
    fence = (run.submission.id, run.attempt)
    if isinstance(error, Cancelled):
        return Stopped(*fence)
    _log.error("job %s attempt %s failed", *fence, exc_info=error)
    return Failed(*fence, classify(error, run.submission.request.output.folder).to_json())


def classify(error: Exception, folder: str) -> PickupError:
    """Any exception of a job as one that the user can act upon. `folder` is where takes go."""
    if isinstance(error, PickupError):
        return error
    # torch.OutOfMemoryError, by name: this module must not import torch.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return ModelError(
            "Memory ran out while the take was made.",
            "Close other programs, or ask for fewer frames or a smaller size.",
            code="model.out_of_memory",
        )
    if isinstance(error, OSError):
        where = error.filename or folder
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return StorageError(
                f"The disk is full: {where} could not be written.",
                f"Free space on the disk that holds {folder} and retry the job.",
                code="storage.full",
            )
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return StorageError(
                f"{where} cannot be written or read: permission is missing.",
                f"Give yourself the right to write into {folder}, or choose another folder.",
                code="storage.denied",
            )
    return EngineError(
        f"Something went wrong that should not: {type(error).__name__}: {error}.",
        f"Please report it with the file {log_dir() / 'worker.log'}.",
        code="engine.bug",
    )


def _own_stdout() -> BinaryIO:
    """The pipe to the service for our lines alone: whatever else prints goes to the log."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _load() -> DoJob:
    # Imported here, because it loads torch: the pipe answers before.
    from pickup_engine.worker.run import Backends, run_job

    backends = Backends()

    def do_job(run: Run, events: JobEvents) -> None:
        run_job(run.submission, run.plan, run.attempt, events, backends)

    return do_job


if __name__ == "__main__":
    go_offline()
    serve(_load)
