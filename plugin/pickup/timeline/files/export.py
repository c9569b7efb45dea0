"""Writing a cut into an exchange format, with every loss named.

The written file is read again, compared with what was meant, and only then put in place.
"""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pickup.errors import PickupError, TimelineError
from pickup.timeline.files.foreign import read_foreign, write_foreign
from pickup.timeline.files.formats import FOREIGN
from pickup.timeline.files.from_zero import counted_from_zero
from pickup.timeline.files.losses import losses
from pickup.timeline.files.parse import parse
from pickup.timeline.files.relink import with_absolute_media
from pickup.timeline.files.saving import same_file, unwritable
from pickup.timeline.normalise import normalise

FROM_ZERO: Final = ("kdenlive", "xges")
"""Adapters of formats that know no timecode of a file: MLT would show its last frame instead."""


@dataclass(frozen=True)
class Export:
    """A written file, and sentences about what it lacks."""

    path: Path
    losses: tuple[str, ...]


def export(timeline: Any, rate: Fraction, source: Path | None, path: str | Path) -> Export:
    """Write a normalised timeline to `path` in the format of its suffix, whole or not at all.

    `source` is the file that it was opened from, which is never overwritten. Raises TimelineError,
    StorageError.
    """
    target = _checked_target(Path(path).absolute(), source)
    folder = str(source.parent) if source else ""
    meant = with_absolute_media(timeline, folder)
    if FOREIGN[target.suffix.lower()].adapter in FROM_ZERO:
        meant = counted_from_zero(meant)
    work = target.with_name(f".{uuid.uuid4().hex}{target.suffix}")
    try:
        _claim(work, target)
        notes = write_foreign(work, meant.to_json_string(indent=0), rate, target.name)
        lost = losses(meant, _read_again(work, target, rate), rate, folder)
        _move(work, target)
    finally:
        with contextlib.suppress(OSError):
            work.unlink(missing_ok=True)
    return Export(target, (*notes, *lost))


def _checked_target(target: Path, source: Path | None) -> Path:
    form = FOREIGN.get(target.suffix.lower())
    if form is None or not form.writes:
        known = ", ".join(form.suffix for form in FOREIGN.values() if form.writes)
        raise TimelineError(
            f"{target.name} cannot be written: Pickup writes {known} and .otio.",
            "Save as .otio: it is the one format that keeps everything.",
            code="timeline.format",
        )
    if source is not None and same_file(target, source):
        raise TimelineError(
            f"{target.name} is the timeline that was opened, and it is never overwritten.",
            f"Choose another name, such as {target.stem}.pickup{target.suffix}.",
            code="timeline.input_file",
        )
    return target


def _read_again(work: Path, target: Path, rate: Fraction) -> Any:
    form = FOREIGN[target.suffix.lower()]
    try:
        text, _ = read_foreign(work, form, rate if form.adapter == "cmx_3600" else None)
        again = parse(text, target.name)
        own_rate = normalise(again)
    except PickupError as error:
        raise TimelineError(
            f"The cut cannot be kept in {form.name}: what was written cannot be read again "
            f"({error.message.replace(work.name, target.name)})",
            "Save it as .otio: it is the one format that keeps everything.",
            code="timeline.write",
        ) from None
    if own_rate != rate:
        raise TimelineError(
            f"The cut cannot be kept in {form.name}: it counts {float(own_rate):.3f} frames a "
            f"second instead of {float(rate):.3f} when it is read again.",
            "Save it as .otio: it is the one format that keeps everything.",
            code="timeline.write",
        )
    return again


def _claim(work: Path, target: Path) -> None:
    """Make sure that the folder can be written to before the slow part."""
    try:
        work.touch(exist_ok=False)
    except OSError as error:
        raise unwritable(target, error) from None


def _move(work: Path, target: Path) -> None:
    try:
        work.replace(target)
    except OSError as error:
        raise unwritable(target, error) from None
