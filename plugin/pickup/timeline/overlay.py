"""Tracks of our own directly above the source. A track that a user made is never written to."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.timeline.identity import is_owned, own_data, store
from pickup.timeline.locate import Located
from pickup.timeline.rates import at_rate
from pickup.timeline.record import layout
from pickup.timeline.snapshot import labels
from pickup.timeline.tracks import overwrite


def place_above(timeline: Any, found: Located, start: int, items: list[Any]) -> None:
    """Lay `items` at record frame `start` on an owned track above the clip that was found.

    What paints the clip itself goes directly above it and above what painted it before, so that an
    extension which covers the clip goes on covering it. What covers other clips goes above all that
    is theirs. Where no owned track is free there, a new one is put in, below the user's titles.
    """
    rate = found.rate
    end = start + sum(int(at_rate(item.source_range.duration, rate)) for item in items)
    number = _lowest(timeline, found, start, end)
    free = number < len(timeline.tracks) and _is_ours(timeline, found.number, number)
    if not (free and _is_free(timeline.tracks[number], start, end, rate)):
        timeline.tracks.insert(number, _new_track(timeline, found.number))
    overwrite(timeline.tracks[number], start, items, rate)


def _lowest(timeline: Any, found: Located, start: int, end: int) -> int:
    """The first track number that is above everything that the new clips must cover."""
    paints = start < found.slot.end and end > found.slot.start
    lowest = number = found.number + 1
    while number < len(timeline.tracks) and _is_ours(timeline, found.number, number):
        for slot in layout(timeline.tracks[number], found.rate):
            there = not slot.is_gap and slot.start < end and slot.end > start
            if there and (not paints or own_data(slot.item).get("of") == found.uid):
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
