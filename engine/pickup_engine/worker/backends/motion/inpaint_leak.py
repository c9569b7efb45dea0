"""Shadows and blur that belong to the object but lie outside its matte.

A source taken from there would smear a ghost of the object into the fill. Such pixels touch the
matte and differ from the clean plate by clearly more than what lies further away does.
"""

from __future__ import annotations

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.inpaint_plate import PlateFill
from pickup_engine.worker.backends.motion.inpaint_types import Mask, grow, render

_NEAR = 16
_FAR = 26
_LEAST_LEVELS = 10.0
_TIMES = 2.5
_MOST = 3.0
"""A hidden area never grows beyond so many times its size."""


def leak(fill: PlateFill, pictures: Bytes, picture: int, hidden: Mask) -> Mask:
    """The hidden area (h, w) of a picture with its shadows; `fill` must cover its surroundings."""
    if not hidden.any():
        return hidden
    wide, near = grow(hidden, _FAR), grow(hidden, _NEAR)
    own = pictures[picture].astype(np.float32)
    apart = _difference(own, render(fill.views(picture, wide), pictures, own), wide & ~near)
    if apart is None:
        return hidden
    limit = max(_LEAST_LEVELS, _TIMES * float(np.percentile(apart[wide & ~near], 75)))
    suspects = (hidden | (near & (apart > limit))).astype(np.uint8)
    count, patch = cv2.connectedComponents(suspects)
    touching = np.zeros(count, bool)
    touching[np.unique(patch[hidden])] = True
    touching[0] = False
    grown: Mask = grow(touching[patch], 2) | hidden
    return grown if grown.sum() < _MOST * hidden.sum() else hidden


def _difference(own: Floats, plate: Floats, calm: Mask) -> Floats | None:
    """Mean difference per pixel, the exposure matched on the calm part, lightly smoothed."""
    if calm.sum() < 200:
        return None
    offset = np.median((own - plate)[calm], axis=0)
    apart = np.abs(own - plate - offset).mean(2)
    return np.asarray(cv2.blur(apart, (3, 3)), np.float32)
