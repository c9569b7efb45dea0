"""Earlier pictures that show what is hidden now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.camera import Camera, fit_camera
from pickup_engine.worker.backends.motion.features import Analysis
from pickup_engine.worker.backends.motion.flow import dense_flow, grey, grid, sample

_LAGS = (2, 4, 6, 8, 12, 16, 24, 32)
_FAR = 16
"""Frames: over more, flow cannot tell how a moving camera has moved."""

_MISPLACED = 12.0
"""8-bit steps: an earlier picture whose background differs by more is not in place."""

_ALIKE = 6.0
"""8-bit steps within which earlier pictures agree on a place; the latest of them is shown."""

Mask = NDArray[np.bool_]


class Uncovered(NamedTuple):
    """lag: (h, w) int32, which earlier picture shows the place, 0 = none. offset: (h, w, 2), added
    to a position of the reference to get the one in it. picture: (h, w, 3), the reference with
    these places as they were then."""

    lag: NDArray[np.int32]
    offset: Floats
    picture: Bytes


class _Earlier(NamedTuple):
    lag: int
    x: Floats
    y: Floats
    picture: Bytes
    free: Mask


def uncovered(pictures: Bytes, analysis: Analysis, mask: Mask, moving: float) -> Uncovered:
    """Look for what `mask` (h, w) hides in the last of (n, h, w, 3) pictures.

    moving: pixels per frame against the camera from which on a thing moves. Pictures that show a
    place free of moving things vote on it; the latest one that shows what the median shows is
    taken: a thing that moved unnoticed is outvoted.
    """
    height, width = mask.shape
    found = Uncovered(
        np.zeros((height, width), np.int32),
        np.zeros((height, width, 2), np.float32),
        pictures[-1].copy(),
    )
    shown = list(_earlier(pictures, analysis, mask, moving))
    if not shown or not mask.any():
        return found
    colours = np.stack([each.picture[mask] for each in shown]).astype(np.float32)
    hidden = ~np.stack([each.free[mask] for each in shown])
    colours[hidden] = np.nan
    seen = ~hidden.all(axis=0)
    usual = np.zeros(colours.shape[1:], np.float32)
    usual[seen] = np.nanmedian(colours[:, seen], axis=0)
    apart = np.abs(colours - usual).max(axis=-1)
    apart[hidden] = np.inf
    latest = np.argmax(apart <= np.maximum(apart.min(axis=0), _ALIKE), axis=0)
    chosen = np.zeros((height, width), np.intp)
    chosen[mask] = np.where(seen, latest, len(shown))
    x, y = grid(height, width)
    for index, each in enumerate(shown):
        here = mask & (chosen == index)
        found.lag[here] = each.lag
        found.picture[here] = each.picture[here]
        found.offset[here] = np.stack([each.x - x, each.y - y], axis=-1)[here]
    return found


def _earlier(pictures: Bytes, analysis: Analysis, mask: Mask, moving: float) -> Iterator[_Earlier]:
    """Earlier pictures as the reference would show them, latest first."""
    reference = pictures[-1].astype(np.float32)
    now = grey(pictures[-1])
    x, y = grid(*mask.shape)
    still = analysis.camera.is_still
    for lag in _LAGS:
        if lag + 1 >= len(pictures) or (lag > _FAR and not still):
            return
        camera = analysis.camera
        if not still:
            flow = analysis.flows.get(lag)
            if flow is None:
                flow = dense_flow(now, grey(pictures[-1 - lag]))
            camera = fit_camera(flow, lag)
        at_x, at_y = camera.place(-lag, x, y)
        picture = sample(pictures[-1 - lag], at_x, at_y)
        apart = np.abs(picture - reference).mean(axis=-1)[~mask]
        if apart.size and float(np.median(apart)) > _MISPLACED:
            continue
        moves = _moves(pictures[-2 - lag : len(pictures) - lag], camera, moving).astype(np.uint8)
        busy = cv2.remap(moves, at_x, at_y, cv2.INTER_NEAREST, borderValue=1)
        yield _Earlier(lag, at_x, at_y, picture.astype(np.uint8), np.asarray(busy == 0))


def _moves(pair: Bytes, camera: Camera, moving: float) -> Mask:
    """(h, w), true where the second of two neighbouring pictures moves against the camera."""
    flow = dense_flow(grey(pair[1]), grey(pair[0]))
    height, width = flow.shape[:2]
    against = np.linalg.norm(flow - camera.displacement(-1.0, *grid(height, width)), axis=-1)
    return widened(against > moving)


_MARGIN = 5
"""Pixels that a moving thing is widened by: flow bleeds so far over edges."""


def widened(mask: Mask) -> Mask:
    """A mask without single pixels, grown by the bleeding of flow."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_MARGIN, _MARGIN))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.dilate(closed, kernel) > 0)
