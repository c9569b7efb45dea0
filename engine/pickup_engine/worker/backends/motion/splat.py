"""From "this point goes there" to "this pixel comes from there"."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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


_COVERED = 0.4
"""Share of its surroundings that a thing in front has where it covers a pixel."""

_CRACK = (5, 5)
"""Holes narrower than this are cracks."""

_BREAK = 1.0
"""Motions of neighbours that differ by more pixels belong to two things."""

_NEXT = np.ones((3, 3), np.uint8)
_MEDIAN = 5
"""OpenCV's widest median of floats."""

_PASSES = 2

_WIDEST = 64
"""Pixels beyond the edges that are imagined at most."""


def splat(displacement: Floats, importance: Floats) -> BackwardMap:
    """Turn forward motion (h, w, 2) round. Where several points arrive, importance (h, w) decides:
    their motions are averaged with it, so e.g. exponential values make the largest win. Points with
    importance 0 are dropped.

    What comes in over an edge is imagined to move like the edge; its positions lie outside.
    """
    height, width = importance.shape
    margin = _margin(displacement)
    sides = (margin, margin), (margin, margin)
    moved = np.pad(displacement, (*sides, (0, 0)), mode="edge")
    weight = np.pad(importance, sides, mode="edge")
    planes = _gather(moved, weight, margin, (height, width))
    smooth = np.stack([cv2.GaussianBlur(plane, (0, 0), _SMOOTH) for plane in planes])
    # Between the points of a thing that stretches, what is behind it must not shine through.
    level = cv2.dilate(planes[0], np.ones(_CRACK, np.uint8))
    covered = (planes[0] < 0.5 * smooth[0]) & (smooth[0] > _COVERED * level)
    thin = (planes[3] < _THIN) | covered
    mass, sum_x, sum_y = (np.where(thin, smooth[i], planes[i]) for i in range(3))
    cover = np.where(thin, smooth[3], 1.0)
    mass = np.maximum(mass, 1e-9)
    hole = _without_cracks(np.clip((_SOLID - cover) / (_SOLID - _EMPTY), 0.0, 1.0))
    x, y = grid(height, width)
    found = np.stack([sum_x / mass, sum_y / mass, hole]).astype(np.float32)
    for _ in range(_PASSES):
        found = _without_debris(found)
    return BackwardMap(x - found[0], y - found[1], found[2])


def _without_debris(found: Floats) -> Floats:
    """Where a map breaks, points of both sides arrive between one another. Each pixel takes the
    median of its surroundings, of (3, h, w) motion and hole: the break becomes one clean line."""
    lowest = np.stack([cv2.erode(plane, _NEXT) for plane in found[:2]])
    highest = np.stack([cv2.dilate(plane, _NEXT) for plane in found[:2]])
    broken = (highest - lowest).max(axis=0) > _BREAK
    if not broken.any():
        return found
    rows, columns = np.flatnonzero(broken.any(axis=1)), np.flatnonzero(broken.any(axis=0))
    reach = _MEDIAN // 2
    part = np.s_[
        max(0, rows[0] - reach) : rows[-1] + 1 + reach,
        max(0, columns[0] - reach) : columns[-1] + 1 + reach,
    ]
    clean = found.copy()
    for plane, cleaned in zip(found, clean, strict=True):
        usual = cv2.medianBlur(np.ascontiguousarray(plane[part]), _MEDIAN)
        np.copyto(cleaned[part], usual, where=broken[part])
    return clean


def _without_cracks(hole: Floats) -> Floats:
    """Close narrow holes: where a thing stretches, its own points come apart a little, and what is
    behind it must not show through."""
    wide = cv2.morphologyEx((hole > 0).astype(np.uint8), cv2.MORPH_OPEN, np.ones(_CRACK, np.uint8))
    return np.asarray(np.where(wide > 0, hole, 0.0), np.float32)


def _margin(displacement: Floats) -> int:
    """How far things come in over any edge."""
    inward = (
        displacement[:, 0, 0].max(),
        -displacement[:, -1, 0].min(),
        displacement[0, :, 1].max(),
        -displacement[-1, :, 1].min(),
    )
    return int(np.clip(np.ceil(max(inward)), 0, _WIDEST))


def _gather(
    displacement: Floats, importance: Floats, margin: int, size: tuple[int, int]
) -> NDArray[np.float32]:
    """(4, h, w): importance, importance x motion, and coverage that arrives at each pixel."""
    height, width = size
    x, y = grid(*importance.shape)
    to_x, to_y = x - margin + displacement[..., 0], y - margin + displacement[..., 1]
    left, top = np.floor(to_x), np.floor(to_y)
    present = (importance > 0).astype(np.float32)
    sums = np.zeros((4, height * width))
    for across in (0, 1):
        for down in (0, 1):
            column, row = left + across, top + down
            share = (1 - np.abs(to_x - column)) * (1 - np.abs(to_y - row))
            inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
            target = (row * width + column)[inside].astype(np.int64)
            weight = (share * importance)[inside]
            arriving = (
                weight,
                weight * displacement[..., 0][inside],
                weight * displacement[..., 1][inside],
                (share * present)[inside],
            )
            for index, amount in enumerate(arriving):
                sums[index] += np.bincount(target, amount, height * width)
    return sums.reshape(4, height, width).astype(np.float32)
