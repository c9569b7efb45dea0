"""How soft the sharpest edges of a picture are, as the sigma of a Gaussian.

An ideal step blurred with sigma s and again with a known one, a, has a slope of 1 / sqrt(s² + a²):
the slopes after two known blurs tell s (Zhuo and Sim, "Defocus map estimation from a single image",
2011).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_FINE: Final = 1.0
_COARSE: Final = 2.0
_STEEPEST: Final = 0.04
_FEWEST: Final = 24
_SHARPEST: Final = 25
"""Percentile of the edges' sigmas that counts: shadows and round things are soft in any focus."""


def softness(luma: NDArray[np.float32], where: NDArray[np.bool_]) -> float | None:
    """Sigma in pixels of the sharp edges of (h, w) luma inside `where`; None without edges."""
    fine_x, fine_y = _slope(luma, _FINE)
    coarse_x, coarse_y = _slope(luma, _COARSE)
    fine, coarse = np.hypot(fine_x, fine_y), np.hypot(coarse_x, coarse_y)
    kernel = np.ones((1, 3), np.uint8)
    across = cv2.dilate(fine, kernel) <= fine
    down = cv2.dilate(fine, kernel.T) <= fine
    ridge = np.where(np.abs(fine_x) > np.abs(fine_y), across, down) & where
    if int(ridge.sum()) < _FEWEST:
        return None
    limit = float(np.quantile(fine[where], 1 - _STEEPEST))
    strong = ridge & (fine >= max(limit, 1e-6)) & (coarse > 0)
    if int(strong.sum()) < _FEWEST:
        return None
    ratio = np.clip((fine[strong] / coarse[strong]) ** 2, 1.02, None)
    variance = (_COARSE**2 - ratio * _FINE**2) / (ratio - 1)
    return float(np.percentile(np.sqrt(np.clip(variance, 0, None)), _SHARPEST))


def _slope(
    luma: NDArray[np.float32], sigma: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    soft = cv2.GaussianBlur(luma, (0, 0), sigma)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
