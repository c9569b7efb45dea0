"""Shots of training scenes: filmed badly, measured, with the exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pickup_engine.training.curves import NOW, SPAN, TIMES
from pickup_engine.training.samples import Sample, Tracks, measured
from pickup_engine.training.scenes import Scene, Stock, build_scene
from pickup_engine.worker.backends.base import Bytes
from pickup_engine.worker.backends.motion.anchors import DISTANCE
from pickup_engine.worker.backends.motion.flow import CELL

SIZES = ((192, 112), (160, 128), (256, 144))
"""Widths and heights; products look like the last, the others are faster to draw."""

_SIZE_ODDS = (0.35, 0.3, 0.35)
_KNOWN = (1, 2, 5, 9, 17, 21)
_KNOWN_ODDS = (0.04, 0.03, 0.05, 0.18, 0.3, 0.4)
_FRAMES = int(SPAN)
_ENDED = 0.3

_LAGS = (0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 16, 17, 18, 20)
"""Frames before the reference that anything is measured on; the others are not drawn."""

TRUTHS = 5
"""Frames to come that a sample keeps of the 16."""


def draw_scene(chance: Generator, stock: Stock, size: tuple[int, int] | None = None) -> Sample:
    """Build a scene, film it, measure it, and work out the truth."""
    width, height = size or SIZES[int(chance.choice(len(SIZES), p=_SIZE_ODDS))]
    scene = build_scene(chance, stock, width, height)
    known = int(chance.choice(_KNOWN, p=_KNOWN_ODDS))
    ended = known == 1 or chance.random() < _ENDED
    times = some_times(chance)
    past_times = [NOW - lag for lag in reversed(range(known)) if lag in _LAGS]
    wanted = [*past_times, *(NOW + time for time in times)]
    if ended:
        wanted.append(NOW + DISTANCE)
    assert wanted[-1] < len(TIMES)
    filmed = _film(chance, scene, wanted)
    end = filmed.pop() if ended else None
    past = np.zeros((known, *filmed[0].shape), np.uint8)
    past[[time - NOW - 1 for time in past_times]] = filmed[: len(past_times)]
    truth = np.stack(filmed[len(past_times) :])
    return measured(past, end, truth, times, _truth(scene))


def some_times(chance: Generator) -> list[int]:
    """Frames 1..16 to come, spread out and different each time; the last one is always there."""
    steps = np.linspace(0, _FRAMES, TRUTHS + 1)
    picked = [int(chance.integers(int(a) + 1, int(b) + 1)) for a, b in pairwise(steps)]
    return sorted({*picked[:-1], _FRAMES})


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


def _truth(scene: Scene) -> Tracks:
    """Exact displacement of each cell's pixel, and whether it is seen."""
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
    return Tracks(motion, visible)


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
