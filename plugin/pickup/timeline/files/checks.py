"""Looks at the bytes of a timeline file before OpenTimelineIO does.

Its reader is native code: deep nesting and circles between objects crash the whole process.
"""

from __future__ import annotations

import re
from pathlib import Path

from pickup.errors import TimelineError

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 256

_KEPT = b'"[]{}'
_REST = bytes(set(range(256)) - set(_KEPT))
_ALIKE = bytes.maketrans(b"[]", b"{}")
_STRINGS = re.compile(rb'"[^"]*"')


def check_text(data: bytes, name: str) -> None:
    """Raise TimelineError for text that must not reach the native reader.

    That is text nested too deeply, or with references between objects, which can form a circle.
    """
    if b'"SerializableObjectRef.' in data:
        raise TimelineError(
            f"{name} shares objects between clips, which Pickup does not read.",
            "Export the timeline again from the editor.",
            code="timeline.references",
        )
    bare = data.replace(rb"\\", b"").replace(rb"\"", b"").translate(_ALIKE, _REST)
    # Nearly all that is left are pairs of quotes. Without them the rest still alternates rightly.
    fewer = bare.replace(b'""', b"")
    if _depth(_STRINGS.sub(b"", fewer)) > MAX_DEPTH:
        raise TimelineError(
            f"{name} is nested more than {MAX_DEPTH} levels deep.",
            "This is no timeline that an editor writes; export it again.",
            code="timeline.depth",
        )


def _depth(outline: bytes) -> int:
    """Levels of `{` and `}`: each pass takes the innermost pairs away. More than MAX_DEPTH levels
    are not counted to the end; pairs that never close count as levels."""
    for level in range(MAX_DEPTH + 1):
        fewer = outline.replace(b"{}", b"")
        if len(fewer) == len(outline):
            return level + outline.count(b"{")
        outline = fewer
    return MAX_DEPTH + 1


def read_checked(path: Path) -> str:
    """The text of a timeline file, checked.

    Raises TimelineError that names the file and says why it cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise TimelineError(
                f"{path.name} is {size // 2**20} MB; a timeline may have {MAX_BYTES // 2**20} MB.",
                "Split the timeline, or check that the file is a timeline at all.",
                code="timeline.too_large",
            )
        data = path.read_bytes()
    except OSError as error:
        raise not_readable(path, error) from None
    check_text(data, path.name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TimelineError(
            f"{path.name} is not an OpenTimelineIO file: it is no UTF-8 text.",
            "Export the timeline as .otio.",
            code="timeline.broken",
        ) from None


def not_readable(path: Path, error: OSError) -> TimelineError:
    """What the user hears where the file of a timeline is missing or cannot be read."""
    if isinstance(error, FileNotFoundError):
        return TimelineError(
            f"The timeline {path} does not exist.", "Check the path.", code="timeline.missing"
        )
    return TimelineError(
        f"The timeline {path} cannot be read: {error.strerror or error}.",
        "Check that it is a file and that you may read it.",
        code="timeline.unreadable",
    )
