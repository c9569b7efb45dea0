"""JPEG files for previews and film strips: even sizes, quality 85; PNG files for full frames."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.media.colour import Picture, eight_bit
from pickup_engine.media.storage import write_whole

QUALITY: Final = 85


def scaled(picture: Picture, height: int, aspect: float = 1.0) -> NDArray[np.uint8]:
    """An 8-bit copy of about `height` lines, never enlarged, even in both directions.

    `aspect` is the pixel aspect: the copy has square pixels.
    """
    lines = min(height, picture.shape[0])
    columns = picture.shape[1] * aspect * lines / picture.shape[0]
    size = (max(2, round(columns / 2) * 2), max(2, lines // 2 * 2))
    small = cv2.resize(eight_bit(picture), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def write_jpeg(picture: NDArray[np.uint8], path: Path) -> None:
    """Write (h, w, 3) RGB, whole or not at all, not flushed. Raises StorageError."""
    swapped = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    write_whole(path, data.tobytes(), durable=False)


def write_png(picture: Picture, path: Path) -> None:
    """Write (h, w, 3) RGB of 16 bits, whole or not at all, not flushed. Raises StorageError."""
    _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    write_whole(path, data.tobytes(), durable=False)
