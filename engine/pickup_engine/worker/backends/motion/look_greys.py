"""Greys under a colour table: their luma must rise, or light and dark change places."""

from __future__ import annotations

from typing import Final

import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.look_measure import luma
from pickup_engine.worker.backends.motion.look_space import apply_table, identity

_RAMP: Final = np.linspace(0, 1, 513, dtype=np.float32)
_LEAST_STEP = 1e-5
_LEVELLINGS, _SLOPE = 4, 0.04
"""Rounds in which a table's greys are made to rise, and their least slope."""


def rising_greys(table: Floats) -> Floats:
    """A table under which the luma of greys rises everywhere: what falls is levelled, in all
    colours of that luma; if that is not enough, mixed with the identity just so far."""
    plain = identity(table.shape[0])
    for _ in range(_LEVELLINGS):
        greys = _greys(table)
        if np.diff(greys).min() > _LEAST_STEP:
            return table
        change = np.interp(luma(plain), _RAMP, _levelled(greys) - greys)
        table = np.clip(table + change[..., None], 0, 1).astype(np.float32)
    for share in (1.0, 0.9, 0.8, 0.65, 0.5, 0.3):
        mixed = np.asarray(plain + np.float32(share) * (table - plain), np.float32)
        if np.diff(_greys(mixed)).min() > _LEAST_STEP:
            return mixed
    return plain


def _greys(table: Floats) -> Floats:
    """Luma of even greys under a table."""
    return luma(apply_table(table, _RAMP[:, None].repeat(3, 1)))


def _levelled(greys: Floats) -> Floats:
    """The nearest curve that rises, softly."""
    above, below = np.maximum.accumulate(greys), np.minimum.accumulate(greys[::-1])[::-1]
    width = len(greys) // 16
    # Mirrored through its ends, which so stay where they are: black and white keep their depth.
    padded = np.pad((above + below) / 2, width, mode="reflect", reflect_type="odd")
    soft = np.convolve(padded, np.full(2 * width + 1, 1 / (2 * width + 1)), mode="valid")
    return np.asarray(soft + _SLOPE * (_RAMP - soft), np.float32)
