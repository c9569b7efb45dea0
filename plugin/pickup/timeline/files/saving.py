"""Writing files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from pickup.errors import StorageError


def same_file(a: Path, b: Path) -> bool:
    """Whether two paths lead to one file, by links too."""
    try:
        return a.samefile(b)
    except OSError:
        return a.resolve() == b.resolve()


def write_whole(target: Path, text: str) -> None:
    """Write `text` to `target` by a temporary file beside it: it is there whole or not at all.

    Raises StorageError that names the file.
    """
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("x", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise unwritable(target, error) from None


def unwritable(target: Path, error: OSError) -> StorageError:
    """What the user hears where a file cannot be written."""
    return StorageError(
        f"{target} cannot be written: {error.strerror or error}.",
        "Choose a folder that you may write to, on a disk with free space.",
        code="storage.write",
    )
