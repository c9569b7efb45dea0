"""What a look does to a shot: distance of palettes, edges kept, flicker."""

from __future__ import annotations

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.look_space import apply_table

_DIRECTIONS = 48
_QUANTILES = 256
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def palette_distance(first: Floats, second: Floats, seed: int = 0) -> float:
    """Sliced Wasserstein-1 distance of two sets of colours (n, 3), in units of their space."""
    random = np.random.default_rng(seed)
    axes = random.normal(size=(3, _DIRECTIONS))
    axes = (axes / np.linalg.norm(axes, axis=0)).astype(np.float32)
    return float(np.abs(_quantiles(first @ axes) - _quantiles(second @ axes)).mean())


def _quantiles(values: Floats) -> Floats:
    """Evenly spaced order statistics of every column (n, d): (quantiles, d)."""
    at = (np.arange(_QUANTILES) + 0.5) / _QUANTILES * len(values)
    return np.asarray(np.sort(values, axis=0)[at.astype(np.int64)])


def cielab(rgb: Floats) -> Floats:
    """Display RGB 0..1 (n, 3) to CIE L*a*b* (n, 3)."""
    row = np.ascontiguousarray(rgb.reshape(1, -1, 3), np.float32)
    return np.asarray(cv2.cvtColor(row, cv2.COLOR_RGB2LAB).reshape(-1, 3), np.float32)


def luma(pictures: Floats) -> Floats:
    """BT.709 luma of RGB (..., 3)."""
    return np.asarray(pictures @ _LUMA, np.float32)


def edge_correlation(first: Floats, second: Floats) -> float:
    """Correlation of the edge strengths (Sobel) of two luma pictures (h, w); 1 if both are flat."""
    strong = []
    for picture in (first, second):
        steep_x = cv2.Sobel(picture, cv2.CV_32F, 1, 0)
        steep_y = cv2.Sobel(picture, cv2.CV_32F, 0, 1)
        strong.append(np.hypot(steep_x, steep_y).ravel())
    if min(float(s.std()) for s in strong) < 1e-6:
        return 1.0
    return float(np.corrcoef(strong[0], strong[1])[0, 1])


def flicker(pictures: Floats) -> float:
    """How much luma (n, h, w) of neighbouring pictures jumps: mean |second difference| in time."""
    if len(pictures) < 3:
        return 0.0
    bend = pictures[2:] - 2 * pictures[1:-1] + pictures[:-2]
    return float(np.abs(bend).mean())


def unit(pictures: Bytes) -> Floats:
    """8-bit values as float32 0..1."""
    return np.asarray(pictures, np.float32) / np.float32(255)


def restyled(table: Floats, pictures: Bytes) -> Floats:
    """8-bit pictures through a table, float32 0..1."""
    return apply_table(table, unit(pictures))
