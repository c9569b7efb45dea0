"""Film strips: what a take looks like at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from pickup_engine.media.colour import Picture
from pickup_engine.media.jpeg import scaled, write_jpeg

FRAMES: Final = 8
HEIGHT: Final = 90


def strip_frames(count: int) -> list[int]:
    """The up to 8 frame numbers, first and last among them, that stand for `count` frames."""
    if count <= FRAMES:
        return list(range(count))
    return [round(i * (count - 1) / (FRAMES - 1)) for i in range(FRAMES)]


def write_strip(
    pictures: Sequence[Picture], path: Path, height: int = HEIGHT, aspect: float = 1.0
) -> None:
    """Write the pictures that `strip_frames` chooses side by side as one JPEG of `height` lines."""
    small = [scaled(pictures[i], height, aspect) for i in strip_frames(len(pictures))]
    write_jpeg(np.concatenate(small, axis=1), path)
