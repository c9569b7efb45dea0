"""Contact sheets of measured windows, for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from pickup_engine.training.evaluate_compare import Compared
from pickup_engine.worker.backends.base import Bytes
from pickup_engine.worker.backends.motion.quality import psnr

_COLUMNS = 6
_LABEL, _HEAD, _GAP = 18, 24, 4
_BACKGROUND, _INK = 24, (225, 225, 225)
_AMPLIFIED = 3.0
"""Errors are shown three times as strong as they are."""


def write_sheet(found: Compared, rows: Sequence[str], folder: Path) -> Path:
    """Write `CLIP@FRAME.png`: the truth, a row for each method of `rows` that was made, and the
    error of the last of them; six moments from left to right, with the PSNR of each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(found.times)
    columns = np.unique(np.linspace(0, count - 1, min(_COLUMNS, count)).round().astype(int))
    picked = [int(column) for column in columns]
    truth = [found.truth[column] for column in picked]
    strips = [_strip([f"filmed, frame {found.times[column] + 1}" for column in picked], truth)]
    made: list[Bytes] = truth
    named = [name for name in rows if name in found.pictures]
    for name in named:
        made = [found.pictures[name][column] for column in picked]
        pairs = zip(made, truth, strict=True)
        strips.append(_strip([f"{name}  {psnr(*pair):.1f} dB" for pair in pairs], made))
    errors = [_error(*pair) for pair in zip(made, truth, strict=True)]
    if named:
        strips.append(_strip([f"error of {named[-1]} x {_AMPLIFIED:g}"] * len(errors), errors))
    measure = found.measure
    head = np.full((_HEAD, strips[0].shape[1], 3), _BACKGROUND, np.uint8)
    _write(head, f"{measure.clip} @ {measure.window}   {measure.note}", (_GAP, 17), 0.5)
    path = folder / f"{measure.clip}@{measure.window}.png"
    sheet = cv2.cvtColor(np.concatenate([head, *strips]), cv2.COLOR_RGB2BGR)
    if not cv2.imwrite(str(path), sheet):
        raise OSError(f"the sheet {path} could not be written")
    return path


def _strip(labels: Sequence[str], pictures: Sequence[Bytes]) -> Bytes:
    """Pictures beside each other, a label above each."""
    height, width = pictures[0].shape[:2]
    strip = np.full(
        (_LABEL + height + _GAP, len(pictures) * (width + _GAP), 3), _BACKGROUND, np.uint8
    )
    for index, (label, picture) in enumerate(zip(labels, pictures, strict=True)):
        left = index * (width + _GAP)
        strip[_LABEL : _LABEL + height, left : left + width] = picture
        _write(strip[:, left : left + width], label, (2, 13), 0.4)
    return strip


def _error(made: Bytes, truth: Bytes) -> Bytes:
    """Absolute luma difference, black to white, amplified."""
    away = np.abs(made.astype(np.float32) - truth).mean(axis=-1, keepdims=True) * _AMPLIFIED
    return np.repeat(np.minimum(away, 255), 3, axis=-1).astype(np.uint8)


def _write(area: Bytes, label: str, at: tuple[int, int], scale: float) -> None:
    # OpenCV's letters are ASCII only.
    plain = label.encode("ascii", "replace").decode()
    # A part of a picture is not contiguous; OpenCV draws into a copy of it.
    canvas = np.ascontiguousarray(area)
    cv2.putText(canvas, plain, at, cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, 1, cv2.LINE_AA)
    area[:] = canvas
