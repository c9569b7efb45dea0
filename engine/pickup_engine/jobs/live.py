"""How far a running job is. Kept in memory only: it is worth nothing after a crash."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field

from pickup.protocol import JobPhase, JobStatus
from pickup_engine.jobs.messages import PhaseBegan, PreviewMade, Progress, StepDone, TakeMade, Timed

_ORDER = tuple(JobPhase)
_TRUST_AFTER = 0.05
"""Below this share of the job the elapsed time says nothing about the rest."""


@dataclass
class LiveJob:
    """Progress of the current attempt. `shares` says how a take's time divides into phases."""

    shares: dict[JobPhase, float]
    takes: int
    expected: float
    takes_done: int = 0
    began: float = field(default_factory=time.monotonic)
    phase: JobPhase | None = None
    timed: JobPhase | None = JobPhase.LOADING
    """What the clock runs for: until the first phase begins the worker starts, which is loading."""
    timed_from: float = field(default_factory=time.monotonic)
    step: int = 0
    steps: int = 0
    progress: float = 0.0
    preview: str = ""
    timing: dict[str, float] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds spent in each phase so far."""

    def hear(self, reply: Progress) -> None:
        """Take in one word of the worker."""
        match reply:
            case PhaseBegan():
                self._time(reply.phase)
                self.phase, self.steps, self.step = reply.phase, reply.steps, 0
            case StepDone():
                self.step = reply.step
            case PreviewMade():
                self.preview = reply.path
            case TakeMade():
                self._time(None)
                self.phase = None
                self.takes_done = min(self.takes_done + 1, self.takes)
            case Timed():
                self.timing[reply.name] = self.timing.get(reply.name, 0.0) + reply.seconds
        self.progress = max(self.progress, min(self._share_done(), 0.999))

    def end(self) -> float:
        """Close the books; the seconds since the attempt began."""
        self._time(None)
        return time.monotonic() - self.began

    def overlay(self, status: JobStatus) -> JobStatus:
        """The stored status with what is known only here."""
        return dataclasses.replace(
            status,
            phase=self.phase,
            step=self.step,
            steps=self.steps,
            progress=self.progress,
            eta=self._eta(),
            preview=self.preview,
            timing=dict(self.timing),
        )

    def _time(self, following: JobPhase | None) -> None:
        now = time.monotonic()
        if self.timed is not None:
            name = self.timed.value
            self.phases[name] = self.phases.get(name, 0.0) + now - self.timed_from
        self.timed, self.timed_from = following, now

    def _share_done(self) -> float:
        done = float(self.takes_done)
        if self.phase is not None:
            before = _ORDER[: _ORDER.index(self.phase)]
            done += sum(self.shares[phase] for phase in before)
            if self.steps > 0:
                done += self.shares[self.phase] * min(self.step / self.steps, 1.0)
        return done / max(self.takes, 1)

    def _eta(self) -> float | None:
        elapsed = time.monotonic() - self.began
        if self.progress < _TRUST_AFTER:
            return max(self.expected - elapsed, 0.0) if self.expected > 0 else None
        total = elapsed / self.progress
        if self.expected > 0:
            # What was learnt rules at the start, what is seen now rules at the end.
            total = self.progress * total + (1 - self.progress) * self.expected
        return max(total - elapsed, 0.0)
