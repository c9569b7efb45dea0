"""The camera's path through a shot, from what lies outside the matte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.flow import dense_flow
from pickup_engine.worker.backends.motion.inpaint_types import Shot, grid, sample

Matrix: TypeAlias = NDArray[np.float64]

_Fit: TypeAlias = tuple[NDArray[Any] | None, NDArray[Any]]
"""What OpenCV's robust fits give: a matrix, None where they fail, and the inliers."""
_STEP = 4
_STILL = 0.05
"""Share by which pictures may match worse without the path before the camera counts as moving."""
_NEVER_STILL = 0.1
_JUDGED = 13
_CUT_LEVELS = 28.0
_ALIKE_LEVELS = 8.0
_ALIKE = 0.4
"""Correlation below which aligned pictures that also differ by some levels show two scenes."""
_ANCHOR_MOVE = 0.25
_DARKER, _LIGHTER = 0.5, 2.0
"""Change of exposure that is no other scene."""


@dataclass(frozen=True)
class Camera:
    """Where every picture looks.

    to_shot: (k, 3, 3), picture pixel to shot coordinates (those of its scene's first picture).
    scene: (k,) number of the scene between hard cuts. still: the camera never moves; all matrices
    are then exactly the identity.
    """

    to_shot: Matrix
    scene: NDArray[np.int64]
    still: bool

    def held(self) -> Camera:
        """A camera that stands still: what is burnt into the pictures moves with it."""
        return Camera(np.tile(np.eye(3), (len(self.scene), 1, 1)), self.scene, True)

    def between(self, start: int, end: int) -> Matrix:
        """Matrix from pixels of picture `start` to pixels of picture `end`."""
        if self.still:
            return np.eye(3)
        return cast(Matrix, np.linalg.solve(self.to_shot[end], self.to_shot[start]))


def move(matrix: Matrix, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Positions after a projective matrix."""
    if np.array_equal(matrix, np.eye(3)):
        return x, y
    m = matrix / matrix[2, 2]
    below = np.maximum(m[2, 0] * x + m[2, 1] * y + 1.0, 1e-3)
    new_x = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / below
    new_y = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / below
    return new_x.astype(np.float32), new_y.astype(np.float32)


def moved(matrix: Matrix, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Positions after a projective matrix of all pixels of a picture (h, w): x and y (h, w)."""
    m = matrix / matrix[2, 2]
    x, y = np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32)[:, None]
    rows = [
        np.float32(m[r, 0]) * x + (np.float32(m[r, 1]) * y + np.float32(m[r, 2])) for r in range(3)
    ]
    if m[2, 0] == 0 and m[2, 1] == 0:
        return rows[0], rows[1]
    below = np.maximum(rows[2], np.float32(1e-3))
    return np.asarray(rows[0] / below, np.float32), np.asarray(rows[1] / below, np.float32)


def corner_shift(matrix: Matrix, size: tuple[int, int]) -> float:
    """Largest move of a picture corner under a matrix, in pixels."""
    height, width = size
    x = np.array([0, width - 1, 0, width - 1], np.float32)
    y = np.array([0, 0, height - 1, height - 1], np.float32)
    new_x, new_y = move(matrix, x, y)
    return float(np.hypot(new_x - x, new_y - y).max())


def _align(shot: Shot, anchor: int, picture: int, guess: Matrix) -> tuple[Matrix, float]:
    """Matrix picture -> anchor, refined from a guess, and the mean difference left (levels)."""
    height, width = shot.size
    x, y = grid(height, width)
    back = _inverse(guess)
    at_x, at_y = moved(back, shot.size)
    warped = sample(shot.grey[picture], at_x, at_y)
    gone = sample(shot.hidden[picture].astype(np.uint8), at_x, at_y) > 0.05
    inside = (at_x >= 0) & (at_x <= width - 1) & (at_y >= 0) & (at_y <= height - 1)
    clear = inside & ~gone & ~shot.hidden[anchor]
    if clear.sum() < 0.08 * clear.size:
        return guess, 255.0
    found = dense_flow(shot.grey[anchor], np.clip(warped + 0.5, 0, 255).astype(np.uint8))
    pick = (slice(_STEP // 2, None, _STEP), slice(_STEP // 2, None, _STEP))
    ok = clear[pick]
    to = np.stack([x[pick][ok], y[pick][ok]], 1)
    src_x, src_y = move(back, to[:, 0] + found[pick][ok][:, 0], to[:, 1] + found[pick][ok][:, 1])
    source = np.stack([src_x, src_y], 1)
    matrix = fit(source, to)
    if matrix is None or not 0.4 < abs(float(np.linalg.det(matrix[:2, :2]))) < 2.5:
        return guess, 255.0
    end_x, end_y = moved(_inverse(matrix), shot.size)
    there, here = sample(shot.grey[picture], end_x, end_y)[clear], shot.grey[anchor][clear]
    return matrix, _unlike(there, here.astype(np.float32))


def _unlike(there: Floats, here: Floats) -> float:
    """Median difference in levels, in equal light; 255 where the pictures have nothing in
    common."""
    rest = float(np.median(np.abs(there * _exposure(there, here) - here)))
    spread = float(there.std() * here.std())
    common = float(((there - there.mean()) * (here - here.mean())).mean()) / max(spread, 1e-6)
    return 255.0 if rest > _ALIKE_LEVELS and common < _ALIKE else rest


def _exposure(there: Floats, here: Floats) -> float:
    """Factor that brings the levels of one picture to those of the other."""
    return float(np.clip(np.median(here) / max(float(np.median(there)), 1.0), _DARKER, _LIGHTER))


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), np.float64)


