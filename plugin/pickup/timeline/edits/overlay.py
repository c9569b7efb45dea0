"""Tracks of our own directly above the source. A track that a user made is never written to."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.protocol import Side
from pickup.timeline.edits.tracks import overwrite
from pickup.timeline.identity import is_owned, own_data, store
from pickup.timeline.locate import Located
from pickup.timeline.rates import at_rate
from pickup.timeline.record import layout
from pickup.timeline.snapshot import labels


def place_above(timeline: Any, found: Located, start: int, items: list[Any]) -> None:
    """Lay `items` at record frame `start` on an owned track above the clip that was found.

    What paints the clip itself goes directly above it and above what painted it before, so that an
    extension which covers the clip goes on covering it. What covers other clips goes above all that
    is theirs. Where no owned track is free there, a new one is put in, below the user's titles.
    """
    end = start + _frames(items, found.rate)
    paints = start < found.slot.end and end > found.slot.start and not _leaves(found, start, end)
    uid = found.uid if paints else ""
    _lay(timeline, found.number, found.rate, start, items, uid)


def _leaves(found: Located, start: int, end: int) -> bool:
    """Whether new clips reach beyond what the clip shows, transitions included: over others."""
    before, after = found.edge(Side.HEAD), found.edge(Side.TAIL)
    lead, trail = (before.before if before else 0), (after.after if after else 0)
    return start < found.slot.start - lead or end > found.slot.end + trail


def place_above_track(
    timeline: Any, source: int, rate: Fraction, start: int, items: list[Any]
) -> None:
    """Lay `items` at record frame `start` on an owned track above track number `source` and above
    all that is laid over it there."""
    _lay(timeline, source, rate, start, items, "")


def _lay(
    timeline: Any, source: int, rate: Fraction, start: int, items: list[Any], painted: str
) -> None:
    end = start + _frames(items, rate)
    number = _lowest(timeline, source, rate, start, end, painted)
    free = number < len(timeline.tracks) and _is_ours(timeline, source, number)
    if not (free and _is_free(timeline.tracks[number], start, end, rate)):
        timeline.tracks.insert(number, _new_track(timeline, source))
    overwrite(timeline.tracks[number], start, items, rate)


def _frames(items: list[Any], rate: Fraction) -> int:
    return sum(int(at_rate(item.source_range.duration, rate)) for item in items)


def _lowest(timeline: Any, source: int, rate: Fraction, start: int, end: int, painted: str) -> int:
    """The first track number that is above everything that the new clips must cover: what was made
    of the clip with the uid `painted`, or all there is."""
    lowest = number = source + 1
    while number < len(timeline.tracks) and _is_ours(timeline, source, number):
        for slot in layout(timeline.tracks[number], rate):
            there = not slot.is_gap and slot.start < end and slot.end > start
            if there and (not painted or own_data(slot.item).get("of") == painted):
                lowest = number + 1
        number += 1
    return lowest


def _is_ours(timeline: Any, source: int, number: int) -> bool:
    track = timeline.tracks[number]
    return is_owned(track) and track.kind == timeline.tracks[source].kind


def _is_free(track: Any, start: int, end: int, rate: Fraction) -> bool:
    return all(
        slot.is_gap or slot.end <= start or slot.start >= end for slot in layout(track, rate)
    )


def _new_track(timeline: Any, source: int) -> Any:
    below = timeline.tracks[source]
    base = f"Pickup {labels(timeline)[source]}"
    if is_owned(below):
        base = re.sub(r" \d+$", "", below.name)
    names = {track.name for track in timeline.tracks}
    name, height = base, 1
    while name in names:
        height += 1
        name = f"{base} {height}"
    track = otio.schema.Track(name, kind=below.kind)
    store(track, owned=True)
    return track
