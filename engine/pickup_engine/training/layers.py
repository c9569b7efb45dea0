"""Layers of a training scene, with exact motion both ways.

A layer lives in the coordinates of the screen at the reference frame. `carry` says where a point
of it is at another frame, `origin` which point is seen at a place, `draw` paints it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from pickup_engine.training.curves import TIMES, Curve
from pickup_engine.worker.backends.base import Floats

Doubles = NDArray[np.float64]

_INVERSIONS = 4
"""Fixed-point steps to undo the deformation; its slope is small, so four reach 0.03 px."""


@dataclass(frozen=True)
class Waves:
    """A smooth deformation: sum of amplitude (k, 2) x sin(frequency (k, 2) . p + phase (k,))."""

    amplitude: Doubles
    frequency: Doubles
    phase: Doubles

    @staticmethod
    def random(chance: Generator, width: int) -> Waves:
        """Three waves, at most twice across the picture."""
        frequency = chance.uniform(-1, 1, (3, 2)) * 4 * np.pi / width
        return Waves(chance.uniform(-1, 1, (3, 2)), frequency, chance.uniform(0, 2 * np.pi, 3))

    def at(self, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
        """Offsets for an amount of one."""
        dx, dy = np.zeros_like(x), np.zeros_like(y)
        for (ax, ay), (fx, fy), phase in zip(
            self.amplitude, self.frequency, self.phase, strict=True
        ):
            wave = np.sin(fx * x + fy * y + phase)
            dx += ax * wave
            dy += ay * wave
        return dx, dy


@dataclass(frozen=True)
class Layer:
    """maps: (38, 3, 3) screen homographies over `TIMES`, the identity at the reference. cover:
    None = everywhere. placing: (2, 3) from screen at the reference to texture pixels. amount:
    (38,) of the deformation, None = rigid."""

    texture: Floats
    cover: Floats | None
    maps: Doubles
    placing: Doubles
    waves: Waves | None = None
    amount: Curve | None = None

    def carry(self, index: int, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
        """Where points of the layer are at frame `index` of `TIMES`."""
        if self.waves is not None and self.amount is not None:
            dx, dy = self.waves.at(x, y)
            x, y = x + self.amount[index] * dx, y + self.amount[index] * dy
        return _project(self.maps[index], x, y)

    def origin(self, index: int, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
        """Which points of the layer are at these places at frame `index`."""
        start_x, start_y = _project(np.linalg.inv(self.maps[index]), x, y)
        if self.waves is None or self.amount is None:
            return start_x, start_y
        u, v = start_x, start_y
        for _ in range(_INVERSIONS):
            dx, dy = self.waves.at(u, v)
            u, v = start_x - self.amount[index] * dx, start_y - self.amount[index] * dy
        return u, v

    def covers(self, index: int, x: Doubles, y: Doubles) -> NDArray[np.bool_]:
        """Whether the layer is (more than half) there."""
        if self.cover is None:
            return np.ones(x.shape, np.bool_)
        return self._coverage(*self._texels(index, x, y)) > 0.5

    def draw(self, index: int, x: Doubles, y: Doubles, below: Floats | None) -> Floats:
        """Paint frame `index` over what is below, (h, w, 3) in 0..1."""
        across, down = self._texels(index, x, y)
        painted = cv2.remap(
            self.texture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        if self.cover is None or below is None:
            return np.asarray(painted, np.float32)
        mask = self._coverage(across, down)[..., None]
        return np.asarray(below * (1 - mask) + painted * mask, np.float32)

    def _texels(self, index: int, x: Doubles, y: Doubles) -> tuple[Floats, Floats]:
        u, v = self.origin(index, x, y)
        (a, b, c), (d, e, f) = self.placing
        return (a * u + b * v + c).astype(np.float32), (d * u + e * v + f).astype(np.float32)

    def _coverage(self, across: Floats, down: Floats) -> Floats:
        assert self.cover is not None
        scale_y = np.float32(self.cover.shape[0] / self.texture.shape[0])
        scale_x = np.float32(self.cover.shape[1] / self.texture.shape[1])
        read = cv2.remap(
            self.cover,
            across * scale_x,
            down * scale_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        return np.asarray(read, np.float32)


def _project(matrix: Doubles, x: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    new_x = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth
    new_y = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth
    return new_x, new_y


def similarity(
    dx: Curve, dy: Curve, turn: Curve, zoom: Curve, centre: tuple[float, float]
) -> Doubles:
    """(38, 3, 3): scale exp(zoom) and turn about a centre, then shift."""
    scale = np.exp(zoom)
    cosine, sine = np.cos(turn) * scale, np.sin(turn) * scale
    maps = np.zeros((len(TIMES), 3, 3))
    maps[:, 0, 0], maps[:, 0, 1] = cosine, -sine
    maps[:, 1, 0], maps[:, 1, 1] = sine, cosine
    maps[:, 0, 2] = centre[0] + dx - cosine * centre[0] + sine * centre[1]
    maps[:, 1, 2] = centre[1] + dy - sine * centre[0] - cosine * centre[1]
    maps[:, 2, 2] = 1
    return maps


def tilted(maps: Doubles, across: Curve, down: Curve, centre: tuple[float, float]) -> Doubles:
    """With a perspective tilt about a centre."""
    lean = np.tile(np.eye(3), (len(TIMES), 1, 1))
    lean[:, 2, 0], lean[:, 2, 1] = across, down
    to_centre, back = np.eye(3), np.eye(3)
    to_centre[:2, 2] = np.negative(centre)
    back[:2, 2] = centre
    return np.asarray(back @ lean @ to_centre @ maps)


def rectangle(
    texture: Floats, left: float, top: float, width: float, height: float, turn: float = 0.0
) -> Doubles:
    """Placing that fills a rectangle of the screen, turned about its upper left corner."""
    rows, columns = texture.shape[:2]
    cosine, sine = np.cos(turn), np.sin(turn)
    across = np.array([cosine, sine]) * columns / width
    down = np.array([-sine, cosine]) * rows / height
    corner = np.array([left, top])
    return np.array([[*across, -across @ corner], [*down, -down @ corner]])
