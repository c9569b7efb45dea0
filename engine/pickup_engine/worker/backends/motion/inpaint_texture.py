"""Texture for what no picture shows, copied from beside it.

A few constant offsets inside one picture make up the missing part (He and Sun, "Statistics of
Patch Offsets for Image Completion", 2012), so that real pixels are shown, grain included. Which is
told by patches: layer by layer from the edge inwards at a small size (Efros and Leung, 1999), then
by votes of nearest patches at twice that size (Wexler, Shechtman and Irani, 2007).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.inpaint_plate import Layer, cover
from pickup_engine.worker.backends.motion.inpaint_types import Mask, box, grow, spread

Places: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows and columns, each (n,)."""

_SMALL, _MIDDLE = 4, 2
"""Pixels to a pixel at the sizes that patches are compared at."""
_RADIUS = 3
_SOURCES = 5000
"""Patches that are compared with, at most; evenly picked."""
_TARGETS = 2500
_LEAST = 40
_ROUNDS = 2
_SOFT = 1.5
_PRIOR = 12.0
"""Pixels of a patch that it counts as when a patch's colour is unlike the smooth guess."""
_TALL = 120.0
"""Levels that a patch from a whole picture height above or below counts as being unlike: scenes go
on sideways, floors and skies do not go on upwards and downwards."""
_OFFSETS = 24
_NEAR = 24
_BLUR = (7, 7)
_TOLERANCE = 2.5
"""Levels that an offset may be worse than the best one: on a plain wall more would be seen."""


@dataclass(frozen=True)
class Copied:
    """One offset: what is missing at p shows what is at p + (dx, dy), by `weight` (h, w)."""

    dx: int
    dy: int
    weight: Floats


@dataclass(frozen=True)
class _Level:
    """picture (h, w, 3), missing (h, w) what is to be made, source (h, w) what may be copied."""

    picture: Floats
    missing: Mask
    source: Mask


def copied(picture: Floats, missing: Mask, source: Mask) -> tuple[Copied, ...]:
    """Offsets that fill `missing` (h, w) of a picture (h, w, 3), 0..255, from its pixels in
    `source` (h, w). Empty where too little can be copied."""
    if not missing.any():
        return ()
    guess = spread(np.where(missing[..., None], 0, picture).astype(np.float32), ~missing)
    small = _shrunk(_Level(guess, missing, source), _SMALL)
    started = _peeled(small)
    if started is None:
        return ()
    # What was started is half as sharp as the sources: unequal sharpness would choose bland ones.
    middle = _shrunk(_Level(guess, missing, source), _MIDDLE)
    middle = replace(middle, picture=_softened(middle.picture))
    voted = _voted(middle, _enlarged(started, middle))
    if voted is None:
        return ()
    made, offsets = voted
    whole = _enlarged(made, _Level(guess, missing, source))
    return _pieces(whole, missing, source, [(dx * _MIDDLE, dy * _MIDDLE) for dx, dy in offsets])


def _where(mask: Mask) -> Places:
    rows, columns = np.nonzero(mask)
    return rows, columns


def _softened(picture: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), _SOFT), np.float32)


def _shrunk(level: _Level, factor: int) -> _Level:
    height, width = level.missing.shape
    size = max(2, round(width / factor)), max(2, round(height / factor))

    def area(values: NDArray[np.generic]) -> Floats:
        small = cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)

    missing = area(level.missing) > 0
    return _Level(area(level.picture), missing, (area(level.source) > 0.99) & ~missing)


def _enlarged(made: Floats, level: _Level) -> Floats:
    """What a smaller level made, in the missing part of a level."""
    size = (level.missing.shape[1], level.missing.shape[0])
    large = cv2.resize(made, size, interpolation=cv2.INTER_LINEAR)
    return np.where(level.missing[..., None], large, level.picture).astype(np.float32)


def _patches(values: Floats, at: Places) -> Floats:
    """The patches (n, side * side * channels) around positions (rows, columns)."""
    side = 2 * _RADIUS + 1
    edge = ((_RADIUS, _RADIUS), (_RADIUS, _RADIUS), (0, 0))
    padded = np.pad(values, edge, mode="reflect" if min(values.shape[:2]) > _RADIUS else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    return np.ascontiguousarray(windows[at].reshape(len(at[0]), -1), np.float32)


def _traits(guess: Floats, at: Places) -> Floats:
    """(n, 4): mean colours around positions, and how far down they lie, in levels."""
    colours = cv2.blur(guess, (_RADIUS, _RADIUS))[at]
    down = at[0].astype(np.float32) * (_TALL / guess.shape[0])
    return np.concatenate([colours, down[:, None]], 1)


def _unlike(targets: Floats, sources: Floats) -> Floats:
    """(n, m) squared differences of traits, as much as `_PRIOR` pixels."""
    apart = (targets**2).sum(1)[:, None] + (sources**2).sum(1) - 2 * targets @ sources.T
    return np.asarray(_PRIOR * apart, np.float32)


def _sources(level: _Level) -> Places:
    """Centres of patches that lie wholly in what may be copied."""
    kernel = np.ones((2 * _RADIUS + 1, 2 * _RADIUS + 1), np.uint8)
    whole = cv2.erode(level.source.astype(np.uint8), kernel, borderValue=0)
    rows, columns = np.nonzero(whole)
    pick = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SOURCES)).round().astype(int))
    return (rows[pick], columns[pick]) if len(rows) else (rows, columns)


