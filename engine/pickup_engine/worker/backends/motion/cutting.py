"""Cut a thing out along its edges, from a rough idea of where it is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats

_ROUNDS = 4
_SOFT = 0.8
"""Pixels: the matte's edge is as soft as the model's size is coarse."""

_AROUND = 2.5
_APART = 18.0
"""CIE Lab distance (in 8-bit steps) between the two sides of an outline that makes it an edge."""

_LEAST = 16
"""Pixels on each side of the line below which colours cannot be told apart."""


def cut_out(picture: Bytes, rough: NDArray[np.bool_], inner: int, outer: int) -> Floats:
    """The matte (h, w) in 0..1 of the thing that `rough` (h, w) roughly covers.

    From `inner` pixels inside its outline to `outer` outside colour decides (GrabCut, Rother et
    al., 2004); beyond that the outline is believed. Where there is too little of either, it is
    taken as is.
    """
    mask = rough.astype(np.uint8)
    labels = np.where(mask > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[cv2.erode(mask, _disc(inner)) > 0] = cv2.GC_FGD
    labels[cv2.dilate(mask, _disc(outer)) == 0] = cv2.GC_BGD
    return soft(grab(picture, labels))


def _disc(radius: int) -> Bytes:
    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def grab(picture: Bytes, labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """GrabCut of (h, w, 3) from its labels (h, w); what they say where colours cannot be learnt."""
    before = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    if min(int(before.sum()), int((~before).sum())) < _LEAST:
        return np.asarray(before)
    # Its colour clusters start from OpenCV's own chance.
    cv2.setRNGSeed(1)
    # Any: the binding's types do not know that with a mask there is no rectangle.
    grab_cut: Any = cv2.grabCut
    found, _, _ = grab_cut(
        picture,
        labels.copy(),
        None,
        np.zeros((1, 65), np.float64),
        np.zeros((1, 65), np.float64),
        _ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    cut = (found == cv2.GC_FGD) | (found == cv2.GC_PR_FGD)
    tidy = cv2.morphologyEx(cut.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    tidy = cv2.morphologyEx(tidy, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.asarray(tidy > 0)


def soft(mask: NDArray[np.bool_]) -> Floats:
    """A mask (h, w) as a matte with soft edges, shrunk by as much as they are soft."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT)
    return np.asarray(np.clip((blurred - 0.35) / 0.6, 0, 1), np.float32)


def without_edge(picture: Bytes, matte: Floats) -> float:
    """Share of a matte's outline, inside the picture, along which both sides look alike: there the
    cut goes through a thing. 0 where there is no outline."""
    inside = (matte > 0.5).astype(np.uint8)
    outline = inside - cv2.erode(inside, _disc(1), borderValue=1)
    if not outline.any():
        return 0.0
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    sides = [_mean_of(lab, share) for share in (inside, 1 - inside)]
    apart = np.linalg.norm(sides[0] - sides[1], axis=-1)
    return float((apart[outline > 0] < _APART).mean())


def _mean_of(field: Floats, mask: NDArray[np.uint8]) -> Floats:
    """What is around each pixel, of those in a mask."""
    weight = mask.astype(np.float32)
    total = cv2.GaussianBlur(field * weight[..., None], (0, 0), _AROUND)
    near = cv2.GaussianBlur(weight, (0, 0), _AROUND)
    return np.asarray(total / (near[..., None] + 1e-3), np.float32)
