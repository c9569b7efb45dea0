"""Putting finished items where a placement says. The one place where a mode becomes an edit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pickup.errors import TimelineError
from pickup.protocol import Mode, Side
from pickup.timeline.edits.in_place import put_in_place
from pickup.timeline.edits.overlay import place_above, place_above_track
from pickup.timeline.edits.ripple import move_others
from pickup.timeline.edits.tracks import cut, overwrite
from pickup.timeline.locate import Located
from pickup.timeline.rates import at_rate


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
            move_others(timeline, found.number, record_in, _frames(items, rate), rate)
            track[child:child] = items
        case Mode.REPLACE:
            put_in_place(timeline, found, record_in, items)
        case Mode.AUTO:
            raise _no_mode()


def _no_mode() -> TimelineError:
    return TimelineError(
        "The placement does not say where the clips go.",
        "Plan the edit again.",
        code="timeline.mode",
    )


def _frames(items: list[Any], rate: Fraction) -> int:
    return sum(int(at_rate(item.source_range.duration, rate)) for item in items)


def arrange_at(
    timeline: Any, number: int, rate: Fraction, mode: Mode, record_in: int, items: list[Any]
) -> None:
    """Lay `items` into track `number` of `timeline` (a clone), or above it, at record frame
    `record_in`, wherever that lies: what belongs to no clip.

    Raises TimelineError where something is in the way.
    """
    track, frames = timeline.tracks[number], _frames(items, rate)
    match mode:
        case Mode.ABOVE:
            place_above_track(timeline, number, rate, record_in, items)
        case Mode.GAP | Mode.OVERWRITE:
            overwrite(track, record_in, items, rate)
        case Mode.RIPPLE:
            # First, while it can be told which sound belongs to a picture that is cut here.
            move_others(timeline, number, record_in, frames, rate)
            child = cut(track, record_in, rate)
            track[child:child] = items
        case Mode.AUTO | Mode.REPLACE:
            raise _no_mode()
