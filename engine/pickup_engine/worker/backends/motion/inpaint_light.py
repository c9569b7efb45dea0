"""Light that changed during a shot: auto exposure, flicker.

Pieces of a plate come from many moments; side by side their exposures would show as steps, which
fitting the whole to its surroundings cannot take out.
"""

from __future__ import annotations

import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, moved
from pickup_engine.worker.backends.motion.inpaint_types import Shot

_STEP = 4
_DARK, _BRIGHT = 16, 240
"""Levels between which a pixel tells the exposure."""
_TOLD = 150
"""Fewest pixels that tell it."""
_LITTLE = 0.015
"""Change (natural logarithm) below which a shot's light counts as steady."""
_MOST = 0.7


def exposures(shot: Shot, camera: Camera) -> Floats | None:
    """(k, 3) factors of each picture's R'G'B' codes to those of its scene's first picture; None
    where the light is steady."""
    change = np.zeros((shot.count, 3), np.float32)
    anchor = 0
    for picture in range(1, shot.count):
        if camera.scene[picture] != camera.scene[anchor]:
            anchor = picture
            continue
        found = _ratio(shot, camera, anchor, picture)
        if found is None:
            anchor = picture - 1
            found = _ratio(shot, camera, anchor, picture)
        change[picture] = change[anchor] + (0 if found is None else found)
    if np.abs(change).max() < _LITTLE:
        return None
    return np.exp(np.clip(change, -_MOST, _MOST)).astype(np.float32)


def _ratio(shot: Shot, camera: Camera, anchor: int, picture: int) -> Floats | None:
    """Logarithm of the factors from one picture to another, (3,); None = they share too little."""
    height, width = shot.size
    pick = (slice(None, None, _STEP), slice(None, None, _STEP))
    x, y = (part[pick] for part in moved(camera.between(anchor, picture), shot.size))
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    column, row = (
        np.clip(np.rint(part), 0, most - 1).astype(np.intp)
        for part, most in ((x, width), (y, height))
    )
    here = shot.pictures[anchor][pick].astype(np.float32)
    there = shot.pictures[picture][row, column].astype(np.float32)
    clear = inside & ~shot.hidden[anchor][pick] & ~shot.hidden[picture][row, column]
    for part in (here, there):
        clear &= (part > _DARK).all(2) & (part < _BRIGHT).all(2)
    if clear.sum() < _TOLD:
        return None
    return np.asarray(np.median(np.log(there[clear] / here[clear]), axis=0), np.float32)
