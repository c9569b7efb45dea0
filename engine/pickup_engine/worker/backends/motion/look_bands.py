"""Which factors on the bands of detail carry a shot nearest to a reference's, its edges and its
flicker within limits.

All that is limited is linear in the bands as they are rendered: a band under a factor is measured
once, and every combination of factors is a sum. So each band goes only as far as it pays: coarse
detail may rise where the finest, which trembles, may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pickup_engine.finishing.texture import MODEL_SIDE, band_change, band_planes
from pickup_engine.worker.backends.base import Floats, Texture
from pickup_engine.worker.backends.motion.look_texture import texture_distance

_LEAST, _MOST = 0.35, 2.8
"""Factors on a band: beyond, detail turns into haze, or edges into lines."""

_STEP = 2**0.25
_MOVES = 32
_CALM = 1e-6
"""Flicker of a run that stands still: nothing can be compared to it."""

_PATIENCE = 0.01
"""Flicker that counts as none when a gain is weighed against what it costs."""


@dataclass(frozen=True)
class Standing:
    """What a texture does to the probes: distance to the reference in octaves, edges, flicker."""

    texture: Texture
    away: float
    edges: float
    flicker: float


@dataclass(frozen=True)
class _Signs:
    """Linear signs of planes: second differences in time, in units of the source's (one vector),
    the bands (4, k, h, w) and the slopes (2, k, h, w) of the first picture of each run."""

    bends: Floats
    bands: Floats
    slopes: Floats

    def plus(self, other: _Signs) -> _Signs:
        """Signs of the sum of both planes."""
        return _Signs(
            self.bends + other.bends, self.bands + other.bands, self.slopes + other.slopes
        )


class Probes:
    """Runs of a shot under its colour table, and what any factors on their bands would do."""

    def __init__(self, source: Sequence[Floats], made: Sequence[Floats], want: Floats) -> None:
        """source, made: luma of runs (n, h, w) before and after the table; want: (4,) energies."""
        self._made = [np.asarray(run, np.float32) for run in made]
        self._want = want
        self._calm = [_flicker(run) for run in source]
        self._moving = sum(calm > _CALM for calm in self._calm)
        self._planes = [_split(run) for run in self._made]
        self._edges = np.hypot(*_slopes(np.stack([run[0] for run in source])))
        self._plain = self._signs(self._made)
        self._known: dict[tuple[int, float, float], _Signs] = {}
        self.strength = float(np.sqrt(np.mean(_energies(self._plain) ** 2)))

    def nearest(self, noise: float, least_edges: float, most_flicker: float) -> Standing:
        """The factors that come nearest to the reference, one step of one band after another.

        noise: as `Texture.noise`. Limits that the table alone breaks are not broken further.
        """
        now = self._standing(Texture(noise=noise))
        least, most = min(least_edges, now.edges), max(most_flicker, now.flicker)
        for _ in range(_MOVES):
            tried = [self._standing(texture) for texture in _neighbours(now.texture)]
            self._forget_but([now, *tried])
            better = [
                one
                for one in tried
                if one.away < now.away - 1e-3 and one.edges >= least and one.flicker <= most
            ]
            if not better:
                break
            now = max(better, key=lambda one: _worth(now, one))
        return now

    def _standing(self, texture: Texture) -> Standing:
        signs = self._plain
        for place in range(4):
            if texture.bands[place] != 1:
                signs = signs.plus(self._change(place, texture))
        away = texture_distance(_energies(signs), self._want)
        flicker = float(np.abs(signs.bends).sum()) / max(1, self._moving) if self._moving else 1.0
        return Standing(texture, away, self._kept(np.hypot(*signs.slopes)), flicker)

    def _change(self, place: int, texture: Texture) -> _Signs:
        key = (place, texture.bands[place], texture.noise)
        if key not in self._known:
            changes = [band_change(bands[place], place, texture) for bands in self._planes]
            self._known[key] = self._signs(changes)
        return self._known[key]

    def _forget_but(self, near: Sequence[Standing]) -> None:
        """Keep in memory only what the next step may ask for."""
        keys = {(p, one.texture.bands[p], one.texture.noise) for one in near for p in range(4)}
        self._known = {key: signs for key, signs in self._known.items() if key in keys}

    def _signs(self, runs: Sequence[Floats]) -> _Signs:
        firsts = np.stack([run[0] for run in runs])
        bends = [
            ((run[2:] - 2 * run[1:-1] + run[:-2]) / (calm * run[2:].size)).ravel()
            for run, calm in zip(runs, self._calm, strict=True)
            if calm > _CALM
        ]
        flat = np.concatenate(bends) if bends else np.zeros(1, np.float32)
        return _Signs(flat.astype(np.float32), _split(firsts), _slopes(firsts))

    def _kept(self, edges: Floats) -> float:
        """Mean correlation of edge strengths (k, h, w) with the source's; 1 where one is flat."""
        kept = []
        for old, new in zip(self._edges, edges, strict=True):
            flat = min(float(old.std()), float(new.std())) < _CALM
            kept.append(1.0 if flat else float(np.corrcoef(old.ravel(), new.ravel())[0, 1]))
        return float(np.mean(kept))


def _neighbours(texture: Texture) -> list[Texture]:
    """Each band a step stronger, a step weaker."""
    found = []
    for place, gain in enumerate(texture.bands):
        for factor in (_STEP, 1 / _STEP):
            bands = list(texture.bands)
            bands[place] = float(np.clip(gain * factor, _LEAST, _MOST))
            if bands[place] != gain:
                found.append(replace(texture, bands=(bands[0], bands[1], bands[2], bands[3])))
    return found


def _worth(now: Standing, then: Standing) -> float:
    """Octaves won for the flicker that they cost."""
    return (now.away - then.away) / (max(0.0, then.flicker - now.flicker) + _PATIENCE)


def _split(pictures: Floats) -> Floats:
    """(4, n, h, w): the bands of pictures (n, h, w) at the model's size."""
    unit = max(pictures.shape[1:]) / MODEL_SIDE
    return np.stack([np.stack(band_planes(p, unit)) for p in pictures], 1).astype(np.float32)


def _energies(signs: _Signs) -> Floats:
    return np.asarray(np.sqrt(np.mean(signs.bands**2, axis=(1, 2, 3))), np.float32)


def _slopes(pictures: Floats) -> Floats:
    """(2, n, h, w): Sobel across and down."""
    return np.stack(
        [np.stack([cv2.Sobel(p, cv2.CV_32F, *axis) for p in pictures]) for axis in ((1, 0), (0, 1))]
    ).astype(np.float32)


def _flicker(run: Floats) -> float:
    if len(run) < 3:
        return 0.0
    return float(np.abs(run[2:] - 2 * run[1:-1] + run[:-2]).mean())
