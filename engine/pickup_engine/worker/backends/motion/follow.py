"""Follow the surface of one picture through the frames before and after it.

Every frame gets a map back to the picture. Three maps compete at each pixel by how well they
explain the frame: the map of the frame before, moved on and re-aligned to the picture itself (so
that nothing drifts); the direct flow; and the trusted surroundings' motion, which finds again what
was hidden for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.flow import dense_flow, grey, grid, round_trip, sample

_LIGHT = 6.0
"""Pixels over which light is told from texture."""

_ALIKE, _UNLIKE = 5.0, 14.0
"""Mean colour difference, in 8-bit steps, below which a place is surely found, above which lost."""

_STRAY = 1.2
"""Pixels of a round trip that halve the trust of a step, about."""

_NUDGE = 4.0
"""Pixels by which a map may be re-aligned in one frame."""

_NEWCOMER = 1.5
"""8-bit steps by which another map must be better than the one that was followed."""

_FALL, _RISE = 0.5, 0.2
"""How fast trust may change from frame to frame, so that nothing pops."""

_NEAR = 7.0
_FEW = 24.0
"""Trusted pixels that a motion of the whole needs."""


@dataclass(frozen=True)
class Sight:
    """Where a frame sees the picture: offset (h, w, 2) from its pixels to the picture's; trust
    (h, w) 0..1; light (h, w), how much brighter it is there now; back (h, w, 2), the flow to the
    neighbour that is nearer to the picture."""

    offset: Floats
    trust: Floats
    light: Floats
    back: Floats


@dataclass(frozen=True)
class _Candidate:
    offset: Floats
    wrong: Floats


def at_home(height: int, width: int) -> Sight:
    """The picture itself."""
    one = np.ones((height, width), np.float32)
    none = np.zeros((height, width, 2), np.float32)
    return Sight(none, one, one, none)


def follow(frames: Sequence[Bytes], region: Floats, step: Callable[[], None]) -> Iterator[Sight]:
    """A sight for every frame after the first, in order; the first is the picture.

    frames: (h, w, 3) neighbours in either direction of time. region: (h, w) 0..1, the part of the
    first that matters.
    """
    anchor = frames[0]
    base = grey(anchor)
    sight = at_home(*region.shape)
    motion = np.zeros((2, 3), np.float32)
    for before, now in pairwise(frames):
        sight, motion = _next(anchor, base, before, now, sight, region, motion)
        step()
        yield sight


def _next(
    anchor: Bytes,
    base: Bytes,
    before: Bytes,
    now: Bytes,
    last: Sight,
    region: Floats,
    motion: Floats,
) -> tuple[Sight, Floats]:
    old, new = grey(before), grey(now)
    back, forth = dense_flow(new, old), dense_flow(old, new)
    stray = round_trip(back, forth)
    moved = _read(np.dstack([last.offset, last.trust]), back)
    carried = moved[..., :2] + back
    trusted = moved[..., 2] * np.exp(-((stray / _STRAY) ** 2))
    matter = _read(region, carried) + np.float32(0.02)
    surround, motion = _surroundings(carried, trusted * matter, motion)
    chain = _judged(anchor, now, _aligned(base, new, carried))
    others = [
        _judged(anchor, now, _aligned(base, new, surround)),
        _judged(anchor, now, dense_flow(new, base)),
    ]
    offset, wrong = chain.offset, chain.wrong
    for other in others:
        better = cv2.GaussianBlur(wrong - other.wrong - _NEWCOMER, (0, 0), 1.5) > 0
        offset = np.where(better[..., None], other.offset, offset)
        wrong = np.where(better, other.wrong, wrong)
    found = np.clip((_UNLIKE - wrong) / (_UNLIKE - _ALIKE), 0, 1)
    found *= _inside(offset)
    trust = np.clip(found, moved[..., 2] - _FALL, moved[..., 2] + _RISE) * _inside(offset)
    trust = np.minimum(trust, cv2.GaussianBlur(trust, (0, 0), 1.0) * 1.3).astype(np.float32)
    # A place that is lost is kept where its surroundings would have it.
    kept = np.clip(trust * 4, 0, 1)[..., None]
    offset = np.asarray(kept * offset + (1 - kept) * surround, np.float32)
    return Sight(offset, trust, _light(base, new, offset, trust), back), motion


def _read(field: Bytes | Floats, offset: Floats) -> Floats:
    x, y = grid(*offset.shape[:2])
    return sample(field, x + offset[..., 0], y + offset[..., 1])


def _aligned(base: Bytes, new: Bytes, offset: Floats) -> Floats:
    """The map, corrected by the flow that is left between the frame and what the map shows."""
    shown = _read(base, offset)
    left = dense_flow(new, np.clip(np.rint(shown), 0, 255).astype(np.uint8))
    size = np.linalg.norm(left, axis=-1, keepdims=True)
    left = np.where(size < _NUDGE, left, 0).astype(np.float32)
    left = np.asarray(cv2.GaussianBlur(left, (0, 0), 1.0), np.float32)
    return left + _read(offset, left)


def _judged(anchor: Bytes, now: Bytes, offset: Floats) -> _Candidate:
    """How unlike the frame and the mapped picture are around each pixel, slow light aside."""
    apart = _read(anchor, offset) - now.astype(np.float32)
    slow = cv2.GaussianBlur(apart, (0, 0), _LIGHT)
    # Half of the slow difference counts: all of it may be another thing of one colour.
    wrong = np.abs(apart - np.float32(0.5) * slow).mean(axis=-1)
    return _Candidate(offset, np.asarray(cv2.GaussianBlur(wrong, (0, 0), 1.5), np.float32))


def _inside(offset: Floats) -> Floats:
    height, width = offset.shape[:2]
    x, y = grid(height, width)
    to_x, to_y = x + offset[..., 0], y + offset[..., 1]
    beyond = np.maximum.reduce([-to_x, -to_y, to_x - width + 1, to_y - height + 1])
    return np.asarray(np.clip(1 - beyond, 0, 1), np.float32)


def _surroundings(offset: Floats, trust: Floats, last: Floats) -> tuple[Floats, Floats]:
    """The map as the trusted pixels around would have it; far from any, their common affine map
    (2, 3), or the last one where there are too few."""
    height, width = trust.shape
    x, y = grid(height, width)
    if float(trust.sum()) >= _FEW:
        last = _affine(offset, trust, x, y)
    whole = last[:, 0] * x[..., None] + last[:, 1] * y[..., None] + last[:, 2]
    weight = cv2.GaussianBlur(trust, (0, 0), _NEAR)[..., None] + np.float32(1e-3)
    near = cv2.GaussianBlur(offset * trust[..., None], (0, 0), _NEAR) + np.float32(1e-3) * whole
    return np.asarray(near / weight, np.float32), last


def _affine(offset: Floats, weight: Floats, x: Floats, y: Floats) -> Floats:
    """Weighted least squares, pulled towards a plain shift."""
    w = weight.ravel().astype(np.float64)
    design = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1)
    middle = (design[:, :2] * w[:, None]).sum(axis=0) / w.sum()
    design[:, :2] -= middle
    pull = np.diag([50.0, 50.0, 1e-6]) * 4
    normal = design.T @ (design * w[:, None]) + pull
    solved = np.linalg.solve(normal, design.T @ (offset.reshape(-1, 2) * w[:, None])).T
    solved[:, 2] -= solved[:, :2] @ middle
    return np.asarray(solved, np.float32)


def _light(base: Bytes, new: Bytes, offset: Floats, trust: Floats) -> Floats:
    """Ratio of smoothed luma where the map is trusted, 1 elsewhere."""
    floor = np.float32(8)
    there = _read(base, offset)
    mass = cv2.GaussianBlur(trust, (0, 0), _LIGHT)
    have = cv2.GaussianBlur(new.astype(np.float32) * trust, (0, 0), _LIGHT) + floor * mass
    want = cv2.GaussianBlur(there * trust, (0, 0), _LIGHT) + floor * mass
    share = np.clip(mass * 3, 0, 1)
    ratio = np.clip(have / np.maximum(want, 1e-3), 0.5, 2.0)
    return np.asarray(1 + share * (ratio - 1), np.float32)
