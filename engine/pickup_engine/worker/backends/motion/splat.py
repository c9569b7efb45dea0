"""From "this point goes there" to "this pixel comes from there"."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.flow import grid

_THIN = 0.35
"""Below this coverage a pixel takes the smoothed motion of its neighbours instead of its own."""

_SMOOTH = 1.2
_SOLID, _EMPTY = 0.45, 0.20
"""Smoothed coverage at which a thin pixel is wholly covered, and wholly a hole."""


@dataclass(frozen=True)
class BackwardMap:
    """x, y: (h, w) positions to read. hole: (h, w), 1 where nothing arrives."""

    x: Floats
    y: Floats
    hole: Floats


def splat(displacement: Floats, importance: Floats) -> BackwardMap:
    """Turn forward motion (h, w, 2) round. Where several points arrive, importance (h, w) decides:
    their motions are averaged with it, so e.g. exponential values make the largest win. Points with
    importance 0 are dropped."""
    height, width = importance.shape
    x, y = grid(height, width)
    to_x, to_y = x + displacement[..., 0], y + displacement[..., 1]
    left, top = np.floor(to_x), np.floor(to_y)
    present = (importance > 0).astype(np.float32)
    values = np.stack([importance, displacement[..., 0], displacement[..., 1], present])
    sums = np.zeros((4, height * width))
    for across in (0, 1):
        for down in (0, 1):
            column, row = left + across, top + down
            share = (1 - np.abs(to_x - column)) * (1 - np.abs(to_y - row))
            inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
            target = (row * width + column)[inside].astype(np.int64)
            weight = (share * importance)[inside]
            for index, amount in enumerate(
                (
                    weight,
                    weight * values[1][inside],
                    weight * values[2][inside],
                    (share * present)[inside],
                )
            ):
                sums[index] += np.bincount(target, amount, height * width)
    planes = sums.reshape(4, height, width).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(plane, (0, 0), _SMOOTH) for plane in planes])
    thin = planes[3] < _THIN
    mass, sum_x, sum_y = (np.where(thin, smooth[i], planes[i]) for i in range(3))
    cover = np.where(thin, smooth[3], 1.0)
    mass = np.maximum(mass, 1e-9)
    hole = np.clip((_SOLID - cover) / (_SOLID - _EMPTY), 0.0, 1.0)
    return BackwardMap(
        (x - sum_x / mass).astype(np.float32),
        (y - sum_y / mass).astype(np.float32),
        hole.astype(np.float32),
    )
