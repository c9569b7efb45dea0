"""Near things over a ground that recedes: what a dolly or a truck moves differently.

Two surfaces: things in front, upright at one distance, and all the rest, whose nearness depends on
the row only. Both maps are analytic, so nothing is sheared; what the things uncover is mirrored in
from beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pickup_engine.models.camera_path import FAR, Pose
from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.beside import Filling, beside, copied_in
from pickup_engine.worker.backends.motion.camera_move import (
    Views,
    before_travel,
    looked_behind,
    looked_from,
    through_lens,
)
from pickup_engine.worker.backends.motion.flow import sample

_SEEN = 0.02


@dataclass(frozen=True)
class Depth:
    """near: (h, w) in 0..1, how much of a pixel belongs to things in front; nearness: theirs, 0 =
    far, 1 = near; ground: (h,) the nearness of the rest by row. cue: what tells it, for people.
    filling: of what the things hide; None = their surroundings, mirrored."""

    near: Floats
    nearness: float
    ground: Floats
    cue: str
    filling: Filling | None = None

    def seen_in(self, views: Views) -> Depth:
        """The depth of a picture, carried to the frame whose first view shows that picture."""
        carried = sample(self.near, views[0].x, views[0].y) * views[0].weight
        filling = None if self.filling is None else self.filling.read(views[0].x, views[0].y)
        return replace(self, near=np.asarray(carried, np.float32), filling=filling)

    def filled(self, picture: Bytes) -> Depth:
        """With what the things hide copied from elsewhere in the picture that this is of."""
        return replace(self, filling=copied_in(picture, self.near))


def with_parallax(views: Views, depth: Depth, pose: Pose) -> tuple[Views, float]:
    """A frame with its depth, seen from `pose`; and the share that things uncovered, 0..1."""
    height, width = depth.near.shape
    x, y = through_lens(pose, height, width)
    far = _before_ground(pose, depth.ground, x, y)
    if float(depth.near.max(initial=0.0)) < _SEEN:
        return looked_from(views, *far), 0.0
    near = before_travel(pose, depth.nearness, x, y, (height, width))
    cover = sample(depth.near, *near)
    behind_x, behind_y, hidden = _behind(depth, *far)
    front = looked_from(views, *near, cover)
    rest = np.asarray(1 - cover, np.float32)
    back = looked_behind(views, behind_x, behind_y, hidden, rest)
    used = (*(view for view in front if view.weight.max() > 0), *back)
    return used, float(np.mean(hidden * (1 - cover)))


def _before_ground(pose: Pose, ground: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """`before_travel` where nearness depends on the row that one comes from: its rows rise with
    those they go to, so the way back is read from a table."""
    height, width = x.shape
    middle = (height - 1) / 2
    beyond = height / 2
    rows = np.arange(-beyond, height + beyond, 0.25)
    nearness = np.interp(rows, np.arange(height), ground)
    to = middle + pose.dolly ** (FAR + (1 - FAR) * nearness) * (rows - middle)
    from_row = np.interp(y.astype(np.float64), np.maximum.accumulate(to), rows)
    here = np.interp(from_row, np.arange(height), ground)
    return before_travel(pose, np.asarray(here, np.float32), x, y, (height, width))


def _behind(depth: Depth, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Positions in the ground with what things hide there replaced, and where that is."""
    found = (beside(depth.near) if depth.filling is None else depth.filling).read(x, y)
    return (
        np.asarray(x + found.offset[..., 0], np.float32),
        np.asarray(y + found.offset[..., 1], np.float32),
        found.hidden,
    )
