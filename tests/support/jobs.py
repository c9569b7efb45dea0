"""The service's side of a job that runs in this process."""

from __future__ import annotations

from pickup.errors import Cancelled
from pickup.protocol import JobPhase, Take


class Events:
    """A service that keeps the takes, and cancels when a phase begins."""

    finished_takes: tuple[int, ...] = ()

    def __init__(self, cancel_at: JobPhase | None = None) -> None:
        self.takes: list[Take] = []
        self._cancel_at = cancel_at

    def phase(self, phase: JobPhase, steps: int) -> None:
        if phase is self._cancel_at:
            raise Cancelled("enough")

    def step(self) -> None:
        pass

    def take(self, take: Take) -> None:
        self.takes.append(take)

    def look(self, picture: object) -> None:
        pass

    def timing(self, name: str, seconds: float) -> None:
        pass
