"""New pictures get grain that lives as the shot's does.

A warp shows one real picture for many frames: its grain stands still, which the eye takes for a
freeze. Here the grain of that picture is taken off as far as a mean over its neighbours shows what
is grain, and each new frame gets its own, with the level, softness and life of the shot. Only what
the made pictures lack is added: a model that makes grain of its own keeps it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import cv2
import numpy as np

from pickup_engine.finishing.still_blocks import CODE, Floats
from pickup_engine.finishing.temporal_noise import (
    TemporalNoise,
    averaged,
    change_between,
    measure_noise,
)
from pickup_engine.media.colour import WHITE, Picture

Pictures: TypeAlias = Callable[[int], Picture]
"""Index of a known picture -> (h, w, 3)."""

Render: TypeAlias = Callable[[int], tuple[Picture, float]]
"""Frame number -> its picture, and the share of it that is invented."""

_TILE: Final = 1024
"""Side of the drawn noise in pixels: larger pictures repeat it, at another place in each frame."""

_BAND: Final = 32
"""Rows at a time: the temporaries stay in the processor's cache. Divides every tile."""

_TO_SIGMA: Final = math.sqrt(math.pi / 2)
"""Standard deviation of normal noise over its mean absolute value."""

STRENGTH: Final = 0.85
"""Of the shot's own level: noise that is not the true one costs PSNR. On 50 windows of the tuning
half all of it cost 0.03 dB, this 0.017, with the same step at the join (0.70 of the true one)."""

_SMOOTH: Final = 5
"""Side of the square, in pixels, in whose mean a change that is no noise is seen."""

_MEAN: Final = np.full((1, 3), 1 / 3, np.float32)

_OTHER: Final = 0x5BD1E995
"""Makes another seed of a seed: the grains of two sides must not be alike."""

_LITTLE: Final = 0.02
"""A share of the noise that is not worth the work."""


@dataclass(frozen=True)
class Life:
    """How the added noise goes on: standard deviation per channel in 16-bit codes, and correlation
    between neighbouring frames, 0..0.5."""

    level: tuple[float, float, float]
    kept: float

    def at(self, share: float) -> Life:
        """With a share of its power."""
        first, second, third = (one * math.sqrt(share) for one in self.level)
        return replace(self, level=(first, second, third))


def life_of(noise: TemporalNoise, present: float = 0.0) -> Life:
    """Noise with which neighbouring new frames differ as the shot's do, and the first new one from
    the last real one too, which keeps its own noise. `present`: change that the new frames show
    already, 16-bit codes.

    With d the variance of a difference and f = `fresh`, taking the old noise off makes f² d/2 of
    the step at the join, the added variance s makes the rest: s = d (1 - f²/2). Frames then differ
    by 2 s (1 - kept) = d. Of that it is `STRENGTH`.
    """
    part = 1.0 - noise.fresh**2 / 2
    missing = max(0.0, 1.0 - (present / max(float(np.mean(noise.change)), 1e-9)) ** 2)
    first, second, third = (
        STRENGTH * _TO_SIGMA * one * math.sqrt(part * missing) for one in noise.change
    )
    return Life((first, second, third), 1.0 - 0.5 / part)


