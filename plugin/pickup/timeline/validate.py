"""What must hold of a timeline after an edit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.identity import made_of, uid_of
from pickup.timeline.record import Slot, edge_after, edge_before, edge_of, layout
from pickup.timeline.retime import media_map


def check_edit(before: Any, after: Any, rate: Fraction) -> None:
    """Raise TimelineError for the first thing that is wrong in `after` and was not in `before`."""
    broken = problems(after, rate)
    broken = broken and broken - problems(before, rate)
    if broken:
        raise TimelineError(
            f"The edit would break the cut: {sorted(broken)[0]}.",
            "Choose another length or mode.",
            code="timeline.broken_edit",
        )


def problems(timeline: Any, rate: Fraction) -> set[str]:
    """Sentences about what is wrong. A timeline may come with some: an edit must add none."""
    return {
        sentence
        for number, track in enumerate(timeline.tracks)
        for sentence in _of_track(number, layout(track, rate), rate)
    }


def _of_track(number: int, slots: list[Slot], rate: Fraction) -> Iterator[str]:
    for slot in slots:
        if slot.is_transition:
            yield from _of_transition(number, slots, slot, rate)
            continue
        name = slot.item.name or type(slot.item).__name__
        if slot.frames <= 0:
            yield f'"{name}" ({uid_of(slot.item)}) on track {number + 1} has no length'
        if not slot.whole:
            yield f'"{name}" ({uid_of(slot.item)}) is no whole number of frames long'
        if isinstance(slot.item, otio.schema.Clip) and made_of(slot.item).generated:
            yield from _of_generated(slots, slot, rate)


def _of_transition(number: int, slots: list[Slot], slot: Slot, rate: Fraction) -> Iterator[str]:
    edge = edge_of(slot, rate)
    before = slots[slot.child - 1] if slot.child > 0 else None
    after = slots[slot.child + 1] if slot.child + 1 < len(slots) else None
    where = f'the transition "{edge.name}" on track {number + 1}'
    if (before and before.is_transition) or (after and after.is_transition):
        yield f"{where} meets another transition"
    if before and edge.before > before.frames:
        yield f'{where} is longer than "{before.item.name or "the gap"}" before it'
    if after and edge.after > after.frames:
        yield f'{where} is longer than "{after.item.name or "the gap"}" after it'


def _of_generated(slots: list[Slot], slot: Slot, rate: Fraction) -> Iterator[str]:
    """A generated file holds all that its clip shows, also under its transitions."""
    before, after = edge_before(slots, slot.child, rate), edge_after(slots, slot.child, rate)
    start = -before.before if before else 0
    end = slot.frames + (after.after if after else 0)
    if not media_map(slot.item, slot.frames, rate).holds(start, end):
        yield f'the file of "{slot.item.name}" is too short for what the clip shows'
