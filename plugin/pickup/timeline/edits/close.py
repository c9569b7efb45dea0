"""Taking a ripple back: everything that follows moves up again, on all tracks alike."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.timeline.edits.join import mend
from pickup.timeline.rates import nearest_frame, rational, time_range
from pickup.timeline.record import Slot, layout
from pickup.timeline.snapshot import labels


def in_the_way(
    timeline: Any, source: int, start: int, frames: int, rate: Fraction, openings: Mapping[str, int]
) -> list[str]:
    """`"music" on A1` for all that lies where the other tracks would have to close."""
    found: list[str] = []
    for number, label, at in _others(timeline, source, start, openings):
        slots = layout(timeline.tracks[number], rate)
        for slot in slots:
            if slot.start >= at + frames or slot.end <= at:
                continue
            if not slot.is_gap:
                found.append(f'"{slot.item.name or "an unnamed clip"}" on {label}')
            elif at <= slot.start and slot.end <= at + frames and not _is_free(slots, slot):
                found.append(f"a fade on {label}")
    return found


def close_others(
    timeline: Any, source: int, start: int, frames: int, rate: Fraction, openings: Mapping[str, int]
) -> None:
    """Take `frames` empty frames out of all tracks but `source`, and move markers with them.

    `openings` are the tracks that close elsewhere than at `start`, by so many frames. Halves that
    the ripple had cut are joined.
    """
    for number, _, at in _others(timeline, source, start, openings):
        track = timeline.tracks[number]
        _shorten(track, at, at + frames, rate)
        mend(track, at, rate)
        _move_markers(track, at, frames, rate)
    _move_markers(timeline.tracks[source], start, frames, rate)
    _move_markers(timeline.tracks, start, frames, rate)


def _move_markers(owner: Any, start: int, frames: int, rate: Fraction) -> None:
    """Markers on the frames that go stay where the cut closes."""
    for marker in owner.markers:
        marked = marker.marked_range
        at = nearest_frame(marked.start_time, rate)
        if at > start:
            moved = rational(max(start, at - frames), rate)
            marker.marked_range = otio.opentime.TimeRange(moved, marked.duration)


def _others(timeline: Any, source: int, start: int, openings: Mapping[str, int]) -> list[Any]:
    return [
        (number, label, start + openings.get(label, 0))
        for number, label in enumerate(labels(timeline))
        if number != source
    ]


def _shorten(track: Any, start: int, end: int, rate: Fraction) -> None:
    for slot in reversed(layout(track, rate)):
        taken = min(end, slot.end) - max(start, slot.start)
        if not slot.is_gap or taken <= 0:
            continue
        if taken == slot.frames:
            del track[slot.child]
        else:
            slot.item.source_range = time_range(0, slot.frames - taken, rate, rate)


def _is_free(slots: list[Slot], gap: Slot) -> bool:
    """Whether a gap can go without a fade beside it becoming a dissolve."""
    before = slots[gap.child - 1] if gap.child > 0 else None
    after = slots[gap.child + 1] if gap.child + 1 < len(slots) else None
    sides = ((before, after), (after, before))
    return not any(
        near is not None and near.is_transition and far is not None and not far.is_gap
        for near, far in sides
    )
