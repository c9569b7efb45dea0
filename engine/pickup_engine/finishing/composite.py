"""Put generated pixels into the source: outside the matte the source stays, bit for bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import WHITE, Picture


def composite(source: Picture, made: Picture, alpha: NDArray[np.uint16]) -> Picture:
    """`made` over `source` by straight (h, w) `alpha`, 65535 = all `made`.

    Where alpha is 0 the result is the source's own value, where it is 65535 that of `made`.
    """
    final = source.copy()
    full = alpha == WHITE
    final[full] = made[full]
    partly = (alpha > 0) & ~full
    if partly.any():
        share = alpha[partly].astype(np.float64)[:, None] / WHITE
        below, above = source[partly].astype(np.float64), made[partly].astype(np.float64)
        final[partly] = np.rint(below + (above - below) * share).astype(np.uint16)
    return final


def difference_outside(source: Picture, final: Picture, alpha: NDArray[np.uint16]) -> int:
    """The largest 16-bit difference where alpha is 0; 0 where there is no such pixel."""
    outside = alpha == 0
    if not outside.any():
        return 0
    return int(np.abs(final[outside].astype(np.int32) - source[outside].astype(np.int32)).max())


def seen_over(source: Picture, picture: Picture, alpha: NDArray[np.uint16] | None) -> Picture:
    """What a host shows: a written take (with its alpha, if any) lying over the source."""
    return picture if alpha is None else composite(source, picture, alpha)
