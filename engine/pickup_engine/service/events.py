"""The event stream: the last changes of jobs, kept for clients that come back."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator

from pickup.protocol import JobEvent, JobStatus, encode

KEPT = 2000
KEEPALIVE_SECONDS = 5.0
PROGRESS_SECONDS = 0.1
_LIFE = 1_000_000_000
"""Events per life of a service: numbers of a later life are always larger."""


class EventHub:
    """Numbers the events and hands them to any number of streams. Lives on the event loop.

    `life` makes numbers unique over restarts: a client that comes back with a number of an earlier
    life is told to read everything again.
    """

    def __init__(self, life: int) -> None:
        self._first = life * _LIFE
        self._seq = self._first
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self._closed = False
        self._clients = 0
        self._told: dict[str, float] = {}
        self._held: dict[str, JobStatus] = {}

    @property
    def clients(self) -> int:
        """Open streams."""
        return self._clients

    @property
    def seq(self) -> int:
        """Number of the last event."""
        return self._seq

    def publish(self, job: JobStatus, important: bool) -> None:
        """Send a status. Mere progress goes out at most ten times a second per job, the last one
        always; an important change goes out at once and replaces progress that waits."""
        now = asyncio.get_running_loop().time()
        wait = PROGRESS_SECONDS - (now - self._told.get(job.id, -1.0))
        if important or (wait <= 0 and job.id not in self._held):
            self._held.pop(job.id, None)
            self._send(job, now)
            return
        if job.id not in self._held:
            asyncio.get_running_loop().call_later(max(wait, 0.0), self._flush, job.id)
        self._held[job.id] = job

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._news.set()

    async def stream(self, after: int | None) -> AsyncGenerator[bytes, None]:
        """Lines of text/event-stream: what came after event `after` (None = now), then live."""
        seen = self._seq if after is None else after
        self._clients += 1
        try:
            yield b": pickup\n\n"
            if not self._knows(seen):
                seen = self._seq
                yield b"id: %d\nevent: resync\ndata: {}\n\n" % seen
            while not self._closed:
                news = [(seq, text) for seq, text in self._kept if seq > seen]
                if news and news[0][0] > seen + 1:
                    # Too slow a reader: what it missed is no longer kept.
                    news = [(self._seq, b"id: %d\nevent: resync\ndata: {}\n\n" % self._seq)]
                if news:
                    seen = news[-1][0]
                    yield b"".join(text for _, text in news)
                elif not await self._wait():
                    yield b": still here\n\n"
        finally:
            self._clients -= 1

    def _knows(self, seen: int) -> bool:
        oldest = self._kept[0][0] - 1 if self._kept else self._seq
        return oldest <= seen <= self._seq

    async def _wait(self) -> bool:
        try:
            await asyncio.wait_for(self._news.wait(), KEEPALIVE_SECONDS)
        except TimeoutError:
            return False
        return True

    def _flush(self, job: str) -> None:
        status = self._held.pop(job, None)
        if status is not None:
            self._send(status, asyncio.get_running_loop().time())

    def _send(self, job: JobStatus, now: float) -> None:
        self._told[job.id] = now
        self._seq += 1
        data = json.dumps(encode(JobEvent(self._seq, job)), separators=(",", ":"))
        self._kept.append(
            (self._seq, b"id: %d\nevent: job\ndata: %s\n\n" % (self._seq, data.encode()))
        )
        # Wakes everybody who waits now; those who come later have a fresh one to wait on.
        self._news.set()
        if not self._closed:
            self._news = asyncio.Event()
