"""Black bars that are part of the picture: they stay where they are, and nothing is read from
them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, View
from pickup_engine.worker.backends.motion.flow import grid

_BLACK = 26
"""Brightest 8-bit value of a bar: black with the noise of strong compression."""

_WIDEST = 0.3
"""Share of a side: more is a dark shot, not a bar."""


@dataclass(frozen=True)
class Bars:
    """Pixels of bar on each side, with the mixed one at its edge."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    def __bool__(self) -> bool:
        return any((self.top, self.bottom, self.left, self.right))

    def inside(self, height: int, width: int) -> NDArray[np.bool_]:
        """(h, w), true where the picture is."""
        mask = np.zeros((height, width), np.bool_)
        mask[self.top : height - self.bottom, self.left : width - self.right] = True
        return mask

    def kept(self, views: tuple[View, ...]) -> tuple[View, ...]:
        """Views that leave the bars alone: inside they read mirrored at the bar's edge, on the bars
        the first view's own picture."""
        if not self:
            return views
        height, width = views[0].weight.shape
        inside = self.inside(height, width)
        x, y = grid(height, width)
        bars = View(views[0].source, x, y, (~inside).astype(np.float32))
        folded = [self._mirrored(view, inside) for view in views]
        return (*(view for both in folded for view in both), bars)

    def _mirrored(self, view: View, inside: NDArray[np.bool_]) -> tuple[View, ...]:
        """A view inside the bars; what it would read of them, mirrored, is made up."""
        height, width = inside.shape
        x = _fold(view.x, self.left, width - 1 - self.right)
        y = _fold(view.y, self.top, height - 1 - self.bottom)
        weight = np.where(inside, view.weight, 0).astype(np.float32)
        beyond = weight * (np.hypot(x - view.x, y - view.y) > 1.0)
        seen = replace(view, x=x, y=y, weight=weight - beyond)
        return (seen, replace(seen, weight=beyond, made_up=True)) if beyond.any() else (seen,)


def find_bars(pictures: Bytes) -> Bars:
    """Look for rows and columns that are black at the edges of all of (n, h, w, 3) pictures."""
    brightest = pictures.max(axis=(0, 3))
    rows, columns = brightest.max(axis=1), brightest.max(axis=0)
    return Bars(_count(rows), _count(rows[::-1]), _count(columns), _count(columns[::-1]))


def _count(brightest: NDArray[np.uint8]) -> int:
    dark = int(np.argmax(brightest > _BLACK)) if (brightest > _BLACK).any() else len(brightest)
    if dark == 0 or dark > _WIDEST * len(brightest):
        return 0
    return dark + 1


def _fold(position: NDArray[np.float32], low: int, high: int) -> NDArray[np.float32]:
    """Mirror positions once at both ends of a range; beyond that they stay at the far end."""
    folded = np.where(position < low, 2 * low - position, position)
    folded = np.where(folded > high, 2 * high - folded, folded)
    return np.clip(folded, low, high).astype(np.float32)
