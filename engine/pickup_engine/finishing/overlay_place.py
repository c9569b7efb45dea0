"""From shares of a picture's sides to its pixels, for things that are laid over it.

Shares count from edge to edge, pixels from the middle of the first: share u of n pixels lies at
u n - 0.5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from pickup_engine.worker.backends.base import Floats, Placed

_AROUND: Final = 0.3
"""Share of the thing's longer side that is kept around it: shadow, blur and smear."""


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels inside a picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def box_of(placed: Placed, size: tuple[int, int]) -> Box | None:
    """What a placed thing may touch of a picture of (height, width); None where it is outside."""
    height, width = size
    corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]], np.float64)
    at = corners @ placed.matrix.T.astype(np.float64) * (width, height)
    low, high = at.min(axis=0), at.max(axis=0)
    smear = (abs(placed.travel[0]) * width, abs(placed.travel[1]) * height)
    around = _AROUND * float((high - low).max()) + 4
    left, top = (max(0, math.floor(low[n] - around - smear[n])) for n in (0, 1))
    right = min(width, math.ceil(high[0] + around + smear[0]))
    bottom = min(height, math.ceil(high[1] + around + smear[1]))
    return Box(left, top, right, bottom) if right > left and bottom > top else None


def thing_to_shares(placed: Placed, to_thing: Floats) -> Floats:
    """(2, 3) from what `to_thing` maps into shares of the thing to shares of the picture."""
    below = np.array([[0, 0, 1]], np.float64)
    matrix = np.vstack([placed.matrix, below]) @ np.vstack([to_thing, below])
    return np.asarray(matrix[:2], np.float32)


def shifted(to_shares: Floats, size: tuple[int, int]) -> Floats:
    """(2, 3) into pixels of a picture of (height, width) instead of its shares."""
    matrix = to_shares.astype(np.float64) * np.array([[size[1]], [size[0]]])
    matrix[:, 2] -= 0.5
    return np.asarray(matrix, np.float32)


def in_pixels(placed: Placed, thing: tuple[int, int], size: tuple[int, int]) -> Floats:
    """(2, 3) from pixels of a (height, width) copy of the thing to pixels of the picture."""
    rows, columns = thing
    to_thing = np.array([[1 / columns, 0, 0.5 / columns], [0, 1 / rows, 0.5 / rows]], np.float32)
    return shifted(thing_to_shares(placed, to_thing), size)


def scale_of(placed: Placed, thing: tuple[int, int], size: tuple[int, int]) -> float:
    """Picture pixels to one pixel of the (height, width) thing."""
    matrix = in_pixels(placed, thing, size)[:, :2]
    return math.sqrt(abs(float(np.linalg.det(matrix))))
