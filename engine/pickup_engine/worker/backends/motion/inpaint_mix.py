"""Two answers of a still camera put together, each with a share.

What a place looks like most of the time (a plate) and what it looked like a moment ago (hold) err
in different ways: the one where something came and stayed, the other where something passed by.
Their mean is never much worse than the better one, so that a wrong verdict costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.inpaint_blend import fewer
from pickup_engine.worker.backends.motion.inpaint_types import Fill, Mask, covered, grid

_PLATE_VIEWS, _NEAR_VIEWS = 10, 10
"""Views of a frame. Many are the same pictures; of what is more than is rendered, those that show
least go."""


@dataclass(frozen=True)
class MixFill:
    """`Fill` for a camera that stands still: `share` (0..1) of `near`, the rest of `plate`; where
    only one of them has a source, that one alone."""

    plate: Fill
    near: Fill
    share: float

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        """One view of each picture that serves, read where it is."""
        shape = region.shape[0], region.shape[1]
        plate = fewer(self.plate.views(picture, region), shape, _PLATE_VIEWS)
        near = fewer(self.near.views(picture, region), shape, _NEAR_VIEWS)
        of_plate = 1 - self.share * covered(near, shape)
        of_near = 1 - (1 - self.share) * covered(plate, shape)
        weights: dict[int, Floats] = {}
        for views, part in ((plate, of_plate), (near, of_near)):
            for view in views:
                weight = np.asarray(view.weight * part, np.float32)
                weights[view.source] = weights.get(view.source, np.float32(0)) + weight
        return tuple(View(n, *grid(*shape), weights[n]) for n in sorted(weights))
