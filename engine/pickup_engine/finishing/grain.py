"""Measure a source's grain and give the same to pictures that have too little of it.

Grain is modelled as white noise softened by a Gaussian. Its level and softness are read from flat
areas of a high-passed picture; what the high pass takes away is known from the filters' frequency
responses and is put back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import WHITE, Picture

_HIGH_PASS: Final = 1.5
"""Sigma of the Gaussian that is subtracted, in pixels: finer than any texture that looks flat."""

_BLOCK: Final = 16
_FLAT: Final = 0.15
"""Share of blocks, the flattest ones, that count."""

_SOFTEST: Final = 1.6


@dataclass(frozen=True)
class GrainProfile:
    """`level`: standard deviation per channel in 16-bit codes. `softness`: sigma in pixels of the
    Gaussian that white noise was softened with. `common`: correlation between channels, 0 to 1."""

    level: tuple[float, float, float]
    softness: float
    common: float


def frame_grain(pairs: Sequence[tuple[Picture, Picture]]) -> GrainProfile:
    """The grain that changes from frame to frame, of pairs of neighbouring pictures of one source.

    Texture that stays is none of it; blocks in which something moves are not the flattest ones.
    """
    changes = [
        np.clip(
            (one.astype(np.float32) - other.astype(np.float32)) / np.sqrt(2) + WHITE / 2, 0, WHITE
        ).astype(np.uint16)
        for one, other in pairs
    ]
    return measure_grain(changes)


def measure_grain(pictures: Sequence[Picture]) -> GrainProfile:
    """The grain of pictures of one source; a few spread over it are enough."""
    parts = [_flat_blocks(picture) for picture in pictures]
    blocks = np.concatenate(parts)
    power = np.median(np.mean(blocks**2, axis=(1, 2)), axis=0)
    across = np.median(np.mean(blocks[:, :, 1:] * blocks[:, :, :-1], axis=(1, 2)), axis=0)
    down = np.median(np.mean(blocks[:, 1:] * blocks[:, :-1], axis=(1, 2)), axis=0)
    total = float(power.sum())
    if total < 1e-6:
        return GrainProfile((0.0, 0.0, 0.0), 0.0, 0.0)
    softness, kept = _softness(float((across + down).sum()) / (2 * total))
    level = np.sqrt(power / kept)
    flat = blocks.reshape(-1, 3)
    cross = np.mean([(flat[:, i] * flat[:, j]).mean() for i, j in ((0, 1), (1, 2), (0, 2))])
    common = float(np.clip(cross / max(float(flat.var(axis=0).mean()), 1e-9), 0, 1))
    return GrainProfile((float(level[0]), float(level[1]), float(level[2])), softness, common)


def add_grain(
    picture: Picture, profile: GrainProfile, seed: int, where: NDArray[np.uint16] | None = None
) -> Picture:
    """The picture with grain of `profile`, the same for equal seeds.

    `where`: (h, w) 0..65535, how much of it each pixel gets (None = all); 0 keeps a pixel as it is.
    Near black and white the grain is held back, so that it does not shift the mean by clipping.
    """
    if max(profile.level) <= 0:
        return picture
    rng = np.random.default_rng(seed)
    rows, columns = picture.shape[:2]
    shared = rng.standard_normal((rows, columns, 1), dtype=np.float32)
    own = rng.standard_normal((rows, columns, 3), dtype=np.float32)
    field = np.sqrt(profile.common) * shared + np.sqrt(1 - profile.common) * own
    if profile.softness > 0:
        soft = cv2.GaussianBlur(field, (0, 0), profile.softness)
        field = np.asarray(soft, np.float32) / np.sqrt(_power(profile.softness, high_pass=False))
    grain = field * np.array(profile.level, np.float32)
    if where is not None:
        grain *= (where.astype(np.float32) / WHITE)[:, :, None]
    value = picture.astype(np.float32)
    room = 3 * np.array(profile.level, np.float32) + 1
    grain *= np.clip(np.minimum(value, WHITE - value) / room, 0, 1)
    return np.asarray(np.clip(np.rint(value + grain), 0, WHITE), dtype=np.uint16)


def _flat_blocks(picture: Picture) -> NDArray[np.float32]:
    """(n, 16, 16, 3) high-passed blocks of the flattest parts that are neither black nor white."""
    value = picture.astype(np.float32)
    residual = _tiles(_high_passed(value))
    form = cv2.GaussianBlur(value, (0, 0), 4.0)
    tiles = _tiles(np.asarray(form, np.float32))
    slope = tiles.std(axis=(1, 2)).max(axis=1)
    mean = tiles.mean(axis=(1, 2))
    usable = (mean.min(axis=1) > 0.04 * WHITE) & (mean.max(axis=1) < 0.96 * WHITE)
    order = np.argsort(np.where(usable, slope, np.inf))
    count = max(4, int(_FLAT * max(int(usable.sum()), 1)))
    return residual[order[:count]]


def _high_passed(value: NDArray[np.floating]) -> NDArray[np.floating]:
    """Twice the picture less its blur: slopes and slow curves leave nothing, grain most of it."""
    for _ in range(2):
        value = value - cv2.GaussianBlur(value, (0, 0), _HIGH_PASS)
    return value


def _tiles(value: NDArray[np.floating]) -> NDArray[np.float32]:
    rows, columns = value.shape[0] // _BLOCK, value.shape[1] // _BLOCK
    if rows == 0 or columns == 0:
        return value[None]
    cut = value[: rows * _BLOCK, : columns * _BLOCK]
    grid = cut.reshape(rows, _BLOCK, columns, _BLOCK, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(rows * columns, _BLOCK, _BLOCK, 3)


def _softness(neighbours: float) -> tuple[float, float]:
    """Softness with that neighbour correlation after the high pass, and the power that it keeps."""
    table = _curve()
    softness = float(np.interp(neighbours, [row[1] for row in table], [row[0] for row in table]))
    kept = _power(softness, high_pass=True) / _power(softness, high_pass=False)
    return softness, kept


@lru_cache(maxsize=1)
def _curve() -> tuple[tuple[float, float], ...]:
    """(softness, neighbour correlation), rising."""
    sigmas = np.linspace(0, _SOFTEST, 33)
    return tuple((float(sigma), _neighbours(float(sigma))) for sigma in sigmas)


def _spectrum(softness: float, high_pass: bool) -> NDArray[np.float64]:
    """Power of softened white noise over a 64 x 64 grid of frequencies, by the real kernels."""
    impulse = np.zeros((64, 64))
    impulse[32, 32] = 1
    soft: NDArray[np.floating] = impulse
    if softness > 0:
        soft = np.asarray(cv2.GaussianBlur(impulse, (0, 0), softness), np.float64)
    if high_pass:
        soft = _high_passed(soft)
    return np.asarray(np.abs(np.fft.fft2(soft)) ** 2)


def _power(softness: float, high_pass: bool) -> float:
    return float(_spectrum(softness, high_pass).mean())


def _neighbours(softness: float) -> float:
    correlation = np.fft.ifft2(_spectrum(softness, high_pass=True)).real
    return float((correlation[0, 1] + correlation[1, 0]) / 2 / correlation[0, 0])
