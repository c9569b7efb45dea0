"""Which way of filling suits a shot: try each where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.inpaint_blend import lighting
from pickup_engine.worker.backends.motion.inpaint_types import (
    Fill,
    Mask,
    Shot,
    covered,
    grow,
    render,
    spread,
)

_MARGIN = 2
_LEAST = 300
"""Fewest known pixels, over all scored pictures, for a verdict."""
_SCORED = 12


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


def trial(shot: Shot, matte: Mask, length: int) -> Trial | None:
    """The best displaced copy of the matte (k, h, w) in at most `length` pictures.

    None if too little of it would fall on known pixels.
    """
    first = _busiest(matte, length)
    part = slice(first, first + length)
    piece, hidden = matte[part], shot.hidden[part]
    moved = [_shifted(piece, dx, dy) for dx, dy in _offsets(piece)]
    known = [m & ~hidden for m in moved]
    sizes = [int(k.sum()) for k in known]
    if not sizes or max(sizes) < _LEAST:
        return None
    chosen = int(np.argmax(sizes))
    needed = np.stack([grow(m, _MARGIN) for m in moved[chosen]])
    cut = replace(
        shot,
        pictures=shot.pictures[part],
        grey=shot.grey[part],
        hidden=hidden | needed,
        index=shot.index[part],
        times=shot.times[part],
    )
    return Trial(cut, known[chosen], needed, first)


def score(test: Trial, fill: Fill) -> tuple[float, float]:
    """PSNR (dB) over the known part of the displaced matte, and the share that had a source."""
    wrong, seen, count = 0.0, 0.0, 0
    inside = test.truth.sum((1, 2))
    pictures = np.flatnonzero(inside > 0)
    if len(pictures) > _SCORED:
        pictures = pictures[np.linspace(0, len(pictures) - 1, _SCORED).round().astype(int)]
    for picture in pictures:
        truth = test.shot.pictures[picture].astype(np.float32)
        below = surroundings(truth, test.shot.hidden[picture])
        hidden = test.shot.hidden[picture]
        views = fill.views(int(picture), test.needed[picture])
        made = render(views, test.shot.pictures, below)
        light = lighting(fill, test.shot, int(picture))
        made += light * covered(views, hidden.shape)[..., None]
        at = test.truth[picture]
        wrong += float(((made - truth)[at] ** 2).mean(1).sum())
        seen += float(covered(views, at.shape)[at].sum())
        count += int(at.sum())
    if not count:
        return 0.0, 0.0
    return float(10 * np.log10(65025 / (wrong / count + 0.05))), seen / count


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
