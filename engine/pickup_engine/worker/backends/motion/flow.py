"""Dense flow between pictures, and the few samplings around it.

Pictures are (h, w, 3) uint8 RGB. A flow from a to b is (h, w, 2) float32: what is at (x, y) in a
is at (x + flow[..., 0], y + flow[..., 1]) in b.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats

CELL = 8
"""Side of a cell in pixels; cell (i, j) stands for the pixel (8 j + 4, 8 i + 4)."""


def grey(picture: Bytes) -> Bytes:
    """Luma, (h, w) uint8."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """Pixel positions x and y, each (height, width)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y


def dense_flow(start: Bytes, end: Bytes) -> Floats:
    """DIS optical flow (Kroeger et al., 2016) between two greys."""
    # Any: the binding's types know no call without a first guess, and a guess of zeros is worse.
    solver: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(solver.calc(start, end, None), np.float32)


def sample(field: Bytes | Floats, x: Floats, y: Floats) -> Floats:
    """Read a picture or field at positions, bilinear, edges held; float32."""
    read = cv2.remap(
        np.ascontiguousarray(field, np.float32),
        np.ascontiguousarray(x, np.float32),
        np.ascontiguousarray(y, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(read, np.float32)


def brightness_error(start: Bytes, end: Bytes, flow: Floats) -> Floats:
    """How badly the flow explains the second grey: |difference| in 0..1 per pixel of the first."""
    x, y = grid(*start.shape)
    moved = sample(end, x + flow[..., 0], y + flow[..., 1])
    return np.asarray(np.abs(moved - start.astype(np.float32)) / 255.0, np.float32)


def round_trip(forward: Floats, backward: Floats) -> Floats:
    """Distance in pixels from where one starts, after going there and back."""
    x, y = grid(*forward.shape[:2])
    back = sample(backward, x + forward[..., 0], y + forward[..., 1])
    return np.asarray(np.linalg.norm(forward + back, axis=-1), np.float32)


def at_cells(field: Floats) -> Floats:
    """(h, w, ...) -> (h / 8, w / 8, ...): the 3 x 3 mean at each cell's own pixel."""
    return np.asarray(cv2.blur(field, (3, 3))[CELL // 2 :: CELL, CELL // 2 :: CELL], np.float32)


def cell_mean(field: Bytes | Floats) -> Floats:
    """(h, w, ...) -> (h / 8, w / 8, ...): the mean over each cell."""
    height, width = field.shape[:2]
    size = (width // CELL, height // CELL)
    return cv2.resize(field, size, interpolation=cv2.INTER_AREA).astype(np.float32)
