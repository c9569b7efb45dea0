"""Texture filters at full size: local contrast by bands, ink, paint, night.

Every filter is a function of its one picture, smooth in the picture's values, so that it is as
steady as the source. What needs wide windows is computed on a copy with a longer side of 960 and
carried to full size by smooth maps or, for paint, by a guided filter (He and Sun, "Fast Guided
Filter", 2015), so that time and memory stay bounded at 4K.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pickup_engine.finishing.paint import painted
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Floats, Texture

MODEL_SIDE: Final = 256
"""Model pixels on the longer side; the unit of every length here."""

_WORK: Final = 960
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)
_NONE: Final = Texture()

_INK_WIDTH: Final = 0.45
_INK_RATIO: Final = 1.6
_INK_LEAST, _INK_GAIN = 0.01, 14.0
"""Difference of Gaussians over local luma where ink begins, and how fast it gets black."""

_PAPER: Final = 0.96
_PENCIL: Final = 0.35
"""Share of the picture's own tone that stays on paper."""

_STEEP: Final = 2.5
"""How sharp the soft steps of `levels` are."""

_HALO: Final = (0.06, 0.05, 0.035, 0.025)
"""Most luma that is added to a band, finest first: the wider a band, the sooner its overshoot at an
edge is seen."""

_SOFTEST: Final = 0.6
"""Least factor on detail below the noise, where the rest of its band is made stronger."""

_FLAT_AREA: Final = 0.006
"""Variance of luma inside one area of a picture."""


@dataclass(frozen=True)
class _Scene:
    """luma (h, w) of the picture, its copy at the working size, pixels per model pixel in that."""

    luma: Floats
    work: Floats
    unit: float

    def blurred(self, width: float) -> Floats:
        """The working copy, Gaussian of `width` model pixels."""
        return _blurred(self.work, width * self.unit)

    def full(self, plane: Floats) -> Floats:
        """A plane of the working size at the picture's."""
        height, width = self.luma.shape
        if plane.shape == (height, width):
            return plane
        made = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(made, np.float32)


def textured(texture: Texture, picture: Picture, source: Picture) -> Picture:
    """`picture` (h, w, 3) uint16 with a texture; where there is none, the same bits.

    source: the same picture before its colour table, which tells day from night.
    """
    if texture == _NONE:
        return picture
    made = picture.astype(np.float32) / np.float32(WHITE)
    if texture.night > 0:
        _darken(made, _scene(source.astype(np.float32) / np.float32(WHITE)), texture.night)
    if texture.paint > 0:
        scene = _scene(made)
        made += np.float32(texture.paint) * (painted(made, scene.luma, _WORK) - made)
    if texture.bands != _NONE.bands:
        made += _band_change(_scene(made), texture)[..., None]
    if texture.levels > 0:
        luma = np.asarray(made @ _LUMA, np.float32)
        made += (_stepped(luma, texture.levels) - luma)[..., None]
    if texture.lines > 0 or texture.paper > 0:
        _draw(made, _scene(made), texture)
    made *= np.float32(WHITE)
    np.clip(np.rint(made, out=made), 0, WHITE, out=made)
    return made.astype(np.uint16)


def _scene(picture: Floats) -> _Scene:
    luma = np.asarray(picture @ _LUMA, np.float32)
    height, width = luma.shape
    scale = min(1.0, _WORK / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    work = luma if scale == 1.0 else cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
    return _Scene(luma, np.asarray(work, np.float32), max(size) / MODEL_SIDE)


def _blurred(plane: Floats, sigma: float) -> Floats:
    return np.asarray(
        cv2.GaussianBlur(plane, (0, 0), max(0.3, sigma), borderType=cv2.BORDER_REFLECT), np.float32
    )


def _smoothstep(low: float, high: float, values: Floats) -> Floats:
    part = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)


