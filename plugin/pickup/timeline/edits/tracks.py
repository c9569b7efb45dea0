"""Edits of one track, in whole record frames. They change what they are given: use a clone.

Each one fails with TimelineError rather than turn a fade into a dissolve, break a transition, or
cut where the picture at the cut cannot be told.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.edits.linked import forget_range
from pickup.timeline.identity import CUT_FROM, discloses, store, whole_of
from pickup.timeline.rates import at_rate, rational, time_range
from pickup.timeline.record import Slot, edges, end_of, is_dissolve, layout
from pickup.timeline.retime import media_map, speed_of


def new_gap(frames: int, rate: Fraction) -> Any:
    """A gap of `frames` record frames."""
    return otio.schema.Gap(duration=rational(frames, rate))


def part_of(slot: Slot, start: int, end: int, rate: Fraction) -> Any:
    """A copy of an item that covers only its record offsets `start` to `end` (exclusive).

    Shows exactly what the item showed there, retimes included; a marker stays with its picture.
    """
    part = slot.item.clone()
    if slot.is_gap:
        part.source_range = time_range(0, end - start, rate, rate)
        return part
    speed = speed_of(slot.item)
    if speed is None or speed < 0:
        kind = "has a speed ramp" if speed is None else "runs backwards"
        raise TimelineError(
            f'The edit would cut "{slot.item.name}", which {kind}.',
            "Render that clip in the editor first, or choose the mode above.",
            code="timeline.cut",
        )
    time_map = media_map(slot.item, slot.frames, rate)
    begin = slot.item.source_range.start_time
    if start > 0:
        begin = rational(time_map.source_start(start), time_map.rate)
    part.source_range = otio.opentime.TimeRange(begin, rational(end - start, rate))
    if (start, end) != (0, slot.frames):
        forget_range(part)
    _keep_markers(part, slot, start, end, rate)
    return part


def _keep_markers(part: Any, slot: Slot, start: int, end: int, rate: Fraction) -> None:
    """Markers count in the clip's media; those outside the item stay with its first part. The one
    that discloses how the clip was made covers every part."""
    if not len(part.markers):
        return
    time_map = media_map(slot.item, slot.frames, rate)
    kept = []
    for marker in slot.item.markers:
        if discloses(marker):
            whole = marker.clone()
            whole.marked_range = part.source_range
            kept.append(whole)
            continue
        at = at_rate(marker.marked_range.start_time, time_map.rate)
        inside = time_map.source_start(0) <= at < time_map.source_start(slot.frames)
        here = time_map.source_start(start) <= at < time_map.source_start(end)
        if here or (not inside and start == 0):
            kept.append(marker.clone())
    part.markers[:] = kept


def cut(
    track: Any,
    frame: int,
    rate: Fraction,
    *,
    for_gap: bool = False,
    slots: list[Slot] | None = None,
) -> int:
    """Make sure that items part at record frame `frame`; the child number for what is put there.

    `for_gap`: a gap will be put there, beside which a fade in that begins here stays a fade.
    `slots`: the track's layout as it stands, where the caller has it.
    """
    slots = layout(track, rate) if slots is None else slots
    for slot, edge in edges(slots, rate):
        if slot.start - edge.before < frame < slot.start + edge.after:
            raise _in_the_way(slot)
        if slot.start == frame:
            if not for_gap or is_dissolve(slots, slot):
                raise _in_the_way(slot)
            return slot.child
    for slot in slots:
        if slot.start < frame < slot.end:
            left = part_of(slot, 0, frame - slot.start, rate)
            right = part_of(slot, frame - slot.start, slot.frames, rate)
            if not slot.is_gap:
                store(right, **{CUT_FROM: whole_of(slot.item)})
            track[slot.child : slot.child + 1] = [left, right]
            return slot.child + 1
    for slot in slots:
        if slot.start >= frame and not slot.is_transition:
            return slot.child
    if frame > end_of(slots):
        track.append(new_gap(frame - end_of(slots), rate))
    return len(track)


def _in_the_way(slot: Slot) -> TimelineError:
    name = slot.item.name or "a transition"
    return TimelineError(
        f'The transition "{name}" is in the way of the edit.',
        "Remove the transition in the editor, or choose the mode above.",
        code="timeline.transition",
    )


def overwrite(track: Any, start: int, items: list[Any], rate: Fraction) -> None:
    """Put `items` at record frame `start` in place of what is there; nothing else moves."""
    frames = sum(int(at_rate(item.source_range.duration, rate)) for item in items)
    lift(track, start, start + frames, rate)
    child = next((s.child for s in layout(track, rate) if s.start >= start), len(track))
    track[child:child] = items


def lift(track: Any, start: int, end: int, rate: Fraction) -> None:
    """Take out everything between two record frames, leaving nothing in its place."""
    cut(track, end, rate)
    cut(track, start, rate)
    slots = layout(track, rate)
    for slot in reversed(slots):
        if slot.is_transition and start < slot.start < end:
            raise _in_the_way(slot)
        if not slot.is_transition and start <= slot.start and slot.end <= end:
            del track[slot.child]
