"""Full-resolution pictures out of a `Warp` or a `Look`.

A warp is made at the model's size and rendered from the source's own 16-bit pixels, so that a draft
stays as sharp as the source. One picture is in memory at a time, with a few of the same size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.fill import fill_holes
from pickup_engine.worker.backends.base import Floats, View

Picture = NDArray[np.uint16]

_SEEN = 0.02
"""A view with less weight than this is not read: 1/50 of a step is below the noise of any
source."""


_CHUNK = 16384
"""Pixels at a time: the temporaries stay in the processor's cache."""


def render_warp(
    views: Sequence[View],
    picture_of: Callable[[int], Picture],
    model_size: tuple[int, int],
) -> tuple[Picture, float]:
    """Render one frame of a warp; returns (picture, share of invented pixels 0..1).

    views: at least one, in model pixels. picture_of: source index -> (H, W, 3) uint16; all pictures
    have one size. model_size: (width, height) of the maps. Weights are normalised by their sum
    where it exceeds 1; what is missing to 1 is filled from the surroundings. Positions outside a
    picture read its mirrored edge and count as invented. A single view that is the identity with
    full weight returns the source's own picture, bit for bit.
    """
    if not views:
        raise ValueError("a frame of a warp needs at least one view")
    first = picture_of(views[0].source)
    if len(views) == 1 and _is_identity(views[0]):
        return first.copy(), 0.0
    height, width = first.shape[:2]
    total = np.zeros((height, width), np.float32)
    outside = np.zeros((height, width), np.float32)
    summed = np.zeros((height, width, 3), np.float32)
    for view in views:
        box = _box(view.weight, model_size, (width, height))
        if box is None:
            continue
        picture = picture_of(view.source)
        if picture.shape[:2] != (height, width):
            raise ValueError("all pictures of a warp must have one size")
        part, weight, off = _sample(view, picture, model_size, box)
        top, bottom, left, right = box
        summed[top:bottom, left:right] += part * weight[..., None]
        total[top:bottom, left:right] += weight
        outside[top:bottom, left:right] += weight * off
    over = np.maximum(total, 1.0)
    summed /= over[..., None]
    known = np.minimum(total, 1.0)
    if float(known.min()) < 1.0 - _SEEN:
        summed = fill_holes(summed, known)
    elif float(known.min()) < 1.0:
        summed /= np.maximum(known, 0.5)[..., None]
    invented = float(np.mean((1.0 - known) + outside / over))
    return _to_uint16(summed), invented


def _is_identity(view: View) -> bool:
    height, width = view.weight.shape
    return bool(
        view.weight.min() >= 1.0
        and np.array_equal(view.x, np.broadcast_to(np.arange(width), (height, width)))
        and np.array_equal(view.y, np.broadcast_to(np.arange(height)[:, None], (height, width)))
    )


