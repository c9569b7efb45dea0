"""Checks of a whole request before anything is done with it."""

from __future__ import annotations

import re

from pickup.errors import RequestError
from pickup.protocol import InpaintRequest, JobSubmission, Request, Source
from pickup_engine.service.roots import PathKind, Roots

_JOB_ID = re.compile(r"[a-z0-9]{8,32}")
_NAME_LIMIT = 150
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]')
_MAX_TAKES = 16


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
    check_source(request.source, roots)
    for path in request.guidance.references:
        roots.check(path)
    for keyframe in request.guidance.keyframes:
        roots.check(keyframe.image)
    if isinstance(request, InpaintRequest) and request.matte.path:
        roots.check(request.matte.path, PathKind.MATTE)
    roots.check(request.output.folder, PathKind.FOLDER)
    _check_name(request.output.name)
    if not 1 <= request.takes <= _MAX_TAKES:
        raise RequestError(
            f"{request.takes} takes were asked for.",
            f"Ask for 1 to {_MAX_TAKES} takes.",
            code="request.takes",
        )


def check_source(source: Source, roots: Roots) -> None:
    """Raise RequestError or MediaError where its media may not be read."""
    roots.check(source.media.path)


def _check_name(name: str) -> None:
    usable = 0 < len(name.encode()) <= _NAME_LIMIT and not _FORBIDDEN.search(name)
    if not usable or name.startswith(".") or name != name.strip():
        raise RequestError(
            f"“{name[:60]}” cannot be the name of a file.",
            'Use a short name without slashes and without any of : * ? " < > |.',
            code="request.name",
        )
