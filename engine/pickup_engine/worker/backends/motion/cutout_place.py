"""Where a cut-out stands in the first frame, and the coordinates it is followed in.

Followed in *square* coordinates: model pixels of the picture's height both ways, so that a
similarity keeps the thing's shape also where the model's or the source's pixels are not square.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pickup_engine.worker.backends.base import Cutout, Floats
from pickup_engine.worker.backends.motion.inpaint_camera import Matrix
from pickup_engine.worker.backends.motion.inpaint_types import Mask


@dataclass(frozen=True)
class Place:
    """The thing in frame 0.

    left, top, width, height: shares of the picture's sides. size: (height, width) of the model's
    pictures. aspect: width over height of the shown picture.
    """

    left: float
    top: float
    width: float
    height: float
    size: tuple[int, int]
    aspect: float

    @staticmethod
    def of(cutout: Cutout, size: tuple[int, int]) -> Place:
        """As large as fits into the box, in its middle, standing on its lower edge."""
        left, top, wide, high = cutout.box
        rows, columns = cutout.alpha.shape
        shape = columns / rows / cutout.aspect
        height = min(high, wide / shape)
        width = height * shape
        return Place(
            left + (wide - width) / 2, top + high - height, width, height, size, cutout.aspect
        )

    @property
    def foot(self) -> Floats:
        """(2,) the middle of its lower edge in square coordinates of frame 0."""
        x, y = self.left + self.width / 2, self.top + self.height
        return np.array([x * self.aspect * self.size[0], y * self.size[0]], np.float32)

    @property
    def span(self) -> tuple[float, float]:
        """Its width and height in square coordinates."""
        return self.width * self.aspect * self.size[0], self.height * self.size[0]

    @property
    def stretch(self) -> float:
        """Square coordinates to one model pixel across; down it is 1."""
        return self.aspect * self.size[0] / self.size[1]

    def square(self, points: Floats) -> Floats:
        """(n, 2) model pixels to square coordinates."""
        return np.asarray((points + 0.5) * (self.stretch, 1.0), np.float32)

    def pixels(self, points: Floats) -> Floats:
        """(n, 2) square coordinates to model pixels."""
        return np.asarray(points / (self.stretch, 1.0) - 0.5, np.float32)

    def in_pixels(self, move: Matrix) -> Matrix:
        """A (3, 3) matrix of square coordinates as one of model pixels."""
        to_square = np.array([[self.stretch, 0, self.stretch / 2], [0, 1, 0.5], [0, 0, 1]])
        return np.asarray(np.linalg.solve(to_square, move @ to_square), np.float64)

    def in_square(self, move: Matrix) -> Matrix:
        """A (3, 3) matrix of model pixels as one of square coordinates."""
        to_square = np.array([[self.stretch, 0, self.stretch / 2], [0, 1, 0.5], [0, 0, 1]])
        return np.asarray(to_square @ move @ np.linalg.inv(to_square), np.float64)

    def matrix(self, move: Matrix) -> Floats:
        """(2, 3) from shares of the thing's sides to shares of the picture's after a move."""
        own = np.array([[self.width, 0, self.left], [0, self.height, self.top], [0, 0, 1]])
        shares = np.diag([self.aspect * self.size[0], float(self.size[0]), 1.0])
        return np.asarray((np.linalg.solve(shares, move @ shares) @ own)[:2], np.float32)

    def foot_shares(self, move: Matrix) -> Floats:
        """(2,) the foot after a move, in shares of the picture's sides."""
        at = move @ np.append(self.foot.astype(np.float64), 1.0)
        return np.array([at[0] / (self.aspect * self.size[0]), at[1] / self.size[0]], np.float32)

    def covers(self, move: Matrix, around: float = 0.0) -> Mask:
        """(h, w) true inside its rectangle after a move; `around`: grown by a share of its sides
        on every side."""
        y, x = np.mgrid[: self.size[0], : self.size[1]].astype(np.float64)
        to_pixels = self.in_pixels(move)
        back = np.linalg.inv(to_pixels)
        at_x = back[0, 0] * x + back[0, 1] * y + back[0, 2]
        at_y = back[1, 0] * x + back[1, 1] * y + back[1, 2]
        u = ((at_x + 0.5) / self.size[1] - self.left) / self.width
        v = ((at_y + 0.5) / self.size[0] - self.top) / self.height
        inside = (u >= -around) & (u <= 1 + around) & (v >= -around) & (v <= 1 + around)
        return np.asarray(inside, np.bool_)
