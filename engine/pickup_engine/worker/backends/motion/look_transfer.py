"""A smooth map of colours that carries one distribution to another.

First a tone curve for lightness and a linear map for chroma (Monge-Kantorovich, the optimal
transport between two normal distributions); then a few steps of sliced optimal transport (Bonneel
et al. 2015), each smoothed over neighbouring colours, so that near colours stay near: no breaks, no
banding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.look_space import apply_table

_CELLS = 25
_LOW = np.array([0.0, -0.4, -0.4], np.float32)
_SPAN = np.array([1.0, 0.8, 0.8], np.float32)
_DIRECTIONS = 12
_STEPS = 10
_LEVELS = 33
_FOG = 0.06
"""Lightness by which shadows may lie above the target's."""

_SKIN_KEPT = 0.4
_SKIN_HUE = 0.85
"""Radians in OKLab: the middle of human skin of all tones, about 49 degrees."""


@dataclass(frozen=True)
class Limits:
    """How far a transfer may go. slope: largest gain of contrast and of chroma (least: 1 / slope).
    sliced: whether the sliced steps follow. smooth: width of a sliced step, in cells. light: share
    of lightness in the sliced steps; without it edges and flicker stay as the tone curve left them.
    """

    slope: float
    sliced: bool = True
    smooth: float = 2.0
    light: float = 1.0


def transfer(source: Floats, target: Floats, points: Floats, limits: Limits, seed: int) -> Floats:
    """Where `points` (m, 3) go when `source` (n, 3) becomes like `target` (t, 3), all OKLab."""
    curve = tone_curve(source[:, 0], target[:, 0], limits.slope)
    linear, offset = _chroma_map(source[:, 1:], target[:, 1:], limits.slope)
    moved, out = (_base(colours, curve, linear, offset) for colours in (source, points))
    if limits.sliced:
        random = np.random.default_rng(seed)
        freedom = np.array([limits.light, 1, 1], np.float32)
        for _ in range(_STEPS):
            step = _sliced_step(moved, target, random) * freedom
            field = smooth_field(moved, step, limits.smooth)
            moved = moved + read_field(field, moved)
            out = out + read_field(field, out)
    return _spare_skin(points, out)


def tone_curve(source: Floats, target: Floats, slope: float) -> Floats:
    """(levels, 2): lightness in and out; matches the distributions, rising, its slope limited."""
    at = np.linspace(0.01, 0.99, _LEVELS)
    given, wanted = np.quantile(source, at), np.quantile(target, at)
    level = np.linspace(0, 1, 65)
    matched = np.interp(level, *_rising(given, wanted))
    below, above = level < given[0], level > given[-1]
    matched[below] = wanted[0] * level[below] / max(given[0], 1e-3)
    room = max(1 - given[-1], 1e-3)
    matched[above] = wanted[-1] + (1 - wanted[-1]) * (level[above] - given[-1]) / room
    steps = np.diff(matched) / np.diff(level)
    steps = np.convolve(np.pad(steps, 4, mode="edge"), np.full(9, 1 / 9), mode="valid")
    steps = np.clip(steps, 0.25, slope)
    curve = np.concatenate([[0.0], np.cumsum(steps) / 64])
    middle = float(np.median(wanted) - np.interp(float(np.median(given)), level, curve))
    grounded = _grounded(level, curve + middle, source, target)
    return np.stack([level, grounded], 1).astype(np.float32)


def _grounded(
    level: NDArray[np.float64], curve: NDArray[np.float64], source: Floats, target: Floats
) -> NDArray[np.float64]:
    """The curve with a toe where a shift would turn shadows into fog that the target has not."""
    median = max(float(np.median(source)), 0.05)
    lifted = float(np.interp(float(np.quantile(source, 0.02)), level, curve))
    fog = max(0.0, lifted - float(np.quantile(target, 0.05)) - _FOG)
    return np.asarray(curve - fog * np.clip(1 - level / median, 0, 1) ** 1.5)


