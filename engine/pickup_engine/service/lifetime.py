"""When the service may leave: nobody listens, nothing is to do, and it has been so for a while."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable

IDLE_SECONDS = 600.0
_LOOKS = 20
"""How often it looks, per idle time."""


def idle_seconds() -> float:
    """The idle time; PICKUP_IDLE_SECONDS overrides it."""
    return float(os.environ.get("PICKUP_IDLE_SECONDS", IDLE_SECONDS))


class IdleWatch:
    """Counts the time since the last request, stream or job."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._last = time.monotonic()

    def touch(self) -> None:
        """Something happened."""
        self._last = time.monotonic()

    async def until_idle(self, is_used: Callable[[], bool]) -> None:
        """Return when `is_used` was false, and nothing touched, for the whole limit."""
        while time.monotonic() - self._last < self._limit:
            await asyncio.sleep(min(self._limit / _LOOKS, 1.0))
            if is_used():
                self.touch()
