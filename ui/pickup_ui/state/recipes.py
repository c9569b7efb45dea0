"""What the recipe beside a take says about how far it can be trusted."""

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
        self._known: dict[str, Trust] = {}

    def trust(self, take: Take) -> Trust:
        """What is known of a take."""
        if take.sidecar not in self._known:
            self._known[take.sidecar] = trust_of(take.sidecar)
        return self._known[take.sidecar]


def trust_of(sidecar: str) -> Trust:
    """Read a recipe; an empty answer where there is none that makes sense."""
    try:
        text = Path(sidecar).read_text(encoding="utf-8") if sidecar else "null"
        recipe: Recipe = decode(Recipe, json.loads(text))
    except (OSError, ValueError, PickupError):
        return Trust()
    return Trust(
        _share(recipe.details.get("confidence")),
        _share(recipe.details.get("invented")),
    )


def _share(value: object) -> float | None:
    return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else None
