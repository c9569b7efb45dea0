"""How alike two pictures are."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats

_FLOOR = 0.05
"""Mean squared error, in 8-bit steps, added so that equal pictures have a finite score."""

_SIGMA = 1.5
_LIGHT, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def psnr(made: Bytes, truth: Bytes) -> float:
    """Peak signal to noise ratio in dB, at most 61."""
    error = made.astype(np.float32) - truth
    return 10.0 * math.log10(255.0**2 / (float(np.mean(error**2)) + _FLOOR))


def ssim(made: Bytes, truth: Bytes) -> float:
    """Structural similarity of luma (Wang et al., 2004): Gaussian window, published constants."""
    a = cv2.cvtColor(made, cv2.COLOR_RGB2GRAY).astype(np.float32)
    b = cv2.cvtColor(truth, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean_a, mean_b = _blur(a), _blur(b)
    spread_a = _blur(a * a) - mean_a**2
    spread_b = _blur(b * b) - mean_b**2
    shared = _blur(a * b) - mean_a * mean_b
    light = (2 * mean_a * mean_b + _LIGHT) / (mean_a**2 + mean_b**2 + _LIGHT)
    structure = (2 * shared + _CONTRAST) / (spread_a + spread_b + _CONTRAST)
    return float(np.mean(light * structure))


def _blur(plane: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (11, 11), _SIGMA), np.float32)
