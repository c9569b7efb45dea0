"""Named looks as colour tables: tone and tint by formula, neutral greys always rising."""

from __future__ import annotations

import numpy as np

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.look_space import TABLE, identity, to_lab, to_rgb

NAMES = ("noir", "warm", "cool", "faded", "bleach", "night", "sepia")


def preset_table(name: str, size: int = TABLE) -> Floats:
    """Table (size, size, size, 3) of a preset. Raises `ModelError` ("model.preset") if unknown."""
    lab = to_lab(identity(size))
    light, chroma = lab[..., 0], lab[..., 1:]
    match name:
        case "noir":
            filtered = light + 0.10 * chroma[..., 0] + 0.06 * chroma[..., 1]
            return to_rgb(_join(_contrast(filtered, 0.75) * 0.98, chroma * 0))
        case "warm":
            return to_rgb(_join(_contrast(light, 0.12), chroma * 1.06 + _tint(light, 0.014, 0.036)))
        case "cool":
            return to_rgb(
                _join(_contrast(light, 0.12), chroma * 0.94 + _tint(light, -0.016, -0.034))
            )
        case "faded":
            return to_rgb(_join(0.16 + 0.76 * light, chroma * 0.68 + _tint(light, 0.002, 0.012)))
        case "bleach":
            return to_rgb(_join(_contrast(light, 0.6), chroma * 0.45))
        case "night":
            dark = 0.62 * light**1.25
            return to_rgb(_join(dark, chroma * 0.5 + _tint(dark / 0.62, -0.012, -0.05)))
        case "sepia":
            return to_rgb(_join(0.04 + 0.93 * light, chroma * 0 + _tint(light, 0.018, 0.05)))
    raise ModelError(
        f"There is no look named “{name}”.",
        "Choose one of: " + ", ".join(NAMES) + ".",
        code="model.preset",
    )


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
