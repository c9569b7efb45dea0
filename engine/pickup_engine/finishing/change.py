"""What an edited keyframe changed, at full size, and how it lies on top of the source.

Where an edit kept the source's texture (a recoloured shirt), a line per channel, fitted in a small
window (He, Sun, Tang, "Guided Image Filtering", 2013), tells it from the source; where it covers
the source (a painted mark), that line is flat. So one formula carries both to other frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Bytes, Floats

_STEP = 257
"""16-bit steps in one of 8 bits."""

_ROUNDING = 1.6
"""8-bit steps by which an image file of an unchanged picture differs from it at most."""

_NOISY = 0.75
"""8-bit steps, lower quartile of the difference: above, the file was compressed with loss."""

_TOLERANCES = (_ROUNDING, 10.0)
_WINDOW = 1 / 96
"""Width of the fit's window as a share of the longer side."""

_FLAT = (2.5 / 255) ** 2
"""Variance below which the source has no texture that an edit could have kept."""

_STEEPEST = 2.5
_REDUCED = 480
"""Longer side at which the line is fitted: it is smooth."""


@dataclass(frozen=True)
class Change:
    """edited, base: (h, w, 3), the keyframe and the picture that it is a copy of. share: (h, w) in
    0..255, how surely a pixel was changed. gain: (h', w', 3), the slope of the line, small."""

    edited: Picture
    base: Picture
    share: Bytes
    gain: Floats


def find_change(base: Picture, edited: Picture) -> Change:
    """Compare an edited picture to its original, both (h, w, 3) uint16."""
    share = changed_share(base, edited)
    return Change(edited, base, share, _gain(base, edited, share))


def changed_share(base: Picture | Bytes, edited: Picture | Bytes) -> Bytes:
    """(h, w) in 0..255: 0 where the pictures differ by what a file's rounding or compression does,
    255 where somebody painted. Both (h, w, 3), 8 or 16 bit."""
    scale = np.float32(1 if base.dtype == np.uint8 else _STEP)
    apart = (cv2.absdiff(base, edited).max(axis=2) / scale).astype(np.float32)
    usual = float(np.quantile(apart, 0.25))
    least = float(np.clip(_ROUNDING + 3 * max(0.0, usual - 0.5), *_TOLERANCES))
    share = np.clip((apart - least) / least, 0, 1)
    if usual > _NOISY:
        share *= _without_specks(apart > 2 * least)
    return np.asarray(np.rint(share * 255), np.uint8)


def _without_specks(sure: NDArray[np.bool_]) -> Floats:
    """1 around what holds a block of 3 x 3 changed pixels, 0 elsewhere."""
    core = cv2.morphologyEx(sure.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cv2.dilate(core, np.ones((7, 7), np.uint8)).astype(np.float32)


def _gain(base: Picture, edited: Picture, share: Bytes) -> Floats:
    """Slope of the edited values over the original ones around each place, 0 where flat."""
    height, width = share.shape
    scale = min(1.0, _REDUCED / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    old, new, mask = (
        np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
        for plane in (base, edited, share)
    )
    old, new = old * np.float32(1 / WHITE), new * np.float32(1 / WHITE)
    mask = np.asarray(mask[..., None] / np.float32(255) + np.float32(1e-4), np.float32)
    side = 2 * max(1, round(max(size) * _WINDOW)) + 1
    total = _box(mask, side)[..., None]
    mean_old, mean_new = _box(old * mask, side) / total, _box(new * mask, side) / total
    variance = _box(old * old * mask, side) / total - mean_old**2
    shared = _box(old * new * mask, side) / total - mean_old * mean_new
    gain = np.clip(shared / (np.maximum(variance, 0) + _FLAT), 0, _STEEPEST)
    return np.asarray(_box(np.asarray(gain * mask, np.float32), side) / total, np.float32)


def _box(plane: Floats, side: int) -> Floats:
    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
