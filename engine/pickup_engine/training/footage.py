"""Windows of real clips to measure on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from pickup_engine.models.draft import model_size
from pickup_engine.worker.backends.base import Bytes

SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm")
_CUT, _CUT_TIMES = 25.0, 5.0
"""A mean difference between neighbours of so many 8-bit steps, and so many times the usual one, is
a cut: nothing could be predicted across it."""


@dataclass(frozen=True)
class Window:
    """(n, h, w, 3) pictures of a clip at the model's size, `known` before the ones to predict."""

    clip: str
    start: int
    pictures: Bytes
    known: int


def windows(
    folder: Path, known: int, least_known: int, new: int, per_clip: int
) -> Iterator[Window]:
    """Evenly placed windows of every clip in a folder, without cuts inside."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            yield from _of_clip(path, known, least_known, new, per_clip)


def _of_clip(path: Path, known: int, least_known: int, new: int, per_clip: int) -> Iterator[Window]:
    pictures = _read(path)
    count = len(pictures)
    if count < least_known + new:
        return
    known = min(known, count - new)
    room = count - known - new
    starts = {round(room * (part + 1) / (per_clip + 1)) for part in range(per_clip)}
    for start in sorted(starts):
        window = np.stack(pictures[start : start + known + new])
        if not _has_cut(window):
            yield Window(path.stem, start, window, known)


def _read(path: Path, limit: int = 1200) -> Sequence[Bytes]:
    """All pictures of a clip, at most `limit`, at the model's size."""
    capture = cv2.VideoCapture(str(path))
    pictures: list[Bytes] = []
    while len(pictures) < limit:
        found, picture = capture.read()
        if not found:
            break
        size = model_size(picture.shape[1], picture.shape[0])
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        pictures.append(np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8))
    capture.release()
    return pictures


def _has_cut(pictures: Bytes) -> bool:
    steps = np.array(
        [np.abs(after.astype(np.int16) - before).mean() for before, after in pairwise(pictures)]
    )
    return bool(steps.max() > _CUT and steps.max() > _CUT_TIMES * np.median(steps))
