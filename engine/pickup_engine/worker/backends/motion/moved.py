"""Forward motion of the reference frame to the views that a new frame is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats, View
from pickup_engine.worker.backends.motion.bars import Bars, find_bars
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.flow import grid
from pickup_engine.worker.backends.motion.plate import Plate, make_plate
from pickup_engine.worker.backends.motion.splat import splat
from pickup_engine.worker.backends.motion.torn import owners

_NEARNESS = 4.0
"""What moves more against the camera is taken to be in front, by exp(4 x motion / scale)."""

_FAR = 2.5


@dataclass(frozen=True)
class Stage:
    """A reference frame ready to be moved.

    sources: lag -> index of that picture for `View.source`; 0 is the reference. owners: (h, w) flat
    indices of the pixel whose motion each pixel shares (see `torn`).
    """

    analysis: Analysis
    plate: Plate
    importance: Floats
    sources: Mapping[int, int]
    bars: Bars
    owners: NDArray[np.intp]


def importance_of(motion: Floats, background: Floats, scale: float) -> Floats:
    """(h, w): which of several points that meet is seen, from their (h, w, 2) motions over 16
    frames."""
    apart = np.linalg.norm(motion - background, axis=-1) / scale
    return np.asarray(np.exp(_NEARNESS * np.clip(apart, 0, _FAR)), np.float32)


def stage(pictures: Bytes, analysis: Analysis, sources: Mapping[int, int]) -> Stage:
    """Prepare the last of (n, h, w, 3) filmed pictures, `sources` names them by lag."""
    height, width = analysis.velocity.shape[:2]
    background = analysis.camera.displacement(1.0, *grid(height, width))
    importance = importance_of(analysis.trusted * SPAN, background * SPAN, analysis.scale)
    plate = make_plate(pictures, analysis)
    importance = np.where(plate.ground, np.float32(1.0), importance)
    whose = owners(pictures[-1], analysis)
    return Stage(analysis, plate, importance.take(whose), sources, find_bars(pictures), whose)


def still_views(source: int, height: int, width: int) -> tuple[View, ...]:
    """The picture as it is."""
    x, y = grid(height, width)
    return (View(source, x, y, np.ones((height, width), np.float32)),)


def camera_views(ready: Stage, time: float) -> tuple[View, ...]:
    """The whole reference moved with the camera."""
    height, width = ready.importance.shape
    x, y = ready.analysis.camera.place(-time, *grid(height, width))
    return (View(ready.sources[0], x, y, np.ones((height, width), np.float32)),)


def moved_views(ready: Stage, displacement: Floats, time: float) -> tuple[tuple[View, ...], float]:
    """The reference moved by (h, w, 2), holes shown from the plate; and the invented share."""
    height, width = ready.importance.shape
    displacement = displacement.reshape(-1, 2)[ready.owners]
    ground = ready.plate.ground
    if ground.any():
        behind = ready.analysis.camera.displacement(time, *grid(height, width))
        displacement = np.where(ground[..., None], behind, displacement)
    back = splat(displacement, ready.importance)
    main = View(ready.sources[0], back.x, back.y, 1.0 - back.hole)
    outside = (back.x < 0) | (back.y < 0) | (back.x > width - 1) | (back.y > height - 1)
    if not back.hole.any():
        return (main,), float(outside.mean())
    at_x, at_y = ready.analysis.camera.place(-time, *grid(height, width))
    lag = _nearest(ready.plate.lag.astype(np.float32), at_x, at_y)
    shift_x = _nearest(ready.plate.offset[..., 0], at_x, at_y)
    shift_y = _nearest(ready.plate.offset[..., 1], at_x, at_y)
    invented = _nearest(ready.plate.invented.astype(np.float32), at_x, at_y)
    behind_x, behind_y = at_x + shift_x, at_y + shift_y
    views = [main]
    for used in np.unique(lag[back.hole > 0]):
        source = ready.sources[int(used)]
        for made_up in (False, True):
            here = (lag == used) & ((invented > 0) == made_up)
            weight = np.where(here, back.hole, 0.0).astype(np.float32)
            if weight.any():
                views.append(View(source, behind_x, behind_y, weight, made_up))
    share = float(np.maximum(outside, back.hole * invented).mean())
    return tuple(views), share


def _nearest(field: Floats, x: Floats, y: Floats) -> Floats:
    read = cv2.remap(field, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.float32)
