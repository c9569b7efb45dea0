"""Motion behind the matte: flow outside it, carried inside by a local affine model."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.flow import dense_flow
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, moved
from pickup_engine.worker.backends.motion.inpaint_types import (
    Mask,
    Shot,
    box,
    grid,
    grow,
    sample,
    spread,
)

_BLEED = 4
"""Flow next to a moving thing belongs partly to the thing: pixels around the matte not trusted."""
_RING = 20
_PATCHES = 4
_AROUND = 24
"""Pixels around what is hidden that the flow is continued from."""
_KEPT = 64
"""Flows that are kept: both ways through the stretch that the ways of filling are tried on."""


class Completed:
    """`Motion` by optical flow, completed where something hides the background."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], Floats] = {}

    def __call__(self, shot: Shot, camera: Camera, start: int, end: int) -> Floats:
        """Displacement (h, w, 2) from picture `start` to `end`."""
        return completed(shot, camera, start, end, self._flow(shot, start, end))

    def _flow(self, shot: Shot, start: int, end: int) -> Floats:
        """The flow of two pictures; trials ask for the same ones as the shot itself."""
        key = shot.times[start], shot.times[end]
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = dense_flow(shot.grey[start], shot.grey[end])
        return self._kept[key]


def completed(shot: Shot, camera: Camera, start: int, end: int, raw: Floats) -> Floats:
    """The flow `raw` (h, w, 2) from picture `start` to `end`, that of the background also where it
    is hidden."""
    x, y = grid(*shot.size)
    lands = sample(shot.hidden[end].astype(np.uint8), x + raw[..., 0], y + raw[..., 1]) > 0.05
    bad = grow(shot.hidden[start], _BLEED) | grow(lands, _BLEED // 2)
    if not bad.any():
        return raw
    to_x, to_y = moved(camera.between(start, end), shot.size)
    model = np.stack([to_x - x, to_y - y], 2)
    count, patch, stats, _ = cv2.connectedComponentsWithStats(bad.astype(np.uint8))
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA]) + 1
    for number in order[: min(_PATCHES, count - 1)]:
        inside = patch == number
        local = _affine(raw, inside, bad)
        if local is not None:
            model = np.where(inside[..., None], local, model)
    part = box(bad, _AROUND)
    gone = bad[part][..., None]
    rest = spread(np.where(gone, 0, raw[part] - model[part]), ~bad[part])
    out = raw.copy()
    out[part] = np.where(gone, model[part] + rest, raw[part])
    return out


def camera_flow(shot: Shot, camera: Camera, start: int, end: int) -> Floats:
    """Displacement (h, w, 2) if the world were one plane before the camera."""
    x, y = grid(*shot.size)
    to_x, to_y = moved(camera.between(start, end), shot.size)
    return np.stack([to_x - x, to_y - y], 2)


def _affine(raw: Floats, inside: Mask, bad: Mask) -> Floats | None:
    """Affine displacement fitted to the flow in a ring around a patch; None if that is empty."""
    ring = grow(inside, _RING) & ~bad
    rows, cols = np.nonzero(ring[::2, ::2])
    if len(rows) < 40:
        return None
    rows, cols = rows * 2, cols * 2
    source = np.stack([cols, rows], 1).astype(np.float32)
    found: tuple[NDArray[Any] | None, NDArray[Any]] = cv2.estimateAffine2D(
        source, source + raw[rows, cols], method=cv2.RANSAC, ransacReprojThreshold=0.7, maxIters=300
    )
    matrix = found[0]
    if matrix is None:
        return None
    x, y = grid(*inside.shape)
    shift_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] - x
    shift_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] - y
    return np.stack([shift_x, shift_y], 2).astype(np.float32)
