"""Decode and conform in: from a request to what a model may know (`Conditioning`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pickup.errors import MediaError, RequestError
from pickup.protocol import (
    ExtendRequest,
    InpaintRequest,
    JobPhase,
    Request,
    RestyleRequest,
    Side,
)
from pickup_engine.finishing.conform import SourceRun, load_image, to_model
from pickup_engine.finishing.matte import MatteRun, load_matte
from pickup_engine.media.colour import Picture
from pickup_engine.media.reader import FrameReader
from pickup_engine.models.rules import ModelRules
from pickup_engine.worker.backends.base import Bytes, Conditioning, Report
from pickup_engine.worker.window import Window, around, whole

_ENOUGH = 9
"""With fewer pictures than this in the run, context is read from beyond it: motion needs a past."""


@dataclass(frozen=True)
class Material:
    """What a job works with. `conditioning` is that of the first take.

    `run` gives the source's full-size pictures by record frame; `record_frames` says which of them
    the known pictures are; `keyframes` are at full size.
    """

    conditioning: Conditioning
    run: SourceRun
    record_frames: tuple[int, ...]
    window: Window
    matte: MatteRun | None
    keyframes: tuple[Picture, ...]

    def picture(self, index: int) -> Picture:
        """What a warp is rendered from: the full-size counterpart of known picture `index`,
        keyframes following the known ones, cut to `window`."""
        if index < len(self.record_frames):
            return self.window.crop(self.run.picture(self.record_frames[index]))
        return self.window.crop(self.keyframes[index - len(self.record_frames)])

    def for_take(self, take: int) -> Conditioning:
        """The conditioning of alternative `take`."""
        return replace(self.conditioning, take=take)


def gather(request: Request, rules: ModelRules, reader: FrameReader, report: Report) -> Material:
    """Read and resize all that the request names. Raises MediaError and RequestError."""
    source, media = request.source, request.source.media
    matte: MatteRun | None = None
    mattes = None
    window = whole(media.width, media.height)
    if isinstance(request, InpaintRequest):
        matte = load_matte(request.matte, media.width, media.height, source.frames)
        window = around(matte.union())
    run = SourceRun(source, reader)
    record_frames, times = _context(request, run, rules.context)
    size = rules.model_size(window.width, window.height)
    if matte is not None and isinstance(request, InpaintRequest):
        mattes = _small_mattes(request, matte, window, size, record_frames)
    report.phase(JobPhase.DECODING, len(record_frames))
    known = np.empty((len(record_frames), size[1], size[0], 3), np.uint8)
    for row, k in enumerate(record_frames):
        known[row] = to_model(window.crop(run.picture(k)), *size)
        report.step()
    keyframes = tuple(
        load_image(pin.image, media.width, media.height) for pin in request.guidance.keyframes
    )
    conditioning = Conditioning(
        operation=request.operation,
        frames=request.frames if isinstance(request, ExtendRequest) else source.frames,
        rate=source.rate,
        known=known,
        known_times=times,
        matte=mattes,
        keyframes=np.stack([to_model(image, *size) for image in keyframes]) if keyframes else None,
        keyframe_times=tuple(pin.frame for pin in request.guidance.keyframes),
        references=tuple(_reference(image) for image in request.guidance.references),
        prompt=request.guidance.prompt,
        preset=request.preset if isinstance(request, RestyleRequest) else "",
        strength=request.strength if isinstance(request, RestyleRequest) else 1.0,
        camera=request.guidance.camera,
        seed=request.seed,
    )
    return Material(conditioning, run, record_frames, window, matte, keyframes)


def _context(
    request: Request, source_run: SourceRun, context: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which record frames of the source are read, and their times for the model."""
    source = request.source
    if not isinstance(request, ExtendRequest):
        run = tuple(range(source.frames))
        return run, run
    if request.side is Side.TAIL:
        end = source.frames
        run = tuple(range(max(end - context, _reach(source_run, -1)), end))
        return run, tuple(k - end for k in run)
    run = tuple(range(min(context, _reach(source_run, 1))))
    return run, tuple(k + request.frames for k in run)


def _reach(run: SourceRun, direction: int) -> int:
    """How far context may be read: the run itself, or beyond it where the run is very short.

    Beyond the run the media may hold another shot, so that is the exception. Returns the first
    record frame (direction -1) or the end (direction 1).
    """
    first, end = 0, run.source.frames
    while direction < 0 and end - first < _ENOUGH and run.has(first - 1):
        first -= 1
    while direction > 0 and end < _ENOUGH and run.has(end):
        end += 1
    return first if direction < 0 else end


def _small_mattes(
    request: InpaintRequest,
    matte: MatteRun,
    window: Window,
    size: tuple[int, int],
    record_frames: tuple[int, ...],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Raises RequestError where no frame leaves anything to fill from: that would be plain grey."""
    small = np.stack([matte.for_model(k, window.slices, *size) for k in record_frames])
    if small.all():
        raise RequestError(
            f"The matte {Path(request.matte.path).name or request.matte.box} covers (almost)"
            f" the whole picture of {request.source.media.path} in every frame.",
            "Leave some of the picture outside the matte: the fill is made from it.",
            code="request.matte_full",
        )
    return small


def _reference(path: str) -> Bytes:
    picture = load_image(path)
    height, width = picture.shape[:2]
    if min(height, width) < 2:
        raise MediaError(
            f"The reference image {path} is only {width} × {height} pixels.",
            "Give a picture of at least 2 × 2 pixels.",
            code="media.too_small",
        )
    scale = min(1.0, 1024 / max(height, width))
    return to_model(picture, max(2, round(width * scale)), max(2, round(height * scale)))
