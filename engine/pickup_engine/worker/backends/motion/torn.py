"""To which side the pixels between two motions belong.

Flow passes smoothly from one motion into the other over several pixels. Moved so, these pixels
would be spread over the gap between the two things like crumbs; each of them belongs to one thing.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.flow import grid

_TORN = 1.5
"""Pixels by which neighbours come apart over 16 frames: more is no thing that stretches."""

_REACH = 4
"""Pixels that flow bleeds over an edge."""

_COLOUR = 10.0
"""8-bit steps by which a thing differs from itself."""

_NEAR = 4.0
"""Pixels of distance that weigh like one such step."""

_BEHIND = 8.0
"""What a whole clip scale against the camera weighs: flow makes moving things too large, seldom too
small. With less, still ground is torn off; with more, thin parts of things stay behind."""


def owners(reference: Bytes, analysis: Analysis) -> NDArray[np.intp]:
    """(h, w) flat indices of the pixel whose motion each pixel of the reference shares; its own
    nearly everywhere.

    A torn pixel follows the one within reach that is least torn, has its colour, and moves least
    against the camera. reference: (h, w, 3).
    """
    height, width = analysis.velocity.shape[:2]
    every = np.arange(height * width).reshape(height, width)
    torn = _torn(analysis.velocity * np.float32(SPAN))
    rows, columns = np.nonzero(torn > 1.0)
    if rows.size == 0:
        return every
    cost = _padded(torn**2 + _BEHIND * _against(analysis))
    colours = _padded(reference.astype(np.float32)).reshape(-1, 3)
    stride = width + 2 * _REACH
    here = (rows + _REACH) * stride + columns + _REACH
    least, best = cost.ravel()[here], here.copy()
    for down in range(-_REACH, _REACH + 1):
        for across in range(-_REACH, _REACH + 1):
            away = (down**2 + across**2) / _NEAR**2
            if not 0 < away <= (_REACH / _NEAR) ** 2:
                continue
            there = here + down * stride + across
            apart = ((colours[there] - colours[here]) ** 2).mean(axis=-1) / _COLOUR**2
            total = cost.ravel()[there] + apart + away
            better = total < least
            least[better], best[better] = total[better], there[better]
    found = every.copy()
    found[rows, columns] = _padded(every).ravel()[best]
    return found


def _torn(motion: Floats) -> Floats:
    """(h, w): by how much (h, w, 2) motion changes around each pixel, 1 = torn."""
    around = np.ones((3, 3), np.uint8)
    spread = cv2.dilate(motion, around) - cv2.erode(motion, around)
    return np.asarray(spread.max(axis=-1) / _TORN, np.float32)


def _against(analysis: Analysis) -> Floats:
    """(h, w): motion against the camera over 16 frames, in clip scales."""
    height, width = analysis.velocity.shape[:2]
    camera = analysis.camera.displacement(1.0, *grid(height, width))
    against = np.linalg.norm(analysis.velocity - camera, axis=-1) * (SPAN / analysis.scale)
    return np.asarray(against, np.float32)


def _padded(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    sides = (_REACH, _REACH), (_REACH, _REACH)
    return np.pad(plane, (*sides, *[(0, 0)] * (plane.ndim - 2)), mode="edge")
