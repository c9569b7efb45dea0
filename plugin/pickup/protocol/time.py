"""Exact time: integer frames at a rational rate, never float seconds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class RationalTime:
    """`frames` whole frames at `rate` frames per second."""

    frames: int
    rate: Fraction

    @property
    def seconds(self) -> Fraction:
        """Exact seconds."""
        return self.frames / self.rate


@dataclass(frozen=True)
class TimeRange:
    """`frames` frames from `start`, both at `rate`; `end` is exclusive."""

    start: int
    frames: int
    rate: Fraction

    @property
    def end(self) -> int:
        """First frame after the range."""
        return self.start + self.frames
