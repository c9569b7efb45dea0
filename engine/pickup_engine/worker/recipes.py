"""The complete record of how a take was made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    InpaintRequest,
    JobSubmission,
    MediaKind,
    MediaRef,
    Recipe,
    RenderPlan,
    Request,
    RestyleRequest,
    Seam,
)
from pickup_engine.media.hashing import file_sha256, media_sha256
from pickup_engine.media.sequences import file_of
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.backends.base import Backend, Generated

_PACKAGES = (
    "pickup-dock",
    "torch",
    "diffusers",
    "transformers",
    "peft",
    "numpy",
    "av",
    "opencv-python-headless",
)


def source_type(request: Request, learned: bool) -> str:
    """The IPTC digital source type (cv.iptc.org/newscodes/digitalsourcetype) of a take.

    Extensions and bridges show only generated pictures, and so does a restyle by a network; one
    without shows camera pixels with other colours. An inpaint is a composite of camera pixels and
    generated ones. Where a classical way took the network's place, the stronger word stays.
    """
    match request:
        case ExtendRequest() | BridgeRequest():
            return "trainedAlgorithmicMedia"
        case RestyleRequest() if learned:
            return "trainedAlgorithmicMedia"
        case RestyleRequest():
            return "algorithmicallyEnhanced"
        case _:
            return "compositeWithTrainedAlgorithmicMedia"


def make_recipe(
    submission: JobSubmission,
    plan: RenderPlan,
    take: int,
    backend: Backend,
    generated: Generated,
    media: MediaRef,
    seam: Seam,
    measured: Mapping[str, object],
    inputs: Mapping[str, str],
    spent: Mapping[str, float],
) -> Recipe:
    """Everything needed to make the take again. `inputs`: hashes of other files by path;
    `spent`: seconds by part, until now."""
    request = submission.request
    info = rules_for(request.model).info
    confidence = {} if generated.confidence is None else {"confidence": generated.confidence}
    return Recipe(
        job=submission.id,
        take=take,
        request=request,
        plan=plan,
        model=info.id,
        model_version=info.version,
        model_sha256=backend.sha256,
        draft=info.draft,
        learned=generated.learned,
        seed=request.seed,
        media=media.path,
        media_sha256=file_sha256(media.path),
        source_sha256=_source_hash(request.source.media),
        inputs_sha256=dict(inputs),
        versions=_versions(),
        timing=dict(spent),
        seam=seam,
        details={**generated.details, **confidence, **measured},
        digital_source_type=source_type(request, generated.learned),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def input_hashes(request: Request) -> dict[str, str]:
    """Of every other file that the take was made from, by path; of a folder, that of each file."""
    named = [*request.guidance.references, *(pin.image for pin in request.guidance.keyframes)]
    if isinstance(request, InpaintRequest) and request.matte.path:
        matte = Path(request.matte.path)
        named += sorted(map(str, matte.iterdir())) if matte.is_dir() else [str(matte)]
    hashes = {path: file_sha256(path) for path in named if Path(path).is_file()}
    if isinstance(request, BridgeRequest):
        hashes[request.after.media.path] = _source_hash(request.after.media)
    return hashes


def _source_hash(media: MediaRef) -> str:
    return _hash_of(media, _stamp(media))


def _stamp(media: MediaRef) -> tuple[tuple[int, int], ...]:
    """Time and size of the source's files: a worker outlives a file that is exported again."""
    numbers = range(media.first_number, media.first_number + media.frames)
    is_sequence = media.kind is MediaKind.SEQUENCE
    names = [file_of(media.path, k) for k in numbers] if is_sequence else [media.path]
    stats = [Path(name).stat() for name in names if Path(name).exists()]
    return tuple((stat.st_mtime_ns, stat.st_size) for stat in stats)


@lru_cache(maxsize=64)
def _hash_of(media: MediaRef, stamp: tuple[tuple[int, int], ...]) -> str:
    return media_sha256(media)


@cache
def _versions() -> dict[str, str]:
    found = {"python": sys.version.split()[0]}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
