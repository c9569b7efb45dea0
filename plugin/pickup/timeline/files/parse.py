"""From a file or checked text to an OTIO timeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.files.bundle import unpacked
from pickup.timeline.files.checks import read_checked
from pickup.timeline.files.downgrade import downgraded
from pickup.timeline.files.foreign import read_foreign
from pickup.timeline.files.formats import format_of

_NATIVE_ERRORS = (otio.exceptions.OTIOError, ValueError, LookupError, TypeError, RuntimeError)


@dataclass(frozen=True)
class Loaded:
    """A timeline as its file has it; `file` is where relative media paths start, `notes` say what
    reading it took for granted or could not keep."""

    timeline: Any
    file: Path
    notes: tuple[str, ...] = ()


def load(path: Path, rate: Fraction | None = None) -> Loaded:
    """The timeline in a file of any format that Pickup reads.

    `rate` is for formats that do not state theirs (EDL). Raises TimelineError that names the file
    and the remedy, StorageError where a bundle cannot be unpacked.
    """
    form = format_of(path)
    if form is not None:
        text, notes = read_foreign(path, form, rate)
        return Loaded(parse(text, path.name), path.absolute(), notes)
    notes = ()
    match path.suffix.lower():
        case ".otiod":
            file = path / "content.otio"
        case ".otioz":
            file, notes = unpacked(path)
        case _:
            file = path
    return _native(read_checked(file), path.name, file.absolute(), notes)


def _native(text: str, name: str, file: Path, notes: tuple[str, ...]) -> Loaded:
    """Newer and unknown schemas are read as the nearest known ones where nothing is guessed."""
    try:
        timeline, more = timeline_in(_deserialised(text, name), name)
    except TimelineError as error:
        if error.code == "timeline.no_timeline":
            raise
        try:
            older = _deserialised(downgraded(text), name)
        except (ValueError, RecursionError, TimelineError):
            raise error from None
        timeline, more = timeline_in(older, name)
        more = (*more, "It holds objects that are newer than Pickup; they are read as older ones.")
    return Loaded(timeline, file, (*notes, *more))


def parse(text: str, name: str) -> Any:
    """The OTIO timeline in checked text. Raises TimelineError that names the file `name`."""
    return timeline_in(_deserialised(text, name), name)[0]


def _deserialised(text: str, name: str) -> Any:
    try:
        return otio.core.deserialize_json_from_string(text)
    except otio.exceptions.UnsupportedSchemaError:
        raise TimelineError(
            f"{name} was written by a newer OpenTimelineIO than {otio.__version__}.",
            "Export it for an older version, or update Pickup.",
            code="timeline.newer",
        ) from None
    except _NATIVE_ERRORS as error:
        raise TimelineError(
            f"{name} is not a sound OpenTimelineIO file ({_reason(error)}).",
            "Export the timeline again from the editor.",
            code="timeline.broken",
        ) from None


def timelines_of(found: Any) -> list[Any]:
    """The timelines in what a reader found: itself, or those of a collection, in order."""
    if isinstance(found, otio.schema.Timeline):
        return [found] if isinstance(found.tracks, otio.schema.Stack) else []
    if isinstance(found, otio.schema.SerializableCollection):
        return [timeline for part in found for timeline in timelines_of(part)]
    return []


def timeline_in(found: Any, name: str) -> tuple[Any, tuple[str, ...]]:
    """The first timeline in what a reader found, and a sentence where there are several.

    Raises TimelineError that names the file `name` where there is none.
    """
    timelines = timelines_of(found)
    if not timelines:
        raise TimelineError(
            f"{name} holds no timeline.",
            "Export the whole timeline, not a clip or a bin.",
            code="timeline.no_timeline",
        )
    first = timelines[0]
    if len(timelines) == 1:
        return first, ()
    what = f"{name} holds {len(timelines)} timelines; the first, “{first.name}”, was opened."
    return first, (what,)


def _reason(error: Exception) -> str:
    """The part of OTIO's message that means something outside its own source."""
    where = re.search(r"(?:near line|line) (\d+)", str(error))
    what = str(error).strip("\"'").partition(":")[0]
    what = what if re.fullmatch(r"[A-Za-z ]{4,60}", what) else "something is missing or misplaced"
    if where is None or where[0] in what:
        return what
    return f"{what}, line {where[1]}"
