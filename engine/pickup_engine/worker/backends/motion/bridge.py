"""Lead from one known picture to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats, View
from pickup_engine.worker.backends.motion.anchors import DISTANCE, paths_at
from pickup_engine.worker.backends.motion.backtest import Predict, deepened, draw
from pickup_engine.worker.backends.motion.bars import find_bars
from pickup_engine.worker.backends.motion.features import Analysis, analyse
from pickup_engine.worker.backends.motion.flow import (
    brightness_error,
    dense_flow,
    grey,
    sample,
)
from pickup_engine.worker.backends.motion.forward import SEEN, Stretch, Views
from pickup_engine.worker.backends.motion.hint import approach
from pickup_engine.worker.backends.motion.known import Run
from pickup_engine.worker.backends.motion.mixture import spread
from pickup_engine.worker.backends.motion.moved import importance_of
from pickup_engine.worker.backends.motion.quality import psnr
from pickup_engine.worker.backends.motion.splat import BackwardMap, splat

_PACES = (0.4, 2.2)
"""Distances, over 17, at which the network is still asked; beyond, the cubic curve goes alone."""

_SHARP, _SHARPEST, _DIFFERENT = 1.5, 4.0, 12.0
"""Where the two sides differ by 12 of 255 the blend is twice as steep, at most 5 times: a dissolve
of unlike pictures looks double."""

_EXPLAINED = 0.4
"""With flow explaining this share of two pictures' difference they show the same place."""

_ALIKE = 22.0 / 255
"""And with less left over. Measured: of 60 pairs of unlike clips one in twenty leaves less than 31,
of 33 bridges inside a shot one leaves more than 21; dissolving those lost 0.6 dB."""


@dataclass(frozen=True)
class Style:
    """network: share of the network's residual. pace: factor on the velocity one leaves with."""

    network: float = 0.0
    pace: float = 1.0


@dataclass(frozen=True)
class Crossing:
    """One side of a bridge: forward motion of its picture towards the other.

    motion: (frames, h, w, 2) where its pixels are at each frame, nearest frame first.
    """

    run: Run
    analysis: Analysis
    motion: Floats
    learned: bool


def bridge(
    left: Run,
    right: Run,
    frames: int,
    style: Style,
    predict: Predict,
    step: Callable[[], None],
) -> Stretch:
    """Make `frames` pictures between the last of `left` and the last of `right` (which runs
    backwards in time), both of one place (`same_place`). `step` is called after each frame."""
    bars = find_bars(np.concatenate([left.filmed, right.filmed]))
    near = _cross(left, right, frames, style, predict)
    far = _cross(right, left, frames, style, predict)
    made: list[Views] = []
    invented: list[float] = []
    for index in range(frames):
        views, share = _meet(near, far, index, frames)
        made.append(bars.kept(views))
        invented.append(share)
        step()
    return Stretch(made, invented, near.learned or far.learned)


def backtest_bridge(pictures: Bytes, predict: Predict) -> Mapping[str, float]:
    """PSNR of the bridge without and with the network, between two known pictures of a run; empty
    where fewer than 13 are known."""
    frames = min(7, len(pictures) - 10)
    if frames < 3:
        return {}
    cut = len(pictures) - 1 - frames - 1
    left = Run(pictures[: cut + 1], tuple(range(cut + 1)), 0)
    right = Run(pictures[-1:], (len(pictures) - 1,), frames + 1)
    deep = deepened(pictures)
    truth = pictures[cut + 1 : -1]
    values: dict[str, float] = {}
    for name, network in (("cubic", 0.0), ("network", 1.0)):
        style = Style(network)
        made = bridge(left, right, frames, style, predict, _no_step).frames
        values[name] = float(
            np.mean([psnr(draw(v, deep), real) for v, real in zip(made, truth, strict=True)])
        )
    return values


