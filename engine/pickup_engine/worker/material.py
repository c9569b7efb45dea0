"""Decode and conform in: from a request to what a model may know (`Conditioning`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from pickup.errors import MediaError, RequestError
from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    InpaintRequest,
    JobPhase,
    RenderPlan,
    Request,
    RestyleRequest,
    Side,
    Source,
    frames_of,
    sources_of,
)
from pickup_engine.finishing.conform import SourceRun, fitted, load_image, resized, to_model
from pickup_engine.finishing.cutout import CutoutImage, load_cutout
from pickup_engine.finishing.matte import MatteRun, load_matte
from pickup_engine.media.colour import Picture, eight_bit
from pickup_engine.media.reader import FrameReader, open_reader
from pickup_engine.models.rules import ModelRules
from pickup_engine.worker.backends.base import BrushStroke, Bytes, Conditioning, Cutout, Report
from pickup_engine.worker.window import Window, around, whole

_ENOUGH = 9
"""With fewer pictures than this in the run, context is read from beyond it: motion needs a past."""


_CLOSER = 2
"""A place is followed in pictures of twice the model's size: errors are seen as sliding."""

_CACHE_BYTES: Final = 1 << 30
"""For all readers of a job together. A warp reads a few pictures again and again; decoding them
anew would cost more than the rest."""


@dataclass(frozen=True)
class Known:
    """A real picture that a model is shown: record frame `frame` of `run`, at `time` of the job."""

    run: SourceRun
    frame: int
    time: int

    def picture(self) -> Picture:
        """At full size."""
        return self.run.picture(self.frame)


@dataclass(frozen=True)
class Material:
    """What a job works with. `conditioning` is what all takes have in common.

    `run` gives the source's full-size pictures by record frame; `known` are those that the model
    sees, in the order of time; `keyframes` and `cutout` are at full size.
    """

    conditioning: Conditioning
    run: SourceRun
    known: tuple[Known, ...]
    window: Window
    matte: MatteRun | None
    keyframes: tuple[Picture, ...]
    cutout: CutoutImage | None = None

    def picture(self, index: int) -> Picture:
        """What a warp is rendered from: the full-size counterpart of known picture `index`,
        keyframes following the known ones, cut to `window`."""
        if index < len(self.known):
            return self.window.crop(self.known[index].picture())
        return self.window.crop(self.keyframes[index - len(self.known)])


@contextmanager
def open_runs(request: Request) -> Iterator[tuple[SourceRun, ...]]:
    """The runs of pictures that a request works from, all in the size of the first. Raises
    MediaError where a file is gone or no longer what it was."""
    sources = sources_of(request)
    with ExitStack() as opened:
        yield tuple(
            SourceRun(source, opened.enter_context(_reader(source, request.source, len(sources))))
            for source in sources
        )


