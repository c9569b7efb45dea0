"""What the network is shown of a scene, and what it should answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pickup_engine.training.curves import NOW, SPAN
from pickup_engine.training.scenes import Scene, Stock, build_scene
from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.bridge import DISTANCE
from pickup_engine.worker.backends.motion.features import LAGS, Analysis, analyse
from pickup_engine.worker.backends.motion.flow import CELL, at_cells
from pickup_engine.worker.backends.motion.hint import approach, coast

SIZES = ((192, 112), (160, 128), (256, 144))
"""Widths and heights; products look like the last, the others are faster to draw."""

_SIZE_ODDS = (0.45, 0.3, 0.25)
_END = NOW + DISTANCE
_FRAMES = int(SPAN)
_LIMIT = 6.0


@dataclass(frozen=True)
class Sample:
    """features: (30, h, w). residual: (16, 2, h, w) in clip scales. visible: (16, h, w) in 0..1.
    code: (5,) camera pan, tilt, zoom, rotation at frame 16, and 1 where they are given."""

    features: Floats
    residual: Floats
    visible: Floats
    code: Floats


def draw_batch(seed: int, group: int, stock: Stock, count: int, tiny: bool = False) -> list[Sample]:
    """`count` samples of one size; equal for equal arguments."""
    chance = np.random.default_rng([seed, group])
    width, height = SIZES[int(chance.choice(len(SIZES), p=_SIZE_ODDS))]
    if tiny:
        width, height = 64, 48
    return [draw_sample(chance, stock, width, height) for _ in range(count)]


def draw_sample(chance: Generator, stock: Stock, width: int, height: int) -> Sample:
    """Build a scene, film it badly, measure it, and work out the truth."""
    scene = build_scene(chance, stock, width, height)
    with_end = chance.random() < 0.35
    with_past = not (with_end and chance.random() < 0.35)
    wanted = [NOW]
    if with_past:
        wanted = [NOW - lag for lag in reversed(LAGS)] + wanted
    if with_end:
        wanted.append(_END)
    filmed = _film(chance, scene, wanted)
    end = filmed.pop() if with_end else None
    analysis = analyse(_with_gaps(filmed) if with_past else np.stack(filmed), end)
    truth, visible = _truth(scene)
    guess = classical(analysis)
    residual = np.clip((truth - guess) / analysis.scale, -_LIMIT, _LIMIT)
    code = _code(chance, scene, analysis.scale)
    return Sample(analysis.cells, residual.astype(np.float32), visible, code)


def classical(analysis: Analysis) -> Floats:
    """The estimate that the network corrects, at cells: (16, 2, h, w) pixels."""
    velocity = at_cells(analysis.velocity)
    frames = range(1, _FRAMES + 1)
    if analysis.end is None:
        path = [coast(velocity, time) for time in frames]
    elif analysis.has_past:
        target = at_cells(analysis.end)
        path = [approach(velocity, target, time, DISTANCE) for time in frames]
    else:
        target = at_cells(analysis.end)
        path = [target * np.float32(time / DISTANCE) for time in frames]
    return np.stack(path).transpose(0, 3, 1, 2)


def _with_gaps(filmed: Sequence[Bytes]) -> Bytes:
    """Only lags 8, 4, 2, 1 and 0 are drawn; the frames between are never read."""
    pictures = np.zeros((max(LAGS) + 1, *filmed[0].shape), np.uint8)
    for lag, picture in zip((*reversed(LAGS), 0), filmed, strict=True):
        pictures[-1 - lag] = picture
    return pictures


def _film(chance: Generator, scene: Scene, wanted: Sequence[int]) -> list[Bytes]:
    """Draw frames as a camera would: exposure, flicker, blur, noise and compression."""
    grain = float(chance.choice([0, 0, 0, 1.5, 4]))
    quality = int(chance.choice([0, 0, 0, 60, 90]))
    soft = chance.uniform(0.6, 1.2) if chance.random() < 0.3 else 0.0
    flicker = 0.02 if chance.random() < 0.2 else 0.0
    gain, lift = chance.uniform(0.6, 1.1), chance.uniform(-0.08, 0.08)
    pictures = []
    for index in wanted:
        light = np.float32(gain * (1 + chance.normal() * flicker))
        picture = scene.draw(index) * light + np.float32(lift)
        if soft:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), soft), np.float32)
        noisy = picture * 255 + chance.normal(size=(*picture.shape[:2], 1)) * grain
        small = np.clip(noisy, 0, 255).astype(np.uint8)
        if quality:
            _, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
            small = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
        pictures.append(small)
    return pictures


def _truth(scene: Scene) -> tuple[Floats, Floats]:
    """Exact displacement (16, 2, h, w) of each cell's pixel, and whether it is seen (16, h, w)."""
    rows, columns = scene.height // CELL, scene.width // CELL
    y, x = np.mgrid[:rows, :columns].astype(np.float64) * CELL + CELL / 2
    owner = np.zeros(x.shape, int)
    for index, layer in enumerate(scene.layers):
        owner[layer.covers(NOW, x, y)] = index
    motion = np.zeros((_FRAMES, 2, rows, columns), np.float32)
    visible = np.zeros((_FRAMES, rows, columns), np.float32)
    for frame in range(_FRAMES):
        to_x, to_y = x.copy(), y.copy()
        for index in np.unique(owner):
            mine = owner == index
            moved = scene.layers[index].carry(NOW + 1 + frame, x[mine], y[mine])
            to_x[mine], to_y[mine] = moved
        motion[frame, 0], motion[frame, 1] = to_x - x, to_y - y
        visible[frame] = _seen(scene, owner, NOW + 1 + frame, to_x, to_y)
    return motion, visible


def _seen(
    scene: Scene,
    owner: NDArray[np.int_],
    index: int,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.bool_]:
    seen = (x >= 0) & (y >= 0) & (x < scene.width) & (y < scene.height)
    for front, layer in enumerate(scene.layers):
        if front:
            seen &= ~((owner < front) & layer.covers(index, x, y))
    return seen


def _code(chance: Generator, scene: Scene, scale: float) -> Floats:
    """How the camera moves until frame 16; given in 30 % of samples."""
    if chance.random() < 0.7:
        return np.zeros(5, np.float32)
    last = scene.camera[NOW + _FRAMES]
    middle = np.array([scene.width / 2, scene.height / 2])
    pan = (last @ [*middle, 1])[:2] - middle
    zoom = math.log(max(math.hypot(last[0, 0], last[1, 0]), 0.2)) * middle[0]
    turn = math.atan2(last[1, 0], last[0, 0]) * middle[0]
    values = np.array([*pan, zoom, turn]) / scale
    return np.append(np.clip(values, -4, 4), 1).astype(np.float32)
