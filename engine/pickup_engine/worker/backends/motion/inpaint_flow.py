"""Motion behind the matte: flow outside it, carried inside by a local affine model."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.flow import dense_flow
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, move
from pickup_engine.worker.backends.motion.inpaint_types import (
    Mask,
    Shot,
    grid,
    grow,
    sample,
    spread,
)

_BLEED = 4
"""Flow next to a moving thing belongs partly to the thing: pixels around the matte not trusted."""
_RING = 20
_PATCHES = 4


def completed(shot: Shot, camera: Camera, start: int, end: int) -> Floats:
    """Displacement (h, w, 2) from picture `start` to `end` of the background, also where hidden."""
    raw = dense_flow(shot.grey[start], shot.grey[end])
    x, y = grid(*shot.size)
    lands = sample(shot.hidden[end].astype(np.uint8), x + raw[..., 0], y + raw[..., 1]) > 0.05
    bad = grow(shot.hidden[start], _BLEED) | grow(lands, _BLEED // 2)
    if not bad.any():
        return raw
    to_x, to_y = move(camera.between(start, end), x, y)
    model = np.stack([to_x - x, to_y - y], 2)
    count, patch, stats, _ = cv2.connectedComponentsWithStats(bad.astype(np.uint8))
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA]) + 1
    for number in order[: min(_PATCHES, count - 1)]:
        inside = patch == number
        local = _affine(raw, inside, bad)
        if local is not None:
            model = np.where(inside[..., None], local, model)
    rest = spread(np.where(bad[..., None], 0, raw - model), ~bad)
    return np.where(bad[..., None], model + rest, raw).astype(np.float32)


def camera_flow(shot: Shot, camera: Camera, start: int, end: int) -> Floats:
    """Displacement (h, w, 2) if the world were one plane before the camera."""
    x, y = grid(*shot.size)
    to_x, to_y = move(camera.between(start, end), x, y)
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