def _reader(source: Source, first: Source, readers: int) -> AbstractContextManager[FrameReader]:
    conform = None if source is first else partial(fitted, media=source.media, frame=first.media)
    return open_reader(source.media, _CACHE_BYTES // readers, conform)


def gather(
    request: Request,
    plan: RenderPlan,
    rules: ModelRules,
    runs: Sequence[SourceRun],
    report: Report,
) -> Material:
    """Read and resize all that the request names; `runs` as `open_runs` gives them. Raises
    MediaError and RequestError."""
    source, media = request.source, request.source.media
    matte: MatteRun | None = None
    mattes = None
    image: CutoutImage | None = None
    window = whole(media.width, media.height)
    if isinstance(request, InpaintRequest):
        matte = load_matte(request.matte, media.width, media.height, source.frames)
        if request.guidance.references and rules.places_cutouts:
            image = load_cutout(request.guidance.references[0])
        else:
            window = around(matte.union())
    shown = _context(request, runs, rules.context)
    size = rules.model_size(window.width, window.height, plan)
    if image is not None:
        size = (_CLOSER * size[0], _CLOSER * size[1])
    elif matte is not None and isinstance(request, InpaintRequest):
        mattes = _small_mattes(request, matte, window, size, shown)
    report.phase(JobPhase.DECODING, len(shown))
    known = np.empty((len(shown), size[1], size[0], 3), np.uint8)
    for row, one in enumerate(shown):
        known[row] = to_model(window.crop(one.picture()), *size)
        report.step()
    keyframes = tuple(
        load_image(pin.image, media.width, media.height) for pin in request.guidance.keyframes
    )
    conditioning = Conditioning(
        operation=request.operation,
        frames=frames_of(request),
        rate=source.rate,
        known=known,
        known_times=tuple(one.time for one in shown),
        matte=mattes,
        keyframes=_cropped(keyframes, window, size),
        keyframe_times=tuple(pin.frame for pin in request.guidance.keyframes),
        references=()
        if image is not None
        else tuple(_reference(path) for path in request.guidance.references),
        cutout=None if image is None or matte is None else _cutout(request, image, matte),
        prompt=request.guidance.prompt,
        negative=request.guidance.negative,
        preset=request.preset if isinstance(request, RestyleRequest) else "",
        strength=request.strength if isinstance(request, RestyleRequest) else 1.0,
        camera=request.guidance.camera,
        strokes=_strokes(request, *size),
        execution=plan.execution,
        seed=request.seed,
        handle=request.handle if isinstance(request, ExtendRequest) else 0,
    )
    return Material(conditioning, runs[0], shown, window, matte, keyframes, image)


def _context(request: Request, runs: Sequence[SourceRun], context: int) -> tuple[Known, ...]:
    """The pictures that are read."""
    match request:
        case ExtendRequest(side=Side.TAIL):
            return _before(runs[0], context)
        case ExtendRequest():
            return _after(runs[0], context, request.frames)
        case BridgeRequest():
            before, after = runs
            return (*_before(before, context), *_after(after, context, request.frames))
        case _:
            return tuple(Known(runs[0], k, k) for k in range(request.source.frames))


def _before(run: SourceRun, context: int) -> tuple[Known, ...]:
    """The last pictures of a run, which new ones follow."""
    end = run.source.frames
    first = max(end - context, _reach(run, -1))
    return tuple(Known(run, k, k - end) for k in range(first, end))


def _after(run: SourceRun, context: int, frames: int) -> tuple[Known, ...]:
    """The first pictures of a run, which `frames` new ones lead to."""
    return tuple(Known(run, k, k + frames) for k in range(min(context, _reach(run, 1))))


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
    shown: Sequence[Known],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Raises RequestError where no frame leaves anything to fill from: that would be plain grey."""
    small = np.stack([matte.for_model(one.frame, window.slices, *size) for one in shown])
    if small.all():
        raise RequestError(
            f"The matte {Path(request.matte.path).name or request.matte.box} covers (almost)"
            f" the whole picture of {request.source.media.path} in every frame.",
            "Leave some of the picture outside the matte: the fill is made from it.",
            code="request.matte_full",
        )
    return small


def _cropped(images: tuple[Picture, ...], window: Window, size: tuple[int, int]) -> Bytes | None:
    """What the model sees of the keyframes: the same part of them as of the source."""
    if not images:
        return None
    return np.stack([to_model(window.crop(image), *size) for image in images])


def _strokes(request: Request, width: int, height: int) -> tuple[BrushStroke, ...]:
    """From source pixels to the model's: a pixel's middle is half a pixel from its edge in both."""
    media = request.source.media
    across, down = width / media.width, height / media.height
    return tuple(
        BrushStroke(
            tuple(((x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5) for x, y in stroke.points),
            stroke.radius * (across + down) / 2,
        )
        for stroke in request.guidance.strokes
    )


def _cutout(request: Request, image: CutoutImage, matte: MatteRun) -> Cutout:
    """Raises RequestError where the matte does not say where the thing stands at first."""
    media, first = request.source.media, matte.mask(0)
    if not first.any():
        raise RequestError(
            "The matte is black in the first frame: it does not say where the cut-out stands.",
            "Paint white where it shall stand in the first frame, or give a box.",
            code="request.matte_empty",
        )
    rows, columns = np.flatnonzero(first.any(axis=1)), np.flatnonzero(first.any(axis=0))
    height, width = image.alpha.shape
    scale = min(1.0, 512 / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    return Cutout(
        picture=to_model(image.picture, *size),
        alpha=eight_bit(resized(image.alpha, *size)),
        box=(
            columns[0] / media.width,
            rows[0] / media.height,
            (columns[-1] + 1 - columns[0]) / media.width,
            (rows[-1] + 1 - rows[0]) / media.height,
        ),
        aspect=float(media.width * media.pixel_aspect / media.height),
        keyed=image.keyed,
    )


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
