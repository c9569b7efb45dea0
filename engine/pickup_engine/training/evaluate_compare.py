"""Pictures that several methods made for the same window, against what was filmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.finishing.regrain import living_grain
from pickup_engine.media.colour import Picture
from pickup_engine.training.footage import Window
from pickup_engine.training.tables import Measure
from pickup_engine.worker.backends.base import Bytes, Conditioning, Generated, Warp
from pickup_engine.worker.backends.motion.backtest import deepened
from pickup_engine.worker.backends.motion.quality import psnr, ssim
from pickup_engine.worker.extension import Extension

Pictures = Sequence[Bytes] | Bytes
"""Pictures of one size, in a list or stacked."""

_EVERY = 2
"""Every second new frame is compared: neighbours tell the same."""


@dataclass(frozen=True)
class Compared:
    """What was measured on a window, and the pictures it was measured on.

    times: the new frames that are compared, counted from 0. truth: one picture for each. pictures:
    method -> the same.
    """

    measure: Measure
    times: Sequence[int]
    truth: Bytes
    pictures: Mapping[str, Sequence[Bytes]]


def compared_times(frames: int) -> list[int]:
    """The frames that are compared, of so many new ones; the first is always one of them."""
    return list(range(0, frames, _EVERY))


def compare(
    window: Window,
    frames: int,
    made: Mapping[str, Sequence[Bytes]],
    note: str,
    traits: Mapping[str, float] | None = None,
) -> Compared:
    """PSNR and SSIM, means over the compared frames; `made` holds pictures at those."""
    times = compared_times(frames)
    truth = window.pictures[[window.known + time for time in times]]
    values = {
        name: (
            float(np.mean([psnr(one, real) for one, real in zip(pictures, truth, strict=True)])),
            float(np.mean([ssim(one, real) for one, real in zip(pictures, truth, strict=True)])),
        )
        for name, pictures in made.items()
    }
    place = str(window.start + window.known)
    measure = Measure(window.clip, place, values, note, dict(traits or {}))
    return Compared(measure, times, truth, made)


def drawn(
    generated: Generated, asked: Conditioning, times: Sequence[int], grained: bool = True
) -> list[Bytes]:
    """Some frames of a take as a job makes them, at the model's size: the known pictures are the
    source, and get no other grain than a source of this size would. Not `grained`: before that."""
    assert isinstance(generated.output, Warp)
    keyframes = asked.known[:0] if asked.keyframes is None else asked.keyframes
    deep = deepened(np.concatenate([asked.known, keyframes]))
    height, width = deep.shape[1:3]
    grain = None
    if grained:
        grain = living_grain(deep.__getitem__, asked.known_times, asked.frames, asked.seed)
    size, made = (width, height), range(asked.frames)
    extension = Extension(generated.output, deep.__getitem__, size, size, grain, made)
    return [shallow(extension.frame(time)[0]) for time in times]


def shallow(picture: Picture) -> Bytes:
    """A picture as finishing makes it from `deepened` ones, in 8 bit."""
    return np.asarray(np.minimum((picture.astype(np.uint32) + 128) >> 8, 255), np.uint8)


def ways(generated: Generated) -> str:
    """How a take was made, by its recipe."""
    parts = generated.details["parts"]
    assert isinstance(parts, list)
    return ", ".join(str(part["way"]) for part in parts)


def apart(one: Pictures, other: Pictures) -> float:
    """Mean absolute difference of pictures in 8-bit steps."""
    pairs = zip(one, other, strict=True)
    return float(np.mean([np.abs(a.astype(np.int16) - b).mean() for a, b in pairs]))


def sharpness(made: Pictures, truth: Pictures) -> float:
    """Mean length of the luma gradient (Sobel), made over true; 1 = as sharp as what was filmed."""
    return _edges(made) / max(_edges(truth), 1e-6)


def _edges(pictures: Pictures) -> float:
    found = []
    for picture in pictures:
        luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        x = cv2.Sobel(luma, cv2.CV_32F, 1, 0)
        found.append(cv2.magnitude(x, cv2.Sobel(luma, cv2.CV_32F, 0, 1)).mean())
    return float(np.mean(found))
