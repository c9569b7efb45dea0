"""Follow each hidden pixel through the shot, both ways, to where it was last seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.inpaint_camera import Camera
from pickup_engine.worker.backends.motion.inpaint_types import (
    Mask,
    Shot,
    box,
    grid,
    sample,
    spread,
)

Motion: TypeAlias = Callable[[Shot, Camera, int, int], Floats]
_KEY = 6
"""Every 6th picture is a source for its neighbours too: fewer and larger pieces."""
_SAME_LEVELS = 9.0
_VIEWS = 10
_EDGE = 4


@dataclass(frozen=True)
class Found:
    """Where the needed pixels of a picture were seen; all (n,): flat place, source, x, y there."""

    place: NDArray[np.int32]
    source: NDArray[np.int16]
    x: Floats
    y: Floats


@dataclass(frozen=True)
class TrackFill:
    """`Fill` from pixels followed forward and backward; None for pictures without a hole."""

    size: tuple[int, int]
    before: tuple[Found | None, ...]
    after: tuple[Found | None, ...]

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        """Views into pictures that show what is hidden, weighted by nearness in time."""
        base_x, base_y = grid(*self.size)
        moves: dict[int, tuple[Floats, Floats]] = {}
        for found in (self.before[picture], self.after[picture]):
            if found is None:
                continue
            for source in np.unique(found.source):
                here = found.source == source
                shift, weight = moves.setdefault(
                    int(source),
                    (np.zeros((*self.size, 2), np.float32), np.zeros(self.size, np.float32)),
                )
                at = found.place[here]
                near = 1.0 / (1 + abs(int(source) - picture)) ** 2
                flat_weight, flat_shift = weight.reshape(-1), shift.reshape(-1, 2)
                flat_weight[at] = near
                flat_shift[at, 0] = found.x[here] - base_x.reshape(-1)[at]
                flat_shift[at, 1] = found.y[here] - base_y.reshape(-1)[at]
        busiest = sorted(moves, key=lambda s: (-int((moves[s][1] > 0).sum()), s))[:_VIEWS]
        total = np.zeros(self.size, np.float32)
        for source in busiest:
            total += moves[source][1]
        made = []
        for source in sorted(busiest):
            shift, weight = moves[source]
            mine = weight > 0
            share = np.where(region & mine, weight / np.maximum(total, 1e-9), 0)
            # Beyond what is read the map goes on smoothly, for a renderer that reads between.
            part = box(mine, _EDGE)
            shift[part] = spread(shift[part], mine[part])
            made.append(
                View(
                    source, base_x + shift[..., 0], base_y + shift[..., 1], share.astype(np.float32)
                )
            )
        return tuple(made)


def track_fill(
    shot: Shot, camera: Camera, needed: Mask, motion: Motion, step: Callable[[], None]
) -> TrackFill:
    """Follow the needed pixels (k, h, w) through the shot with a motion model."""
    before = _follow(shot, camera, needed, motion, -1, step)
    after = _follow(shot, camera, needed, motion, 1, step)
    return TrackFill(shot.size, before, after)


def _follow(
    shot: Shot, camera: Camera, needed: Mask, motion: Motion, side: int, step: Callable[[], None]
) -> tuple[Found | None, ...]:
    """One direction: side -1 looks at earlier pictures, 1 at later ones."""
    height, width = shot.size
    base_x, base_y = grid(height, width)
    out: list[Found | None] = [None] * shot.count
    order = range(shot.count) if side < 0 else range(shot.count - 1, -1, -1)
    source = np.full((height, width), -1, np.int16)
    x, y = base_x.copy(), base_y.copy()
    for picture in order:
        step()
        other = picture + side
        linked = 0 <= other < shot.count and camera.scene[other] == camera.scene[picture]
        own = ~shot.hidden[picture]
        if linked:
            field = motion(shot, camera, picture, other)
            source, x, y = _inherit(field, source, x, y)
            source = np.where(_clear(shot, source, x, y), source, np.int16(-1))
            if picture % _KEY and own.any():
                own &= ~_same(shot, picture, source, x, y)
        else:
            source = np.full((height, width), -1, np.int16)
        source = np.where(own, np.int16(picture), source)
        x, y = np.where(own, base_x, x), np.where(own, base_y, y)
        hole = needed[picture] & (source >= 0) & (source != picture)
        if hole.any():
            place = np.flatnonzero(hole).astype(np.int32)
            flat = source.reshape(-1)[place], x.reshape(-1)[place], y.reshape(-1)[place]
            out[picture] = Found(place, *flat)
    return tuple(out)


def _inherit(
    field: Floats, source: NDArray[np.int16], x: Floats, y: Floats
) -> tuple[NDArray[np.int16], Floats, Floats]:
    """What the neighbour knows, read at where each pixel lies in it."""
    height, width = source.shape
    base_x, base_y = grid(height, width)
    at_x, at_y = base_x + field[..., 0], base_y + field[..., 1]
    inside = (at_x >= 0) & (at_x <= width - 1) & (at_y >= 0) & (at_y <= height - 1)
    near_x = np.clip(np.rint(at_x), 0, width - 1).astype(np.int64)
    near_y = np.clip(np.rint(at_y), 0, height - 1).astype(np.int64)
    got = np.where(inside, source[near_y, near_x], np.int16(-1))
    new_x = x[near_y, near_x] + (at_x - near_x).astype(np.float32)
    new_y = y[near_y, near_x] + (at_y - near_y).astype(np.float32)
    outside = (new_x < 0) | (new_x > width - 1) | (new_y < 0) | (new_y > height - 1)
    return np.where(outside, np.int16(-1), got), new_x, new_y


def _clear(shot: Shot, source: NDArray[np.int16], x: Floats, y: Floats) -> Mask:
    """Where the followed position is not hidden in its source."""
    height, width = source.shape
    near_x = np.clip(np.rint(x), 0, width - 1).astype(np.int64)
    near_y = np.clip(np.rint(y), 0, height - 1).astype(np.int64)
    return (source >= 0) & ~shot.hidden[np.maximum(source, 0), near_y, near_x]


def _same(shot: Shot, picture: int, source: NDArray[np.int16], x: Floats, y: Floats) -> Mask:
    """Where the followed pixel still looks like the picture's own: the older source can serve."""
    same = np.zeros(source.shape, bool)
    own = shot.grey[picture].astype(np.float32)
    for number in np.unique(source[source >= 0]):
        mine = source == number
        apart = np.abs(sample(shot.grey[number], x, y) - own)
        same |= mine & (cv2.blur(apart, (3, 3)) < _SAME_LEVELS)
    return same
