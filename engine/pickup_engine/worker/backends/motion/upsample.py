"""Motion of cells to motion of pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.flow import CELL, at_cells, grid

_ALIKE = 0.12
"""Difference of guide motion, in clip scales, at which a cell's say falls to exp(-1/2)."""


def spread_cells(cells: Floats, guide: Floats) -> Floats:
    """(n, 2, h / 8, w / 8) -> (n, h, w, 2): joint bilateral upsampling (Kopf et al., 2007).

    guide: (h, w, 2) motion in clip scales; a pixel listens to those of its four nearest cells that
    move as it does, so that a moving thing does not drag its background along.
    """
    frames, _, rows, columns = cells.shape
    height, width = guide.shape[:2]
    flat = np.ascontiguousarray(cells.transpose(2, 3, 0, 1).reshape(rows * columns, -1))
    total = np.zeros((height * width, frames * 2), np.float32)
    for index, weight in zip(*listening(guide), strict=True):
        total += weight.reshape(-1, 1) * flat[index.ravel()]
    spread = total.reshape(height, width, frames, 2).transpose(2, 0, 1, 3)
    return np.asarray(spread, np.float32)


def listening(guide: Floats) -> tuple[NDArray[np.int32], Floats]:
    """Which four cells each pixel listens to, (4, h, w) flat indices, and how much, (4, h, w),
    summing to 1."""
    height, width = guide.shape[:2]
    rows, columns = height // CELL, width // CELL
    in_x, in_y = grid(height, width)
    x, y = (in_x - CELL / 2) / CELL, (in_y - CELL / 2) / CELL
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    cell_guide = at_cells(guide)
    indices, weights = [], []
    for across in (0, 1):
        for down in (0, 1):
            near = (1 - np.abs(x - left - across)) * (1 - np.abs(y - top - down))
            column = np.clip(left + across, 0, columns - 1)
            row = np.clip(top + down, 0, rows - 1)
            apart = ((guide - cell_guide[row, column]) ** 2).sum(axis=-1)
            alike = np.exp(-apart / (2 * _ALIKE**2)) + 1e-3
            indices.append(row * columns + column)
            weights.append((np.maximum(near, 0) + 1e-4) * alike)
    found = np.stack(weights).astype(np.float32)
    return np.stack(indices).astype(np.int32), found / found.sum(axis=0)
