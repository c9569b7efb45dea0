"""Shots of real clips: the future of a clip is its own truth, nobody has to label anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from pickup_engine.models.draft import model_size
from pickup_engine.training.film import some_times
from pickup_engine.training.samples import Sample, measured
from pickup_engine.worker.backends.base import Bytes
from pickup_engine.worker.backends.motion.anchors import DISTANCE

_WIDEST = 640
"""Longer side at which clips are held; products work at 256, so crops down to 0.4 stay sharp."""

_HELD = 700
"""Frames of a clip in memory."""

_KNOWN = (5, 9, 17, 25, 33)
_KNOWN_ODDS = (0.04, 0.11, 0.4, 0.15, 0.3)
_STRIDES = (1, 2, 3)
_STRIDE_ODDS = (0.7, 0.22, 0.08)
_ENDED = 0.25
_SMALLEST_CROP = 0.55
_CUT, _CUT_TIMES = 22.0, 4.0
_TRIES = 20


@dataclass(frozen=True)
class Clip:
    """(n, h, w, 3) pictures of a clip, or of a stretch of a long one."""

    name: str
    pictures: Bytes


def read_clip(path: Path, first: int = 0) -> Clip:
    """Read up to 700 pictures from `first`, at most 640 wide."""
    capture = cv2.VideoCapture(str(path))
    for _ in range(first):
        capture.grab()
    pictures: list[Bytes] = []
    while len(pictures) < _HELD:
        found, picture = capture.read()
        if not found:
            break
        scale = min(1.0, _WIDEST / max(picture.shape[:2]))
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        pictures.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8))
    capture.release()
    empty = np.zeros((0, 1, 1, 3), np.uint8)
    return Clip(path.stem, np.stack(pictures) if pictures else empty)


def draw_shots(chance: Generator, clip: Clip, count: int) -> Iterator[Sample]:
    """`count` shots of a clip: cut out in time and space, mirrored, reversed, sped up."""
    for _ in range(count):
        shot = _draw_shot(chance, clip)
        if shot is not None:
            yield shot


def _draw_shot(chance: Generator, clip: Clip) -> Sample | None:
    known = int(chance.choice(_KNOWN, p=_KNOWN_ODDS))
    ended = chance.random() < _ENDED
    for _ in range(_TRIES):
        stride = int(chance.choice(_STRIDES, p=_STRIDE_ODDS))
        length = (known + DISTANCE) * stride
        if length > len(clip.pictures):
            known, stride = min(known, max(len(clip.pictures) - DISTANCE, 5)), 1
            length = known + DISTANCE
            if length > len(clip.pictures):
                return None
        start = int(chance.integers(0, len(clip.pictures) - length + 1))
        pictures = clip.pictures[start : start + length : stride]
        if _has_cut(pictures):
            continue
        shot = _vary(chance, pictures)
        times = some_times(chance)
        end = shot[known - 1 + DISTANCE] if ended else None
        truth = np.stack([shot[known - 1 + time] for time in times])
        return measured(shot[:known], end, truth, times)
    return None


def _vary(chance: Generator, pictures: Bytes) -> Bytes:
    """Crop to a random part, resize to the model's size, mirror, reverse, expose anew."""
    height, width = pictures.shape[1:3]
    part = chance.uniform(_SMALLEST_CROP, 1.0) if chance.random() < 0.6 else 1.0
    wide, tall = int(width * part), int(height * part)
    left = int(chance.integers(0, width - wide + 1))
    top = int(chance.integers(0, height - tall + 1))
    size = model_size(wide, tall)
    small = np.stack(
        [
            cv2.resize(
                picture[top : top + tall, left : left + wide], size, interpolation=cv2.INTER_AREA
            )
            for picture in pictures
        ]
    )
    if chance.random() < 0.5:
        small = small[:, :, ::-1]
    if chance.random() < 0.15:
        small = small[:, ::-1]
    if chance.random() < 0.4:
        small = small[::-1]
    if chance.random() < 0.5:
        gain, lift = chance.uniform(0.7, 1.15), chance.uniform(-12, 12)
        small = np.clip(small.astype(np.float32) * gain + lift, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(small)


def _has_cut(pictures: Bytes) -> bool:
    small = pictures[:, ::4, ::4].astype(np.int16)
    steps = np.array([np.abs(after - before).mean() for before, after in pairwise(small)])
    return bool(steps.max() > _CUT and steps.max() > _CUT_TIMES * np.median(steps))
