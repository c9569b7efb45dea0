"""Tracks of our own directly above the source. A track that a user made is never written to."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.timeline.identity import is_owned, store
from pickup.timeline.rates import at_rate
from pickup.timeline.record import layout
from pickup.timeline.snapshot import labels
from pickup.timeline.tracks import overwrite


def place_above(timeline: Any, source: int, start: int, items: list[Any], rate: Fraction) -> None:
    """Lay `items` at record frame `start` on the first owned track above `source` that is free.

    Where none is, a new one goes directly above those that there are, below the user's titles.
    """
    frames = sum(int(at_rate(item.source_range.duration, rate)) for item in items)
    number = source + 1
    while number < len(timeline.tracks) and _is_ours(timeline, source, number):
        if _is_free(timeline.tracks[number], start, start + frames, rate):
            overwrite(timeline.tracks[number], start, items, rate)
            return
        number += 1
    timeline.tracks.insert(number, _new_track(timeline, source))
    overwrite(timeline.tracks[number], start, items, rate)


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
