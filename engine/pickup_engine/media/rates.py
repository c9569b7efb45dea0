"""Rates as exact fractions, the steady grid of a stream, and timecode as frame numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import Final

STANDARD: Final = (
    *(Fraction(rate) for rate in (12, 15, 24, 25, 30, 48, 50, 60, 100, 120)),
    *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)),
)
_SNAP = Fraction(2, 10_000)
_JITTER = Fraction(1, 4)
"""A picture may lie this far from its place on the grid (in frames) and still be steady: containers
round times to milliseconds, and at 120 fps that is 6 % of a frame."""

_TIMECODE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})$")


def snap(rate: Fraction, within: Fraction = _SNAP) -> Fraction:
    """The standard rate within 0.02 % of `rate`, else `rate` itself."""
    nearest = min(STANDARD, key=lambda known: abs(known - rate))
    return nearest if abs(nearest - rate) <= nearest * within else rate


@dataclass(frozen=True)
class Grid:
    """The steady grid of a stream: rate, number of frames, and whether the stream leaves it."""

    rate: Fraction
    frames: int
    variable: bool


def fit(
    times: Sequence[int], base: Fraction, last_duration: int, hints: Sequence[Fraction | None]
) -> Grid:
    """The grid of presentation `times` (sorted, unique, in units of `base` seconds).

    `hints` are rates that the container claims, best first; a claim counts only where every picture
    lies within a quarter frame of it.
    """
    claims = [snap(hint) for hint in hints if hint]
    if len(times) < 2:
        return Grid(claims[0] if claims else Fraction(24), len(times), variable=False)
    span = (times[-1] - times[0]) * base
    measured = (len(times) - 1) / span
    # A short last picture bends the average: a standard rate that fits wins over an odd one.
    candidates = dict.fromkeys([*claims, snap(measured)])
    for rate in sorted(candidates, key=lambda rate: rate not in STANDARD):
        if _is_steady(times, base, rate):
            return Grid(rate, len(times), variable=False)
    step = median_low([b - a for a, b in pairwise(times)]) * base
    near = [claim for claim in reversed(claims) if abs(claim * step - 1) < Fraction(5, 100)]
    rate = near[0] if near else snap(1 / step, Fraction(2, 100)).limit_denominator(1001)
    shown = span + (last_duration * base if last_duration > 0 else step)
    # A frame is counted when its instant lies before the end; a rounded end must not add one.
    frames = -int(-(shown * rate - Fraction(1, 100)) // 1)
    return Grid(rate, max(frames, 1), variable=True)


def _is_steady(times: Sequence[int], base: Fraction, rate: Fraction) -> bool:
    per_tick = base * rate
    allowed_num = _JITTER.numerator * per_tick.denominator
    first = times[0]
    return all(
        abs((time - first) * per_tick.numerator - index * per_tick.denominator)
        * _JITTER.denominator
        <= allowed_num
        for index, time in enumerate(times)
    )


def timecode_frames(text: str, rate: Fraction) -> int:
    """The frame number that a SMPTE timecode names at `rate`; 0 where it is none.

    `;` (or `,` or `.`) before the frames means drop frame: two numbers (four at 60) are skipped
    each minute except every tenth (SMPTE ST 12-1, 5.2.2).
    """
    match = _TIMECODE.match(text.strip())
    nominal = round(rate)
    if not match or nominal == 0:
        return 0
    hours, minutes, seconds = (int(match[i]) for i in (1, 2, 3))
    count = ((hours * 60 + minutes) * 60 + seconds) * nominal + int(match[5])
    if match[4] != ":" and rate.denominator == 1001 and nominal % 30 == 0:
        total = hours * 60 + minutes
        count -= nominal // 15 * (total - total // 10)
    return count
