"""The background behind what moves, as positions in real pictures.

A plate is drawn in the coordinates of the reference frame. Where the reference itself shows the
background, the plate is the reference; behind moving things it is an earlier picture that shows the
place uncovered; where none does, the nearest background is mirrored in and counts as invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.camera import Camera, fit_camera
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.flow import dense_flow, grey, grid

_APART = 0.20
"""Motion against the camera, in clip scales over 16 frames, that is not background's."""

_STILL = 0.12
"""The same in pixels per frame: less is the noise of the flow."""

_MARGIN = 5
"""Pixels that a moving thing is widened by: flow bleeds so far over edges."""

_MOSTLY = 0.6
"""With more of the picture moving against the camera, the camera is not known."""

_LAGS = (4, 8, 16)

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Plate:
    """lag: (h, w) int32, which picture to read (0 = reference). offset: (h, w, 2), added to a plate
    position to get the position in it. invented: (h, w), true where the place was never seen."""

    lag: NDArray[np.int32]
    offset: Floats
    invented: Mask


def moving_mask(analysis: Analysis) -> Mask:
    """(h, w), true where the reference moves against its camera; all false if that is unknown."""
    height, width = analysis.velocity.shape[:2]
    against = np.linalg.norm(
        analysis.velocity - analysis.camera.displacement(1.0, *grid(height, width)), axis=-1
    )
    mask = against > max(_STILL, _APART * analysis.scale / SPAN)
    if float(mask.mean()) > _MOSTLY:
        return np.zeros_like(mask)
    return _widen(mask)


def make_plate(pictures: Bytes, analysis: Analysis) -> Plate:
    """Build the plate from (n, h, w, 3) pictures in time order, the last is the reference."""
    height, width = analysis.velocity.shape[:2]
    lag = np.zeros((height, width), np.int32)
    offset = np.zeros((height, width, 2), np.float32)
    mask = moving_mask(analysis)
    missing = mask.copy()
    x, y = grid(height, width)
    for back, (flow, camera) in _earlier(pictures, analysis, missing).items():
        at_x, at_y = camera.place(-back, x, y)
        free = missing & ~_covered(mask, flow, at_x, at_y)
        lag[free] = back
        offset[free] = np.stack([at_x - x, at_y - y], axis=-1)[free]
        missing &= ~free
    if missing.any() and not mask.all():
        offset[missing] = _mirror(mask, missing)
    return Plate(lag, offset, missing)


def _earlier(
    pictures: Bytes, analysis: Analysis, missing: Mask
) -> Mapping[int, tuple[Floats, Camera]]:
    if not missing.any():
        return {}
    now = grey(pictures[-1])
    found: dict[int, tuple[Floats, Camera]] = {}
    for back in _LAGS:
        if back < len(pictures):
            flow = analysis.flows.get(back)
            if flow is None:
                flow = dense_flow(now, grey(pictures[-1 - back]))
            found[back] = flow, fit_camera(flow, back)
    return found


def _covered(mask: Mask, flow: Floats, at_x: Floats, at_y: Floats) -> Mask:
    """Whether each plate pixel was hidden, or outside the picture, in the earlier one."""
    height, width = mask.shape
    x, y = grid(height, width)
    column = np.rint(x + flow[..., 0])[mask].astype(int)
    row = np.rint(y + flow[..., 1])[mask].astype(int)
    inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
    hidden = np.zeros((height, width), np.bool_)
    hidden[row[inside], column[inside]] = True
    there = cv2.remap(_widen(hidden).astype(np.uint8), at_x, at_y, cv2.INTER_NEAREST, borderValue=1)
    return np.asarray(there > 0)


def _mirror(mask: Mask, missing: Mask) -> Floats:
    """Offsets of missing pixels to their mirror image at the nearest background, (n, 2)."""
    height, width = mask.shape
    _, labels = cv2.distanceTransformWithLabels(
        mask.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    free = ~mask
    place = np.zeros((int(labels.max()) + 1, 2), np.float32)
    x, y = grid(height, width)
    place[labels[free]] = np.stack([x[free], y[free]], axis=-1)
    nearest = place[labels[missing]]
    here = np.stack([x[missing], y[missing]], axis=-1)
    target = np.clip(2 * nearest - here, 0, [width - 1, height - 1]).astype(np.float32)
    column, row = np.rint(target).astype(int).T
    hit = mask[row, column]
    target[hit] = nearest[hit]
    return np.asarray(target - here, np.float32)


def _widen(mask: Mask) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_MARGIN, _MARGIN))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.dilate(closed, kernel) > 0)
