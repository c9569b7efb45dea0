"""Laying a clip where another one was, and where it belongs now: nothing else moves."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol import Side
from pickup.timeline.edits.overlay import place_above
from pickup.timeline.edits.room import gap_room
from pickup.timeline.edits.tracks import new_gap, overwrite
from pickup.timeline.identity import is_owned
from pickup.timeline.locate import Located
from pickup.timeline.rates import at_rate
from pickup.timeline.record import layout


def put_in_place(timeline: Any, found: Located, start: int, items: list[Any]) -> None:
    """Lay `items` at record frame `start` instead of the clip that was found; nothing else moves.

    On the user's tracks only empty room beside it is used, and a transition at an end that moves is
    in the way; on a track of ours there is always room, if need be on another one above.
    """
    track, slot, rate = timeline.tracks[found.number], found.slot, found.rate
    end = start + sum(int(at_rate(item.source_range.duration, rate)) for item in items)
    for side, edge, stays in (
        (Side.HEAD, found.edge(Side.HEAD), start == slot.start),
        (Side.TAIL, found.edge(Side.TAIL), end == slot.end),
    ):
        if edge is not None and not stays:
            verb = "begins" if side is Side.HEAD else "ends"
            raise TimelineError(
                f'{found.name} {verb} in the transition "{edge.name}", and would move off it.',
                "Remove the transition in the editor first.",
                code="timeline.transition",
            )
    if _has_room(found, start, end):
        _shift(track, found, start, end, items)
    elif is_owned(track):
        _elsewhere(timeline, found, start, end, items)
    else:
        raise TimelineError(
            f"There is no room for {found.name} where it belongs now.",
            "Make room in the editor, or remove the clip.",
            code="timeline.no_room",
        )


def _has_room(found: Located, start: int, end: int) -> bool:
    before, after = gap_room(found, Side.HEAD), gap_room(found, Side.TAIL)
    slot = found.slot
    return start >= slot.start - (before or 0) and (after is None or end <= slot.end + after)


def _shift(track: Any, found: Located, start: int, end: int, items: list[Any]) -> None:
    """Within the empty room beside the clip, which becomes shorter or longer."""
    slot, rate = found.slot, found.rate
    before = list(takewhile(lambda other: other.is_gap, found.beside(Side.HEAD)))
    after = list(takewhile(lambda other: other.is_gap, found.beside(Side.TAIL)))
    is_last = len(after) == len(found.beside(Side.TAIL))
    lead = start - slot.start + sum(gap.frames for gap in before)
    trail = slot.end - end + sum(gap.frames for gap in after)
    first, last = slot.child, slot.child
    children = list(items)
    if start != slot.start:
        first -= len(before)
        children[:0] = [new_gap(lead, rate)] if lead else []
    if end != slot.end:
        last += len(after)
        children += [new_gap(trail, rate)] if trail and not is_last else []
    track[first : last + 1] = children


def _elsewhere(timeline: Any, found: Located, start: int, end: int, items: list[Any]) -> None:
    """Over other clips of ours: on this track where it is empty there, else on one above."""
    track, slot, rate = timeline.tracks[found.number], found.slot, found.rate
    track[slot.child : slot.child + 1] = [new_gap(slot.frames, rate)]
    if all(s.is_gap or s.end <= start or s.start >= end for s in layout(track, rate)):
        overwrite(track, start, items, rate)
    else:
        place_above(timeline, found, start, items)
    while len(track) and isinstance(track[-1], otio.schema.Gap):
        del track[-1]
