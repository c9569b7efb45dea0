"""A small cut for the tests of removing, and what they look at."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.protocol import Mode, Side
from pickup.timeline import (
    Document,
)
from support.oracle import TrackMap, read_cut
from support.timeline import (
    Shot,
    extend,
    make_timeline,
    open_timeline,
    text_of,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)
MADE = "A extend job-0001.t1"


SONG = (Shot("song", 300),)


def document_of(folder: Path, video: Any = None, audio: Any = SONG, above: Any = ()) -> Document:
    tracks = [video or [A, 60, B], *([above] if above else [])]
    return open_timeline(folder, make_timeline(folder, R, tracks, audio))


def shows(document: Document) -> list[TrackMap]:
    """What every record frame shows, by the oracle, and the items without times and metadata."""
    return read_cut(text_of(document), document.rate)


def same(one: list[TrackMap], other: list[TrackMap]) -> bool:
    return [(t.base, t.mixes, t.owned) for t in one] == [(t.base, t.mixes, t.owned) for t in other]


def kinds(document: Document, track: int = 0) -> list[str]:
    return [
        f"{type(item).__name__} {item.name} {item.source_range.duration.value:g}"
        if not isinstance(item, otio.schema.Transition)
        else f"Transition {item.name}"
        for item in document.timeline.tracks[track]
    ]


def overwritten(folder: Path) -> Document:
    """A, 10 real and 20 generated frames over the head of B, and what is left of B."""
    document = document_of(folder, [A, B], audio=())
    extend(document, folder, A, Side.TAIL, 30, Mode.OVERWRITE)
    return document


def edited(document: Document, change: Callable[[Any], object]) -> None:
    document.edit("by hand", lambda timeline: change(timeline.tracks[0]))
