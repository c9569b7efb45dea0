"""The soft shadow where a thing touches what it stands on.

The cut-out's own outline, laid flat: squashed to an eighth of its height around the foot line,
parts high above the ground fainter, and blurred. It says nothing of where the light comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats

_FLAT: Final = 0.12
_REACH: Final = 0.3
"""Share of the thing's height after which its shadow is down to a third: it is contact that darkens
the ground."""
_BLUR: Final = 0.045
_PAD: Final = 0.2
_WIDTH: Final = 160


@dataclass(frozen=True)
class Shadow:
    """share: (h, w) 0..1. to_thing: (2, 3), from its pixels to shares of the thing's sides."""

    share: Floats
    to_thing: Floats


def contact_shadow(alpha: Floats) -> Shadow:
    """The shadow of a thing with (h, w) alpha 0..1 that stands on its lower edge."""
    rows, columns = alpha.shape
    tall = max(2, round(_WIDTH * rows / columns))
    small = np.asarray(cv2.resize(alpha, (_WIDTH, tall), interpolation=cv2.INTER_AREA), np.float32)
    above = (tall - 1 - np.arange(tall, dtype=np.float32)) / tall
    small *= np.exp(-above / _REACH)[:, None]
    flat = max(2, round(_FLAT * tall))
    # A maximum, not a mean: a thin leg's foot is as dark as a block's.
    squashed = np.stack([part.max(axis=0) for part in np.array_split(small, flat)])
    sigma = _BLUR * _WIDTH
    pad = round(_PAD * _WIDTH)
    canvas = cv2.copyMakeBorder(squashed, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.0)
    soft = cv2.GaussianBlur(canvas, (0, 0), sigma, sigmaY=sigma / 2)
    peak = max(float(soft.max()), 1e-6)
    # The foot line runs through the lower part of the flat shape: what touches hides the rest.
    middle = pad + 0.75 * flat
    to_thing = np.array(
        [
            [1 / _WIDTH, 0, (0.5 - pad) / _WIDTH],
            [0, 1 / tall, 1 + (0.5 - middle) / tall],
        ],
        np.float32,
    )
    return Shadow(np.asarray(soft / peak, np.float32), to_thing)
