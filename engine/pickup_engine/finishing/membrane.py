"""Fit a filled region to the light around it.

Pixels that come from other moments of a shot carry those moments' exposure. What they differ by in
a narrow ring outside the matte is spread smoothly over the inside and added: the membrane of Pérez,
Gangnet and Blake, "Poisson Image Editing", 2003, solved by pull-push instead of exactly.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from pickup_engine.finishing.fill import fill_holes
from pickup_engine.finishing.matte import Mask, grown
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Floats

_TOLERANCE: Final = 0.04 * WHITE
"""What differs by more than this from the ring's median is no light but the object's own edge or
shadow: not followed."""

_CELLS: Final = 24
"""Cells along the longer side that the ring is compared in: light is smooth, texture is not."""

_ALIKE: Final = 12.0
"""Neighbouring pixels err alike: so many count as one when a cell's noise is told."""


def fit_to_surroundings(
    made: Picture, source: Picture, matte: Mask, inner: int, outer: int
) -> Picture:
    """`made` with the light of `source` around `matte`.

    made, source: (h, w, 3); `made` must hold real pixels up to `outer` pixels outside the matte.
    The ring that is compared lies between `inner` and `outer` pixels from the matte's edge.
    """
    ring = grown(matte, outer) & ~grown(matte, inner)
    if not ring.any():
        return made
    difference = source.astype(np.float32) - made.astype(np.float32)
    usual = np.median(difference[ring], axis=0)
    size = np.abs(difference - usual).max(axis=2)
    trust = np.where(ring, np.exp(-((size / _TOLERANCE) ** 2)), 0.0).astype(np.float32)
    if float(trust.sum()) < _ALIKE:
        return made
    fitted = np.rint(np.clip(made + _light(difference, trust), 0, WHITE)).astype(np.uint16)
    return np.where(matte[..., None], fitted, made)


def _light(difference: Floats, trust: Floats) -> Floats:
    """The smooth part of (h, w, 3) `difference`, known where `trust` (h, w) is, spread over all.

    Shrunk by the share of it that texture which does not quite match explains (Wiener): where light
    is the same on both sides nothing is added.
    """
    height, width = trust.shape
    scale = min(1.0, _CELLS / max(height, width))
    cells = max(1, round(width * scale)), max(1, round(height * scale))
    weight = np.asarray(cv2.resize(trust, cells, interpolation=cv2.INTER_AREA))
    total = np.asarray(
        cv2.resize(difference * trust[..., None], cells, interpolation=cv2.INTER_AREA)
    )
    mean = total / np.maximum(weight, 1e-9)[..., None]
    spread = _noise(difference, trust, np.asarray(mean, np.float32))
    pixels = weight * (height * width / (cells[0] * cells[1])) / _ALIKE
    # Of the energy of the cells' means, what their noise would make by itself is no light.
    share = weight / weight.sum()
    energy = float((share[..., None] * mean**2).sum())
    noise = float((share * spread / np.maximum(pixels, 1.0)).sum())
    signal = max(0.0, 1.0 - noise / max(energy, 1e-9))
    known = np.minimum(1.0, pixels).astype(np.float32)
    filled = fill_holes(np.asarray(mean * known[..., None], np.float32), known) * signal
    return np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC))


def _noise(difference: Floats, trust: Floats, mean: Floats) -> float:
    """Variance of the difference about its cells' means, summed over channels."""
    height, width = trust.shape
    smooth = np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_NEAREST))
    return float((((difference - smooth) ** 2).sum(axis=2) * trust).sum() / trust.sum())
