"""What was never seen, copied from beside it as with a clone stamp."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats

_STEP, _REACH = 4, 96
"""Shifts that are tried: all multiples of the first up to the second, in pixels."""

_SAMPLES = 96
"""Pixels of a hole, and of its border, that a shift is judged by."""

_COLOURS = 12

_PASSES = 3
"""A hole that no single shift fills is filled from one side after the other."""

_PIECES = 8
"""Largest holes that are treated; the others are too small to show anything."""

_LEAST = 16
_UNUSABLE, _HIDDEN = 60.0, 40.0
"""8-bit steps that a shift costs which takes the border, or the hole, from what is hidden."""

_AWAY = 0.05
"""8-bit steps per pixel of distance: light and texture change with it."""

Mask = NDArray[np.bool_]


def cloned_in(picture: Bytes, mask: Mask, missing: Mask) -> tuple[Floats, Mask]:
    """For every connected piece of `missing` one shift to background that continues its border.

    picture: (h, w, 3). mask: (h, w), true where it shows no background; holds `missing`. Returns
    offsets (h, w, 2) and where they are set; pixels that no shift suits are left.
    """
    height, width = mask.shape
    offset, done = np.zeros((height, width, 2), np.float32), np.zeros_like(mask)
    picture = picture.copy()
    for _ in range(_PASSES):
        fresh = _one_pass(picture, mask & ~done, missing & ~done, offset)
        if not fresh.any():
            break
        done |= fresh
    return offset, done


def _one_pass(picture: Bytes, mask: Mask, missing: Mask, offset: Floats) -> Mask:
    """Fill what one shift each can fill of the pieces of `missing`, in `picture` and `offset`; a
    place that was itself filled before is followed to where it came from."""
    fresh = np.zeros_like(mask)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(missing.astype(np.uint8))
    areas = stats[1:count, cv2.CC_STAT_AREA]
    for label in 1 + np.argsort(areas)[::-1][:_PIECES]:
        piece = labels == label
        around = (cv2.dilate(piece.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0) & ~mask
        if stats[label, cv2.CC_STAT_AREA] < _LEAST or not around.any():
            continue
        shift = _best_shift(picture, mask, piece, around)
        rows, columns = np.nonzero(piece)
        usable = _free(mask, rows + shift[1], columns + shift[0])
        place = rows[usable], columns[usable]
        there = place[0] + shift[1], place[1] + shift[0]
        offset[place] = shift + offset[there]
        picture[place] = picture[there]
        fresh[place] = True
    return fresh


def _best_shift(picture: Bytes, mask: Mask, piece: Mask, around: Mask) -> NDArray[np.intp]:
    """(dx, dy)."""
    side = np.arange(-_REACH, _REACH + 1, _STEP)
    shifts = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    shifts = shifts[np.abs(shifts).max(axis=1) > _STEP]
    rows, columns = _some(piece)
    inner, usable = _read(picture, mask, rows + shifts[:, 1:], columns + shifts[:, :1])
    rows, columns = _some(around)
    outer, free = _read(picture, mask, rows + shifts[:, 1:], columns + shifts[:, :1])
    border = picture[rows, columns].astype(np.float32)
    step = np.where(free, np.abs(outer - border).mean(axis=-1), _UNUSABLE).mean(axis=1)
    # A thing of its own must not be copied: ground has one of the colours around the hole. Not the
    # usual one: a wall must not be copied over the table before it.
    other = _unlike(inner, _colours(border))
    strange = np.where(usable, other, _HIDDEN).mean(axis=1)
    cost = step + 2 * strange + _AWAY * np.linalg.norm(shifts, axis=1)
    return np.asarray(shifts[int(cost.argmin())], np.intp)


def _colours(border: Floats) -> Floats:
    """A few colours (n, 3) that stand for those of a border, from dark to bright."""
    order = border.sum(axis=-1).argsort()
    every = np.linspace(0, len(order) - 1, min(len(order), _COLOURS)).astype(int)
    return np.asarray(border[order[every]], np.float32)


def _unlike(found: Floats, colours: Floats) -> Floats:
    """Mean 8-bit steps from each of found (..., 3) to the nearest of colours (n, 3)."""
    apart = [np.abs(found - colour).mean(axis=-1) for colour in colours]
    return np.asarray(np.minimum.reduce(apart), np.float32)


def _read(
    picture: Bytes, mask: Mask, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> tuple[Floats, Mask]:
    """Colours at places, which may lie outside the picture, and whether they are background."""
    height, width = mask.shape
    found = picture[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return found.astype(np.float32), _free(mask, rows, columns)


def _some(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of evenly chosen pixels of a mask."""
    rows, columns = np.nonzero(mask)
    every = np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLES)).astype(int)
    return rows[every], columns[every]


def _free(mask: Mask, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Mask:
    """Whether there is background at places, which may lie outside the picture."""
    height, width = mask.shape
    inside = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
    hidden = mask[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return np.asarray(inside & ~hidden)
