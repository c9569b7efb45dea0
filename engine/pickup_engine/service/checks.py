"""Checks of a whole request before anything is done with it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pickup.errors import ModelError, RequestError, StorageError
from pickup.protocol import (
    BridgeRequest,
    Codec,
    Delivery,
    ExtendRequest,
    InpaintRequest,
    JobSubmission,
    Request,
    Sampling,
    Source,
    frames_of,
    sources_of,
)
from pickup_engine.models.entry import is_model_id
from pickup_engine.service.roots import PathKind, Roots

_JOB_ID = re.compile(r"[a-z0-9]{8,32}")
_NAME_LIMIT = 150
_FORBIDDEN = re.compile(r'[\x00-\x1f\ud800-\udfff<>:"/\\|?*]')
_MAX_TAKES = 16
_MAX_SIDE = 1 << 16
_MAX_STEPS = 200
_MAX_GUIDANCE = 30.0
_LEAST_SIZE = 64
_MAX_HANDLE = 120


def check_submission(submission: JobSubmission, roots: Roots) -> None:
    """Raise RequestError where the id or the request cannot be used."""
    if not _JOB_ID.fullmatch(submission.id):
        # It becomes part of file names.
        raise RequestError(
            f"“{submission.id[:40]}” cannot be the id of a job.",
            "Use 8 to 32 lower-case letters and digits.",
            code="request.job_id",
        )
    check_request(submission.request, roots)


def check_request(request: Request, roots: Roots) -> None:
    """Raise RequestError or MediaError for a path, name or count that cannot be used."""
    for source in sources_of(request):
        check_source(source, roots)
    check_model(request.model, roots)
    if frames_of(request) < 1:
        raise _count(f"{frames_of(request)} new frames", "at least one")
    if isinstance(request, BridgeRequest):
        _check_same_rate(request)
    if isinstance(request, ExtendRequest):
        _check_handle(request)
    for path in request.guidance.references:
        roots.check(path)
    _check_keyframes(request, roots)
    if isinstance(request, InpaintRequest) and request.matte.path:
        roots.check(request.matte.path, PathKind.MATTE)
    roots.check(request.output.folder, PathKind.FOLDER)
    _check_name(request.output.name)
    _check_codec(request)
    if not 1 <= request.takes <= _MAX_TAKES:
        raise _count(f"{request.takes} takes", f"1 to {_MAX_TAKES}")
    _check_sampling(request.sampling)


def check_model(model: str, roots: Roots) -> None:
    """Raise ModelError where it cannot be a model's id, RequestError where it is a folder that may
    not be read."""
    if Path(model).is_absolute():
        roots.check(model, PathKind.FOLDER)
    elif not is_model_id(model):
        raise ModelError(
            f"“{model[:80]}” cannot be the id of a model.",
            "Give an id that `pickup models list` shows, or the whole path of a model's folder.",
            code="model.unknown",
        )


def _check_keyframes(request: Request, roots: Roots) -> None:
    frames = frames_of(request)
    taken: set[int] = set()
    for keyframe in request.guidance.keyframes:
        roots.check(keyframe.image)
        if keyframe.frame in taken or not 0 <= keyframe.frame < frames:
            raise RequestError(
                f"The keyframe {keyframe.image} cannot be pinned at frame {keyframe.frame}.",
                f"Pin each image at a frame of its own between 0 and {frames - 1}.",
                code="request.keyframe",
            )
        taken.add(keyframe.frame)


def _check_handle(request: ExtendRequest) -> None:
    most = min(_MAX_HANDLE, request.frames - 1)
    if not 0 <= request.handle <= most:
        asked = f"{request.handle} frames of handle in a file of {request.frames}"
        raise _count(asked, f"0 to {most}")


def _check_same_rate(request: BridgeRequest) -> None:
    """Both runs count the frames of one timeline."""
    if request.source.rate != request.after.rate:
        raise RequestError(
            f"The two sides of the bridge count at {request.source.rate} and {request.after.rate}"
            " frames per second.",
            "Plan the bridge again in its timeline.",
            code="request.rate",
        )


def _check_sampling(sampling: Sampling) -> None:
    """0 leaves a number to the model."""
    if not 0 <= sampling.steps <= _MAX_STEPS:
        raise _count(f"{sampling.steps} steps", f"1 to {_MAX_STEPS}, or 0 for the model's own")
    if sampling.guidance and not 1 <= sampling.guidance <= _MAX_GUIDANCE:
        raise _count(f"{sampling.guidance:g} of guidance", f"1 to {_MAX_GUIDANCE:g}")
    if sampling.size and not _LEAST_SIZE <= sampling.size <= _MAX_SIDE:
        raise _count(f"{sampling.size} pixels of size", f"{_LEAST_SIZE} or more")


def _check_codec(request: Request) -> None:
    """Refuse before the work what the writer would refuse after it."""
    is_patch = isinstance(request, InpaintRequest) and request.delivery is Delivery.PATCH
    media = request.source.media
    if request.output.codec is Codec.FFV1 and media.pixel_aspect != 1 and not is_patch:
        raise RequestError(
            f"FFV1 takes cannot keep the pixel aspect of {media.pixel_aspect} of {media.path}.",
            "Choose ProRes or H.264 for clips whose pixels are not square.",
            code="request.pixel_aspect",
        )


def check_source(source: Source, roots: Roots) -> None:
    """Raise RequestError or MediaError where it may not be read or its numbers mean nothing."""
    roots.check(source.media.path)
    media = source.media
    if source.frames < 1 or media.frames < 1:
        raise _count(f"{min(source.frames, media.frames)} frames of {media.path}", "at least one")
    sizes = (media.width, media.height)
    if min(source.rate, media.rate, media.pixel_aspect) <= 0 or not all(
        1 <= size <= _MAX_SIDE for size in sizes
    ):
        raise RequestError(
            f"The rate or size of {media.path} makes no sense.",
            "Probe the file again.",
            code="request.media",
        )


def prepare_output(folder: str) -> None:
    """Make the folder for takes. StorageError where that, or writing into it, is not possible: told
    now, and not after minutes of work."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _denied(folder) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _denied(folder)


def _denied(folder: str) -> StorageError:
    return StorageError(
        f"Takes cannot be written into {folder}.",
        "Give yourself the right to write there, or choose another folder.",
        code="storage.denied",
    )


def _count(asked: str, possible: str) -> RequestError:
    return RequestError(f"{asked} were asked for.", f"Ask for {possible}.", code="request.count")


def _check_name(name: str) -> None:
    usable = not _FORBIDDEN.search(name) and 0 < len(name.encode()) <= _NAME_LIMIT
    if not usable or name.startswith(".") or name != name.strip():
        raise RequestError(
            f"“{name[:60]}” cannot be the name of a file.",
            'Use a short name without slashes and without any of : * ? " < > |.',
            code="request.name",
        )