def fit(source: Floats, to: Floats) -> Matrix | None:
    """Robust matrix from point pairs (n, 2); affine unless a homography clearly fits more."""
    if len(source) < 12:
        return None
    affine = cv2.estimateAffine2D(
        source, to, method=cv2.RANSAC, ransacReprojThreshold=0.5, maxIters=400, refineIters=10
    )
    full = cv2.findHomography(source, to, cv2.RANSAC, 0.5, maxIters=400)
    return _better(affine, full)


def _better(affine: _Fit, full: _Fit) -> Matrix | None:
    if full[0] is not None and (affine[0] is None or _count(full) > 1.08 * _count(affine) + 8):
        return np.asarray(full[0], np.float64)
    if affine[0] is None:
        return None
    return np.vstack([np.asarray(affine[0], np.float64), [0.0, 0.0, 1.0]])


def _count(found: _Fit) -> int:
    return int(np.asarray(found[1]).sum())


def follow(shot: Shot, step: Callable[[], None]) -> Camera:
    """Estimate the camera of every picture, aligned with few anchors so that drift stays small."""
    count = shot.count
    to_shot = np.tile(np.eye(3), (count, 1, 1))
    scene = np.zeros(count, np.int64)
    anchor, guess = 0, np.eye(3)
    far = _ANCHOR_MOVE * max(shot.size)
    for picture in range(1, count):
        step()
        matrix, rest = _align(shot, anchor, picture, guess)
        if rest > _CUT_LEVELS and anchor != picture - 1:
            anchor = picture - 1
            matrix, rest = _align(shot, anchor, picture, np.eye(3))
        scene[picture] = scene[picture - 1]
        if rest > _CUT_LEVELS:
            scene[picture] += 1
            anchor, guess = picture, np.eye(3)
            continue
        to_shot[picture] = to_shot[anchor] @ matrix
        guess = matrix
        if corner_shift(matrix, shot.size) > far:
            anchor, guess = picture, np.eye(3)
    if _stands(shot, to_shot, scene):
        return Camera(np.tile(np.eye(3), (count, 1, 1)), scene, True)
    return Camera(to_shot, scene, False)


def _stands(shot: Shot, to_shot: Matrix, scene: NDArray[np.int64]) -> bool:
    """Whether the pictures match at least as well without the estimated camera path.

    Judged on edges, where a move shows, against the first and the middle picture.
    """
    if scene[-1] != 0:
        return False
    picked = np.unique(np.linspace(0, shot.count - 1, min(shot.count, _JUDGED)).astype(int))
    moves = np.array([corner_shift(m, shot.size) for m in to_shot])
    if np.median(moves) > _NEVER_STILL * max(shot.size):
        return False
    stays, follows = 0.0, 0.0
    for anchor in (0, shot.count // 2):
        for picture in picked[picked != anchor]:
            matrix = _inverse(to_shot[picture]) @ to_shot[anchor]
            stays += _edge_error(shot, anchor, int(picture), np.eye(3))
            follows += _edge_error(shot, anchor, int(picture), matrix)
    return stays <= follows * (1 + _STILL) + 0.05 * len(picked)


def _edge_error(shot: Shot, anchor: int, picture: int, matrix: Matrix) -> float:
    """Mean difference (levels, at most 24 per pixel) of two pictures on the anchor's edges."""
    x, y = moved(matrix, shot.size)
    there = sample(shot.grey[picture], x, y)
    gone = sample(shot.hidden[picture].astype(np.uint8), x, y) > 0.05
    here = shot.grey[anchor].astype(np.float32)
    steep = np.hypot(cv2.Sobel(here, cv2.CV_32F, 1, 0), cv2.Sobel(here, cv2.CV_32F, 0, 1))
    inside = (x >= 0) & (x <= shot.size[1] - 1) & (y >= 0) & (y <= shot.size[0] - 1)
    clear = inside & ~gone & ~shot.hidden[anchor]
    weight = np.minimum(steep, 200.0) * clear
    light = _exposure(there[clear], here[clear]) if clear.any() else 1.0
    apart = np.minimum(np.abs(there * light - here), 24.0)
    return float((apart * weight).sum() / max(float(weight.sum()), 1e-6))
