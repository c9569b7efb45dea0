"""How strong a picture's detail is at each size, what trembles in a shot, and textures combined.

Bands of luma around 1, 2, 4 and 8 model pixels; the finest that the model sees stands for all that
is finer. Measured once per shot, so that nothing changes from frame to frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pickup_engine.finishing.look import render_textured
from pickup_engine.finishing.texture import MODEL_SIDE, band_planes
from pickup_engine.worker.backends.base import Bytes, Floats, Look, Texture

_MEDIAN_OF_SECOND = 0.6745 * 6**0.5
"""Median of |second difference| of white noise with standard deviation 1."""

_TREMBLE = 6.0
_NOISIEST = 3 / 255
_FLOOR = 1e-3
"""Strength of a band that counts as none, of full scale 1."""


def band_energies(luma: Floats) -> Floats:
    """(4,): root mean square of each band over pictures (n, h, w) in 0..1."""
    unit = max(luma.shape[1:]) / MODEL_SIDE
    squares = [[float(np.mean(b * b)) for b in band_planes(plane, unit)] for plane in luma]
    return np.asarray(np.sqrt(np.mean(squares, axis=0)), np.float32)


def texture_distance(first: Floats, second: Floats) -> float:
    """Mean difference of two (4,) band energies, in octaves."""
    return float(np.abs(np.log2((first + _FLOOR) / (second + _FLOOR))).mean())


def noise_of(runs: Sequence[Floats]) -> float:
    """What trembles where nothing moves: amplitude of luma in runs of neighbours (n, h, w), 0..1.

    The median over pixels of the second difference in time, which steady motion of light leaves
    out; six standard deviations of what is left.
    """
    bends = [np.abs(r[2:] - 2 * r[1:-1] + r[:-2]).ravel() for r in runs if len(r) > 2]
    if not bends:
        return 0.0
    spread = float(np.median(np.concatenate(bends))) / _MEDIAN_OF_SECOND
    return min(_TREMBLE * spread, _NOISIEST)


def faded(texture: Texture, share: float) -> Texture:
    """A texture at a share of its strength, 0..1."""
    b = texture.bands
    bands = tuple(1 + share * (gain - 1) for gain in b)
    return Texture(
        (bands[0], bands[1], bands[2], bands[3]),
        texture.noise,
        texture.lines * share,
        texture.paper * share,
        texture.paint * share,
        # Steps have no half: more of them are weaker ones.
        texture.levels / max(share, 0.25) if share > 0 else 0.0,
        texture.night * share,
    )


def joined(first: Texture, second: Texture) -> Texture:
    """One texture over another: the bands of both, everything else of the second."""
    a, b = first.bands, second.bands
    bands = a[0] * b[0], a[1] * b[1], a[2] * b[2], a[3] * b[3]
    return replace(second, bands=bands, noise=max(first.noise, second.noise))


def looked(look: Look, pictures: Bytes) -> Floats:
    """8-bit pictures (n, h, w, 3) under a look, as finishing renders them: float32 0..1."""
    deep = pictures.astype(np.uint16) * np.uint16(257)
    made = [render_textured(look, k, picture) for k, picture in enumerate(deep)]
    return np.stack(made).astype(np.float32) / np.float32(65535)
