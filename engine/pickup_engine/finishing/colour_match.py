"""Fit a model's colours to the source's on pictures that both have, in linear light.

A video autoencoder shifts colours a little; an affine map per channel takes it back, and fades out
with the distance from the real pictures so that a wanted change of light may happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.light import from_linear, to_linear
from pickup_engine.media.colour import Picture

_BLOCK: Final = 32
_GAIN: Final = (0.7, 1.4)
"""A gain outside this is no autoencoder's error but a wrong fit: two different pictures."""


@dataclass(frozen=True)
class ColourMatch:
    """new = gain * old + offset, per channel, in linear light."""

    gain: tuple[float, float, float]
    offset: tuple[float, float, float]

    def apply(self, picture: Picture, transfer: str, amount: float = 1.0) -> Picture:
        """The matched picture; `amount` 0 leaves it as it is."""
        if amount <= 0:
            return picture
        light = to_linear(picture, transfer)
        gain, offset = np.array(self.gain, np.float32), np.array(self.offset, np.float32)
        moved = light + amount * (light * (gain - 1) + offset)
        return from_linear(moved, transfer)


def fit_colour(made: Sequence[Picture], real: Sequence[Picture], transfer: str) -> ColourMatch:
    """Least squares over 32-pixel block means of pictures of the same moments.

    Both sequences have equal length and sizes. Blocks that differ most (a tenth) are left out.
    """
    x = np.concatenate([_blocks(to_linear(picture, transfer)) for picture in made])
    y = np.concatenate([_blocks(to_linear(picture, transfer)) for picture in real])
    lines = [_line(x[:, c], y[:, c]) for c in range(3)]
    gains, offsets = zip(*lines, strict=True)
    return ColourMatch(gains, offsets)


def fade(distance: int, length: int) -> float:
    """How much of a match applies `distance` frames away from the real pictures (0 = next to)."""
    return max(0.0, 1.0 - distance / length) if length > 0 else 0.0


def _blocks(light: NDArray[np.float32]) -> NDArray[np.float64]:
    rows, columns = light.shape[:2]
    size = max(1, columns // _BLOCK), max(1, rows // _BLOCK)
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64).reshape(-1, 3)


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    keep = np.abs(y - x - np.median(y - x)).argsort()[: max(2, int(len(x) * 0.9))]
    x, y = x[keep], y[keep]
    spread = float(((x - x.mean()) ** 2).sum())
    gain = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 1e-9 else 1.0
    gain = min(max(gain, _GAIN[0]), _GAIN[1])
    return gain, float(y.mean() - gain * x.mean())
