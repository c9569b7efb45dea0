"""The camera's path from corners of the whole picture: a first guess for the place of a cut-out."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.cutout_corners import FEWEST, Anchor, corners, found_again
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, Matrix, fit
from pickup_engine.worker.backends.motion.inpaint_types import Shot

_AGAIN = 0.5
"""A new anchor is taken where less than this share of the anchor's corners is left."""
_RESTS = 0.7
"""Pixels."""
_REST_SHARE = 0.4
_REST_FRAMES = 0.95
_CUT_SHARE = 0.12
_CUT_ALIKE = 0.6
_AGREES = 1.5
_COARSE = 24


def camera_of(shot: Shot, step: Callable[[], None]) -> Camera:
    """Where every picture looks; scenes end at hard cuts."""
    count = shot.count
    moves = np.tile(np.eye(3), (count, 1, 1))
    scene = np.zeros(count, np.int64)
    everywhere = np.ones(shot.size, np.bool_)
    first = anchor = corners(shot.grey[0], everywhere, np.eye(3))
    rests = 0
    for k in range(1, count):
        step()
        scene[k] = scene[k - 1]
        pair = found_again(anchor, shot.grey[k], moves[k - 1])
        move = None if pair is None else fit(*pair)
        share = 0.0 if pair is None or move is None else _agree(pair, move) / len(anchor.points)
        if share < _CUT_SHARE and _unlike(shot.grey[k - 1], shot.grey[k]):
            scene[k] += 1
            anchor = corners(shot.grey[k], everywhere, np.eye(3))
            continue
        moves[k] = moves[k - 1] if move is None else move @ anchor.move
        rests += anchor is first and _rests(first, shot.grey[k])
        if share < _AGAIN and not _rests(first, shot.grey[k]):
            anchor = corners(shot.grey[k], everywhere, moves[k])
    still = scene[-1] == 0 and rests >= _REST_FRAMES * (count - 1)
    to_shot = np.tile(np.eye(3), (count, 1, 1)) if still else np.linalg.inv(moves)
    return Camera(np.asarray(to_shot, np.float64), scene, bool(still))


def _rests(first: Anchor, grey: Bytes) -> bool:
    """Whether corners of frame 0 are where they were."""
    pair = found_again(first, grey, np.eye(3))
    if pair is None:
        return len(first.points) < FEWEST
    apart = np.linalg.norm(pair[1] - pair[0], axis=1)
    return int((apart < _RESTS).sum()) >= max(FEWEST, _REST_SHARE * len(apart))


def _agree(pair: tuple[Floats, Floats], move: Matrix) -> int:
    """How many corners go where a move says."""
    there = cv2.perspectiveTransform(pair[0][None].astype(np.float64), move)[0]
    return int((np.linalg.norm(there - pair[1], axis=1) < _AGREES).sum())


def _unlike(before: Bytes, after: Bytes) -> bool:
    """Whether two greys have little in common, seen from afar."""
    size = (_COARSE, _COARSE)
    small = [cv2.resize(grey, size, interpolation=cv2.INTER_AREA) for grey in (before, after)]
    one, other = (part.astype(np.float64) - part.mean() for part in small)
    common = float((one * other).sum())
    # An even picture, such as the black of a fade, is unlike nothing.
    return common < _CUT_ALIKE * float(np.linalg.norm(one) * np.linalg.norm(other))
