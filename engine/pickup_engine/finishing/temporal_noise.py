"""What changes from frame to frame in parts of a shot where nothing moves: grain, and codec noise.

Measured in patches spread over the pictures, so that a 4K shot costs what a small one does.
Two kinds are told apart: noise that is new in every frame, which a mean over frames takes away, and
drift, as compression makes it, which stays until it changes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.still_blocks import (
    ALIKE,
    BLOCK,
    CODE,
    OVER_CALM,
    Floats,
    Mask,
    in_blocks,
    patches,
    pixels_of,
    still_blocks,
)
from pickup_engine.media.colour import Picture

_MOST_AVERAGED: Final = 8

_LOOK: Final = 17
"""Pictures next to a join that are measured."""

_NOTHING: Final = 0.02 * CODE
"""Less change than this is none."""

_DRIFT: Final = CODE
"""Drift of more than this is motion that was taken for noise: codecs drift by less."""

_BINS: Final = 8
_EVERY: Final = 4
"""Pairs of which one is sorted by value."""

_PRIOR: Final = 4096.0
"""Samples that a bin of values must outweigh to have its own level."""

_HORIZONS: Final = (1, 2, 4, 8)
_SOFTEST: Final = 1.6


@dataclass(frozen=True)
class TemporalNoise:
    """The noise of a shot.

    change: mean absolute difference of neighbouring frames per channel, 16-bit codes. by_value:
    (bins,) factors on it for channel values from black to white, 1 where too little was seen.
    fresh: 0 = drift .. 1 = new in every frame. softness: sigma in pixels of the Gaussian that white
    noise was softened with. common: correlation of the channels, 0..1. still: (blocks,) which
    blocks of the patches it was measured in.
    """

    change: tuple[float, float, float]
    by_value: Floats
    fresh: float
    softness: float
    common: float
    still: Mask

    @property
    def is_none(self) -> bool:
        """Whether the shot is clean."""
        return not any(self.change)


def measure_noise(run: Sequence[int], picture_of: Callable[[int], Picture]) -> TemporalNoise | None:
    """The noise of neighbouring pictures in order, the one at the join last.

    None where it cannot be known: fewer than three pictures, or everything moves.
    """
    if len(run) < 3:
        return None
    shot = np.stack([patches(picture_of(index)) for index in run[-_LOOK:]])
    if shot.size == 0:
        return None
    change = np.diff(shot.astype(np.float32), axis=0)
    still = still_blocks(shot[-1], change)
    if not still.any():
        return None
    pixels = pixels_of(still, shot.shape[1:4])
    seen = change[:, pixels]
    level = np.abs(seen).mean(axis=(0, 1))
    fresh = _fresh(shot[:, pixels])
    # A drift above the limit is no drift; what is fresh has no limit.
    level = np.minimum(level, _DRIFT / max(1.0 - fresh, 1e-3))
    if float(level.mean()) < _NOTHING:
        return TemporalNoise((0.0, 0.0, 0.0), np.ones(_BINS, np.float32), 0.0, 0.0, 0.0, still)
    power = float((seen**2).mean())
    return TemporalNoise(
        (float(level[0]), float(level[1]), float(level[2])),
        _by_value(shot[:-1:_EVERY, pixels], np.abs(seen[::_EVERY])),
        fresh,
        _softness(change, still, power),
        _common(seen),
        still,
    )


def averaged(known: int) -> int:
    """Of how many pictures the mean is taken that fresh noise is judged against, the one at the
    join among them. With 12 instead of 8 windows of the tuning half fitted no better."""
    return min(_MOST_AVERAGED, (known + 1) // 2)


def change_between(one: Picture, other: Picture, noise: TemporalNoise) -> float:
    """Mean absolute difference of two neighbouring pictures in 16-bit codes, in those blocks of
    the shot's still ones in which nothing moves here either; 0 where there are none."""
    blocks = in_blocks(np.abs(patches(other).astype(np.float32) - patches(one)))
    found = blocks.mean(axis=(1, 2))[noise.still]
    limit = max(ALIKE, OVER_CALM * float(np.mean(noise.change)))
    calm = found[found <= limit]
    return float(calm.mean()) if calm.size else 0.0


def _fresh(shot: NDArray[np.uint16]) -> float:
    """How much of a picture's noise is its own: (n, pixels, 3) -> 0..1.

    Least squares: what share of the way from a picture to the mean of it and those before it brings
    it nearest to those after. Twice that share is as near as the picture itself: as it costs
    nothing, that much of the old noise can be taken off where new noise is to take its place.
    """
    count = averaged(len(shot))
    values = shot.astype(np.float32)
    gained = total = 0.0
    for at in range(count - 1, len(values) - 1):
        way = values[at - count + 1 : at + 1].mean(axis=0) - values[at]
        after = [values[at + step] - values[at] for step in _HORIZONS if at + step < len(values)]
        gained += float((way * sum(after)).sum(dtype=np.float64))
        total += len(after) * float((way * way).sum(dtype=np.float64))
    return float(np.clip(2.0 * gained / max(total, 1e-9), 0.0, 1.0))


def _by_value(shown: NDArray[np.uint16], change: Floats) -> Floats:
    """(bins,): change at channel values from black to white over the mean change."""
    usual = max(float(change.mean()), 1e-9)
    where = (shown.astype(np.intp) * _BINS >> 16).ravel()
    count = np.bincount(where, minlength=_BINS)
    found = np.bincount(where, weights=change.ravel(), minlength=_BINS) / usual
    return np.asarray(np.clip((found + _PRIOR) / (count + _PRIOR), 0.1, 3.0), np.float32)


def _softness(change: Floats, still: Mask, power: float) -> float:
    """Sigma of the Gaussian with the correlation that neighbours in a row and a column have."""
    side = BLOCK
    products = []
    for one in change:
        grid = in_blocks(one)[still].reshape(-1, side, side, 3)
        products.append(float((grid[:, :, 1:] * grid[:, :, :-1]).mean()))
        products.append(float((grid[:, 1:] * grid[:, :-1]).mean()))
    neighbours = float(np.clip(np.mean(products) / max(power, 1e-9), 0.0, 0.99))
    if neighbours < 0.02:
        return 0.0
    # White noise after a Gaussian has the correlation exp(-distance² / 4 sigma²).
    return min(_SOFTEST, 0.5 / float(np.sqrt(-np.log(neighbours))))


def _common(seen: Floats) -> float:
    flat = seen.reshape(-1, 3)
    power = max(float((flat**2).mean()), 1e-9)
    pairs = ((0, 1), (1, 2), (0, 2))
    return float(
        np.clip(np.mean([(flat[:, i] * flat[:, j]).mean() for i, j in pairs]) / power, 0, 1)
    )
