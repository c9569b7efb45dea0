"""OKLab: a space where equal steps look about equal, and tables over display-referred colour.

Matrices: Björn Ottosson, "A perceptual color space for image processing" (2020).
"""

from __future__ import annotations

from typing import cast

import numpy as np

from pickup_engine.worker.backends.base import Floats

TABLE = 33
"""Grid points per channel of a colour table."""
_GAMMA = 2.4
"""Display gamma of BT.1886."""
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FIT_STEPS = 10


def identity(size: int = TABLE) -> Floats:
    """The table that changes nothing: (size, size, size, 3), indexed r, g, b."""
    axis = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), 3)


def to_lab(rgb: Floats) -> Floats:
    """Display-referred RGB 0..1 (..., 3) to OKLab (..., 3)."""
    light = np.clip(rgb, 0, 1).astype(np.float64) ** _GAMMA
    return cast(Floats, (np.cbrt(light @ _TO_CONES.T) @ _TO_LAB.T).astype(np.float32))


def _light(lab: Floats) -> Floats:
    cones = (lab.astype(np.float64) @ np.linalg.inv(_TO_LAB).T) ** 3
    return cast(Floats, cones @ np.linalg.inv(_TO_CONES).T)


def to_rgb(lab: Floats) -> Floats:
    """OKLab to display-referred RGB in 0..1; what no display can show loses chroma, not hue."""
    lab = lab.copy()
    lab[..., 0] = np.clip(lab[..., 0], 0, 1)
    low: Floats = np.zeros(lab.shape[:-1], np.float32)
    high: Floats = np.ones(lab.shape[:-1], np.float32)
    fits = _inside(_light(lab))
    for _ in range(_FIT_STEPS):
        middle = (low + high) / np.float32(2)
        ok = _inside(_light(_with_chroma(lab, middle)))
        low, high = np.where(ok, middle, low), np.where(ok, high, middle)
    kept = np.asarray(np.where(fits, 1, low), np.float32)
    light = np.clip(_light(_with_chroma(lab, kept)), 0, 1)
    return cast(Floats, (light ** (1 / _GAMMA)).astype(np.float32))


def _inside(light: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(((light > -1e-4) & (light < 1 + 1e-4)).all(-1))


def _with_chroma(lab: Floats, share: Floats) -> Floats:
    return np.concatenate([lab[..., :1], lab[..., 1:] * share[..., None]], -1)


def apply_table(table: Floats, rgb: Floats) -> Floats:
    """Look colours (..., 3) in 0..1 up in a (s, s, s, 3) table, trilinear."""
    size = table.shape[0]
    flat = np.clip(rgb.reshape(-1, 3), 0, 1) * (size - 1)
    base = np.minimum(flat.astype(np.int64), size - 2)
    part = (flat - base).astype(np.float32)
    out = np.zeros((len(flat), table.shape[3]), np.float32)
    cells = table.reshape(-1, table.shape[3])
    for corner in range(8):
        up = np.array([(corner >> 2) & 1, (corner >> 1) & 1, corner & 1])
        at = base + up
        weight = np.prod(np.where(up == 1, part, 1 - part), 1)
        out += weight[:, None] * cells[(at[:, 0] * size + at[:, 1]) * size + at[:, 2]]
    return out.reshape(*rgb.shape[:-1], table.shape[3])
