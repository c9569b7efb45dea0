"""What a measured number must be, and whether it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pickup_engine.training.tables import Gain


@dataclass(frozen=True)
class Limit:
    """A number with its limits; without one it is only stated.

    interval: its 95 % interval, clustered by clip. sure: the interval too must be above 0.
    """

    task: str
    name: str
    value: float
    least: float | None = None
    most: float | None = None
    interval: tuple[float, float] | None = None
    sure: bool = False
    digits: int = 2

    @property
    def met(self) -> bool | None:
        """Whether the number keeps its limits; None where it has none."""
        if self.least is None and self.most is None and not self.sure:
            return None
        if math.isnan(self.value):
            return False
        return (
            (self.least is None or self.value >= self.least)
            and (self.most is None or self.value <= self.most)
            and (not self.sure or (self.interval is not None and self.interval[0] > 0))
        )


def over(task: str, name: str, gain: Gain, least: float | None = None, sure: bool = False) -> Limit:
    """A mean gain with its interval."""
    return Limit(task, name, gain.mean, least, interval=(gain.low, gain.high), sure=sure)


def limits_text(limits: Sequence[Limit]) -> str:
    """All limits, one a line, for a terminal."""
    lines = ["limits"]
    for limit in limits:
        spread = ""
        if limit.interval is not None:
            spread = f"[{limit.interval[0]:+.2f}, {limit.interval[1]:+.2f}]"
        verdict = {True: "met", False: "MISSED", None: "stated"}[limit.met]
        value = f"{limit.value:.{limit.digits}f}"
        number = f"{limit.task:10} {limit.name:58} {value:>8} {spread:16}"
        lines.append(f"  {number} {_bounds(limit):33} {verdict}")
    return "\n".join(lines)


def limits_data(limits: Sequence[Limit]) -> list[dict[str, object]]:
    """All limits as plain values for JSON."""
    return [
        {
            "task": limit.task,
            "name": limit.name,
            "value": limit.value,
            "least": limit.least,
            "most": limit.most,
            "interval": None if limit.interval is None else list(limit.interval),
            "sure": limit.sure,
            "met": limit.met,
        }
        for limit in limits
    ]


def _bounds(limit: Limit) -> str:
    parts = []
    if limit.least is not None and limit.most is not None:
        parts.append(f"{limit.least:g} to {limit.most:g}")
    elif limit.least is not None:
        parts.append(f"at least {limit.least:g}")
    elif limit.most is not None:
        parts.append(f"at most {limit.most:g}")
    if limit.sure:
        parts.append("interval above 0")
    return ", ".join(parts)
