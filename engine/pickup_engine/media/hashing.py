"""SHA-256 of files, in pieces, so that a feature film does not fill the memory."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from pickup.protocol import MediaKind, MediaRef
from pickup_engine.media import failures, sequences

_PIECE: Final = 4 << 20


def file_sha256(path: str | Path) -> str:
    """The SHA-256 of one file, in hex. Raises MediaError where it cannot be read."""
    failures.check_readable(str(path))
    digest = hashlib.sha256()
    with Path(path).open("rb") as handle:
        while piece := handle.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def media_sha256(media: MediaRef) -> str:
    """The SHA-256 of a media file; of a sequence that of its files' hashes in order."""
    if media.kind is not MediaKind.SEQUENCE:
        return file_sha256(media.path)
    digest = hashlib.sha256()
    for k in range(media.frames):
        file = sequences.file_of(media.path, media.first_number + k)
        if Path(file).exists():
            digest.update(file_sha256(file).encode())
    return digest.hexdigest()
