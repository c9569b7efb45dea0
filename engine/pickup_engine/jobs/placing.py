"""When a take may be put into a cut: once, and by one editor at a time."""

from __future__ import annotations

from pickup.errors import EngineError
from pickup.protocol import PlacementState

INTENT_SECONDS = 30.0
"""A younger intent is an edit in progress; an older one was broken off and may be taken over."""


def check_placement(name: str, held: PlacementState, wanted: PlacementState, age: float) -> None:
    """Raise EngineError where a take that is `held` for `age` seconds must not become `wanted`.

    A placed take can only be opened again (after an undo), so that no edit inserts it twice.
    """
    match held, wanted:
        case PlacementState.PLACED, PlacementState.OPEN:
            return
        case PlacementState.PLACED, _:
            raise EngineError(
                f"{name} is already in the cut.",
                "Undo that edit first, or make another take.",
                code="engine.already_placed",
            )
        case PlacementState.INTENDED, PlacementState.INTENDED if age < INTENT_SECONDS:
            raise EngineError(
                f"{name} is being put into the cut by another edit right now.",
                "Look at the timeline; if the take is not there, try again in half a minute.",
                code="engine.being_placed",
            )
        case _:
            return
