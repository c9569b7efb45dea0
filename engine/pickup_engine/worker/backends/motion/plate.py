"""The background behind what moves, as positions in real pictures.

A plate is drawn in the coordinates of the reference frame. Where the reference itself shows the
background, the plate is the reference; behind moving things it is an earlier picture that shows the
place uncovered; where none does, background from beside it is copied in and counts as invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.clone import cloned_in
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.flow import grid
from pickup_engine.worker.backends.motion.uncovered import Uncovered, uncovered, widened

_APART = 0.20
"""Motion against the camera, in clip scales over 16 frames, that is not background's."""

_STILL = 0.12
"""The same in pixels per frame: less is the noise of the flow."""

_ALIKE = 5.0
"""8-bit steps, of the most different channel, by which background differs from itself."""

_PATCH = (5, 5)

_MOSTLY = 0.6
"""With more of the picture moving against the camera, the camera is not known."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Plate:
    """lag: (h, w) int32, which picture to read (0 = reference). offset: (h, w, 2), added to a plate
    position to get the position in it. invented: (h, w), true where the place was never seen.
    ground: (h, w), true where the reference itself shows the background beside a moving thing,
    although the flow, which bleeds over edges, says that it moves."""

    lag: NDArray[np.int32]
    offset: Floats
    invented: Mask
    ground: Mask


def moving_mask(analysis: Analysis) -> Mask:
    """(h, w), true where the reference moves against its camera; all false if that is unknown."""
    height, width = analysis.velocity.shape[:2]
    against = np.linalg.norm(
        analysis.velocity - analysis.camera.displacement(1.0, *grid(height, width)), axis=-1
    )
    mask = against > _moving(analysis)
    if float(mask.mean()) > _MOSTLY:
        return np.zeros_like(mask)
    return widened(mask)


def make_plate(pictures: Bytes, analysis: Analysis) -> Plate:
    """Build the plate from (n, h, w, 3) pictures in time order, the last is the reference."""
    mask = moving_mask(analysis)
    found = uncovered(pictures, analysis, mask, _moving(analysis))
    missing = mask & (found.lag == 0)
    if missing.any() and not mask.all():
        shift, done = cloned_in(pictures[-1], mask, missing)
        found.offset[done] = shift[done]
        left = missing & ~done
        if left.any():
            found.offset[left] = mirrored_in(mask, left)
    return Plate(found.lag, found.offset, missing, _ground(pictures[-1], found, mask))


def _ground(reference: Bytes, found: Uncovered, mask: Mask) -> Mask:
    """Where the reference looks as the place does when nothing hides it. Only what is connected
    with the background around: a thing may have the colour of what is behind it."""
    known = mask & (found.lag > 0)
    if not known.any():
        return known
    apart = np.abs(reference.astype(np.float32) - found.picture).max(axis=-1)
    alike = known & (cv2.boxFilter(apart, -1, _PATCH) < _ALIKE)
    thing = cv2.morphologyEx((mask & ~alike).astype(np.uint8), cv2.MORPH_CLOSE, np.ones(_PATCH))
    _, labels = cv2.connectedComponents(1 - thing, connectivity=4)
    outside = np.unique(labels[~mask])
    return np.asarray(known & (thing == 0) & np.isin(labels, outside))


def _moving(analysis: Analysis) -> float:
    """Pixels per frame against the camera from which on a thing moves."""
    return max(_STILL, _APART * analysis.scale / SPAN)


def mirrored_in(mask: Mask, missing: Mask) -> Floats:
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
