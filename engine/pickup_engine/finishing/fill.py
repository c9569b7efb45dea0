"""Fill holes of a picture from their surroundings."""

from __future__ import annotations

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats


def fill_holes(weighted: Floats, known: Floats) -> Floats:
    """Pull-push: (H, W, 3) colours already multiplied by `known` (H, W) in 0..1 -> filled colours.

    Each coarser level averages what is known; each finer one keeps its own pixels and takes the
    rest from the level above (Gortler et al., The Lumigraph, 1996). A frame with nothing known
    turns grey.
    """
    height, width = known.shape
    if min(height, width) <= 1:
        mass = float(known.sum())
        mean = weighted.reshape(-1, 3).sum(axis=0) / mass if mass > 0 else np.full(3, 32768.0)
        return np.broadcast_to(np.float32(mean), weighted.shape).copy()
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse = cv2.resize(weighted, half, interpolation=cv2.INTER_AREA)
    weight = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    # What counts is whether anything is known nearby, not how much: saturate on the way up.
    gain = np.minimum(4.0, 1.0 / np.maximum(weight, 1e-6)).astype(np.float32)
    above = fill_holes(coarse * gain[..., None], weight * gain)
    blurred = cv2.resize(above, (width, height), interpolation=cv2.INTER_LINEAR)
    missing = (1.0 - known)[..., None]
    return np.asarray(weighted + blurred * missing, np.float32)
