"""Paint: patches of nearly one colour with sharp edges.

The generalised Kuwahara filter of Papari, Petkov and Campisi ("Artistic edge and corner enhancing
smoothing", 2007): of the neighbourhoods on all sides of a pixel the smooth ones count most. Their
means are one Gaussian, read at eight offsets, so the cost does not grow with the brush.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats

_BRUSH: Final = 1 / 280
"""Radius of a brush as a share of the longer side."""

_ROUNDS: Final = 2
_LEAST: Final = 2e-4
"""Variance that counts as smooth: below it neighbourhoods are equal, so that noise cannot choose
between them."""

_CHROMA: Final = 1.15
_GUIDE: Final = 4e-4
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)


def painted(picture: Floats, luma: Floats, work: int) -> Floats:
    """(h, w, 3) in 0..1, painted at a longer side of `work`, with the edges of `luma` (h, w)."""
    height, width = luma.shape
    scale = min(1.0, work / max(height, width))
    if scale == 1.0:
        return _brushed(picture)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return _guided(_brushed(small), small @ _LUMA, luma)


def _brushed(picture: Floats) -> Floats:
    radius = max(1.0, max(picture.shape) * _BRUSH)
    made = picture
    for _ in range(_ROUNDS):
        made = _kuwahara(made, radius)
    grey = (made @ _LUMA)[..., None]
    return np.asarray(np.clip(grey + _CHROMA * (made - grey), 0, 1), np.float32)


def _kuwahara(picture: Floats, radius: float) -> Floats:
    height, width = picture.shape[:2]
    luma = picture @ _LUMA
    planes = np.dstack([picture, luma, luma * luma])
    reach = round(radius)
    planes = cv2.copyMakeBorder(planes, reach, reach, reach, reach, cv2.BORDER_REFLECT)
    planes = cv2.GaussianBlur(planes, (0, 0), radius / 2)
    variance = np.maximum(planes[..., 4] - planes[..., 3] ** 2, 0) + np.float32(_LEAST)
    trust = (np.float32(_LEAST) / variance) ** 2
    means = planes[..., :3] * trust[..., None]
    total = np.zeros((height, width), np.float32)
    made = np.zeros((height, width, 3), np.float32)
    for angle in np.arange(8) * (np.pi / 4):
        down, across = reach + round(radius * np.sin(angle)), reach + round(radius * np.cos(angle))
        part = slice(down, down + height), slice(across, across + width)
        made += means[part]
        total += trust[part]
    return made / total[..., None]


def _guided(made: Floats, guide: Floats, luma: Floats) -> Floats:
    """`made` (h', w', 3) at the size of `luma`, as a line over luma in each small window."""
    height, width = luma.shape
    side = 2 * max(1, round(max(guide.shape) * _BRUSH)) + 1
    window = (side, side)
    mean, squares = cv2.blur(guide, window), cv2.blur(guide * guide, window)
    mean_made, shared = cv2.blur(made, window), cv2.blur(made * guide[..., None], window)
    spread = np.maximum(squares - mean * mean, 0) + np.float32(_GUIDE)
    slope = (shared - mean_made * mean[..., None]) / spread[..., None]
    base = mean_made - slope * mean[..., None]
    out = np.asarray(cv2.resize(cv2.blur(base, window), (width, height)), np.float32)
    steep = cv2.resize(cv2.blur(slope, window), (width, height))
    out += steep * luma[..., None]
    return out
