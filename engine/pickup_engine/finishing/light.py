"""Transfer functions: pictures to linear light and back, by table."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import WHITE, Picture

_STEPS = WHITE + 1


def to_linear(picture: Picture, transfer: str) -> NDArray[np.float32]:
    """Display light 0..1 of the transfer's own peak; `transfer` as in `Colour.transfer`."""
    return _table(transfer)[picture]


def from_linear(light: NDArray[np.floating], transfer: str) -> Picture:
    """The inverse of `to_linear`, clipped and rounded to 16 bits."""
    table = _table(transfer)
    codes = np.interp(light, table, np.arange(_STEPS, dtype=np.float64))
    return np.asarray(np.rint(codes), dtype=np.uint16)


@lru_cache(maxsize=4)
def _table(transfer: str) -> NDArray[np.float32]:
    code = np.arange(_STEPS, dtype=np.float64) / WHITE
    match transfer:
        case "linear":
            light = code
        case "iec61966-2-1":  # sRGB, IEC 61966-2-1
            light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
        case "smpte2084":  # PQ, BT.2100 table 4
            m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
            root = code ** (1 / m2)
            light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
        case "arib-std-b67":  # HLG, BT.2100 table 5 (scene light)
            a, b, c = 0.17883277, 0.28466892, 0.55991073
            light = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
        case "bt470m":
            light = code**2.2
        case "bt470bg":
            light = code**2.8
        case _:  # the display of BT.709, BT.601 and BT.2020: BT.1886
            light = code**2.4
    return light.astype(np.float32)
