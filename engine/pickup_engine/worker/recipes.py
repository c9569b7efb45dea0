"""The complete record of how a take was made."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from pickup.protocol import (
    ExtendRequest,
    JobSubmission,
    MediaRef,
    Recipe,
    RenderPlan,
    Request,
    RestyleRequest,
    Seam,
)
from pickup_engine.media.hashing import file_sha256, media_sha256
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.backends.base import Backend, Generated

_PACKAGES = ("pickup-dock", "torch", "diffusers", "numpy", "av", "opencv-python-headless")


def source_type(request: Request) -> str:
    """The IPTC digital source type (cv.iptc.org/newscodes/digitalsourcetype) of a take.

    A restyle by colour tables and every patch is a composite of camera pixels and generated ones;
    an extension shows only generated pictures.
    """
    match request:
        case ExtendRequest():
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
) -> Recipe:
    """Everything needed to make the take again."""
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
        versions=_versions(),
        seam=seam,
        details={**generated.details, **confidence, **measured},
        digital_source_type=source_type(request),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


@cache
def _source_hash(media: MediaRef) -> str:
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
