"""The map of a view at full size, read a tile at a time.

Displacements are upsampled, not positions: a full-size pixel centre X corresponds to model position
(X + 0.5) / scale - 0.5, and zero displacement must stay exactly zero. Where the map breaks (the
edge of a moving thing) nothing is interpolated: positions half way between two motions belong to
neither and would be read as debris.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats, View

_BREAK = 1.0
"""Displacements of neighbouring model pixels that differ by more: a thing that is stretched to
twice its size would look smeared anyway."""

_PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
_LITTLE = np.float32(1e-6)
_NOTHING = np.empty((0, 0), np.float32)

_SOFT = 1.5
"""Full-size pixels over which one motion passes into another: as sharp as a lens draws an edge."""


class Tile(NamedTuple):
    """A rectangle of the full-size picture."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, other: Tile) -> tuple[slice, slice]:
        """Rows and columns, counted from another tile's corner."""
        return (
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.bottom - self.top, self.right - self.left


@dataclass(frozen=True)
class Other:
    """The second motion of pixels at a break. rows, columns: (n,) within the tile; x, y: (n,)
    positions; share: (n,), what they take of the pixel, below 0.5."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    x: Floats
    y: Floats
    share: Floats


@dataclass(frozen=True)
class Reading:
    """x, y: positions in the full-size picture; weight; all (rows, columns) of a tile."""

    x: Floats
    y: Floats
    weight: Floats
    other: Other | None = None


class FineMap:
    """One view of a frame, for pictures of `size` = (width, height)."""

    def __init__(self, view: View, size: tuple[int, int]) -> None:
        self._view = view
        rows, columns = view.weight.shape
        self._scale = np.array([size[0] / columns, size[1] / rows], np.float32)
        self._same_size = (columns, rows) == size

    def used(self, tile: Tile) -> Tile | None:
        """The part of a tile where the view has weight."""
        rows, columns = part = self._around(tile)
        shown = self._view.weight[part] > 0.0
        if shown.all():
            return tile
        lines, stripes = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        if lines.size == 0:
            return None
        # Bilinear weights reach one model pixel further.
        reach = 0 if self._same_size else 1
        top, bottom = rows.start + lines[0] - reach, rows.start + lines[-1] + 1 + reach
        left, right = columns.start + stripes[0] - reach, columns.start + stripes[-1] + 1 + reach
        across, down = self._scale
        return Tile(
            max(tile.top, int(top * down)),
            min(tile.bottom, math.ceil(bottom * down)),
            max(tile.left, int(left * across)),
            min(tile.right, math.ceil(right * across)),
        )

    def is_still(self, tile: Tile) -> bool:
        """Whether the tile shows the picture as it is, with full weight."""
        rows, columns = part = self._around(tile)
        view = self._view
        return bool(
            view.weight[part].min() >= 1.0
            and (view.x[part] == np.arange(columns.start, columns.stop)).all()
            and (view.y[part] == np.arange(rows.start, rows.stop)[:, None]).all()
        )

    def read(self, tile: Tile) -> Reading:
        """Positions and weights of a tile."""
        if self._same_size:
            part = tile.slices
            return Reading(self._view.x[part], self._view.y[part], self._view.weight[part])
        across, down = self._axis(tile.left, tile.right, 0), self._axis(tile.top, tile.bottom, 1)
        fine = _bilinear(self._grid, across, down)
        np.clip(fine[..., 2], 0.0, 1.0, out=fine[..., 2])
        other = self._mend(fine, across, down)
        x = fine[..., 0] * self._scale[0] + np.arange(tile.left, tile.right, dtype=np.float32)
        y = (
            fine[..., 1] * self._scale[1]
            + np.arange(tile.top, tile.bottom, dtype=np.float32)[:, None]
        )
        if other is not None:
            other = Other(
                other.rows,
                other.columns,
                other.x * self._scale[0] + (other.columns + tile.left).astype(np.float32),
                other.y * self._scale[1] + (other.rows + tile.top).astype(np.float32),
                other.share,
            )
        return Reading(x, y, fine[..., 2].clip(0.0, 1.0), other)

    def _around(self, tile: Tile) -> tuple[slice, slice]:
        """The model pixels that a tile is interpolated from."""
        height, width = self._view.weight.shape
        if self._same_size:
            return tile.slices
        low = (np.array([tile.left, tile.top]) + 0.5) / self._scale - 0.5
        high = (np.array([tile.right, tile.bottom]) - 0.5) / self._scale - 0.5
        left, top = np.floor(low).astype(int)
        right, bottom = np.floor(high).astype(int) + 2
        return slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right))

    @cached_property
    def _grid(self) -> Floats:
        """(h, w, 3): displacement, and weight. Where there is no weight, the displacement of what
        is beside it goes on, so that the last pixels with weight are not torn."""
        view = self._view
        height, width = view.weight.shape
        shown = (view.weight > 0.0).astype(np.float32)
        dx = view.x - np.arange(width, dtype=np.float32)
        dy = view.y - np.arange(height, dtype=np.float32)[:, None]
        if not shown.all():
            near = cv2.boxFilter(shown, -1, (3, 3), normalize=False)
            missing = (shown == 0.0) & (near > 0.0)
            for plane in (dx, dy):
                summed = cv2.boxFilter(plane * shown, -1, (3, 3), normalize=False)
                plane[missing] = summed[missing] / near[missing]
        return np.stack([dx, dy, view.weight], axis=-1)

    @cached_property
    def _broken(self) -> NDArray[np.bool_]:
        """(h - 1, w - 1): whether the map breaks between four neighbours."""
        spread = np.zeros(tuple(side - 1 for side in self._view.weight.shape), np.float32)
        for plane in (self._grid[..., 0], self._grid[..., 1]):
            corners = (plane[:-1, :-1], plane[:-1, 1:], plane[1:, :-1], plane[1:, 1:])
            np.maximum(spread, np.maximum.reduce(corners) - np.minimum.reduce(corners), out=spread)
        return spread > _BREAK

    def _axis(self, start: int, stop: int, axis: int) -> _Axis:
        place = (np.arange(start, stop, dtype=np.float32) + 0.5) / self._scale[axis] - 0.5
        return _Axis.at(place, self._view.weight.shape[1 - axis])

    def _mend(self, fine: Floats, across: _Axis, down: _Axis) -> Other | None:
        """Give every pixel in a broken cell of the map the motion that most of its surroundings
        have, in place; and tell the one that is left."""
        rows, columns = np.nonzero(self._broken[down.low][:, across.low])
        if rows.size == 0:
            return None
        low = (down.low[rows], across.low[columns])
        steps = ((0, 0), (0, 1), (1, 0), (1, 1))
        corners = np.stack([self._grid[low[0] + i, low[1] + j, :2] for i, j in steps])
        lower, right = down.part[rows].clip(0, 1), across.part[columns].clip(0, 1)
        near = np.stack([np.abs(1 - i - lower) * np.abs(1 - j - right) for i, j in steps])
        motion, share = _two_motions(corners, near)
        # What has more say draws the pixel; near the border between the two, the other shines in.
        main = (share[0] < share[1]).astype(np.intp)
        every = np.arange(main.size)
        fine[rows, columns, :2] = motion[main, every]
        softness = np.float32(float(self._scale.mean()) / _SOFT)
        rest = np.clip(0.5 - np.abs(share[0] - share[1]) * softness / 2, 0.0, 0.5)
        seen = rest > 0.0
        second = motion[1 - main, every][seen]
        return Other(rows[seen], columns[seen], second[:, 0], second[:, 1], rest[seen])


class _Axis(NamedTuple):
    """Positions along one side of a map: the pixel before each, and the part towards the next."""

    low: NDArray[np.intp]
    part: Floats

    @classmethod
    def at(cls, place: Floats, length: int) -> _Axis:
        low = np.clip(np.floor(place), 0, max(length - 2, 0)).astype(np.intp)
        # Beyond the outermost middles the slope goes on: a zoom stays exact up to the edge.
        part = place - low if length > 1 else np.zeros_like(place)
        return cls(low, part.astype(np.float32))

    def matrix(self, length: int) -> Floats:
        """(n, length): what each position takes of the `length` pixels from the first one on."""
        every, low = np.arange(self.low.size), self.low - self.low[0]
        weights = np.zeros((self.low.size, length), np.float32)
        weights[every, low] = 1 - self.part
        weights[every, np.minimum(low + 1, length - 1)] += self.part
        return weights


def _bilinear(grid: Floats, across: _Axis, down: _Axis) -> Floats:
    """Separable bilinear reading of (h, w, c), as two products of small matrices."""
    part = grid[down.low[0] : down.low[-1] + 2, across.low[0] : across.low[-1] + 2]
    left, right = down.matrix(part.shape[0]), across.matrix(part.shape[1])
    # OpenCV's product stays on this thread; NumPy's waits for others, long where cores are busy.
    planes = [
        cv2.gemm(
            cv2.gemm(left, np.ascontiguousarray(plane), 1, _NOTHING, 0),
            right, 1, _NOTHING, 0, flags=cv2.GEMM_2_T,
        )
        for plane in np.moveaxis(part, -1, 0)
    ]  # fmt: skip
    return np.stack(planes, axis=-1)


def _two_motions(corners: Floats, near: Floats) -> tuple[Floats, Floats]:
    """Split the (4, n, 2) motions around n pixels at the two that differ most. Returns the motion
    of both sides (2, n, 2) and how much of `near`, the bilinear weights (4, n), they have (2, n).
    """
    apart = np.stack([((corners[i] - corners[j]) ** 2).sum(axis=-1) for i, j in _PAIRS])
    ends = np.array(_PAIRS)[apart.argmax(axis=0)]
    every = np.arange(len(ends))
    to_first, to_last = (
        ((corners - corners[ends[:, end], every]) ** 2).sum(axis=-1) for end in (0, 1)
    )
    first = to_first <= to_last
    motions, shares = [], []
    for side in (first, ~first):
        weight = near * side
        share = weight.sum(axis=0)
        # A side without say has some motion too: it is asked for where the border is near.
        weight = weight + _LITTLE * side
        motions.append((weight[..., None] * corners).sum(axis=0) / weight.sum(axis=0)[:, None])
        shares.append(share)
    return np.stack(motions).astype(np.float32), np.stack(shares).astype(np.float32)
