"""Pictures of a shot's structure that a restyle follows: edges, grey, motion or depth.

All of them are calm in time: what is measured on a picture is scaled by numbers of the whole run.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import cv2
import numpy as np

from pickup.protocol import Control
from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.flow import dense_flow
from pickup_engine.worker.backends.motion.flow import grey as luma_of

_CALM: Final = 1.4
"""Blur in pixels at a height of 480 before edges are sought: grain must not draw lines."""

_STRONG: Final = 92.0
"""Percentile of the run's gradients above which an edge begins; it is followed down to 0.4 of
that."""

_WEAK: Final = 0.4
_BOLD: Final = 400
"""Shorter side, in pixels, from which lines are three pixels wide, as those of scribbles are: the
autoencoder makes one number of eight pixels, and a line of one is lost in it."""

_FASTEST: Final = 99.0
"""Percentile of the run's motion that is shown in full colour."""

Step = Callable[[], None]


def edges(pictures: Bytes, step: Step) -> Bytes:
    """White lines on black, as scribbles are, with thresholds of the whole run."""
    sigma = max(0.8, _CALM * min(pictures.shape[1:3]) / 480)
    calm = [cv2.GaussianBlur(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), (0, 0), sigma)
            for one in pictures]  # fmt: skip
    gradients = []
    for one in calm:
        x, y = (cv2.Sobel(one, cv2.CV_16S, dx, 1 - dx) for dx in (1, 0))
        gradients.append((x, y))
    sample = [np.abs(x[::4, ::4].astype(np.int32)) + np.abs(y[::4, ::4]) for x, y in gradients]
    strong = max(40.0, float(np.percentile(np.stack(sample), _STRONG)))
    bold = min(pictures.shape[1:3]) >= _BOLD
    pen = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    drawn = np.empty_like(pictures)
    for k, (x, y) in enumerate(gradients):
        lines = cv2.Canny(x, y, _WEAK * strong, strong)
        drawn[k] = (cv2.dilate(lines, pen) if bold else lines)[..., None]
        step()
    return drawn


def grey(pictures: Bytes, step: Step) -> Bytes:
    """Light without colour (luma of BT.709)."""
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32)
    drawn = np.empty_like(pictures)
    for k, one in enumerate(pictures):
        drawn[k] = np.rint(one @ weights).astype(np.uint8)[..., None]
        step()
    return drawn


def flow(pictures: Bytes, step: Step) -> Bytes:
    """Motion since the picture before: direction as hue, speed as saturation, white is still. The
    first picture shows the motion of the second."""
    luma = [luma_of(one) for one in pictures]
    still = np.zeros((*pictures.shape[1:3], 2), np.float32)
    motion: list[Floats] = []
    for before, after in pairwise(luma):
        motion.append(dense_flow(before, after))
        step()
    motion = [motion[0] if motion else still, *motion]
    speed = np.stack([np.linalg.norm(one[::4, ::4], axis=-1) for one in motion])
    # Below half a pixel it is the measure that moves, not the shot.
    fastest = max(0.5, float(np.percentile(speed, _FASTEST)))
    step()
    return np.stack([_wheel(one, fastest) for one in motion])


def levels(planes: Floats) -> Bytes:
    """(n, h, w) of any scale as grey pictures; the run's least is black, its most white."""
    low, high = float(planes.min()), float(planes.max())
    codes = np.rint((planes - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    return np.repeat(codes[..., None], 3, axis=-1)


def _wheel(motion: Floats, fastest: float) -> Bytes:
    speed, angle = cv2.cartToPolar(motion[..., 0], motion[..., 1], angleInDegrees=True)
    hue = np.minimum(angle / 2, 179)
    saturation = np.minimum(speed / fastest, 1) * 255
    wheel = np.stack([hue, saturation, np.full_like(hue, 255)], axis=-1)
    return cv2.cvtColor(np.rint(wheel).astype(np.uint8), cv2.COLOR_HSV2RGB).astype(np.uint8)


DRAWN: Final[dict[Control, Callable[[Bytes, Step], Bytes]]] = {
    Control.EDGES: edges,
    Control.GREY: grey,
    Control.FLOW: flow,
}
"""Controls that need no model; each calls `step` once for every picture."""
