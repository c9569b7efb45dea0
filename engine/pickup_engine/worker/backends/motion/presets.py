"""Named looks: tone and tint by formula, neutral greys always rising; some with a texture."""

from __future__ import annotations

import numpy as np

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Floats, Texture
from pickup_engine.worker.backends.motion.look_space import TABLE, identity, to_lab, to_rgb

NAMES = (
    "noir", "warm", "cool", "faded", "bleach", "night", "sepia",
    "day-to-night", "line", "sketch", "paint",
)  # fmt: skip

_TEXTURES = {
    "day-to-night": Texture(night=1.0),
    "line": Texture(paint=0.7, lines=0.65),
    "sketch": Texture(lines=1.0, paper=0.92),
    "paint": Texture(paint=1.0, levels=9.0),
}


def preset_table(name: str, size: int = TABLE) -> Floats:
    """Table (size, size, size, 3) of a preset. Raises `ModelError` ("model.preset") if unknown."""
    lab = to_lab(identity(size))
    light, chroma = lab[..., 0], lab[..., 1:]
    match name:
        case "noir":
            filtered = light + 0.10 * chroma[..., 0] + 0.06 * chroma[..., 1]
            return to_rgb(_join(_contrast(filtered, 0.4) * 0.98, chroma * 0))
        case "warm":
            return to_rgb(_join(_contrast(light, 0.12), chroma * 1.06 + _tint(light, 0.014, 0.036)))
        case "cool":
            return to_rgb(
                _join(_contrast(light, 0.12), chroma * 0.94 + _tint(light, -0.016, -0.034))
            )
        case "faded":
            return to_rgb(_join(0.16 + 0.76 * light, chroma * 0.68 + _tint(light, 0.002, 0.012)))
        case "bleach":
            return to_rgb(_join(_contrast(light, 0.3), chroma * 0.45))
        case "night":
            dark = 0.62 * light**1.25
            return to_rgb(_join(dark, chroma * 0.5 + _tint(dark / 0.62, -0.012, -0.05)))
        case "day-to-night":
            # Half a stop and more of light goes, shadows sink, what colour is left turns blue.
            dark = 0.56 * light**1.2
            return to_rgb(_join(dark, chroma * 0.55 + _tint(dark / 0.56, -0.012, -0.042)))
        case "line":
            return to_rgb(_join(_contrast(light, 0.15), chroma * 1.1))
        case "sketch":
            return to_rgb(_join(_contrast(light, 0.2), chroma * 0.15))
        case "paint":
            return to_rgb(_join(_contrast(light, 0.12), chroma * 1.08))
        case "sepia":
            return to_rgb(_join(0.04 + 0.93 * light, chroma * 0 + _tint(light, 0.018, 0.05)))
    raise ModelError(
        f"There is no look named “{name}”.",
        "Choose one of: " + ", ".join(NAMES) + ".",
        code="model.preset",
    )


def preset_texture(name: str) -> Texture:
    """The filter that follows a preset's table; none for most."""
    return _TEXTURES.get(name, Texture())


def _join(light: Floats, chroma: Floats) -> Floats:
    return np.concatenate([np.clip(light, 0, 1)[..., None], chroma], -1).astype(np.float32)


def _contrast(light: Floats, amount: float) -> Floats:
    """S-curve between its fixed ends: `amount` 0 nothing, 1 smoothstep."""
    inside = np.clip(light, 0, 1)
    return np.asarray(inside + amount * (inside * inside * (3 - 2 * inside) - inside))


def _tint(light: Floats, green_red: float, blue_yellow: float) -> Floats:
    """Chroma to add: full in the middle tones, none at black and white, so these stay clean."""
    share = 4 * np.clip(light, 0, 1) * (1 - np.clip(light, 0, 1))
    return np.stack([green_red * share, blue_yellow * share], -1)
