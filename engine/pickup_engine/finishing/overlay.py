"""A cut-out laid over the source: placed from its own full-size pixels, with light, blur and grain.

Everything happens in the smallest rectangle that holds the cut-out and its shadow; the rest of the
source is not touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.cutout import CutoutImage
from pickup_engine.finishing.grain import add_grain
from pickup_engine.finishing.guided import guided
from pickup_engine.finishing.overlay_fit import ShotFit, Thing, fit_to_shot, luma
from pickup_engine.finishing.overlay_place import (
    Box,
    box_of,
    in_pixels,
    scale_of,
    shifted,
    thing_to_shares,
)
from pickup_engine.finishing.shadow import contact_shadow
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Floats, Overlay, Placed

_GAMMA: Final = 2.4
"""Of the display that codes are meant for (BT.1886)."""
_LEAST_ALPHA: Final = 64
"""Codes below one step of a 10-bit alpha are none: the stored patch is what was measured."""
_STILL: Final = 1.5
"""Full-size pixels that a thing may move while the shutter is open before it is smeared."""
_REFINED: Final = 2
"""Model pixels within which the edge of what passes in front is put on the picture's edges."""


class OverlayRenderer:
    """Renders the frames of an `Overlay` over pictures of one size."""

    def __init__(
        self, overlay: Overlay, image: CutoutImage, picture_of: Callable[[int], Picture]
    ) -> None:
        """picture_of: frame number -> the source's (H, W, 3) picture."""
        self._overlay = overlay
        self._picture_of = picture_of
        self._thing = Thing(image)
        self._shadow = contact_shadow(np.asarray(image.alpha / WHITE, np.float32))
        self._fit: ShotFit | None = None

    def frame(self, k: int) -> tuple[Picture, NDArray[np.uint16]]:
        """The source's picture of frame `k` with the cut-out's colours where alpha is above 0, and
        that (H, W) alpha, 65535 opaque, to be blended by whoever shows it."""
        source = self._picture_of(k)
        size = source.shape[:2]
        alpha = np.zeros(size, np.uint16)
        placed = self._overlay.frames[k]
        box = None if placed is None else box_of(placed, size)
        if placed is None or box is None:
            return source, alpha
        colour, share = self._painted(k, placed, box, source)
        codes = np.rint(share * WHITE).astype(np.uint16)
        codes[codes < _LEAST_ALPHA] = 0
        alpha[box.slices] = codes
        made = source.copy()
        made[box.slices] = np.where((codes > 0)[..., None], colour, source[box.slices])
        return made, alpha

    @property
    def fit(self) -> ShotFit:
        """What the shot was measured to be, once."""
        if self._fit is None:
            self._fit = fit_to_shot(self._overlay, self._thing, self._picture_of)
        return self._fit

    def _painted(self, k: int, placed: Placed, box: Box, source: Picture) -> tuple[Picture, Floats]:
        """Colours (h, w, 3) and share (h, w) inside the box."""
        size, overlay = source.shape[:2], self._overlay
        scale = scale_of(placed, self._thing.size, size)
        layer = self._thing.at(scale)
        warped = _warp(layer, in_pixels(placed, layer.shape[:2], size), box)
        warped = _smeared(warped, placed, size)
        more = self.fit.more_blur(scale) if overlay.fit_sharpness else 0.0
        if more > 0:
            warped = np.asarray(cv2.GaussianBlur(warped, (0, 0), more), np.float32)
        own = np.clip(warped[..., 3], 0, 1)
        straight = warped[..., :3] / np.maximum(warped[..., 3:], 1e-4)
        colour = _lit(np.asarray(straight, np.float32), placed)
        ground = thing_to_shares(placed, self._shadow.to_thing)
        below = overlay.shadow * _warp(self._shadow.share, shifted(ground, size), box)
        # The shadow lies under the thing: the two become one layer of straight alpha.
        share = own + below * (1 - own)
        colour *= (own / np.maximum(share, 1e-4))[..., None].astype(np.float32)
        codes = np.clip(np.rint(colour * WHITE), 0, WHITE).astype(np.uint16)
        if overlay.fit_grain:
            seed = (overlay.seed * 1_000_003 + k) & 0x7FFFFFFF
            codes = add_grain(codes, self.fit.grain, seed, np.rint(own * WHITE).astype(np.uint16))
        if placed.hidden is not None:
            share = share * (1 - _hidden(placed.hidden, source, box))
        return codes, np.asarray(share, np.float32)


def _warp(layer: Floats, matrix: Floats, box: Box) -> Floats:
    """A layer of pixels placed by a pixel matrix, as far as it lies in the box."""
    local = matrix.astype(np.float64)
    local[:, 2] -= (box.left, box.top)
    placed = cv2.warpAffine(
        layer, local, (box.width, box.height), flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT, borderValue=0.0,
    )  # fmt: skip
    return np.clip(placed, 0, 1).astype(np.float32)


def _smeared(layer: Floats, placed: Placed, size: tuple[int, int]) -> Floats:
    """The layer as an open shutter sees it while it moves along a line."""
    x, y = placed.travel[0] * size[1], placed.travel[1] * size[0]
    length = float(np.hypot(x, y))
    if length < _STILL:
        return layer
    half = int(np.ceil(length / 2))
    steps = np.linspace(-0.5, 0.5, 4 * half + 1)
    line = np.zeros((2 * half + 3, 2 * half + 3), np.float32)
    for step in steps:
        cx, cy = half + 1 + x * step, half + 1 + y * step
        left, top = int(np.floor(cx)), int(np.floor(cy))
        for row, down in ((top, 1 - (cy - top)), (top + 1, cy - top)):
            for column, across in ((left, 1 - (cx - left)), (left + 1, cx - left)):
                if down * across > 0:
                    line[row, column] += down * across
    return np.asarray(cv2.filter2D(layer, -1, line / line.sum()), np.float32)


def _lit(colour: Floats, placed: Placed) -> Floats:
    """Display codes 0..1 after the layer's one linear map of light."""
    light = np.clip(colour, 0, 1) ** _GAMMA * np.array(placed.gain, np.float32) + placed.offset
    return np.asarray(np.clip(light, 0, 1) ** (1 / _GAMMA), np.float32)


def _hidden(hidden: Floats, source: Picture, box: Box) -> Floats:
    """How much of the box what passes in front covers, its edges on the picture's own."""
    height, width = source.shape[:2]
    x = (np.arange(box.left, box.right, dtype=np.float32) + 0.5) * hidden.shape[1] / width - 0.5
    y = (np.arange(box.top, box.bottom, dtype=np.float32) + 0.5) * hidden.shape[0] / height - 0.5
    at_x, at_y = np.meshgrid(x, y)
    wide = cv2.remap(hidden, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    radius = max(2, round(_REFINED * width / hidden.shape[1]))
    fine = guided(np.asarray(wide, np.float32), luma(source[box.slices]), radius)
    return np.asarray(np.clip((fine - 0.25) * 2, 0, 1), np.float32)
