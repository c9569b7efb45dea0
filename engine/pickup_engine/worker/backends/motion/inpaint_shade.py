"""Exposure and light that changed between a picture and the ones it is filled from.

What the views would show just outside the hidden area is compared with the picture there; the
difference, without detail and without what moved, is carried inside. It is the membrane of Poisson
image editing (Pérez et al. 2003) between known borders, made by pull-push.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats, View
from pickup_engine.worker.backends.motion.inpaint_types import Mask, covered, grow, render, spread

RING = 7
"""Model pixels around the hidden area that are compared."""
_OUTLIER = 14.0
"""Levels from the ring's own median beyond which a pixel shows something else, not other light."""
_MOST = 48.0
_SOFT = 6.0


def ring(hidden: Mask) -> Mask:
    """Where views are compared with the picture (h, w)."""
    return grow(hidden, RING) & ~hidden


def offset(views: Sequence[View], pictures: Bytes, picture: int, hidden: Mask) -> Floats:
    """Levels (h, w, 3) to add to what `views` show in `picture`; the views must cover the ring."""
    none = np.zeros((*hidden.shape, 3), np.float32)
    seen = covered(views, hidden.shape)
    around = ring(hidden) & (seen > 0.9)
    if around.sum() < 30:
        return none
    own = pictures[picture].astype(np.float32)
    apart = own - render(views, pictures, none) / np.maximum(seen, 0.1)[..., None]
    usual = np.median(apart[around], axis=0)
    calm = around & (np.abs(apart - usual).max(2) < _OUTLIER)
    if calm.sum() < 0.4 * around.sum():
        return none
    field = spread(np.where(calm[..., None], apart, 0).astype(np.float32), calm)
    soft = cv2.GaussianBlur(field, (0, 0), _SOFT)
    return np.asarray(np.clip(soft, -_MOST, _MOST), np.float32)
