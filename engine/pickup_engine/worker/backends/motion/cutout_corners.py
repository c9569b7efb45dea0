"""Corners of one frame, found again in others (Lucas and Kanade, there and back)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.inpaint_camera import Matrix
from pickup_engine.worker.backends.motion.inpaint_types import Mask

FEWEST = 8
_MOST = 260
_QUALITY = 0.004
_APART = 4
_WINDOW = (17, 17)
_LEVELS = 3
_THERE_AND_BACK = 0.5
_BORDER = 2


@dataclass(frozen=True)
class Anchor:
    """A frame whose corners are looked for. points: (n, 2) pixels; grey: (h, w). move: (3, 3),
    pixels of frame 0 to pixels of this frame."""

    grey: Bytes
    points: Floats
    move: Matrix


def corners(grey: Bytes, mask: Mask, move: Matrix) -> Anchor:
    """An anchor with the corners inside a mask (h, w)."""
    raw = cv2.goodFeaturesToTrack(
        grey, _MOST, _QUALITY, _APART, mask=mask.astype(np.uint8), blockSize=5
    )
    points = np.zeros((0, 2), np.float32) if raw is None else raw.reshape(-1, 2)
    return Anchor(grey, np.asarray(points, np.float32), move)


def found_again(anchor: Anchor, grey: Bytes, guess: Matrix) -> tuple[Floats, Floats] | None:
    """Corners of the anchor and where they are in another frame, both (n, 2); None with too few.

    guess: (3, 3), pixels of frame 0 to pixels of that frame, about. The frame is first warped by
    it: what is left to find is small, and neither turned nor scaled.
    """
    if len(anchor.points) < FEWEST:
        return None
    there = np.asarray(guess @ np.linalg.inv(anchor.move), np.float64)
    size = (grey.shape[1], grey.shape[0])
    warped = cv2.warpPerspective(
        grey, there, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    seen = _as_bright(np.asarray(warped, np.uint8), anchor.grey)
    start = anchor.points.reshape(-1, 1, 2)
    end, there_ok = _followed(anchor.grey, seen, start, start)
    back, back_ok = _followed(seen, anchor.grey, end, start)
    apart = np.linalg.norm((back - start).reshape(-1, 2), axis=1)
    at = cv2.perspectiveTransform(end.astype(np.float64), there).reshape(-1, 2)
    inside = np.all((at >= _BORDER) & (at <= np.array(size) - 1 - _BORDER), axis=1)
    good = there_ok & back_ok & (apart < _THERE_AND_BACK) & inside
    if int(good.sum()) < FEWEST:
        return None
    return anchor.points[good], np.asarray(at[good], np.float32)


def joined(
    one: tuple[Floats, Floats] | None, other: tuple[Floats, Floats] | None
) -> tuple[Floats, Floats] | None:
    """The corners of two anchors of one frame together."""
    if one is None or other is None:
        return one or other
    return np.vstack([one[0], other[0]]), np.vstack([one[1], other[1]])


def _followed(here: Bytes, there: Bytes, start: Floats, guess: Floats) -> tuple[Floats, Mask]:
    end, ok, _ = cv2.calcOpticalFlowPyrLK(
        here, there, start, guess.copy(), winSize=_WINDOW, maxLevel=_LEVELS,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )  # fmt: skip
    return np.asarray(end, np.float32), np.asarray(ok.ravel() > 0, np.bool_)


def _as_bright(picture: Bytes, other: Bytes) -> Bytes:
    """A grey picture with the exposure of another: optical flow takes light for motion."""
    gain = float(other.mean() + 1) / float(picture.mean() + 1)
    return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)
