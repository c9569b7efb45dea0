"""A small matte at full size, along the edges of the picture (He, Sun and Tang, 2010)."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats

_EDGE: Final = 0.03
"""Luma steps of less are no edges."""


def guided(matte: Floats, guide: Floats, radius: int) -> Floats:
    """(h, w) matte 0..1 smoothed within `radius` pixels, its edges on those of the guide 0..1."""
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values, side, borderType=cv2.BORDER_REPLICATE), np.float32)

    middle, level = mean(guide), mean(matte)
    slope = (mean(guide * matte) - middle * level) / (mean(guide * guide) - middle**2 + _EDGE**2)
    offset = level - slope * middle
    return np.asarray(np.clip(mean(slope) * guide + mean(offset), 0, 1), np.float32)
