"""A camera move composed with the views of a frame, exactly: every map is analytic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias, overload

import cv2
import numpy as np

from pickup_engine.models.camera_path import FAR, Pose
from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.flow import grid

Views: TypeAlias = tuple[View, ...]


class LazyFrames(Sequence[Views]):
    """Frames that are made when they are asked for: minutes of maps need not lie in memory."""

    def __init__(self, count: int, make: Callable[[int], Views]) -> None:
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Views: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Views]: ...
    def __getitem__(self, index: int | slice) -> Views | Sequence[Views]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._make(index % self._count)


def through_lens(pose: Pose, height: int, width: int) -> tuple[Floats, Floats]:
    """For every pixel (h, w), where it looks from before pan, tilt, zoom and roll: x and y."""
    x, y = grid(height, width)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    right = x.astype(np.float64) - middle_x - pose.shift_x * width
    down = y.astype(np.float64) - middle_y - pose.shift_y * height
    cos, sin = math.cos(pose.roll) / pose.zoom, math.sin(pose.roll) / pose.zoom
    back_x = cos * right + sin * down + middle_x
    back_y = cos * down - sin * right + middle_y
    return back_x.astype(np.float32), back_y.astype(np.float32)


def before_travel(
    pose: Pose, near: float | Floats, x: Floats, y: Floats, size: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Where things at positions x, y after dolly and truck were before. near: 0 = far, 1 = near.
    size: (height, width)."""
    height, width = size
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    share = FAR + (1 - FAR) * np.asarray(near, np.float64)
    scale = pose.dolly**share
    back_x = (x - middle_x - pose.truck * width * share) / scale + middle_x
    back_y = (y - middle_y) / scale + middle_y
    return back_x.astype(np.float32), back_y.astype(np.float32)


def looked_from(views: Sequence[View], x: Floats, y: Floats, weight: Floats | float = 1.0) -> Views:
    """The frame of `views` seen from positions x, y in it, (h, w); their weight times `weight`.

    Beyond its edges the frame's motion goes on as at the edge, so that the positions lie outside
    the picture too and count as invented.
    """
    return tuple(_looked_from(view, x, y, weight) for view in views)


def looked_behind(
    views: Sequence[View], x: Floats, y: Floats, copied: Floats, weight: Floats | float = 1.0
) -> Views:
    """The same where some positions lead to copied texture: it is made up. copied: (h, w), 1 there,
    else 0."""
    seen = looked_from(views, x, y, np.asarray((1 - copied) * weight, np.float32))
    likeness = looked_from(views, x, y, np.asarray(copied * weight, np.float32))
    both = (*seen, *(replace(view, made_up=True) for view in likeness))
    return tuple(view for view in both if view.weight.max() > 0)


def _looked_from(view: View, x: Floats, y: Floats, weight: Floats | float) -> View:
    own_x, own_y = grid(*view.weight.shape)
    motion = np.stack([view.x - own_x, view.y - own_y, view.weight], axis=-1)
    if not np.any(motion[..., :2]) and np.all(view.weight == 1):
        return replace(view, x=x, y=y, weight=np.broadcast_to(np.float32(weight), x.shape))
    read = cv2.remap(
        np.asarray(motion, np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return replace(
        view,
        x=np.asarray(x + read[..., 0], np.float32),
        y=np.asarray(y + read[..., 1], np.float32),
        weight=np.asarray(read[..., 2] * weight, np.float32),
    )
