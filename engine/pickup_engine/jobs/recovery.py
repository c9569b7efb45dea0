"""Puts things right after a service, a worker or the machine went down in the middle of a job."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from pickup.protocol import JobStatus
from pickup_engine.jobs.executor import lost_with_service
from pickup_engine.jobs.store import JobStore

_PARTIAL = re.compile(r"\.partial(\.\w+)?$")
"""Unfinished files: `NAME.JOB.tN.aATTEMPT.partial.mov` and `.NAME.JOB....partial`."""

_log = logging.getLogger(__name__)


def recover(store: JobStore) -> tuple[str, ...]:
    """Interrupt every job that the last service left running; they run again. Their ids.

    A take whose file was published but not yet told is made again under the same name: `os.replace`
    puts equal content over equal content, and the store knows it once.
    """
    left = store.running()
    for job in left:
        remove_partial_files(job)
        store.interrupt(job.id, job.attempt, lost_with_service().to_json())
        _log.warning("job %s was running when the last service ended", job.id)
    return tuple(job.id for job in left)


def remove_partial_files(job: JobStatus) -> None:
    """Delete what dead attempts of `job` left half written in its output folder."""
    folder = Path(job.submission.request.output.folder)
    try:
        paths = list(folder.iterdir())
    except OSError as error:
        # A drive that is gone must not keep the service from starting.
        _log.warning("nothing is removed from %s: %s", folder, error)
        return
    for path in paths:
        if job.id in path.name and _PARTIAL.search(path.name):
            try:
                path.unlink()
            except OSError as error:
                # Somebody has it open, or it is gone: untidy, but no reason to stop.
                _log.warning("%s stays behind: %s", path, error)
