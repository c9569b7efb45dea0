"""Reading, hashing and placing files of any size."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pickup.errors import ModelError, StorageError

_PIECE: Final = 4 << 20
_SPARE_BYTES: Final = 256 << 20
"""Room that is left to others on the disk."""


def sha256_of(path: Path, heard: Callable[[int], None]) -> str:
    """SHA-256 in hex; `heard` is told of every piece's size. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for piece in pieces(file):
            digest.update(piece)
            heard(len(piece))
    return digest.hexdigest()


def git_hash_of(path: Path) -> str:
    """What git calls a file of that content: SHA-1 over `blob SIZE` and a zero byte before it."""
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        for piece in pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file, a few megabytes at a time."""
    while piece := file.read(_PIECE):
        yield piece


def link_or_copy(source: Path, target: Path, heard: Callable[[int], None]) -> str:
    """Make `target` the same file as `source`, by a hard link where the disk allows it, else by a
    copy; its SHA-256. Times are kept. Raises OSError."""
    real = source.resolve(strict=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(real, target)
    except OSError:
        return _copy(real, target, heard)
    return sha256_of(target, heard)


def _copy(source: Path, target: Path, heard: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    begun = target.with_name(target.name + ".part")
    with source.open("rb") as read, begun.open("wb") as write:
        for piece in pieces(read):
            digest.update(piece)
            write.write(piece)
            heard(len(piece))
        flush(write)
    times = source.stat()
    os.utime(begun, ns=(times.st_atime_ns, times.st_mtime_ns))
    begun.replace(target)
    return digest.hexdigest()


def flush(file: BinaryIO) -> None:
    """Wait until the disk has it."""
    file.flush()
    os.fsync(file.fileno())


def check_space(folder: Path, needed: int) -> None:
    """Raise StorageError where the disk of `folder` (which exists) has no room for `needed` bytes
    and a little more."""
    free = shutil.disk_usage(folder).free
    if needed and needed + _SPARE_BYTES > free:
        raise StorageError(
            f"The model needs {needed / 1e9:.1f} GB more on the disk of {folder},"
            f" and {free / 1e9:.1f} GB are free.",
            "Free some space there, or move Pickup's files with PICKUP_HOME.",
            code="storage.full",
        )


@contextlib.contextmanager
def storing(folder: Path) -> Iterator[None]:
    """Turn the system's errors inside the block into an error that names the folder or file."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageError(
                f"The disk of {folder} is full.",
                "Free some space and start again: what is there is kept.",
                code="storage.full",
            ) from error
        raise ModelError(
            f"{error.filename or folder} cannot be used: {error.strerror or error}.",
            "Check the disk and the rights to read and write there.",
            code="model.file",
        ) from error
