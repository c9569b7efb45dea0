"""One service per user, held by a kernel lock: it is never stale, whatever way the holder ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class EngineLock:
    """An exclusive lock on a file, kept until the process ends."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def acquire(self) -> bool:
        """Take the lock; False where another process holds it."""
        try:
            _lock(self._file)
        except (BlockingIOError, PermissionError):
            return False
        return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
