"""The job and the take in names, which are all that survives every host and every format:
`NAME.JOB.tN.mov` is the file of a take, `NAME JOB.tN` the clip that shows it."""

from __future__ import annotations

import re
import time
from pathlib import PurePosixPath
from typing import Any, Final

TakeId = tuple[str, int]
"""A job and a take of it, counted from 0 (names count from 1)."""

_MARK: Final = re.compile(r"(?<![0-9a-z])([0-9a-z]{8,32})\.t([1-9][0-9]{0,2})(?![0-9a-z])", re.I)
_ID_LENGTH: Final = 14
_TIME_DIGITS: Final = 8
_FIRST_JOB: Final = 1_767_225_600_000
"""Milliseconds since 1970 on 1 January 2026: no job is older."""
_DAY: Final = 86_400_000


def take_in(name: str) -> TakeId | None:
    """The job and take in the name of a clip or file, in any case of letters."""
    if ".t" not in name and ".T" not in name:
        return None
    marks = _MARK.findall(name)
    return (marks[-1][0].lower(), int(marks[-1][1]) - 1) if marks else None


def take_in_file(item: Any) -> TakeId | None:
    """The job and take in the file name of a clip's media."""
    reference = getattr(item, "media_reference", None)
    url = getattr(reference, "target_url", "") or ""
    return take_in(PurePosixPath(url.replace("\\", "/")).name) if ".t" in url.lower() else None


def named_take(item: Any) -> TakeId | None:
    """The job and take in the file name of a clip, else in its own name. It may be chance: see
    `is_own_job`."""
    return take_in_file(item) or take_in(item.name or "")


def is_own_job(job: str) -> bool:
    """Whether a word can only be a job's id: 14 letters and digits, and the first eight are a time
    (milliseconds in base 36) at which Pickup made jobs.

    Of all words as long hardly one in a hundred is.
    """
    if len(job) != _ID_LENGTH:
        return False
    made = int(job[:_TIME_DIGITS], 36)
    return _FIRST_JOB <= made <= time.time_ns() // 1_000_000 + _DAY


def renumbered(name: str, job: str, take: int) -> str:
    """A clip's name with the number of another take (0-based) of `job`; as it is where the user
    gave it a name of his own."""
    mark = re.compile(rf"(?<![0-9a-z])({re.escape(job)}\.t)[1-9][0-9]*(?![0-9a-z])", re.I)
    return mark.sub(rf"\g<1>{take + 1}", name)
