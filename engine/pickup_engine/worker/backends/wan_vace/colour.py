"""Takes out the colour shift that a model brings in: it makes the known pictures of a window anew
with the others, and what they have become is compared with what they are.

Without it extensions go pale or saturated, a little more with every window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats

_ALIKE: Final = 16.0
"""Mean difference in codes up to which a picture made anew counts as the known one. Where it is
more the model has made something else of it, and its colours say nothing."""

_CELL: Final = 8
"""Pixels of a side that are compared as one. Grain and the finest detail do not come through the
autoencoder: by the spread of single pixels a grainy shot would seem to have lost contrast."""

_AGREE: Final = 0.9
"""Correlation from which on the spread of both pictures says something about contrast."""

_MOST_GAIN: Final = 0.12
_MOST_OFFSET: Final = 12.0
"""Codes. A shift is small; what seems larger is none."""


@dataclass(frozen=True)
class Shift:
    """For each channel a factor and codes to add: what makes made pictures like known ones."""

    gain: tuple[float, float, float]
    offset: tuple[float, float, float]

    def apply(self, pictures: Bytes) -> Bytes:
        """(n, h, w, 3) with it taken out."""
        table = np.arange(256, dtype=np.float32)[:, None] * self.gain + self.offset
        codes = np.clip(np.rint(table), 0, 255).astype(np.uint8)
        return np.stack([codes[pictures[..., c], c] for c in range(3)], axis=-1)


def measure_shift(made: Bytes, known: Bytes) -> Shift | None:
    """The shift between pictures made anew and what they were made from, (n, h, w, 3) each; None
    where there are none, or where they are not alike."""
    if not len(made):
        return None
    ours, real = _coarse(made), _coarse(known)
    if np.abs(ours - real).mean() > _ALIKE:
        return None
    middle, wanted = ours.mean(axis=0), real.mean(axis=0)
    # One code more keeps even pictures, which have no spread to compare, at a factor of 1.
    ours_spread, real_spread = ours.std(axis=0) + 1, real.std(axis=0) + 1
    together = ((ours - middle) * (real - wanted)).mean(axis=0) / (ours_spread * real_spread)
    gain = np.clip(real_spread / ours_spread, 1 - _MOST_GAIN, 1 + _MOST_GAIN)
    gain = np.where(together < _AGREE, 1.0, gain)
    lift = np.clip(wanted - middle, -_MOST_OFFSET, _MOST_OFFSET)
    # Around the pictures' own middle, so that a gain does not move dark or bright shots.
    return Shift(_three(gain), _three(middle + lift - gain * middle))


def _coarse(pictures: Bytes) -> Floats:
    """Mean colours of cells of (n, h, w, 3), (cells, 3)."""
    height, width = (max(1, side // _CELL) for side in pictures.shape[1:3])
    small = [
        cv2.resize(one.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        for one in pictures
    ]
    return np.stack(small).reshape(-1, 3).astype(np.float32)


def _three(values: Floats) -> tuple[float, float, float]:
    r, g, b = (round(float(value), 4) for value in values)
    return r, g, b
