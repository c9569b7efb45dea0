"""The picture sizes that Wan VACE works at: multiples of 16, of an area that it was trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pickup.protocol import MediaRef
from pickup_engine.models.vace_shape import VaceShape

CELL: Final = 16
"""Sides are multiples of it: 8 pixels to a latent, 2 latents to a token."""

LEAST_SIDE: Final = 64

_BENT: Final = 0.03
"""Sizes that distort a picture by no more than this are equally good: it is undone on the way
back. At 16:9 it lets the trained 832 x 480 be chosen."""

_SHAPE: Final = 4
"""How much more distortion counts than a smaller area does."""

_SQUARE: Final = 0.04
"""Pixel aspects nearer to 1 than this are 1: a plan knows them through rounded sizes only."""


@dataclass(frozen=True)
class Tier:
    """A size that the model was trained at: its name and its area in pixels."""

    name: str
    area: int


P480: Final = Tier("480p", 832 * 480)
P720: Final = Tier("720p", 1280 * 720)
P360: Final = Tier("360p", 640 * 360)
"""Below what it was trained at; good enough for a draft where more does not fit."""

TEST: Final = Tier("test", 128 * 96)
"""Random weights make noise at any size, so it should be quick."""

_LARGE_DIM: Final = 3000
"""Denoisers at least that wide (the 14B, not the 1.3B) were trained at 720p, too."""


def tiers(shape: VaceShape) -> tuple[Tier, ...]:
    """What a model was trained at, the largest first."""
    return (P720, P480) if shape.dim >= _LARGE_DIM else (P480,)


def aspect_of(media: MediaRef) -> float:
    """Width over height of the picture as it is displayed."""
    return float(media.width * media.pixel_aspect / media.height)


@lru_cache(maxsize=64)
def of_area(aspect: float, area: int) -> tuple[int, int]:
    """The largest (width, height) of at most that area among those that distort a picture of that
    aspect least."""
    most = max(CELL, area // CELL)
    found = []
    for height in range(CELL, most + 1, CELL):
        nearest = math.floor(height * aspect / CELL) * CELL
        for width in range(nearest - CELL, nearest + 3 * CELL, CELL):
            if width >= CELL and width * height <= area:
                bent = max(0.0, abs(math.log(width / height / aspect)) - _BENT)
                # An odd aspect must not shrink the picture to where it fits by chance.
                found.append(
                    (_SHAPE * bent + math.log(area / (width * height)), -width, width, height)
                )
    if not found:
        return CELL, CELL
    return min(found)[2:]


def of_shorter_side(aspect: float, side: int) -> tuple[int, int]:
    """(width, height) whose shorter side is about `side`."""
    shorter = max(LEAST_SIDE, round(side / CELL) * CELL)
    longer = max(shorter, round(shorter * max(aspect, 1 / aspect) / CELL) * CELL)
    return (longer, shorter) if aspect >= 1 else (shorter, longer)


def of_window(
    width: int, height: int, planned: tuple[int, int], source: tuple[int, int]
) -> tuple[int, int]:
    """(width, height) for a part of `width` x `height` source pixels, of the area that was planned
    for the whole `source`, with its pixels' aspect."""
    pixel_aspect = (planned[0] / planned[1]) / (source[0] / source[1])
    if abs(math.log(pixel_aspect)) < _SQUARE:
        pixel_aspect = 1.0
    return of_area(width * pixel_aspect / height, planned[0] * planned[1])