class LivingGrain:
    """The grain of one side of a job's takes. `end`: the known pictures in order towards the join.
    leads: whether the new pictures lie before it.

    Takes of a job have the same grain: what differs between them is what they show.
    """

    def __init__(
        self,
        noise: TemporalNoise,
        end: Sequence[int],
        picture_of: Pictures,
        seed: int,
        leads: bool = False,
    ) -> None:
        self.noise, self.leads = noise, leads
        self.joint = end[-1]
        self._run = end[-averaged(len(end)) :]
        self._picture_of, self._seed = picture_of, seed
        self._quiet: Picture | None = None
        self._tiles: dict[int, Floats] = {}

    @property
    def layers(self) -> tuple[LivingGrain, ...]:
        """Itself alone."""
        return (self,)

    def share(self, frame: int) -> float:
        """Of its power, what a new frame has."""
        return 1.0

    def source(self, index: int) -> Picture:
        """Known picture `index`, without its own grain where it is next to the join."""
        if index != self.joint or len(self._run) < 2 or self.noise.fresh < _LITTLE:
            return self._picture_of(index)
        if self._quiet is None:
            beside = [self._picture_of(other) for other in self._run]
            self._quiet = quieted(self._picture_of(index), beside, self.noise)
        return self._quiet

    def add(self, picture: Picture, life: Life, frame: int) -> Picture:
        """The picture with the grain of a frame; equal for equal seeds and frames."""
        tile = self._mixed(picture.shape[:2], life.kept, frame)
        table = _response(self.noise.by_value, life.level)
        made = np.empty_like(picture)
        side = len(tile)
        for top in range(0, picture.shape[0], _BAND):
            band = tile[top % side : top % side + _BAND]
            for left in range(0, picture.shape[1], side):
                place = np.s_[top : top + _BAND, left : left + side]
                codes = picture[place]
                part = band[: codes.shape[0], : codes.shape[1]]
                grain = cv2.multiply(cv2.LUT((codes >> 8).astype(np.uint8), table), part)
                made[place] = cv2.add(codes, grain, dtype=cv2.CV_16U)
        return made

    def _mixed(self, shape: Sequence[int], kept: float, frame: int) -> Floats:
        """Noise of variance 1 whose correlation to that of the neighbouring frames is `kept`."""
        side = min(_TILE, max(_BAND, 1 << (max(shape) - 1).bit_length()))
        if side not in self._tiles:
            self._tiles[side] = draw_noise(side, self.noise, self._seed)
        angle = 0.5 * math.asin(2.0 * min(kept, 0.5))
        own = math.cos(angle) * self._moved(side, frame)
        if kept < _LITTLE:
            return own
        return np.asarray(own + math.sin(angle) * self._moved(side, frame - 1), np.float32)

    def _moved(self, side: int, frame: int) -> Floats:
        chance = np.random.default_rng((self._seed & 0xFFFFFFFF, frame + 1))
        return np.roll(self._tiles[side], chance.integers(0, side, 2), axis=(0, 1))


class Fading(LivingGrain):
    """The grain of one side of a bridge: whole at its join, gone at the other one. The powers of
    both sides add up, as those of independent noise do.

    frames: of the bridge.
    """

    def __init__(
        self,
        noise: TemporalNoise,
        end: Sequence[int],
        picture_of: Pictures,
        seed: int,
        leads: bool,
        frames: int,
    ) -> None:
        super().__init__(noise, end, picture_of, seed, leads)
        self._frames = frames

    def share(self, frame: int) -> float:
        """Of its power, what a new frame has."""
        part = (frame + 1) / (self._frames + 1)
        return part if self.leads else 1.0 - part


@dataclass(frozen=True)
class CrossedGrain:
    """The grain of a bridge: that of the shot before goes as that of the shot after comes."""

    before: Fading
    after: Fading

    @property
    def layers(self) -> tuple[LivingGrain, ...]:
        """One of each side."""
        return self.before, self.after

    def source(self, index: int) -> Picture:
        """Known picture `index`, without its own grain where it is next to a join."""
        side = self.after if index == self.after.joint else self.before
        return side.source(index)


Grain: TypeAlias = LivingGrain | CrossedGrain
"""What the new pictures of a job get."""


class Grained:
    """Rendered frames with the grain that they lack.

    render: of frames without it. made: the frames that will be asked for, in order.
    """

    def __init__(self, grain: Grain, render: Render, made: Sequence[int]) -> None:
        self._layers, self._render = grain.layers, render
        self._early: dict[int, tuple[Picture, float]] = {}
        pairs = [pair for pair in itertools.pairwise(made) if pair[1] - pair[0] == 1]
        self._pairs = tuple(pairs[-1 if one.leads else 0] for one in self._layers if pairs)
        self._lives: tuple[Life, ...] = ()

    def frame(self, k: int) -> tuple[Picture, float]:
        """Frame `k` with its grain, and the share of it that is invented."""
        lives = self._known_lives()
        picture, invented = self._early.pop(k) if k in self._early else self._render(k)
        for grain, life in zip(self._layers, lives, strict=True):
            faded = life.at(grain.share(k))
            if max(faded.level) >= _LITTLE * CODE:
                picture = grain.add(picture, faded, k)
        return picture, invented

    def told(self) -> dict[str, object]:
        """For the recipe: what was added, in shares of full scale, and what of the old was taken
        off at the join; of each side where there are two."""
        sides = [
            {
                "added": [round(level / WHITE, 6) for level in life.level],
                "kept": round(life.kept, 3),
                "renewed": round(grain.noise.fresh, 3),
                "softness": round(grain.noise.softness, 2),
            }
            for grain, life in zip(self._layers, self._known_lives(), strict=True)
        ]
        return dict(sides[0]) if len(sides) == 1 else {"before": sides[0], "after": sides[1]}

    def _known_lives(self) -> tuple[Life, ...]:
        """What each layer needs is told by the frames next to its join."""
        if not self._lives:
            needed = {k for pair in self._pairs for k in pair}
            self._early = {k: self._render(k) for k in sorted(needed)}
            self._lives = tuple(
                life_of(grain.noise, self._present(grain.noise, number))
                for number, grain in enumerate(self._layers)
            )
        return self._lives

    def _present(self, noise: TemporalNoise, number: int) -> float:
        if not self._pairs:
            return 0.0
        one, other = (self._early[k][0] for k in self._pairs[number])
        return change_between(one, other, noise)


