"""Go over from one moving picture to another that has no motion in common with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.forward import Stretch, Views

_UNSEEN: Final = 0.02
"""A side with less than this is left out; finishing would not read it either."""


def dissolve(leaving: Stretch, coming: Stretch) -> Stretch:
    """Both sides go on while one fades into the other, slowly at both ends: the joins are seen
    least. `coming` is made from its picture backwards."""
    frames = len(leaving.frames)
    made: list[Views] = []
    invented: list[float] = []
    for index in range(frames):
        part = (index + 1) / (frames + 1)
        share = part * part * (3 - 2 * part)
        back = frames - 1 - index
        made.append(_mixed(leaving.frames[index], coming.frames[back], share))
        invented.append((1 - share) * leaving.invented[index] + share * coming.invented[back])
    return Stretch(made, invented, leaving.learned or coming.learned, faded=True)


def _mixed(one: Views, other: Views, share: float) -> Views:
    if share < _UNSEEN:
        return one
    if share > 1 - _UNSEEN:
        return other
    return (*_weakened(one, 1 - share), *_weakened(other, share))


def _weakened(views: Views, share: float) -> tuple[View, ...]:
    total = np.maximum(sum((view.weight for view in views), np.float32(0)), np.float32(1))
    return tuple(replace(view, weight=_scaled(view.weight, share, total)) for view in views)


def _scaled(weight: Floats, share: float, total: Floats) -> Floats:
    return np.asarray(weight * np.float32(share) / total, np.float32)
