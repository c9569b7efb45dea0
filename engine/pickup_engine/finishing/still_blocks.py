"""Parts of a shot in which nothing moves, found in patches that are spread over its pictures."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import WHITE, Picture

Patches: TypeAlias = NDArray[np.uint16]
"""(p, s, s, 3) parts of one picture."""
Floats: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]

CODE: Final = WHITE / 255
"""An 8-bit step."""

_PATCH, BLOCK, _GRID = 32, 8, 10
"""Sides of a patch and of a block of it, in pixels; patches in a row and in a column, at most."""

ALIKE: Final = 1.5 * CODE
"""A block whose mean change stays below this does not move."""

_CALM, OVER_CALM = 0.1, 2.5
"""Which quantile of blocks at all times is called calm, and how many times its change still blocks
may have: grain is even in time and nearly so in place, what a shaking camera makes is neither."""

_LEAST_BLOCKS, _LEAST_SHARE, _GRAINY_SHARE = 24, 0.05, 0.4
"""With fewer still blocks nothing is known. Strong grain is everywhere: where it is seen in few
places only, a camera shakes over fine texture."""

_DETAIL, _DETAILED_SHARE = 4.0, 0.02
"""How many times the power of what changes a block's own detail must have to prove that it stands
still, and in what share of blocks."""


def patches(picture: Picture) -> Patches:
    """Evenly spread square parts of a picture; none of a picture that is smaller than one block."""
    rows, columns = picture.shape[:2]
    side = min(_PATCH, rows, columns) // BLOCK * BLOCK
    if side == 0:
        return np.zeros((0, BLOCK, BLOCK, 3), np.uint16)
    tops, lefts = _starts(rows, side), _starts(columns, side)
    return np.stack([picture[y : y + side, x : x + side] for y in tops for x in lefts])


def _starts(length: int, side: int) -> list[int]:
    count = min(_GRID, length // side)
    return [int(at) for at in np.linspace(0, length - side, count)]


def in_blocks(values: Floats) -> Floats:
    """(p, s, s, 3) as (blocks, 64, 3)."""
    count, side = values.shape[0], values.shape[1]
    grid = values.reshape(count, side // BLOCK, BLOCK, side // BLOCK, BLOCK, 3)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(-1, BLOCK * BLOCK, 3)


def pixels_of(blocks: Mask, shape: tuple[int, ...]) -> Mask:
    """A mask of blocks as one of pixels, (p, s, s)."""
    side = shape[1] // BLOCK
    grid = blocks.reshape(shape[0], side, side)
    return grid.repeat(BLOCK, axis=1).repeat(BLOCK, axis=2)


def still_blocks(shown: Patches, change: Floats) -> Mask:
    """(blocks,): where in no pair of neighbours anything moves; none where too few would be left,
    or where what changes may be a texture that a shaking camera moves."""
    amount = np.stack([in_blocks(np.abs(one)).mean(axis=(1, 2)) for one in change])
    offset = np.stack([np.abs(in_blocks(one).mean(axis=(1, 2))) for one in change])
    calm = float(np.quantile(amount, _CALM))
    grainy = OVER_CALM * calm > ALIKE
    limit = OVER_CALM * calm if grainy else ALIKE * _pulse(amount)
    few = (amount <= limit).all(axis=0)
    # An edge that moves shifts a block's mean by about as much as it changes it; noise does not.
    unmoved = (offset <= CODE + 0.75 * amount).all(axis=0)
    still = np.asarray(few & unmoved, np.bool_)
    least = max(_LEAST_BLOCKS, (_GRAINY_SHARE if grainy else _LEAST_SHARE) * still.size)
    if still.sum() < least or (grainy and not _stands(shown, change, still, amount.mean(axis=0))):
        return np.zeros_like(still)
    return still


def _pulse(amount: Floats) -> Floats:
    """(pairs, 1): how many times more than usual the blocks change that mostly do not move: a codec
    that stores a picture anew changes all of it."""
    near = np.median(amount, axis=0) <= ALIKE
    if not near.any():
        return np.ones((len(amount), 1), np.float32)
    level = np.median(amount[:, near], axis=1, keepdims=True)
    return np.asarray(np.maximum(1.0, level / max(float(np.median(level)), ALIKE / 3)), np.float32)


def _stands(shown: Patches, change: Floats, still: Mask, amount: Floats) -> bool:
    """Whether some blocks that change as the others do show detail stronger than what changes: were
    it a texture that moves, all its detail would change."""
    detail = in_blocks(shown.astype(np.float32)).var(axis=1).mean(axis=1)
    power = np.mean([(in_blocks(one) ** 2).mean(axis=(1, 2)) for one in change], axis=0) / 2
    alike = still & (amount > 0.5 * np.median(amount[still]))
    return bool(np.mean(detail[alike] > _DETAIL * power[alike]) > _DETAILED_SHARE)
