"""The part of the picture that a model sees: the whole of it, or a steady window around a matte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import Picture

_SURROUNDINGS = 1.0
"""Each side of the matte's box gets this share of the box as context: motion is read from there."""

_LEAST = 0.5
"""The window is at least this share of the picture's sides, so that camera motion can be told."""


@dataclass(frozen=True)
class Window:
    """A rectangle of source pixels, the same for all frames: a window that moves would jitter."""

    left: int
    top: int
    width: int
    height: int

    def crop(self, picture: Picture) -> Picture:
        """The window's part of a picture (a view, not a copy)."""
        rows, columns = self.slices
        return picture[rows, columns]

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )


def whole(width: int, height: int) -> Window:
    """All of the picture."""
    return Window(0, 0, width, height)


def around(union: NDArray[np.bool_]) -> Window:
    """A window that holds the union of all mattes (height, width) with its surroundings."""
    rows, columns = np.flatnonzero(union.any(axis=1)), np.flatnonzero(union.any(axis=0))
    height, width = union.shape
    top, bottom = _grow(int(rows[0]), int(rows[-1]) + 1, height)
    left, right = _grow(int(columns[0]), int(columns[-1]) + 1, width)
    return Window(left, top, right - left, bottom - top)


def _grow(low: int, high: int, limit: int) -> tuple[int, int]:
    size = high - low
    wanted = min(limit, max(round(size * (1 + 2 * _SURROUNDINGS)), round(limit * _LEAST)))
    start = min(max(0, (low + high - wanted) // 2), limit - wanted)
    return start, start + wanted
