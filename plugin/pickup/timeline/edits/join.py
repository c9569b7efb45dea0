"""Putting halves together again that an edit had cut: the inverse of `tracks.cut`."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import opentimelineio as otio

from pickup.timeline.identity import CUT_FROM, KEY, discloses, own_value, whole_of
from pickup.timeline.rates import rational, time_range
from pickup.timeline.record import Slot, layout
from pickup.timeline.retime import media_map

_SAME: Final = Fraction(1, 1_000_000)
"""Media frames: doubles that mean the same place differ by less."""


def mend(track: Any, frame: int, rate: Fraction) -> None:
    """Where two gaps, or two halves that an edit made of one item, meet at record frame `frame`,
    make one of them. A cut that the user made stays."""
    slots = layout(track, rate)
    for left, right in pairwise(slots):
        if right.start != frame or left.is_transition or right.is_transition:
            continue
        whole = _of_gaps(left, right, rate) or _of_halves(left, right, rate)
        if whole is not None:
            track[left.child : right.child + 1] = [whole]
        return


def is_plain_gap(item: Any) -> bool:
    """Whether an item is a gap that says nothing but its length."""
    return isinstance(item, otio.schema.Gap) and not (
        item.name or len(item.metadata) or len(item.markers) or len(item.effects)
    )


def _of_gaps(left: Slot, right: Slot, rate: Fraction) -> Any:
    if not (is_plain_gap(left.item) and is_plain_gap(right.item)):
        return None
    whole = left.item.clone()
    whole.source_range = time_range(0, left.frames + right.frames, rate, rate)
    return whole


def _of_halves(left: Slot, right: Slot, rate: Fraction) -> Any:
    """The item that was cut into the two; None where they are not halves, or no longer fit."""
    if left.is_gap or right.is_gap:
        return None
    if not own_value(right.item, CUT_FROM) or whole_of(left.item) != whole_of(right.item):
        return None
    if _bare(left.item) != _bare(right.item):
        return None
    first, then = (media_map(slot.item, slot.frames, rate) for slot in (left, right))
    if abs(first.source_start(left.frames) - then.source_start(0)) > _SAME:
        return None
    whole = left.item.clone()
    whole.source_range = otio.opentime.TimeRange(
        left.item.source_range.start_time, rational(left.frames + right.frames, rate)
    )
    whole.markers.extend(m.clone() for m in right.item.markers if not discloses(m))
    for marker in whole.markers:
        if discloses(marker):
            marker.marked_range = whole.source_range
    return whole


def _bare(item: Any) -> str:
    """All of an item but what part of it is shown, its markers, and what is stored under our
    key."""
    bare = item.clone()
    bare.source_range = None
    bare.markers[:] = []
    if KEY in bare.metadata:
        del bare.metadata[KEY]
    return str(bare.to_json_string(indent=0))
