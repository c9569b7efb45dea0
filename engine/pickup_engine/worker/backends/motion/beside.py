"""What a thing in front hides, filled from beside it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.inpaint_texture import copied
from pickup_engine.worker.backends.motion.plate import mirrored_in

_SHOWN = 0.02
_EDGE, _EVEN = 7, 13
"""Pixels that a matte is widened and closed by before what it hides is filled."""

_CALM = 5


@dataclass(frozen=True)
class Filling:
    """offset: (h, w, 2) from a hidden pixel to the one that is shown instead, 0 where nothing is
    hidden. hidden: (h, w) 1 there, else 0."""

    offset: Floats
    hidden: Floats

    def read(self, x: Floats, y: Floats) -> Filling:
        """The filling of the nearest pixels to positions x, y."""
        field = np.concatenate([self.offset, self.hidden[..., None]], axis=-1)
        read = cv2.remap(field, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        found = np.asarray(read, np.float32)
        return Filling(found[..., :2], found[..., 2])


def copied_in(picture: Bytes, matte: Floats) -> Filling:
    """Fill what a thing with a matte (h, w) hides in a picture (h, w, 3) by texture copied from
    elsewhere in it; what finds none is filled as by `beside`."""
    plain = beside(matte)
    mask = plain.hidden > 0
    pieces = copied(picture.astype(np.float32), mask, ~mask)
    if not pieces:
        return plain
    weights = np.stack([piece.weight for piece in pieces])
    shifts = np.array([(piece.dx, piece.dy) for piece in pieces], np.float32)
    chosen = shifts[weights.argmax(axis=0)]
    found = mask & (weights.max(axis=0) > 0)
    return Filling(np.where(found[..., None], chosen, plain.offset), plain.hidden)


def beside(matte: Floats) -> Filling:
    """Fill what a thing with a matte (h, w) hides by its mirrored surroundings.

    Mirrored along the row, so that a horizon or the edge of a floor goes on behind the thing; where
    a row is hidden from side to side, from the nearest place. The outline is evened first: a jagged
    one mirrors to specks.
    """
    covered = (matte > _SHOWN).astype(np.uint8)
    mask = cv2.dilate(cv2.morphologyEx(covered, cv2.MORPH_CLOSE, _disc(_EVEN)), _disc(_EDGE)) > 0
    offset = np.zeros((*matte.shape, 2), np.float32)
    if not mask.any() or mask.all():
        return Filling(offset, np.zeros(matte.shape, np.float32))
    offset[mask] = mirrored_in(mask, mask)
    across, found = _along_rows(mask)
    offset[found] = np.stack([across, np.zeros_like(across)], axis=-1)[found]
    offset[mask] = cv2.medianBlur(offset, _CALM)[mask]
    return Filling(offset, mask.astype(np.float32))


def _along_rows(mask: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """(h, w) columns from each hidden pixel to its mirror image in its row; where there is one."""
    width = mask.shape[1]
    column = np.broadcast_to(np.arange(width), mask.shape)
    left = np.maximum.accumulate(np.where(mask, -1, column), axis=1)
    right = np.minimum.accumulate(np.where(mask, width, column)[:, ::-1], axis=1)[:, ::-1]
    from_left = (left >= 0) & ((column - left <= right - column) | (right == width))
    edge = np.where(from_left, left, right)
    found = mask & (edge < width)
    target = np.clip(2 * edge - column, 0, width - 1)
    hidden = np.take_along_axis(mask, target, axis=1)
    target = np.where(hidden, np.minimum(edge, width - 1), target)
    return np.asarray(target - column, np.float32), found


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
