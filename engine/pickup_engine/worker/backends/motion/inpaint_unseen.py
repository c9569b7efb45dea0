"""`Fill` for what no picture of a shot shows: texture from one picture, carried by the camera.

One picture of a stretch is filled once, so that what was made up stands still in the scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.inpaint_blend import blend
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, moved
from pickup_engine.worker.backends.motion.inpaint_plate import groups, wanted
from pickup_engine.worker.backends.motion.inpaint_texture import Copied, copied
from pickup_engine.worker.backends.motion.inpaint_types import (
    Fill,
    Mask,
    Shot,
    box,
    covered,
    render,
    spread,
)

_SHOWN = 0.02
_HALF = 0.5
_MOST = 1.0
"""Picture sizes beside the filled picture that texture is made for."""


@dataclass(frozen=True)
class Sheet:
    """What is copied for one stretch: offsets in the plane of the `reference` picture, whose corner
    is at (-left, -top) of the weights."""

    reference: int
    left: int
    top: int
    pieces: tuple[Copied, ...]


@dataclass(frozen=True)
class TextureFill:
    """`Fill` from the sheet of each picture's stretch."""

    camera: Camera
    sheets: tuple[Sheet, ...]
    sheet_of: tuple[int, ...]

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        """Views into the stretch's filled picture, at what is copied."""
        sheet = self.sheets[self.sheet_of[picture]]
        if not sheet.pieces or not region.any():
            return ()
        shape = (region.shape[0], region.shape[1])
        x, y = moved(self.camera.between(picture, sheet.reference), shape)
        part = box(region, 0)
        at_x, at_y = x[part] - sheet.left, y[part] - sheet.top
        made = []
        for piece in sheet.pieces:
            weight = np.zeros(shape, np.float32)
            read = cv2.remap(
                piece.weight, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
            )
            weight[part] = np.where(region[part], read, 0)
            if weight.max() > _SHOWN:
                made.append(View(sheet.reference, x + piece.dx, y + piece.dy, weight, made_up=True))
        return tuple(made)


def texture_fill(
    shot: Shot, camera: Camera, fills: tuple[Fill, ...], needed: Mask, unseen: Mask
) -> TextureFill:
    """Texture for `unseen` (k, h, w), what `fills` leave open of `needed` (k, h, w)."""
    parts = groups(shot, camera)
    sheet_of = [0] * shot.count
    for number, group in enumerate(parts):
        for picture in group:
            sheet_of[picture] = number
    sheets = tuple(_sheet(shot, camera, fills, needed, unseen, group) for group in parts)
    return TextureFill(camera, sheets, tuple(sheet_of))


def _sheet(
    shot: Shot,
    camera: Camera,
    fills: tuple[Fill, ...],
    needed: Mask,
    unseen: Mask,
    group: list[int],
) -> Sheet:
    reference = group[len(group) // 2]
    left, top, want = wanted(shot, camera, unseen, group, reference)
    if want is None:
        return Sheet(reference, 0, 0, ())
    height, width = shot.size
    # The canvas holds the picture and what is wanted beside it, not further than `_MOST` of it.
    first_x, first_y = max(min(left, 0), -round(_MOST * width)), max(min(top, 0), -round(height))
    last_x = min(max(left + want.shape[1], width), round((1 + _MOST) * width))
    last_y = min(max(top + want.shape[0], height), round((1 + _MOST) * height))
    canvas = (last_y - first_y, last_x - first_x)
    frame = (slice(-first_y, -first_y + height), slice(-first_x, -first_x + width))
    picture, known = _context(shot, fills, needed, reference)
    edges = (-first_y, last_y - height, -first_x, last_x - width)
    whole = np.asarray(cv2.copyMakeBorder(picture, *edges, cv2.BORDER_REFLECT), np.float32)
    source = np.zeros(canvas, bool)
    missing = _placed(want, (top - first_y, left - first_x), canvas)
    source[frame] = ~shot.hidden[reference] & ~needed[reference]
    missing[frame] = np.where(known, False, missing[frame] | ~known)
    return Sheet(reference, first_x, first_y, copied(whole, missing, source & ~missing))


def _context(
    shot: Shot, fills: tuple[Fill, ...], needed: Mask, reference: int
) -> tuple[Floats, Mask]:
    """A picture with what the fills show of it (levels), smooth where nothing is known, and where
    something is."""
    own = shot.pictures[reference].astype(np.float32)
    region = needed[reference]
    views = blend(fills, shot, reference, region)
    shown = covered(views, region.shape)
    seen = render(views, shot.pictures, np.zeros_like(own)) / np.maximum(shown, _HALF)[..., None]
    known = ~region | (shown > _HALF)
    picture = np.where(region[..., None], seen, own)
    return spread(np.where(known[..., None], picture, 0).astype(np.float32), known), known


def _placed(want: Mask, corner: tuple[int, int], canvas: tuple[int, int]) -> Mask:
    """A mask on a larger or smaller canvas, its corner at (row, column)."""
    out = np.zeros(canvas, bool)
    row, column = max(corner[0], 0), max(corner[1], 0)
    part = want[row - corner[0] :, column - corner[1] :]
    rows = max(0, min(part.shape[0], canvas[0] - row))
    columns = max(0, min(part.shape[1], canvas[1] - column))
    out[row : row + rows, column : column + columns] = part[:rows, :columns]
    return out