def living_grain(
    picture_of: Pictures, times: Sequence[int], frames: int, seed: int
) -> Grain | None:
    """The grain for `frames` new pictures beside known ones at `times` (negative = before them).

    None where the known ones show no noise, or too few are known to tell it from motion: of a
    bridge, a side of which that cannot be told gets the other's.
    """
    before = [index for index, time in enumerate(times) if time < 0]
    after = [index for index, time in enumerate(times) if time >= frames][::-1]
    noises = [measure_noise(end, picture_of) if end else None for end in (before, after)]
    known = next((noise for noise in noises if noise is not None), None)
    if known is None or all(noise is None or noise.is_none for noise in noises):
        return None
    if not (before and after):
        return LivingGrain(known, before or after, picture_of, seed, leads=not before)
    one, other = (noise or known for noise in noises)
    return CrossedGrain(
        Fading(one, before, picture_of, seed, False, frames),
        Fading(other, after, picture_of, seed ^ _OTHER, True, frames),
    )


def quieted(picture: Picture, beside: Sequence[Picture], noise: TemporalNoise) -> Picture:
    """`picture` with its fresh noise taken off: brought nearer to the mean of `beside` (which holds
    it too) where the two differ by noise alone, and left as it is where something moved."""
    made = np.empty_like(picture)
    height, reach = len(picture), _SMOOTH // 2
    for top in range(0, height, _BAND):
        end = min(height, top + _BAND)
        wide = slice(max(0, top - reach), min(height, end + reach))
        total = np.zeros(picture[wide].shape, np.float32)
        for other in beside:
            cv2.accumulate(other[wide], total)
        way = np.asarray(total / len(beside) - picture[wide], np.float32)
        # Of noise little is left in a mean of so many pixels; the rest was moved or lit otherwise.
        mean = cv2.blur(cv2.transform(way, _MEAN), (_SMOOTH, _SMOOTH))
        form = np.asarray(mean, np.float32) / np.float32(CODE + float(np.mean(noise.change)))
        share = np.float32(noise.fresh) * np.exp(-0.5 * form * form)
        part = (way * share[:, :, None])[top - wide.start : end - wide.start]
        made[top:end] = cv2.add(picture[top:end], part, dtype=cv2.CV_16U)
    return made


def draw_noise(side: int, noise: TemporalNoise, seed: int) -> Floats:
    """(side, side, 3) noise of variance 1 that goes on at its other side."""
    chance = np.random.default_rng(seed & 0xFFFFFFFF)
    field = math.sqrt(1 - noise.common) * chance.standard_normal((side, side, 3), np.float32)
    field += math.sqrt(noise.common) * chance.standard_normal((side, side, 1), np.float32)
    if noise.softness > 0:
        edge = min(side, math.ceil(4 * noise.softness))
        wide = np.pad(field, ((edge, edge), (edge, edge), (0, 0)), mode="wrap")
        soft = cv2.GaussianBlur(wide, (0, 0), noise.softness)
        field = np.asarray(soft[edge : edge + side, edge : edge + side], np.float32)
        field /= float(field.std())
    return np.asarray(field, np.float32)


def _response(by_value: Floats, level: Sequence[float]) -> Floats:
    """(1, 256, 3) standard deviation for 8-bit values; near black and white it is held back, so
    that clipping does not shift the mean."""
    values = np.arange(256) + 0.5
    centres = (np.arange(len(by_value)) + 0.5) * 256 / len(by_value)
    shape = np.interp(values, centres, by_value)[:, None] * np.asarray(level)
    room = np.minimum(values - 0.5, 255.5 - values)[:, None] * CODE
    held = shape * np.clip(room / np.maximum(3 * shape, 1.0), 0, 1)
    return np.asarray(held[None], np.float32)