def _peeled(level: _Level) -> Floats | None:
    """The missing part made layer by layer from what is known around it; None = no source."""
    at = _sources(level)
    if len(at[0]) < _LEAST:
        return None
    patches = _patches(level.picture, at)
    squares = patches**2
    traits = _traits(level.picture, at)
    picture, known = level.picture.copy(), ~level.missing
    while not known.all():
        layer = _where(grow(known, 1) & ~known)
        if not len(layer[0]):
            return None
        share = np.repeat(_patches(known[..., None].astype(np.float32), layer), 3, 0)
        share = share.reshape(len(layer[0]), -1)
        mine = _patches(picture, layer)
        apart = share @ squares.T - 2 * (share * mine) @ patches.T
        apart += _unlike(_traits(level.picture, layer), traits)
        best = apart.argmin(1)
        picture[layer] = picture[at[0][best], at[1][best]]
        known[layer] = True
    return picture


def _voted(level: _Level, picture: Floats) -> tuple[Floats, list[tuple[int, int]]] | None:
    """The picture with its missing part made by votes, and the offsets that are used most."""
    at = _sources(level)
    if len(at[0]) < _LEAST:
        return None
    patches = _patches(level.picture, at)
    size = (patches**2).sum(1)
    targets = np.nonzero(grow(level.missing, _RADIUS - 1))
    every = -(-len(targets[0]) // _TARGETS)
    targets = targets[0][::every], targets[1][::every]
    usual = _unlike(_traits(level.picture, targets), _traits(level.picture, at)) + size
    best = np.zeros(len(targets[0]), np.intp)
    for _ in range(_ROUNDS):
        mine = _patches(picture, targets)
        best = (usual - 2 * mine @ patches.T).argmin(1)
        picture = np.where(
            level.missing[..., None], _votes(picture, targets, patches[best]), picture
        )
    inside = level.missing[targets]
    shift = np.stack([at[1][best] - targets[1], at[0][best] - targets[0]], 1)[inside]
    values, count = np.unique(shift, axis=0, return_counts=True)
    order = np.argsort(-count, kind="stable")[:_OFFSETS]
    return picture, [(int(dx), int(dy)) for dx, dy in values[order]]


def _votes(picture: Floats, targets: Places, patches: Floats) -> Floats:
    """The mean of what the patches say about each pixel; the picture where none says anything."""
    height, width = picture.shape[:2]
    side = 2 * _RADIUS + 1
    total = np.zeros((height + side, width + side, 3), np.float32)
    count = np.zeros((height + side, width + side, 1), np.float32)
    # Patches hold the channels first, as the windows that they were read from.
    colours = patches.reshape(-1, 3, side, side)
    for row in range(side):
        for column in range(side):
            at = targets[0] + row, targets[1] + column
            total[at] += colours[:, :, row, column]
            count[at] += 1
    part = (slice(_RADIUS, _RADIUS + height), slice(_RADIUS, _RADIUS + width))
    mean = total[part] / np.maximum(count[part], 1)
    return np.asarray(np.where(count[part] > 0, mean, picture), np.float32)


def _pieces(
    guess: Floats, missing: Mask, source: Mask, offsets: list[tuple[int, int]]
) -> tuple[Copied, ...]:
    """Few of the offsets, in large pieces, that together look most like the guess."""
    height, width = missing.shape
    part = box(missing, _NEAR)
    want, soft = missing[part], _softened(guess)
    # Inside only the tone of the guess is followed, at its edge all detail of what is known.
    here = np.where(missing[..., None], soft, guess)[part]
    tone = want[..., None]
    top, left = part[0].start, part[1].start
    y, x = np.mgrid[top : top + want.shape[0], left : left + want.shape[1]]
    distance = np.full((len(offsets), *want.shape), np.inf, np.float32)
    for n, (dx, dy) in enumerate(offsets):
        to_x, to_y = x + dx, y + dy
        inside = (to_x >= 0) & (to_x < width) & (to_y >= 0) & (to_y < height)
        near_x, near_y = np.clip(to_x, 0, width - 1), np.clip(to_y, 0, height - 1)
        usable = (inside & source[near_y, near_x]).astype(np.float32)
        there = np.where(tone, soft[near_y, near_x], guess[near_y, near_x])
        apart = np.abs(there - here).mean(2) * usable
        smooth = cv2.blur(apart, _BLUR) / np.maximum(cv2.blur(usable, _BLUR), 1e-3)
        distance[n] = np.where(usable > 0, smooth, np.inf)
    layers = cover(distance, want, list(range(len(offsets))), 1, _TOLERANCE)
    return tuple(_whole(layer, offsets, part, (height, width)) for layer in layers)


def _whole(
    layer: Layer, offsets: list[tuple[int, int]], part: tuple[slice, slice], shape: tuple[int, int]
) -> Copied:
    weight = np.zeros(shape, np.float32)
    weight[part] = layer.weight
    dx, dy = offsets[layer.source]
    return Copied(dx, dy, weight)