def _cross(run: Run, other: Run, frames: int, style: Style, predict: Predict) -> Crossing:
    distance = frames + 1
    pace = distance / DISTANCE
    analysis = analyse(run.pictures, other.pictures[-1], pace)
    target = analysis.end
    assert target is not None
    times = np.arange(1, distance, dtype=np.float32)
    if analysis.has_past:
        velocity = analysis.trusted * np.float32(style.pace)
        path = [approach(velocity, target, float(time), distance) for time in times]
    else:
        path = [target * np.float32(time / distance) for time in times]
    motion = np.stack(path)
    asked = style.network > 0 and _PACES[0] <= pace <= _PACES[1]
    prediction = predict(analysis) if asked else None
    changed = 0.0
    if prediction is not None:
        mixture = spread(prediction, analysis)
        for index, time in enumerate(times / np.float32(pace)):
            mixed = mixture.move(paths_at(analysis, float(time)), float(time))
            # The last known word is kept beyond frame 16, but the end is reached at 17.
            share = np.float32(style.network * min(1.0, DISTANCE - float(time)))
            change = share * (mixed - motion[index])
            changed = max(changed, float(np.abs(change).max()))
            motion[index] += change
    return Crossing(run, analysis, motion, changed > SEEN)


def _no_step() -> None:
    """A backtest's frames are nobody's progress."""


def _meet(near: Crossing, far: Crossing, index: int, frames: int) -> tuple[Views, float]:
    """The frame `index` of both sides, blended by time, coverage and likeness."""
    part = (index + 1) / (frames + 1)
    sides = ((near, index, 1 - part), (far, frames - 1 - index, part))
    maps = [_arrive(side, place) for side, place, _ in sides]
    pictures = [
        sample(side.run.pictures[-1], found.x, found.y)
        for (side, _, _), found in zip(sides, maps, strict=True)
    ]
    apart = cv2.GaussianBlur(np.abs(pictures[0] - pictures[1]).mean(axis=-1), (0, 0), _SHARP)
    power = 1 + np.clip(apart / _DIFFERENT, 0, _SHARPEST)
    weights = [
        share**power * (1 - _absent(found)) + 1e-4
        for (_, _, share), found in zip(sides, maps, strict=True)
    ]
    total = weights[0] + weights[1]
    views = tuple(
        View(side.run.sources[-1], found.x, found.y, np.asarray(weight / total, np.float32))
        for (side, _, _), found, weight in zip(sides, maps, weights, strict=True)
    )
    nowhere = np.minimum(_absent(maps[0]), _absent(maps[1]))
    return views, float(nowhere.mean())


def _arrive(side: Crossing, place: int) -> BackwardMap:
    target = side.analysis.end
    assert target is not None
    middle = np.median(target.reshape(-1, 2), axis=0)
    importance = importance_of(target, np.asarray(middle, np.float32), side.analysis.scale)
    return splat(side.motion[place], importance)


def _absent(found: BackwardMap) -> Floats:
    """1 where the side has nothing: a hole, or outside its picture."""
    height, width = found.hole.shape
    x, y = found.x, found.y
    outside = (x < 0) | (y < 0) | (x > width - 1) | (y > height - 1)
    return np.asarray(np.maximum(found.hole, outside), np.float32)


def same_place(left: Run, right: Run) -> bool:
    """Whether flow explains how each picture becomes the other. Both ways: every pixel of a bare
    wall is found somewhere in any picture, but not what that picture shows in the wall. Measured:
    of 498 pairs of clips 20 pass, 27 if asked one way; of 158 inside a shot 150 pass in both."""
    start, end = grey(left.pictures[-1]), grey(right.pictures[-1])
    return _explained(start, end) and _explained(end, start)


def _explained(start: Bytes, end: Bytes) -> bool:
    none = np.zeros((*start.shape, 2), np.float32)
    apart = float(brightness_error(start, end, none).mean())
    left_over = float(brightness_error(start, end, dense_flow(start, end)).mean())
    return left_over < (1 - _EXPLAINED) * apart or left_over < _ALIKE
