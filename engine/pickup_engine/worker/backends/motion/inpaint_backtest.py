"""Which way of filling suits a shot: try each where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.membrane import fit_to_surroundings
from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.inpaint_blend import blend
from pickup_engine.worker.backends.motion.inpaint_types import (
    Fill,
    Mask,
    Shot,
    covered,
    grow,
    render,
    spread,
)

_MARGIN = 3
_LEAST = 300
"""Fewest known pixels, over all scored pictures, for a verdict."""
_SCORED = 8
_APART = 0.5
"""Cosine of the least angle between displaced copies."""
_HALF = 0.5


@dataclass(frozen=True)
class Trial:
    """A shot with a displaced copy of its matte hidden too.

    shot: the stretch with both hidden. truth: (n, h, w), the displaced matte where the truth is
    known. needed: (n, h, w), the displaced matte with its margin. first: place of its first picture
    in the whole shot.
    """

    shot: Shot
    truth: Mask
    needed: Mask
    first: int


@dataclass(frozen=True)
class Score:
    """Sums over pixels: squared error in levels, share with a source, and their number."""

    wrong: float
    seen: float
    count: int

    def __add__(self, other: Score) -> Score:
        return Score(self.wrong + other.wrong, self.seen + other.seen, self.count + other.count)

    @property
    def psnr(self) -> float:
        """Decibels."""
        return float(10 * np.log10(65025 / (self.wrong / max(self.count, 1) + 0.05)))

    @property
    def share(self) -> float:
        """Share of the pixels that had a source."""
        return self.seen / max(self.count, 1)


@dataclass(frozen=True)
class Pair:
    """Two answers for the same pixels, a plate and one from near in time: sums of squares, in
    levels. plate: the plate's error. apart: what lies between the two. along: the plate's error
    along it. count: pixels that both show."""

    plate: float
    apart: float
    along: float
    count: int

    def __add__(self, other: Pair) -> Pair:
        return Pair(
            self.plate + other.plate,
            self.apart + other.apart,
            self.along + other.along,
            self.count + other.count,
        )

    @property
    def share(self) -> float:
        """The share (0..1) of the near answer with which the mean of both errs least."""
        return float(np.clip(self.along / self.apart, 0, 1)) if self.apart > 0 else 0.0

    def psnr(self, share: float) -> float:
        """Decibels of the mean of both with a share of the near one."""
        wrong = self.plate - 2 * share * self.along + share**2 * self.apart
        return Score(wrong, self.count, self.count).psnr


def trials(shot: Shot, matte: Mask, length: int, most: int = 2) -> list[Trial]:
    """At most `most` displaced copies of the matte (k, h, w): the one with most known pixels, one
    on the other side of the matte, then others in directions apart from these.

    Each has at most `length` pictures. Empty if too little of any copy falls on known pixels.
    """
    first = _busiest(matte, length)
    part = slice(first, first + length)
    piece, hidden = matte[part], shot.hidden[part]
    made: list[tuple[int, int, int, Mask]] = []
    for dx, dy in _offsets(piece):
        moved = _shifted(piece, dx, dy)
        known = int((moved & ~hidden).sum())
        if known >= _LEAST:
            made.append((dx, dy, known, moved))
    made.sort(key=lambda found: -found[2])
    made[1:] = sorted(made[1:], key=lambda found: _cosine(found, made[0]) >= 0)
    picked: list[tuple[int, int, int, Mask]] = []
    for found in made:
        if len(picked) < most and all(_cosine(found, other) <= _APART for other in picked):
            picked.append(found)
    return [_trial(shot, moved, first, part) for *_, moved in picked]


def _cosine(one: tuple[int, int, int, Mask], other: tuple[int, int, int, Mask]) -> float:
    """Of the angle between two displacements, which are no zeros."""
    dot = one[0] * other[0] + one[1] * other[1]
    return dot / float(np.hypot(one[0], one[1]) * np.hypot(other[0], other[1]))


def _trial(shot: Shot, moved: Mask, first: int, part: slice) -> Trial:
    hidden = shot.hidden[part]
    needed = np.stack([grow(m, _MARGIN) for m in moved])
    cut = replace(
        shot,
        pictures=shot.pictures[part],
        grey=shot.grey[part],
        hidden=hidden | needed,
        index=shot.index[part],
        times=shot.times[part],
        light=None if shot.light is None else shot.light[part],
    )
    return Trial(cut, moved & ~hidden, needed, first)


def score(test: Trial, fill: Fill) -> Score:
    """Compare a fill with the truth over the known part of the displaced matte."""
    wrong, seen, count = 0.0, 0.0, 0
    for picture in _scored(test):
        at = test.truth[picture]
        off, shown = _error(test, fill, picture)
        wrong += float((off**2).mean(1).sum())
        seen += float(shown.sum())
        count += int(at.sum())
    return Score(wrong, seen, count)


def weigh(test: Trial, plate: Fill, near: Fill) -> Pair:
    """Compare two fills with the truth where both show it."""
    found = Pair(0.0, 0.0, 0.0, 0)
    for picture in _scored(test):
        first, shows = _error(test, plate, picture)
        second, too = _error(test, near, picture)
        both = (shows > _HALF) & (too > _HALF)
        first, apart = first[both], (first - second)[both]
        sums = [_product(*pair) for pair in ((first, first), (apart, apart), (first, apart))]
        found += Pair(sums[0], sums[1], sums[2], int(both.sum()))
    return found


def _product(one: Floats, other: Floats) -> float:
    """Sum over pixels of the product of two errors (n, 3), the mean of their channels."""
    return float((one * other).mean(1).sum())


def _scored(test: Trial) -> list[int]:
    """At most `_SCORED` pictures that show something of the truth, evenly."""
    pictures = np.flatnonzero(test.truth.any((1, 2)))
    if len(pictures) > _SCORED:
        pictures = pictures[np.linspace(0, len(pictures) - 1, _SCORED).round().astype(int)]
    return [int(picture) for picture in pictures]


def _error(test: Trial, fill: Fill, picture: int) -> tuple[Floats, Floats]:
    """Of the known pixels of the displaced matte: the fill's error (n, 3) in levels, and how much
    of each it shows (n,)."""
    truth = test.shot.pictures[picture].astype(np.float32)
    below = surroundings(truth, test.shot.hidden[picture])
    views = blend((fill,), test.shot, picture, test.needed[picture])
    at = test.truth[picture]
    made = _in_this_light(render(views, test.shot.pictures, below), truth, at)
    return (made - truth)[at], covered(views, (at.shape[0], at.shape[1]))[at]


def _in_this_light(made: Floats, truth: Floats, inside: Mask) -> Floats:
    """What finishing will do to the fill (levels 0..255): without it a plate would be blamed for
    exposure that changed during the shot."""
    wide = [np.rint(np.clip(part, 0, 255) * 257).astype(np.uint16) for part in (made, truth)]
    fitted = fit_to_surroundings(wide[0], wide[1], inside, 1, 3)
    return np.asarray(fitted.astype(np.float32) / 257, np.float32)


def surroundings(picture: Floats, hidden: Mask) -> Floats:
    """The picture with its hidden part smoothly filled from around it, float32 0..255."""
    return spread(np.where(hidden[..., None], 0, picture).astype(np.float32), ~hidden)


def _busiest(matte: Mask, length: int) -> int:
    """First picture of the stretch that holds most of the matte."""
    area = np.concatenate([[0], np.cumsum(matte.sum((1, 2)))])
    starts = max(1, len(matte) - length + 1)
    gain = area[np.minimum(np.arange(starts) + length, len(matte))] - area[:starts]
    return int(gain.argmax())


def _offsets(matte: Mask) -> list[tuple[int, int]]:
    """Displacements by about the size of the matte, in eight directions, two distances."""
    rows = np.flatnonzero(matte.any((0, 2)))
    if not len(rows):
        return []
    single = matte[int(matte.sum((1, 2)).argmax())]
    high = int(np.ptp(np.flatnonzero(single.any(1)))) + 6
    wide = int(np.ptp(np.flatnonzero(single.any(0)))) + 6
    steps = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]
    return [(round(f * x * wide), round(f * y * high)) for f in (1.0, 0.6) for x, y in steps]


def _shifted(matte: Mask, dx: int, dy: int) -> NDArray[np.bool_]:
    out = np.zeros_like(matte)
    height, width = matte.shape[1:]
    if abs(dx) >= width or abs(dy) >= height:
        return out
    to_y, from_y = slice(max(dy, 0), height + min(dy, 0)), slice(max(-dy, 0), height - max(dy, 0))
    to_x, from_x = slice(max(dx, 0), width + min(dx, 0)), slice(max(-dx, 0), width - max(dx, 0))
    out[:, to_y, to_x] = matte[:, from_y, from_x]
    return out
