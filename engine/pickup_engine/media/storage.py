"""Small files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from pickup_engine.media.failures import storing


def write_whole(path: Path, data: bytes, durable: bool = True) -> None:
    """Write `data` to a temporary name beside `path`, flush it to the disk and rename it.

    `durable` False leaves the flush to the system: for what can be made again.

    Raises StorageError that names the folder; an existing file stays until the new one is complete.
    """
    with storing(path):
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        temporary = Path(name)
        with ExitStack() as unless_whole:
            unless_whole.callback(temporary.unlink, missing_ok=True)
            with os.fdopen(number, "wb") as handle:
                handle.write(data)
                handle.flush()
                if durable:
                    os.fsync(handle.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
            unless_whole.pop_all()
