"""Making the new clips. The user's clips are copied from, never changed."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import opentimelineio as otio

from pickup.protocol import Piece, Take
from pickup.timeline.edits.linked import forget_range, unlink
from pickup.timeline.edits.look import Reach, continue_look, take_over
from pickup.timeline.identity import KEY, SCHEMA, made_of, own_data
from pickup.timeline.locate import Located
from pickup.timeline.rates import at_rate, rate_of, rational, time_range
from pickup.timeline.retime import media_map
from pickup.timeline.takes.disclosure import disclosure
from pickup.timeline.urls import UrlStyle, target_url

TEST_LABEL = "(test model, noise) "
"""In the name of a clip whose model has random weights: it must never be taken for a picture."""


def continued_clip(found: Located, piece: Piece, placement: str) -> Any:
    """The original clip's own media, shown further: same speed, effects and references.

    The reference's available range is widened where it leaves out frames that the file holds. What
    continues a generated clip was generated too: its name, marker and metadata say so.
    """
    slot, rate = found.slot, found.rate
    clip = slot.item.clone()
    time_map = media_map(slot.item, slot.frames, rate)
    start = time_map.source_start(piece.offset)
    clip.name = piece.name
    clip.source_range = otio.opentime.TimeRange(
        rational(start, time_map.rate), rational(piece.frames, rate)
    )
    clip.markers[:] = []
    own = {"schema": SCHEMA, "placement": placement, "continues": own_data(slot.item).get("uid")}
    made = made_of(slot.item)
    if made.generated:
        record = own["generated"] = own_data(slot.item)["generated"]
        clip.name = _taken_name(piece.name, made.job, made.take, bool(record.get("test")))
        clip.markers.append(disclosure(start, piece.frames, time_map.rate, record))
    clip.metadata[KEY] = own
    unlink(clip)
    forget_range(clip)
    continue_look(clip, Reach(piece.offset, piece.offset + piece.frames, slot.frames))
    _widen(clip, time_map.source_start(piece.offset + piece.frames))
    return clip


def _widen(clip: Any, end: Fraction) -> None:
    reference = clip.media_reference
    available = reference.available_range
    if available is None:
        return
    rate = rate_of(available.start_time.rate)
    first = at_rate(available.start_time, rate)
    last = first + at_rate(available.duration, rate)
    start = at_rate(clip.source_range.start_time, rate)
    if start < first or end > last:
        first = min(first, Fraction(math.floor(start)))
        last = max(last, Fraction(math.ceil(end)))
        reference.available_range = otio.opentime.TimeRange(
            rational(first, rate), rational(last - first, rate)
        )


def generated_clip(
    found: Located,
    piece: Piece,
    take: Take,
    style: UrlStyle,
    record: dict[str, object],
    start: int = 0,
) -> Any:
    """A clip that shows `piece.frames` frames of the take's file from `piece.offset` on, with the
    look of the clip that was found.

    `start`: the record frame where it lies, counted from the first one of that clip.
    """
    clip = take_clip(piece, take, found.rate, style, record)
    reach = Reach(start, start + piece.frames, found.slot.frames)
    take_over(clip, found.slot.item, reach)
    return clip


def take_clip(
    piece: Piece, take: Take, rate: Fraction, style: UrlStyle, record: dict[str, object]
) -> Any:
    """A clip of a take that belongs to no original. The file counts from 0; name and file carry the
    job, because nothing else survives every exchange format."""
    file_rate = take.media.rate
    reference = otio.schema.ExternalReference(
        target_url(take.media.path, style),
        time_range(0, take.media.frames, file_rate, file_rate),
    )
    reference.name = PurePath(take.media.path).name
    reference.metadata[KEY] = {"schema": SCHEMA, "generated": record}
    clip = otio.schema.Clip(
        _taken_name(piece.name, take.job, take.index, take.test),
        reference,
        time_range(piece.offset, piece.frames, file_rate, rate),
    )
    clip.markers.append(disclosure(piece.offset, piece.frames, file_rate, record))
    return clip


def _taken_name(name: str, job: str, take: int, test: bool) -> str:
    label = TEST_LABEL if test and TEST_LABEL.strip() not in name else ""
    return f"{name} {label}{job}.t{take + 1}"
