"""The camera as a similarity that repeats every frame."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.flow import at_cells, grid

_SCALES = (0.7, 1.4)
"""A fit that zooms by more over the span of one flow is a failed fit."""

_STEPS = 300

_TRIPOD = 0.02
"""Pixels per frame at the model's size that the flow finds on pictures from a tripod."""

_MATRIX = 6
"""Numbers in a 2 x 3 matrix."""


@dataclass(frozen=True)
class Camera:
    """Where the background of the reference frame is after t frames.

    In complex numbers, p = x + iy: one frame moves p to exp(turn) p + shift; t frames, also
    negative and fractional, move it to exp(turn t) p + shift (exp(turn t) - 1) / (exp(turn) - 1),
    the one-parameter group through that map. So `place(-t)` undoes `place(t)`.
    """

    turn: complex = 0j
    shift: complex = 0j

    def place(self, time: float, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Positions after `time` frames of what is at (x, y) now."""
        factor, offset = self._power(time)
        moved = factor * (x + 1j * y) + offset
        return moved.real.astype(np.float32), moved.imag.astype(np.float32)

    def displacement(self, time: float, x: Floats, y: Floats) -> Floats:
        """`place` minus the position, (..., 2)."""
        new_x, new_y = self.place(time, x, y)
        return np.stack([new_x - x, new_y - y], axis=-1).astype(np.float32)

    @property
    def is_still(self) -> bool:
        """Whether nothing moves at all."""
        return self.turn == 0 and self.shift == 0

    def settled(self, height: int, width: int) -> Camera:
        """This camera, or one that stands still where no corner moves visibly."""
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32)
        moved = self.displacement(1.0, corners[:, 0], corners[:, 1])
        return Camera() if float(np.linalg.norm(moved, axis=-1).max()) < _TRIPOD else self

    def _power(self, time: float) -> tuple[complex, complex]:
        factor = cmath.exp(self.turn * time)
        step = cmath.exp(self.turn) - 1
        if abs(step) < 1e-7:
            return factor, self.shift * time
        return factor, self.shift * (factor - 1) / step


def fit_camera(flow: Floats, lag: int) -> Camera:
    """Fit the camera to the flow from the reference frame to the one `lag` frames before it.

    RANSAC over cells; a camera that stands still where no similarity fits.
    """
    cells = at_cells(flow)
    x, y = grid(*cells.shape[:2])
    start = np.stack([x * 8 + 4, y * 8 + 4], axis=-1).reshape(-1, 2)
    threshold = max(0.4, 0.08 * float(np.median(np.abs(cells))))
    # The binding's types leave out that there may be none; all outliers say the same.
    matrix, inliers = cv2.estimateAffinePartial2D(
        start,
        start + cells.reshape(-1, 2),
        method=cv2.RANSAC,
        ransacReprojThreshold=threshold,
        maxIters=_STEPS,
    )
    if not np.any(inliers) or np.size(matrix) != _MATRIX:
        return Camera()
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    if not _SCALES[0] < scale < _SCALES[1]:
        return Camera()
    whole = complex(math.log(scale), math.atan2(matrix[1, 0], matrix[0, 0]))
    back = Camera(whole, complex(matrix[0, 2], matrix[1, 2]))
    # One frame forward is the (-1 / lag)-th power of the map `lag` frames back.
    factor, offset = back._power(-1.0 / lag)
    return Camera(cmath.log(factor), offset)
