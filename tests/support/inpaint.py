"""Synthetic shots for object removal, and a way to see what was made."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import cv2
import numpy as np

from pickup.errors import Cancelled
from pickup.protocol import JobPhase, Operation
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Generated, Warp
from pickup_engine.worker.backends.motion.inpaint_types import Mask, covered, render

HEIGHT, WIDTH = 96, 160


class Steps:
    """A `Report` that counts, and cancels after `limit` steps."""

    def __init__(self, limit: int = 1 << 30) -> None:
        self.limit = limit
        self.total = 0
        self.done = 0
        self.phases: list[JobPhase] = []

    def phase(self, phase: JobPhase, steps: int) -> None:
        self.phases.append(phase)
        self.total = steps

    def step(self) -> None:
        self.done += 1
        if self.done > self.limit:
            raise Cancelled("The job was cancelled.")

    def look(self, picture: Bytes) -> None:
        pass


def scenery(width: int, height: int, seed: int = 3) -> Bytes:
    """A large picture with soft and sharp texture."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for sigma, strength in ((14.0, 900.0), (4.0, 260.0), (1.5, 70.0)):
        noise = random.normal(size=(height, width, 3)).astype(np.float32)
        picture += cv2.GaussianBlur(noise, (0, 0), sigma) * strength
    return np.clip(picture + 120, 0, 255).astype(np.uint8)


def panned(frames: int, speed: float, seed: int = 3) -> Bytes:
    """A camera that moves right by `speed` pixels a frame over scenery (0 = it stands)."""
    wide = scenery(WIDTH + 40 + int(abs(speed) * frames), HEIGHT + 8, seed)
    shots = []
    for k in range(frames):
        move = np.array([[1, 0, -(10 + speed * k)], [0, 1, -4]], np.float32)
        shots.append(cv2.warpAffine(wide, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC))
    return np.stack(shots)


def with_ball(pictures: Bytes, start: float, speed: float, radius: int = 11) -> tuple[Bytes, Mask]:
    """A bright ball flies through; returns pictures and matte."""
    out, matte = pictures.copy(), np.zeros(pictures.shape[:3], bool)
    for k in range(len(pictures)):
        disc = np.zeros(pictures.shape[1:3], np.uint8)
        cv2.circle(disc, (round(start + speed * k), HEIGHT // 2), radius, 1, -1)
        out[k][disc > 0] = (250, 40, 200)
        matte[k] = disc > 0
    return out, matte


def conditioning(
    pictures: Bytes, matte: Mask | None, first: int = 0, frames: int = 0
) -> Conditioning:
    """An inpaint run; `first` is the time of the first picture."""
    times = tuple(range(first, first + len(pictures)))
    count = frames or len(pictures)
    return Conditioning(Operation.INPAINT, count, Fraction(25), pictures, times, matte=matte)


def seen(given: Conditioning, made: Generated, frame: int) -> tuple[Floats, Floats]:
    """The picture that the views of a frame make over black, and how much of it they cover."""
    warp = cast(Warp, made.output)
    views = warp.frames[frame]
    shape = given.known.shape[1:3]
    picture = render(views, given.known, np.zeros((*shape, 3), np.float32))
    return picture, covered(views, shape)


def psnr(first: Floats, second: Bytes, where: Mask) -> float:
    """dB inside a mask."""
    wrong = ((first - second.astype(np.float32)) ** 2).mean(2)[where].mean()
    return float(10 * np.log10(65025 / (wrong + 0.05)))
