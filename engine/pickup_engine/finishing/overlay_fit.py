"""How sharp and grainy a shot is at the place of a cut-out, and copies of the cut-out for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.cutout import CutoutImage
from pickup_engine.finishing.grain import GrainProfile, frame_grain, measure_grain
from pickup_engine.finishing.overlay_place import box_of, scale_of
from pickup_engine.finishing.softness import softness
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Floats, Overlay

_STEP: Final = 1.15
"""A copy is at most so much larger than its place: area means before cubic reading."""
_SPOTS: Final = 3
_MOST: Final = 0.02
"""Sigma of the blur at most, as a share of the picture's height: more is a failed measurement."""


def luma(picture: NDArray[np.generic]) -> Floats:
    """(h, w) 0..1 of 16-bit codes, BT.709 weights."""
    weights = np.array([0.2126, 0.7152, 0.0722], np.float32) / WHITE
    return np.asarray(picture.astype(np.float32) @ weights, np.float32)


class Thing:
    """Copies of a cut-out at the sizes it is needed in, (h, w, 4) float32 0..1, multiplied by its
    alpha."""

    def __init__(self, image: CutoutImage) -> None:
        share = image.alpha.astype(np.float32)[..., None] / WHITE
        self._full = np.concatenate([image.picture.astype(np.float32) / WHITE * share, share], 2)
        self._copies: dict[int, Floats] = {}

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the full-size pixels."""
        return self._full.shape[0], self._full.shape[1]

    def at(self, scale: float) -> Floats:
        """A copy for a place that is `scale` times its size; never larger than its own pixels."""
        level = min(0, math.ceil(math.log(max(scale, 1e-6)) / math.log(_STEP)))
        if level == 0:
            return self._full
        if level not in self._copies:
            height, width = (max(2, round(side * _STEP**level)) for side in self.size)
            self._copies[level] = np.asarray(
                cv2.resize(self._full, (width, height), interpolation=cv2.INTER_AREA), np.float32
            )
        return self._copies[level]


@dataclass(frozen=True)
class ShotFit:
    """shot: sigma in pixels of the shot's sharp edges near the place, None = not told. thing: the
    same of the cut-out at `scale`. grain: what is to be added. most: limit of the added blur."""

    shot: float | None
    thing: float | None
    scale: float
    grain: GrainProfile
    most: float

    def told(self) -> dict[str, object]:
        """For the recipe; lengths in pixels, grain in shares of full scale."""
        return {
            "shot_softness": None if self.shot is None else round(self.shot, 2),
            "blurred_by": round(self.more_blur(self.scale), 2),
            "grain": [round(level / WHITE, 5) for level in self.grain.level],
            "scale": round(self.scale, 3),
        }

    def more_blur(self, scale: float) -> float:
        """Sigma that a cut-out at `scale` lacks; 0 where it is as soft as the shot."""
        if self.shot is None or self.thing is None:
            return 0.0
        own = self.thing * scale / self.scale
        return min(self.most, math.sqrt(max(0.0, self.shot**2 - own**2)))


def fit_to_shot(overlay: Overlay, thing: Thing, picture_of: Callable[[int], Picture]) -> ShotFit:
    """Measure a few pictures of the shot, once for all frames: what is measured in every frame
    flickers."""
    shown = [k for k, placed in enumerate(overlay.frames) if placed is not None]
    spots = [shown[n] for n in np.unique(np.linspace(0, len(shown) - 1, _SPOTS).astype(int))]
    sigmas = [found for k in spots if (found := _around(overlay, k, picture_of(k))) is not None]
    size = picture_of(spots[0]).shape[:2]
    first = overlay.frames[spots[0]]
    assert first is not None
    scale = min(1.0, scale_of(first, thing.size, size))
    copy = thing.at(scale)
    inside = cv2.erode((copy[..., 3] > 0.98).astype(np.uint8), np.ones((7, 7))) > 0
    own = softness(luma(copy[..., :3] * WHITE), inside)
    pairs = [(picture_of(k), picture_of(k + 1)) for k in spots if k + 1 < len(overlay.frames)]
    shot = measure_grain([picture_of(k) for k in spots])
    if pairs:
        # Texture counts as grain in the one, motion in the other: the lesser is nearer.
        shot = min(shot, frame_grain(pairs), key=lambda grain: sum(grain.level))
    return ShotFit(float(np.median(sigmas)) if sigmas else None, own, scale, shot, _MOST * size[0])


def _around(overlay: Overlay, k: int, picture: Picture) -> float | None:
    """Softness of the picture near the place, of all of it where there are no edges."""
    placed = overlay.frames[k]
    assert placed is not None
    box, light = box_of(placed, picture.shape[:2]), luma(picture)
    if box is not None:
        near = np.zeros(light.shape, np.bool_)
        near[box.slices] = True
        found = softness(light, near)
        if found is not None:
            return found
    return softness(light, np.ones(light.shape, np.bool_))
