"""Putting finished items where a placement says. The one place where a mode becomes an edit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pickup.errors import TimelineError
from pickup.protocol import Mode, Side
from pickup.timeline.locate import Located
from pickup.timeline.overlay import place_above
from pickup.timeline.rates import at_rate
from pickup.timeline.ripple import move_others
from pickup.timeline.tracks import overwrite


def arrange(
    timeline: Any, found: Located, mode: Mode, side: Side, record_in: int, items: list[Any]
) -> None:
    """Lay `items` into `timeline` (a clone) beside or above the clip that was found in it.

    A ripple puts them between the clip and the transition at its end, which then plays over them.
    Raises TimelineError where something is in the way.
    """
    rate, track = found.rate, timeline.tracks[found.number]
    if record_in < 0:
        raise TimelineError(
            f"There is no room before {found.name}: the timeline begins there.",
            "Choose the mode ripple, or ask for fewer frames.",
            code="timeline.no_room",
        )
    match mode:
        case Mode.ABOVE:
            place_above(timeline, found, record_in, items)
        case Mode.GAP | Mode.OVERWRITE:
            overwrite(track, record_in, items, rate)
        case Mode.RIPPLE:
            child = found.slot.child + (1 if side is Side.TAIL else 0)
            track[child:child] = items
            move_others(timeline, found.number, record_in, _frames(items, rate), rate)
        case Mode.AUTO:
            raise TimelineError(
                "The placement does not say where the clips go.",
                "Plan the edit again.",
                code="timeline.mode",
            )


def _frames(items: list[Any], rate: Fraction) -> int:
    return sum(int(at_rate(item.source_range.duration, rate)) for item in items)
