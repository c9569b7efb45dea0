"""Takes out the colour shift that a model brings in: it makes the known pictures of a window anew
with the others, and what they have become is compared with what they are.

Without it extensions go pale or saturated, a little more with every window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats

_ALIKE: Final = 16.0
"""Mean difference in codes up to which a picture made anew counts as the known one. Where it is
more the model has made something else of it, and its colours say nothing."""

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
    ours, real = made.astype(np.float32), known.astype(np.float32)
    if np.abs(ours - real).mean() > _ALIKE:
        return None
    axes = (0, 1, 2)
    # One code more keeps even pictures, which have no spread to compare, at a factor of 1.
    spread = (real.std(axis=axes) + 1) / (ours.std(axis=axes) + 1)
    gain = np.clip(spread, 1 - _MOST_GAIN, 1 + _MOST_GAIN)
    # The offset is limited in the middle of the scale, where a gain moves nothing.
    middle = 127.5 * (1 - gain)
    offset = real.mean(axis=axes) - gain * ours.mean(axis=axes) - middle
    limited = np.clip(offset, -_MOST_OFFSET, _MOST_OFFSET) + middle
    return Shift(_three(gain), _three(limited))


def _three(values: Floats) -> tuple[float, float, float]:
    r, g, b = (round(float(value), 4) for value in values)
    return r, g, b
