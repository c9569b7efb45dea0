"""Tells how far a transfer is, a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pickup_engine.models.transfer.order import Word

_SECONDS: Final = 0.2


class Report:
    """Counts bytes over all files of a model."""

    def __init__(self, tell: Callable[[Word], None], total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = 0
        self._file = ""
        self._told = 0.0

    def begin(self, file: str) -> None:
        """The next file."""
        self._file = file
        self._say()

    def add(self, count: int) -> None:
        """`count` more bytes are done; fewer than before where some must be done again."""
        self._done += count
        if time.monotonic() - self._told >= _SECONDS:
            self._say()

    def _say(self) -> None:
        self._told = time.monotonic()
        self._tell(Word(self._done, self._total, self._file))
