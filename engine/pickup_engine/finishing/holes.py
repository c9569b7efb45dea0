"""Holes of a picture that is drawn tile by tile."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.fill import fill_holes
from pickup_engine.finishing.fine_map import Tile
from pickup_engine.worker.backends.base import Floats

SIDE = 256
"""Pixels of a tile's side: its temporaries stay in the processor's cache, and a whole picture of
the model is one tile."""

_COARSE = 1024
"""Longer side of the picture that fills are blended from: a fill has no detail anyway."""


def tiles(height: int, width: int) -> Iterator[Tile]:
    """Tiles that cover a picture, row by row."""
    for top in range(0, height, SIDE):
        for left in range(0, width, SIDE):
            yield Tile(top, min(top + SIDE, height), left, min(left + SIDE, width))


def to_uint16(picture: Floats) -> NDArray[np.uint16]:
    """Float codes rounded and held to 0..65535."""
    return np.clip(np.rint(picture), 0, 65535).astype(np.uint16)


class Holes:
    """Tiles with pixels that are not, or not wholly, known. Only these are kept in floats."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._tiles: list[tuple[Tile, Floats, Floats]] = []

    def __bool__(self) -> bool:
        return bool(self._tiles)

    def add(self, tile: Tile, weighted: Floats, known: Floats) -> None:
        """Keep a tile: its (h, w, 3) colours multiplied by `known` (h, w) in 0..1."""
        self._tiles.append((tile, weighted, known))

    def fill(self, picture: NDArray[np.uint16]) -> None:
        """Draw the tiles into `picture`, which holds all others; what is not known is blended from
        the surroundings, what is known keeps its full size."""
        factor = 1
        while max(self._size) > factor * _COARSE:
            factor *= 2
        filled = self._filled(picture, factor)
        for tile, weighted, known in self._tiles:
            near = _enlarged(filled, tile, factor)
            picture[tile.slices] = to_uint16(weighted + near * (1.0 - known)[..., None])

    def _filled(self, picture: NDArray[np.uint16], factor: int) -> Floats:
        """The whole picture without holes, smaller by `factor`."""
        height, width = (-(-side // factor) for side in self._size)
        weighted = np.empty((height, width, 3), np.float32)
        share = np.ones((height, width), np.float32)
        unknown = {tile: (colours, known) for tile, colours, known in self._tiles}
        for tile in tiles(*self._size):
            held = unknown.get(tile)
            colours = held[0] if held else picture[tile.slices].astype(np.float32)
            known = held[1] if held else np.ones(tile.shape, np.float32)
            small = _reduced(colours, factor)
            place = np.s_[
                tile.top // factor : tile.top // factor + small.shape[0],
                tile.left // factor : tile.left // factor + small.shape[1],
            ]
            weighted[place] = small
            share[place] = _reduced(known, factor)
        return fill_holes(weighted, share)


def _reduced(plane: Floats, factor: int) -> Floats:
    """Means of factor x factor pixels; at the far edges of fewer, repeated."""
    if factor == 1:
        return plane
    bottom, right = (-side % factor for side in plane.shape[:2])
    whole = cv2.copyMakeBorder(plane, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    size = whole.shape[1] // factor, whole.shape[0] // factor
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarged(filled: Floats, tile: Tile, factor: int) -> Floats:
    """The tile of a picture that is smaller by `factor`, smoothly at full size."""
    if factor == 1:
        return filled[tile.slices]
    edge = 2
    place = []
    for start, stop, length in (
        (tile.top, tile.bottom, filled.shape[0]),
        (tile.left, tile.right, filled.shape[1]),
    ):
        low = max(0, start // factor - edge)
        place.append((low, min(length, -(-stop // factor) + edge)))
    (top, bottom), (left, right) = place
    small = filled[top:bottom, left:right]
    size = (small.shape[1] * factor, small.shape[0] * factor)
    large = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    rows = slice(tile.top - top * factor, tile.bottom - top * factor)
    columns = slice(tile.left - left * factor, tile.right - left * factor)
    return np.asarray(large[rows, columns], np.float32)
