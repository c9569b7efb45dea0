"""From checked text to an OTIO timeline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError


def timeline_file(path: Path) -> Path:
    """The `.otio` text that `path` stands for. Raises TimelineError for other formats."""
    match path.suffix.lower():
        case ".otio":
            return path
        case ".otiod":
            return path / "content.otio"
        case ".otioz":
            raise TimelineError(
                f"{path.name} is a packed bundle.",
                "Unpack it (it is a zip file) and open content.otio inside.",
                code="timeline.format",
            )
    raise TimelineError(
        f"{path.name} is not an OpenTimelineIO file.",
        "Export the timeline from the editor as .otio.",
        code="timeline.format",
    )


def parse(text: str, name: str) -> Any:
    """The OTIO timeline in checked text. Raises TimelineError that names the file `name`."""
    try:
        timeline = otio.core.deserialize_json_from_string(text)
    except otio.exceptions.UnsupportedSchemaError:
        raise TimelineError(
            f"{name} was written by a newer OpenTimelineIO than {otio.__version__}.",
            "Export it for an older version, or update Pickup.",
            code="timeline.newer",
        ) from None
    except (otio.exceptions.OTIOError, ValueError, LookupError, TypeError, RuntimeError) as error:
        raise TimelineError(
            f"{name} is not a sound OpenTimelineIO file ({_reason(error)}).",
            "Export the timeline again from the editor.",
            code="timeline.broken",
        ) from None
    is_timeline = isinstance(timeline, otio.schema.Timeline)
    if not is_timeline or not isinstance(timeline.tracks, otio.schema.Stack):
        raise TimelineError(
            f"{name} holds no timeline.",
            "Export the whole timeline, not a clip or a bin.",
            code="timeline.no_timeline",
        )
    return timeline


def _reason(error: Exception) -> str:
    """The part of OTIO's message that means something outside its own source."""
    where = re.search(r"(?:near line|line) (\d+)", str(error))
    what = str(error).strip("\"'").partition(":")[0]
    what = what if re.fullmatch(r"[A-Za-z ]{4,60}", what) else "something is missing or misplaced"
    if where is None or where[0] in what:
        return what
    return f"{what}, line {where[1]}"
