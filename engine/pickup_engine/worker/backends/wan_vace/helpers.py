"""Other models on this machine that Wan VACE works with, looked up when they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pickup.errors import ModelError
from pickup_engine.models.catalogue import found, serving
from pickup_engine.models.entry import Family
from pickup_engine.worker.backends.wan_vace.distilled import Distilled, find_distilled


@dataclass(frozen=True)
class Helpers:
    """What serves the model with the id `model`."""

    model: str

    def depth(self) -> Path:
        """The folder of a depth model. Raises ModelError where none is installed."""
        one = serving(self.model, Family.DEPTH)
        if one is None or one.folder is None:
            raise ModelError(
                "To keep the depth of a shot a depth model is needed, and none is installed.",
                "Get it with `pickup models pull depth-anything-v2-small`, or use --control edges.",
                code="model.not_installed",
            )
        return one.folder

    def distilled(self, weights: str) -> Distilled:
        """The distilled weights with that id. Raises ModelError where they are not there."""
        one = found(weights)
        if one.folder is None or one.family != Family.DISTILLED:
            raise ModelError(
                f"The distilled weights “{weights}” are not installed.",
                f"Get them with `pickup models pull {weights}`, or ask for more --steps.",
                code="model.not_installed",
            )
        return find_distilled(weights, one.folder, one.entry.settings)
