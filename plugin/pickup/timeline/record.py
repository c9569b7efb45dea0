"""Where the items of a track lie: whole record frames, counted without OTIO's own range calls."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.rates import at_rate, nearest_frame


@dataclass(frozen=True)
class Slot:
    """An item in its track: `child` is its number there, `start` and `frames` are record frames.

    A transition has no frames and stands at its cut. `number` counts items from 1 with gaps counted
    and transitions not (0). `whole`: the item itself says that it is `frames` long.
    """

    item: Any
    child: int
    number: int
    start: int
    frames: int
    whole: bool = True

    @property
    def end(self) -> int:
        """First record frame after the item."""
        return self.start + self.frames

    @property
    def is_gap(self) -> bool:
        """Whether nothing is shown here."""
        return isinstance(self.item, otio.schema.Gap)

    @property
    def is_transition(self) -> bool:
        """Whether this is a transition between its neighbours."""
        return isinstance(self.item, otio.schema.Transition)


@dataclass(frozen=True)
class Edge:
    """A transition at a cut: from `before` frames before it to `after` frames after it."""

    name: str
    before: int
    after: int


def length_of(item: Any, rate: Fraction) -> Fraction:
    """The exact length of an item in record frames at `rate`. Time effects do not change it.

    Raises TimelineError where the timeline does not tell.
    """
    own = item.source_range
    if own is None:
        try:
            own = item.trimmed_range()
        except (otio.exceptions.OTIOError, ValueError, RuntimeError, NotImplementedError):
            raise TimelineError(
                f'The timeline does not say how long "{item.name or "an unnamed item"}" is.',
                "Relink the clip in the editor and export the timeline again.",
                code="timeline.length",
            ) from None
    return at_rate(own.duration, rate)


def _round(value: Fraction | int) -> int:
    return value if isinstance(value, int) else math.floor(value + Fraction(1, 2))


def layout(track: Any, rate: Fraction) -> list[Slot]:
    """All items of a track in order."""
    return list(slots_of(track, rate))


def slots_of(track: Any, rate: Fraction) -> Iterator[Slot]:
    """The items of a track in order, for those who do not need them all. Fractions are carried, so
    that rounding never adds up."""
    position: Fraction | int = 0
    number = 0
    for child, item in enumerate(track):
        start = _round(position)
        if isinstance(item, otio.schema.Transition):
            yield Slot(item, child, 0, start, 0)
            continue
        number += 1
        length = length_of(item, rate)
        position += length.numerator if length.denominator == 1 else length
        frames = _round(position) - start
        yield Slot(item, child, number, start, frames, length == frames)


def end_of(slots: list[Slot]) -> int:
    """First record frame after the last item."""
    return max((slot.end for slot in slots), default=0)


def edge_of(slot: Slot, rate: Fraction) -> Edge:
    """The transition of a slot in record frames."""
    return Edge(
        slot.item.name or "transition",
        nearest_frame(slot.item.in_offset, rate),
        nearest_frame(slot.item.out_offset, rate),
    )


def edge_before(slots: list[Slot], child: int, rate: Fraction) -> Edge | None:
    """The transition directly before item `child`."""
    before = slots[child - 1] if child > 0 else None
    return edge_of(before, rate) if before is not None and before.is_transition else None


def edge_after(slots: list[Slot], child: int, rate: Fraction) -> Edge | None:
    """The transition directly after item `child`."""
    after = slots[child + 1] if child + 1 < len(slots) else None
    return edge_of(after, rate) if after is not None and after.is_transition else None


def edges(slots: list[Slot], rate: Fraction) -> Iterator[tuple[Slot, Edge]]:
    """Every transition of a track."""
    return ((slot, edge_of(slot, rate)) for slot in slots if slot.is_transition)


def is_dissolve(slots: list[Slot], slot: Slot) -> bool:
    """Whether a transition mixes two pictures; at a gap or an end of the track it is a fade."""
    before = slots[slot.child - 1] if slot.child > 0 else None
    after = slots[slot.child + 1] if slot.child + 1 < len(slots) else None
    return all(other is not None and not other.is_gap for other in (before, after))
