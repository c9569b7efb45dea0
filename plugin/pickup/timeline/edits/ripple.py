"""Making room by moving everything that follows, on all tracks alike."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import takewhile
from typing import Any

import opentimelineio as otio

from pickup.timeline.edits.sync import openings
from pickup.timeline.edits.tracks import cut, new_gap
from pickup.timeline.rates import nearest_frame, rational, time_range
from pickup.timeline.record import end_of, layout, slots_of


def split_by(timeline: Any, source: int, frame: int, rate: Fraction) -> Iterator[tuple[int, str]]:
    """(track number, name) of all items on the other tracks that a ripple at `frame` cuts."""
    whole = openings(timeline, source, frame, rate)
    for number, track in enumerate(timeline.tracks):
        if number == source or number in whole:
            continue
        for slot in takewhile(lambda slot: slot.start < frame, slots_of(track, rate)):
            if slot.end > frame and not slot.is_gap:
                yield number, slot.item.name or "an unnamed clip"


def move_others(timeline: Any, source: int, frame: int, frames: int, rate: Fraction) -> None:
    """Shift all tracks but `source`, and the markers of the timeline and of its tracks, by `frames`
    from record frame `frame` on; sound from where it keeps in step with its picture."""
    elsewhere = openings(timeline, source, frame, rate)
    for number, track in enumerate(list(timeline.tracks)):
        at = elsewhere.get(number, frame)
        _move_markers(track, at, frames, rate)
        if number != source:
            _open_gap(track, at, frames, rate)
    _move_markers(timeline.tracks, frame, frames, rate)


def _open_gap(track: Any, frame: int, frames: int, rate: Fraction) -> None:
    slots = layout(track, rate)
    if end_of(slots) <= frame:
        return
    for slot in slots:
        if slot.is_gap and slot.start <= frame <= slot.end:
            slot.item.source_range = time_range(0, slot.frames + frames, rate, rate)
            return
    track.insert(cut(track, frame, rate, for_gap=True, slots=slots), new_gap(frames, rate))


def _move_markers(owner: Any, frame: int, frames: int, rate: Fraction) -> None:
    for marker in owner.markers:
        marked = marker.marked_range
        at = nearest_frame(marked.start_time, rate)
        if at >= frame:
            moved = rational(at + frames, rate)
            marker.marked_range = otio.opentime.TimeRange(moved, marked.duration)
