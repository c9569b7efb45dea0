"""What is near, told by the shot's parallax, by what moves, or guessed from one picture.

Relative and coarse: things in front as one matte, and a ground that comes nearer downwards. The cue
that decided is named, so that nobody takes a guess for a measurement.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.cutting import cut_out, without_edge
from pickup_engine.worker.backends.motion.features import Analysis
from pickup_engine.worker.backends.motion.flow import grey, grid
from pickup_engine.worker.backends.motion.parallax import Depth
from pickup_engine.worker.backends.motion.plate import moving_mask

_HORIZON = 0.4
"""Share of the height from the top at which a guessed ground begins."""

_FOOT = 0.6
"""Nearness of a guessed ground at the lower edge: what stands there is nearer still."""

_BEFORE = 0.25
"""By how much a thing is nearer than the ground at its foot: it has a thickness, and an edge."""

_AREAS = (0.02, 0.65)
"""Shares of the picture that things in front may cover."""

_TORN = 0.31
"""Share of a guessed outline without an edge from which on the guess is dropped: of 19 photographs
the two that were cut through a thing had 0.32 and 0.37."""

_TORN_MOVING = 0.1
"""The same for what moves: of eight tuning clips the three good cuts had 0.02 to 0.08, the others
0.13 and more."""

_TRAVEL = 0.25
"""Pixels per frame of the background from which on parallax can be told."""

_GAINS = 0.25
"""By so much of the background's speed near things must be faster (or slower) than it."""


def depth_of_picture(picture: Bytes) -> Depth:
    """Guess from one picture (h, w, 3): what stands out in colour and sharpness near the middle is
    in front, the ground comes nearer downwards."""
    near = _salient(picture)
    if near is None:
        return depth_of_ground(*picture.shape[:2])
    ground = guessed_ground(picture.shape[0])
    cue = "guess: a salient thing before a ground that nears downwards"
    return Depth(near, _standing(near, ground), ground, cue)


def depth_of_ground(height: int, width: int) -> Depth:
    """Nothing in front of a ground that comes nearer downwards."""
    near = np.zeros((height, width), np.float32)
    return Depth(near, 0.0, guessed_ground(height), "guess: the ground nears downwards")


def depth_of_shot(pictures: Bytes, analysis: Analysis) -> Depth:
    """Depth at the last of (n, h, w, 3) pictures: from parallax where the camera travels, else what
    moves is in front, else a guess."""
    reference = pictures[-1]
    ground = guessed_ground(reference.shape[0])
    if not analysis.has_past:
        return depth_of_picture(reference)
    for cue, found in (
        ("parallax of the shot", _parallax(analysis)),
        ("what moves is in front", moving_mask(analysis)),
    ):
        near = None if found is None else _cut(reference, found)
        if near is not None:
            return Depth(near, _standing(near, ground), ground, cue)
    return depth_of_picture(reference)


def _cut(picture: Bytes, moving: NDArray[np.bool_]) -> Floats | None:
    """What moves, cut along its edges; None where its size is unfit or it has no edges."""
    if not _AREAS[0] < float(moving.mean()) < _AREAS[1]:
        return None
    width = picture.shape[1]
    near = cut_out(picture, moving, inner=width // 14, outer=width // 12)
    fits = _AREAS[0] < float(near.mean()) < _AREAS[1]
    return near if fits and without_edge(picture, near) < _TORN_MOVING else None


def guessed_ground(height: int) -> Floats:
    """(h,) nearness by row: none above the horizon."""
    rows = np.linspace(0, 1, height, dtype=np.float32)
    return np.asarray(_FOOT * np.clip((rows - _HORIZON) / (1 - _HORIZON), 0, 1), np.float32)


def _standing(near: Floats, ground: Floats) -> float:
    """Nearness of things from the row of their feet."""
    rows = np.flatnonzero((near > 0.5).any(axis=1))
    foot = float(ground[rows[-1]]) if rows.size else 0.0
    return min(1.0, foot + _BEFORE)


def _parallax(analysis: Analysis) -> NDArray[np.bool_] | None:
    """Where things move along with the background but faster; None where the camera stays."""
    height, width = analysis.velocity.shape[:2]
    background = analysis.camera.displacement(1.0, *grid(height, width))
    speed = np.linalg.norm(background, axis=-1)
    if float(np.median(speed)) < _TRAVEL:
        return None
    against = analysis.velocity - background
    along = (against * background).sum(axis=-1) / np.maximum(speed, _TRAVEL) ** 2
    smooth = cv2.medianBlur(np.clip(along * 64 + 128, 0, 255).astype(np.uint8), 9)
    return np.asarray((smooth.astype(np.float32) - 128) / 64 > _GAINS)


def _salient(picture: Bytes) -> Floats | None:
    """The matte of what stands out, (h, w); None where nothing of a fit size does."""
    height, width = picture.shape[:2]
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    edge = max(2, height // 24)
    border = np.concatenate(
        [lab[:edge].reshape(-1, 3), lab[:, :edge].reshape(-1, 3), lab[:, -edge:].reshape(-1, 3)]
    )
    spread = border.std(axis=0) + 8
    apart = np.linalg.norm((lab - np.median(border, axis=0)) / spread, axis=-1)
    sharp = np.abs(cv2.Laplacian(grey(picture), cv2.CV_32F))
    sharp = np.asarray(cv2.GaussianBlur(sharp, (0, 0), width / 40), np.float32)
    x, y = grid(height, width)
    middle = np.exp(-(((x / width - 0.5) / 0.3) ** 2 + ((y / height - 0.55) / 0.4) ** 2))
    score = np.asarray(middle * np.add(_levelled(apart), _levelled(sharp)), np.float32)
    score = _levelled(np.asarray(cv2.GaussianBlur(score, (0, 0), width / 64), np.float32))
    limit, _ = cv2.threshold(np.asarray(score * 255, np.uint8), 0, 255, cv2.THRESH_OTSU)
    near = cut_out(picture, score * 255 > limit, inner=width // 20, outer=width // 6)
    near = _largest(near)
    fits = _AREAS[0] < float(near.mean()) < _AREAS[1]
    return near if fits and without_edge(picture, near) < _TORN else None


def _levelled(field: Floats) -> Floats:
    low, high = np.percentile(field, (5, 98))
    return np.asarray(np.clip((field - low) / max(float(high - low), 1e-6), 0, 1), np.float32)


def _largest(near: Floats) -> Floats:
    _, labels, stats, _ = cv2.connectedComponentsWithStats((near > 0.3).astype(np.uint8))
    if len(stats) < 2:
        return near
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.asarray(near * (labels == best), np.float32)