def _rising(given: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """The pairs with equal inputs merged: `np.interp` needs rising ones."""
    keys, first = np.unique(np.round(given, 4), return_inverse=True)
    sums = np.bincount(first, weights=wanted)
    return np.asarray(keys), np.asarray(sums / np.bincount(first))


def _chroma_map(source: Floats, target: Floats, slope: float) -> tuple[Floats, Floats]:
    """Linear part (2, 2) and offset (2,) of the chroma map, its gains limited."""
    have, want = _spread(source), _spread(target)
    root = _root(have)
    back = np.linalg.inv(root)
    linear = back @ _root(np.asarray(root @ want @ root, np.float32)) @ back
    values, axes = np.linalg.eigh(linear)
    linear = axes @ np.diag(np.clip(values, 1 / (1.5 * slope), slope)) @ axes.T
    offset = target.mean(0) - source.mean(0) @ linear.T
    return linear.astype(np.float32), offset.astype(np.float32)


def _spread(chroma: Floats) -> Floats:
    return np.asarray(np.cov(chroma.T) + 2e-5 * np.eye(2), np.float32)


def _root(matrix: Floats) -> Floats:
    values, axes = np.linalg.eigh(matrix)
    return np.asarray(axes @ np.diag(np.sqrt(np.maximum(values, 0))) @ axes.T, np.float32)


def _base(colours: Floats, curve: Floats, linear: Floats, offset: Floats) -> Floats:
    light = np.interp(colours[:, 0], curve[:, 0], curve[:, 1])
    return np.column_stack([light, colours[:, 1:] @ linear.T + offset]).astype(np.float32)


def _sliced_step(moved: Floats, target: Floats, random: np.random.Generator) -> Floats:
    """Mean over directions of the one-dimensional optimal displacement of every sample."""
    total = np.zeros_like(moved)
    ranks = (np.arange(len(moved)) + 0.5) / len(moved)
    target_ranks = (np.arange(len(target)) + 0.5) / len(target)
    for _ in range(_DIRECTIONS // 3):
        axes, _unused = np.linalg.qr(random.normal(size=(3, 3)))
        for axis in axes.T.astype(np.float32):
            have, want = moved @ axis, np.sort(target @ axis)
            order = np.argsort(have, kind="stable")
            shift = np.empty(len(have), np.float32)
            shift[order] = np.interp(ranks, target_ranks, want) - have[order]
            total += shift[:, None] * axis
    return total * (3 / _DIRECTIONS)


def smooth_field(at: Floats, step: Floats, width: float) -> Floats:
    """The samples' displacements as a smooth grid over OKLab: (cells, cells, cells, 3)."""
    place = np.clip((at - _LOW) / _SPAN, 0, 1) * (_CELLS - 1)
    cell = np.rint(place).astype(np.int64)
    flat = (cell[:, 0] * _CELLS + cell[:, 1]) * _CELLS + cell[:, 2]
    size = _CELLS**3
    channels = [np.bincount(flat, minlength=size).astype(np.float32)]
    channels += [np.bincount(flat, step[:, c], size).astype(np.float32) for c in range(3)]
    grid = np.stack(channels, 1).reshape(_CELLS, _CELLS, _CELLS, 4)
    near, far = blur_colours(grid, width), blur_colours(grid, 3 * width)
    prior = 1e-3 * len(at) / size
    mean = step.mean(0)
    wide = (far[..., 1:] + 1e-6 * mean) / (far[..., :1] + 1e-6)
    return cast(Floats, (near[..., 1:] + prior * wide) / (near[..., :1] + prior))


def blur_colours(grid: Floats, width: float) -> Floats:
    """Gaussian over the three colour axes of (c, c, c, n), `width` in cells."""
    out = grid
    for _ in range(3):
        flat = np.ascontiguousarray(out.reshape(len(grid), -1))
        out = _blur_rows(flat, width).reshape(grid.shape).transpose(1, 2, 0, 3)
    return out


def _blur_rows(flat: Floats, width: float) -> Floats:
    reach = int(3 * width) + 1
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)[:, None]
    return cast(Floats, cv2.filter2D(flat, -1, kernel, borderType=cv2.BORDER_CONSTANT))


def read_field(field: Floats, at: Floats) -> Floats:
    """The grid's displacement at OKLab colours (n, 3)."""
    return apply_table(field, (at - _LOW) / _SPAN)


def _spare_skin(points: Floats, out: Floats) -> Floats:
    """Skin keeps much of its own hue and chroma: eyes notice it first."""
    chroma = np.hypot(points[:, 1], points[:, 2])
    hue = np.arctan2(points[:, 2], points[:, 1])
    likely = np.exp(-0.5 * ((hue - _SKIN_HUE) / 0.3) ** 2) * np.exp(
        -0.5 * ((chroma - 0.08) / 0.04) ** 2
    )
    keep = np.float32(_SKIN_KEPT) * likely[:, None]
    spared = out.copy()
    spared[:, 1:] += keep * (points[:, 1:] - out[:, 1:])
    return spared.astype(np.float32)
