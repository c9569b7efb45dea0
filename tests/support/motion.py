"""Moving pictures with known motion, and a report that remembers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.protocol import JobPhase, Operation
from pickup_engine.worker.backends.base import Conditioning

SIZE = (128, 96)
"""Width and height of test pictures."""


class Heard:
    """A report that keeps what it was told."""

    def __init__(self) -> None:
        self.phases: list[tuple[JobPhase, int]] = []
        self.steps: list[int] = []
        self.looks: list[NDArray[np.uint8]] = []

    def phase(self, phase: JobPhase, steps: int) -> None:
        self.phases.append((phase, steps))
        self.steps.append(0)

    def step(self) -> None:
        self.steps[-1] += 1

    def look(self, picture: NDArray[np.uint8]) -> None:
        self.looks.append(picture)


def texture(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth noise with detail at several sizes, (height, width, 3)."""
    chance = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for size, weight in ((4, 1.0), (9, 0.7), (20, 0.5), (45, 0.3)):
        coarse = chance.random((size, size, 3), dtype=np.float32)
        total += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    total -= total.min()
    return np.asarray(total / total.max() * 235 + 10, np.uint8)


def pan(frames: int, speed: float = 1.5, first: int = 0) -> NDArray[np.uint8]:
    """A camera that pans right at `speed` pixels a frame: (frames, h, w, 3)."""
    width, height = SIZE
    wide = texture(width * 3, height)
    shots = []
    for time in range(first, first + frames):
        move = np.array([[1, 0, -(width / 2 + speed * time)], [0, 1, 0]], np.float32)
        shots.append(cv2.warpAffine(wide, move, SIZE, flags=cv2.INTER_CUBIC))
    return np.stack(shots)


def still_with_square(frames: int, speed: float = 1.0, first: int = 0) -> NDArray[np.uint8]:
    """A textured square of 32 pixels that moves right over a background that stands still."""
    width, height = SIZE
    shots = []
    for time in range(first, first + frames):
        picture = texture(width, height, 1).astype(np.float32)
        move = np.array([[1, 0, 20 + speed * time], [0, 1, 30]], np.float32)
        colours = 255 - texture(32, 32, 2)
        cover = cv2.warpAffine(np.ones((32, 32), np.float32), move, SIZE)[..., None]
        thing = cv2.warpAffine(colours.astype(np.float32), move, SIZE)
        shots.append(np.clip(picture * (1 - cover) + thing, 0, 255).astype(np.uint8))
    return np.stack(shots)


def tail(known: NDArray[np.uint8], frames: int, **more: Any) -> Conditioning:
    """A tail extension of pictures that end at time -1."""
    base = Conditioning(
        operation=Operation.EXTEND,
        frames=frames,
        rate=Fraction(24),
        known=known,
        known_times=tuple(range(-len(known), 0)),
    )
    return replace(base, **more)
