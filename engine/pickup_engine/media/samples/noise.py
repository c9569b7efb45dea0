"""Smooth noise and small drawing helpers on float32 pictures in 0..1."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]
"""(h, w) or (h, w, 3) float32."""

Tone: TypeAlias = tuple[float, float, float]


def fbm(
    size: tuple[int, int],
    cell: tuple[float, float],
    octaves: int,
    rng: np.random.Generator,
    gain: float = 0.5,
) -> Plane:
    """(h, w) fractal noise in about 0..1; `size` and `cell` are (width, height) in pixels."""
    width, height = size
    total = np.zeros((height, width), np.float32)
    weight, reach = 1.0, 0.0
    for octave in range(octaves):
        scale = 2.0**octave
        cells = (int(width * scale / cell[0]) + 4, int(height * scale / cell[1]) + 4)
        grid = rng.random((cells[1], cells[0]), dtype=np.float32)
        step = (cell[0] / scale, cell[1] / scale)
        matrix = np.array([[1 / step[0], 0, 1.5], [0, 1 / step[1], 1.5]], np.float64)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        layer = cv2.warpAffine(grid, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
        total += weight * layer
        reach += weight
        weight *= gain
    return np.asarray((total / reach - 0.5) * 1.6 + 0.5, dtype=np.float32)


def smoothstep(low: float, high: float, value: Plane) -> Plane:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def mix(a: Plane | Tone, b: Plane | Tone, amount: Plane) -> Plane:
    """`a` where `amount` is 0, `b` where it is 1; tones are spread over the plane."""
    first, second = np.asarray(a, np.float32), np.asarray(b, np.float32)
    share = amount[:, :, None]
    return np.asarray(first * (1 - share) + second * share, dtype=np.float32)


def relief(height_map: NDArray[np.floating], strength: float) -> Plane:
    """Light from the upper left on a height map: about 1, brighter on slopes that face it."""
    plane = height_map.astype(np.float32)
    across = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(1 + strength * (across * 0.8 + down * 0.6), dtype=np.float32)


def shifted(plane: Plane, x: float, y: float, size: tuple[int, int]) -> Plane:
    """The window of `size` (width, height) at sub-pixel position (x, y), edges mirrored."""
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    window = cv2.warpAffine(plane, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(window, dtype=np.float32)


def paste(picture: Plane, sprite: Plane, x: float, y: float) -> None:
    """Lay an (h, w, 4) premultiplied sprite over `picture` with its corner at sub-pixel (x, y)."""
    left, top = int(np.floor(x)), int(np.floor(y))
    height, width = sprite.shape[0] + 1, sprite.shape[1] + 1
    moved = cv2.warpAffine(
        sprite,
        np.array([[1, 0, x - left], [0, 1, y - top]], np.float64),
        (width, height),
        flags=cv2.INTER_LINEAR,
    )
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, picture.shape[1]), min(top + height, picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = moved[y0 - top : y1 - top, x0 - left : x1 - left]
    under = picture[y0:y1, x0:x1]
    under *= 1 - part[:, :, 3:]
    under += part[:, :, :3]


def premultiplied(colour: Plane, alpha: Plane) -> Plane:
    """An (h, w, 4) sprite of a colour and its coverage."""
    return np.concatenate([colour * alpha[:, :, None], alpha[:, :, None]], axis=2)