def _box(
    weight: Floats, model_size: tuple[int, int], size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """(top, bottom, left, right) at full size of where a view has weight, or None."""
    used = weight > 0.0
    rows = np.flatnonzero(used.any(axis=1))
    columns = np.flatnonzero(used.any(axis=0))
    if rows.size == 0:
        return None
    across, down = size[0] / model_size[0], size[1] / model_size[1]
    # One more model pixel on each side: bilinear weights reach that far.
    return (
        max(0, int((rows[0] - 1) * down)),
        min(size[1], int(np.ceil((rows[-1] + 2) * down))),
        max(0, int((columns[0] - 1) * across)),
        min(size[0], int(np.ceil((columns[-1] + 2) * across))),
    )


def _sample(
    view: View, picture: Picture, model_size: tuple[int, int], box: tuple[int, int, int, int]
) -> tuple[Floats, Floats, Floats]:
    """Read a view inside `box`: pixels, weight and whether the position lies outside the picture.

    Displacements are upsampled, not positions: a full-size pixel centre X corresponds to model
    position (X + 0.5) / scale - 0.5, and zero displacement must stay exactly zero.
    """
    top, bottom, left, right = box
    height, width = picture.shape[:2]
    grid = np.stack(
        [
            view.x - np.arange(model_size[0], dtype=np.float32),
            view.y - np.arange(model_size[1], dtype=np.float32)[:, None],
            view.weight,
        ],
        axis=-1,
    )
    shift = np.array([left + 0.5, top + 0.5], np.float32)
    scale = np.array([width / model_size[0], height / model_size[1]], np.float32)
    columns = ((np.arange(right - left, dtype=np.float32) + shift[0]) / scale[0]) - 0.5
    rows = ((np.arange(bottom - top, dtype=np.float32) + shift[1]) / scale[1]) - 0.5
    fine = _bilinear(grid, columns, rows)
    x = fine[..., 0] * scale[0] + np.arange(left, right, dtype=np.float32)
    y = fine[..., 1] * scale[1] + np.arange(top, bottom, dtype=np.float32)[:, None]
    pixels = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    off = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return pixels.astype(np.float32), fine[..., 2], off.astype(np.float32)


def _bilinear(grid: Floats, columns: Floats, rows: Floats) -> Floats:
    """Separable bilinear reading of (h, w, c) at columns x rows, edges held."""
    height, width = grid.shape[:2]
    columns = np.clip(columns, 0, width - 1)
    rows = np.clip(rows, 0, height - 1)
    left = np.minimum(columns.astype(np.int32), max(width - 2, 0))
    upper = np.minimum(rows.astype(np.int32), max(height - 2, 0))
    across = (columns - left).astype(np.float32)[None, :, None]
    down = (rows - upper).astype(np.float32)[:, None, None]
    right = np.minimum(left + 1, width - 1)
    lower = np.minimum(upper + 1, height - 1)
    wide = grid[:, left] * (1 - across) + grid[:, right] * across
    return np.asarray(wide[upper] * (1 - down) + wide[lower] * down, np.float32)


def _to_uint16(picture: Floats) -> Picture:
    return np.clip(np.rint(picture), 0, 65535).astype(np.uint16)


def render_look(tables: Floats, frame: int, picture: Picture) -> Picture:
    """Apply a look's table to a picture: trilinear, 16 bit in and out.

    tables: (n, s, s, s, 3) in 0..1, indexed r, g, b; n is 1 or the number of frames. frame: which
    table (the only one where n is 1). picture: (H, W, 3) uint16, R'G'B'.
    """
    table = tables[min(frame, len(tables) - 1)]
    size = table.shape[0]
    if size < 2:
        raise ValueError("a colour table needs at least two steps a side")
    # Rows of four floats: one aligned 16-byte read per corner.
    padded = np.zeros((size**3, 4), np.float32)
    padded[:, :3] = table.reshape(-1, 3) * 65535.0
    flat = picture.reshape(-1, 3)
    result = np.empty_like(flat)
    for start in range(0, len(flat), _CHUNK):
        result[start : start + _CHUNK] = _look_up(padded, size, flat[start : start + _CHUNK])
    return result.reshape(picture.shape)


def _look_up(table: Floats, size: int, pixels: Picture) -> Picture:
    position = pixels.astype(np.float32) * np.float32((size - 1) / 65535.0)
    cell = np.minimum(position.astype(np.int32), size - 2)
    part = position - cell
    base = (cell[:, 0] * size + cell[:, 1]) * size + cell[:, 2]
    red, green, blue = part[:, 0:1], part[:, 1:2], part[:, 2:3]

    def along_blue(offset: int) -> Floats:
        near = table.take(base + offset, axis=0)
        far = table.take(base + (offset + 1), axis=0)
        far -= near
        far *= blue
        far += near
        return far

    def along_green(offset: int) -> Floats:
        near, far = along_blue(offset), along_blue(offset + size)
        far -= near
        far *= green
        far += near
        return far

    near, far = along_green(0), along_green(size * size)
    far -= near
    far *= red
    far += near
    return _to_uint16(far[:, :3])