def band_planes(luma: Floats, unit: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Detail of a luma plane around 1, 2, 4 and 8 model pixels; `unit`: pixels per model pixel."""
    g1, g2, g4, g8 = (_blurred(luma, width * unit) for width in (1, 2, 4, 8))
    return luma - g1, g1 - g2, g2 - g4, g4 - g8


def _band_change(scene: _Scene, texture: Texture) -> Floats:
    """Luma to add so that each band is as many times as strong as its factor."""
    _, *bands = band_planes(scene.work, scene.unit)
    change = np.zeros_like(scene.work)
    for place, band in enumerate(bands, 1):
        change += band_change(band, place, texture)
    fine = scene.luma - scene.full(scene.blurred(1))
    return np.asarray(scene.full(change) + band_change(fine, 0, texture), np.float32)


def band_change(band: Floats, place: int, texture: Texture) -> Floats:
    """What to add to a band plane (luma 0..1), the finest at place 0.

    Where its factor strengthens, it holds for detail well above `texture.noise`; what lies below
    is softened instead, so that what trembles does so less. Strong edges, which are no texture,
    get little more of it than soft ones: they would have halos.
    """
    gain = texture.bands[place]
    if gain <= 1:
        return np.float32(gain - 1) * band
    rise = np.full_like(band, gain - 1)
    if texture.noise > 0:
        # Full size is noisier than the model's, where noise was measured.
        noise = np.float32(texture.noise * (2 if place == 0 else 1))
        least, power = max(_SOFTEST, 1 / gain), band * band
        rise = np.float32(gain - least) * (power / (power + noise * noise)) + np.float32(least - 1)
    change = band * rise
    return np.asarray(change / np.sqrt(1 + (change / np.float32(_HALO[place])) ** 2), np.float32)


def _stepped(luma: Floats, levels: float) -> Floats:
    """Luma in soft steps: rising everywhere."""
    place = luma * np.float32(levels)
    whole = np.floor(place)
    part = np.tanh(_STEEP * (place - whole - 0.5)) / (2 * np.tanh(_STEEP / 2)) + 0.5
    return np.asarray((whole + part) / np.float32(levels), np.float32)


def _draw(picture: Floats, scene: _Scene, texture: Texture) -> None:
    """Paper and ink, in place (difference of Gaussians after Winnemöller, "XDoG", 2011, relative to
    the local luma so that shadows are drawn too)."""
    thin, thick = scene.blurred(_INK_WIDTH), scene.blurred(_INK_WIDTH * _INK_RATIO)
    around = scene.blurred(4)
    edge = scene.full(np.asarray((thick - thin) / (around + 0.15), np.float32))
    ink = np.tanh(_INK_GAIN * np.maximum(edge - _INK_LEAST, 0))
    if texture.paper > 0:
        tone = _PAPER * ((1 - _PENCIL) + _PENCIL * scene.full(scene.blurred(1)))
        picture += np.float32(texture.paper) * (tone[..., None] - picture)
    picture *= 1 - np.float32(texture.lines) * ink[..., None]


def _darken(picture: Floats, day: _Scene, amount: float) -> None:
    """Night falls on a picture that its table darkened already, in place. `day`: as it was filmed.

    Large bright areas, more so above, are sky and lose most of their light; small bright spots are
    lamps and keep it.
    """
    height = day.work.shape[0]
    above = _smoothstep(1.0, 0.2, np.linspace(0, 1, height, dtype=np.float32))[:, None]
    sky = _smoothstep(0.4, 0.85, _areas(day)) * (0.35 + 0.65 * above)
    spots = day.work - day.blurred(4)
    lamps = _smoothstep(0.12, 0.35, spots) * _smoothstep(0.7, 0.95, day.work)
    glow = np.clip(lamps + 0.5 * _blurred(lamps, 2 * day.unit), 0, 1)
    dark = day.full(np.asarray(1 - 0.6 * amount * sky, np.float32))
    picture *= dark[..., None]
    warm = np.array([1.0, 0.86, 0.6], np.float32)
    share = np.float32(0.75 * amount) * day.full(np.asarray(glow, np.float32))
    picture += share[..., None] * (warm - picture)


def _areas(scene: _Scene) -> Floats:
    """Luma without detail, its large edges kept (self-guided filter): no halo around things."""
    side = 2 * max(1, round(10 * scene.unit)) + 1
    window = (side, side)
    mean = cv2.blur(scene.work, window)
    variance = np.maximum(cv2.blur(scene.work * scene.work, window) - mean * mean, 0)
    slope = variance / (variance + np.float32(_FLAT_AREA))
    base = mean - slope * mean
    return np.asarray(cv2.blur(slope, window) * scene.work + cv2.blur(base, window), np.float32)
