"""Full-resolution pictures out of a `Warp` or a `Look`.

A warp is made at the model's size and rendered from the source's own 16-bit pixels, so that a draft
stays as sharp as the source. One picture is in memory at a time, with a few of the same size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.fine_map import FineMap, Reading, Tile
from pickup_engine.finishing.holes import Holes, tiles, to_uint16
from pickup_engine.finishing.resample import read_between
from pickup_engine.worker.backends.base import PLAIN, Floats, View

Picture = NDArray[np.uint16]

_SEEN = 0.02
"""A view with less weight than this is not read: 1/50 of a step is below the noise of any
source."""


_ROW = 1024
"""Pixels in a row of a folded list."""


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
    picture read its mirrored edge and count as invented. Where a tile of the frame is one picture
    as it is, with full weight, that picture's own pixels are returned, bit for bit.
    """
    if not views:
        raise ValueError("a frame of a warp needs at least one view")
    if views[0].weight.shape != model_size[::-1]:
        raise ValueError(f"a map of {views[0].weight.shape} in a warp of {model_size}")
    first = picture_of(views[0].source)
    height, width = first.shape[:2]
    maps = [(view, FineMap(view, (width, height))) for view in views]
    made = np.empty_like(first)
    holes = Holes((height, width))
    invented = 0.0
    for tile in tiles(height, width):
        used = [(view, found, part) for view, found in maps if (part := found.used(tile))]
        if len(used) == 1 and used[0][0].gain == PLAIN and used[0][1].is_still(tile):
            made[tile.slices] = _checked(picture_of(used[0][0].source), first)[tile.slices]
            continue
        parts = [
            _Part(_checked(picture_of(view.source), first), part, found.read(part), view)
            for view, found, part in used
        ]
        invented += _draw(parts, tile, made, holes)
    if holes:
        holes.fill(made)
    return made, invented / (height * width)


def _checked(picture: Picture, first: Picture) -> Picture:
    if picture.shape != first.shape:
        raise ValueError("all pictures of a warp must have one size")
    return picture


class _Part(NamedTuple):
    """What one view has in a tile."""

    picture: Picture
    tile: Tile
    reading: Reading
    view: View


def _draw(parts: Sequence[_Part], tile: Tile, made: Picture, holes: Holes) -> float:
    """Draw a tile into `made`; returns how many of its pixels are invented."""
    if len(parts) == 1 and parts[0].tile == tile and float(parts[0].reading.weight.min()) >= 1.0:
        made[tile.slices] = _lit(parts[0])
        return float(np.count_nonzero(_unseen(parts[0])))
    total = np.zeros(tile.shape, np.float32)
    outside = np.zeros(tile.shape, np.float32)
    summed = np.zeros((*tile.shape, 3), np.float32)
    for part in parts:
        place, weight = part.tile.within(tile), part.reading.weight
        summed[place] += _lit(part) * weight[..., None]
        total[place] += weight
        outside[place] += weight * _unseen(part)
    over = np.maximum(total, 1.0)
    summed /= over[..., None]
    known = np.minimum(total, 1.0)
    if float(known.min()) < 1.0 - _SEEN:
        holes.add(tile, summed, known)
    else:
        summed /= np.maximum(known, np.float32(0.5))[..., None]
        made[tile.slices] = to_uint16(summed)
    return float(np.sum((1.0 - known) + outside / over, dtype=np.float64))


def _lit(part: _Part) -> Picture:
    """The pixels of a part in the light that its view asks for."""
    pixels = _sample(part.picture, part.reading)
    if part.view.gain == PLAIN:
        return pixels
    return to_uint16(pixels.astype(np.float32) * np.asarray(part.view.gain, np.float32))


def _sample(picture: Picture, reading: Reading) -> Picture:
    pixels = read_between(picture, reading.x, reading.y)
    other = reading.other
    if other is not None and other.rows.size:
        there = read_between(picture, *_folded(other.x, other.y)).reshape(-1, 3)[: other.rows.size]
        here = pixels[other.rows, other.columns].astype(np.float32)
        here += (there - here) * other.share[:, None]
        pixels[other.rows, other.columns] = to_uint16(here)
    return pixels


def _folded(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Lists of positions as rectangles: OpenCV has no pictures of more than 32767 lines."""
    shape = (-(-x.size // _ROW), _ROW)
    return np.resize(x, shape), np.resize(y, shape)


def _unseen(part: _Part) -> NDArray[np.bool_]:
    """Which pixels of a part are invented: outside its picture, or all of what is made up."""
    if part.view.made_up:
        return np.ones(part.tile.shape, np.bool_)
    height, width = part.picture.shape[:2]
    x, y = part.reading.x, part.reading.y
    off = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return np.asarray(off, np.bool_)


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
    return to_uint16(far[:, :3])
