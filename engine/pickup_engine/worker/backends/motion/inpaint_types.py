"""What the ways of removing an object share: the shot, its grid, and small picture helpers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias, TypeVar, cast, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import PLAIN, Bytes, Floats, View

Item = TypeVar("Item")
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Shot:
    """The known pictures in order of time.

    pictures: (k, h, w, 3) uint8. grey: (k, h, w) uint8. hidden: (k, h, w) bool, true where a
    picture must not be looked at: the matte with a margin for soft edges and shadows. index: for
    each picture its place in `Conditioning.known`. times: its frame number. light: (k, 3) factors
    of R'G'B' codes from a common exposure, None where it is steady.
    """

    pictures: Bytes
    grey: Bytes
    hidden: Mask
    index: tuple[int, ...]
    times: tuple[int, ...]
    light: Floats | None = None

    def gain(self, picture: int, source: int) -> tuple[float, float, float]:
        """Factors that bring pixels of `source` into the light of `picture`."""
        if self.light is None or picture == source:
            return PLAIN
        red, green, blue = (float(factor) for factor in self.light[picture] / self.light[source])
        return red, green, blue

    @property
    def count(self) -> int:
        """Number of pictures."""
        return len(self.times)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.hidden.shape[1], self.hidden.shape[2]


class Fill(Protocol):
    """One way of filling: answers with the views for a picture, in shot order."""

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        """Views that fill `region` (h, w) of the picture; `View.source` counts in shot order."""


class Lazy(Sequence[Item]):
    """Items made when asked for: a run of 480 frames never holds all its fields at once."""

    def __init__(self, count: int, make: Callable[[int], Item]) -> None:
        self._count = count
        self._make = make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Item: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...

    def __getitem__(self, at: int | slice) -> Item | Sequence[Item]:
        if isinstance(at, slice):
            picked = range(self._count)[at]
            return Lazy(len(picked), lambda n: self._make(picked[n]))
        if not -self._count <= at < self._count:
            raise IndexError(at)
        return self._make(at % self._count)


@lru_cache(maxsize=4)
def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """x and y of every pixel centre, each (h, w) float32; read only, as they are shared."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    x.flags.writeable = y.flags.writeable = False
    return x, y


def grow(mask: Mask, radius: int) -> Mask:
    """The mask with a round margin of `radius` pixels."""
    if radius <= 0:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel) > 0)


def sample(picture: NDArray[np.generic], x: Floats, y: Floats) -> Floats:
    """Bilinear values of a picture at positions, edge pixels beyond its border."""
    found = cv2.remap(
        picture.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cast(Floats, found)


def box(mask: Mask, margin: int) -> tuple[slice, slice]:
    """Rows and columns around what is true in a mask (h, w) that is not empty, with a margin."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def spread(values: Floats, known: Mask) -> Floats:
    """Extend `values` (h, w, c) smoothly over the pixels that are not `known`.

    Pull-push: averages of known pixels at ever coarser sizes, read back from coarse to fine.
    """
    if not known.any() or known.all():
        return values
    weight = known.astype(np.float32)
    levels = [(values * weight[..., None], weight)]
    while max(levels[-1][1].shape) > 2:
        total, share = levels[-1]
        size = (max(1, (share.shape[1] + 1) // 2), max(1, (share.shape[0] + 1) // 2))
        small = _shrunk(total, size).reshape(size[1], size[0], values.shape[2])
        levels.append((small, _shrunk(share, size)))
    total, share = levels[-1]
    filled = total / np.maximum(share, 1e-6)[..., None]
    for total, share in reversed(levels[:-1]):
        size = (share.shape[1], share.shape[0])
        coarse = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR).reshape(total.shape)
        own = total / np.maximum(share, 1e-6)[..., None]
        trust = np.clip(share * 1.5, 0, 1)[..., None]
        filled = own * trust + coarse * (1 - trust)
    return np.where(known[..., None], values, filled).astype(np.float32)


def _shrunk(values: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def covered(views: Sequence[View], shape: tuple[int, int]) -> Floats:
    """Sum of the views' weights, at most 1."""
    total = np.zeros(shape, np.float32)
    for view in views:
        total += view.weight
    return np.minimum(total, 1.0)


def render(views: Sequence[View], pictures: Bytes, below: Floats) -> Floats:
    """The picture that the views make over `below` (h, w, 3), float32 0..255."""
    total = np.zeros(below.shape[:2], np.float32)
    colour = np.zeros(below.shape, np.float32)
    for view in views:
        total += view.weight
        seen = sample(pictures[view.source], view.x, view.y) * np.asarray(view.gain, np.float32)
        colour += view.weight[..., None] * seen
    over = np.maximum(total, 1.0)[..., None]
    shown = np.minimum(total, 1.0)[..., None]
    return np.asarray(colour / over + below * (1 - shown), np.float32)
