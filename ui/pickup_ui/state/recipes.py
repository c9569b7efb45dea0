"""What the recipe beside a take says: which model made it, how far it can be trusted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pickup.errors import PickupError
from pickup.protocol import Recipe, Take, decode


@dataclass(frozen=True)
class Trust:
    """confidence: 0..1, None = the model does not say. invented: share of the picture that was
    never filmed, 0..1, None = not measured."""

    confidence: float | None = None
    invented: float | None = None


class Recipes:
    """Reads each recipe once; a take whose recipe is gone says nothing."""

    def __init__(self) -> None:
        self._known: dict[str, Recipe | None] = {}

    def of(self, take: Take) -> Recipe | None:
        """The recipe of a take."""
        if take.sidecar not in self._known:
            self._known[take.sidecar] = read_recipe(take.sidecar)
        return self._known[take.sidecar]

    def trust(self, take: Take) -> Trust:
        """How far a take can be trusted."""
        return trust_in(self.of(take))


def read_recipe(sidecar: str) -> Recipe | None:
    """The recipe in a file; None where there is none that makes sense."""
    if not sidecar:
        return None
    try:
        return decode(Recipe, json.loads(Path(sidecar).read_text(encoding="utf-8")))
    except (OSError, ValueError, PickupError):
        return None


def trust_in(recipe: Recipe | None) -> Trust:
    """What a recipe says of how far its take can be trusted."""
    if recipe is None:
        return Trust()
    return Trust(
        _share(recipe.details.get("confidence")),
        _share(recipe.details.get("invented")),
    )


def _share(value: object) -> float | None:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else None
