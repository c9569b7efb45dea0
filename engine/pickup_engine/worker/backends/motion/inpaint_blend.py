"""The chosen ways of filling put together, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pickup_engine.worker.backends.base import View
from pickup_engine.worker.backends.motion.inpaint_types import (
    Fill,
    Mask,
    Shot,
    covered,
    grid,
)

_HOLE = 0.05
_VIEWS = 18
"""Views of a frame: each is a reading of full-size pixels."""


@dataclass(frozen=True)
class NoFill:
    """`Fill` that shows nothing: a smooth fill from around is judged by it."""

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        """No views."""
        return ()


@dataclass(frozen=True)
class Filling:
    """fills: in the order in which they are used. needed: (k, h, w) what is to be filled."""

    shot: Shot
    fills: tuple[Fill, ...]
    needed: Mask

    def frame(self, picture: int) -> tuple[View, ...]:
        """The picture itself outside the needed area, then the views inside; in known order."""
        region = self.needed[picture]
        views = (_itself(picture, region), *blend(self.fills, self.shot, picture, region))
        return tuple(replace(v, source=self.shot.index[v.source]) for v in views)


def blend(fills: tuple[Fill, ...], shot: Shot, picture: int, region: Mask) -> tuple[View, ...]:
    """Views of the first way, and of the next ones where the earlier left a hole, in the light of
    the picture."""
    made: list[View] = []
    for fill in fills:
        left = 1 - covered(made, region.shape)
        still = region & (left > _HOLE)
        if not still.any():
            break
        for view in fill.views(picture, still):
            weight = np.asarray(view.weight * left, np.float32)
            if weight.any():
                gain = shot.gain(picture, view.source)
                made.append(replace(view, weight=weight, gain=gain))
    return fewer(made, (region.shape[0], region.shape[1]), _VIEWS)


def fewer(views: Sequence[View], shape: tuple[int, int], most: int) -> tuple[View, ...]:
    """At most `most` views, those that show most; they take over the weight of the others where
    they overlap."""
    if len(views) <= most:
        return tuple(views)
    kept = sorted(views, key=lambda v: -float(v.weight.sum()))[:most]
    before, after = covered(views, shape), covered(kept, shape)
    gain = np.where(after > _HOLE, before / np.maximum(after, _HOLE), 1.0)
    return tuple(replace(v, weight=np.asarray(v.weight * gain, np.float32)) for v in kept)


def _itself(picture: int, region: Mask) -> View:
    """The picture's own pixels outside the region: they surround what no view shows."""
    x, y = grid(*region.shape)
    return View(picture, x, y, (~region).astype(np.float32))
