"""Exact rates and frame numbers.

OpenTimelineIO keeps rates as doubles and hosts spell 24000/1001 in at least five ways. A rate is
snapped to a standard one only within 0.02 %; anything else stays the exact fraction it is.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError

_WHOLE = (1, 5, 6, 8, 10, 12, 15, 18, 20, 24, 25, 30, 48, 50, 60, 72, 90, 96, 100, 120, 144, 240)
_NTSC = (12, 15, 24, 30, 48, 60, 72, 90, 96, 120, 240)
STANDARD = (*map(Fraction, _WHOLE), *(Fraction(n * 1000, 1001) for n in _NTSC))
"""Rates that a spelling is snapped to."""

SNAP = Fraction(2, 10_000)
"""0.02 %: 23.98 is 0.017 % off 24000/1001, while 24 is 0.1 % off it."""

DEFAULT_RATE = Fraction(24)
"""The rate of a timeline that holds nothing which tells its own."""

_FRAME_NOISE = Fraction(1, 50)
_DOUBLE_NOISE = Fraction(1, 1_000_000)
_LARGEST = 2**53


def same_rate(a: Fraction, b: Fraction) -> bool:
    """Whether two rates are spellings of one: frame numbers are then never rescaled."""
    return abs(a - b) <= b * SNAP


@lru_cache(maxsize=256)
def rate_of(value: float) -> Fraction:
    """The exact rate that `value` (frames per second) spells.

    Raises TimelineError for zero, negative, infinite or unordered values.
    """
    if not (math.isfinite(value) and 0 < value < _LARGEST):
        raise TimelineError(
            f"The timeline holds a frame rate of {value}.",
            "Export the timeline again from the editor, or repair the rate in the file.",
            code="timeline.rate",
        )
    exact = Fraction(value)
    nearest = min(STANDARD, key=lambda rate: abs(rate - exact))
    if same_rate(exact, nearest):
        return nearest
    short = exact.limit_denominator(100_000)
    return short if float(short) == value else exact


def check_time(time: Any) -> tuple[float, Fraction]:
    """Value and rate of an OTIO `RationalTime`. Raises TimelineError for what is no number, or
    counts at no rate."""
    value, own = time.value, rate_of(time.rate)
    if not -_LARGEST < value < _LARGEST:
        raise TimelineError(
            f"The timeline holds a time of {value} frames.",
            "Export the timeline again from the editor.",
            code="timeline.time",
        )
    return value, own


def at_rate(time: Any, rate: Fraction) -> Fraction:
    """The exact value of an OTIO `RationalTime` in frames at `rate`.

    Equal rates, however they are spelled, are not rescaled; values within 0.02 frames of a whole
    one are taken as whole (hosts write 1937905.99).
    """
    value, own = check_time(time)
    exact = Fraction(value) if value % 1 else Fraction(int(value))
    if own is rate:
        return exact if exact.denominator == 1 else _without_noise(exact)
    exact = _without_noise(exact)
    return exact if same_rate(own, rate) else exact * rate / own


def on_grid(time: Any, rate: Fraction, origin: Fraction, parts: int) -> Fraction:
    """`time` in frames at `rate` where fractions have a meaning: frames from `origin` on, in whole
    parts of a frame where the double means one, and left alone elsewhere.

    `at_rate` would take the 0.998 at which a cut in mixed rates may lie for a whole frame, and a
    double a little below a whole frame shows the picture before it.
    """
    value, own = check_time(time)
    exact = Fraction(value) if same_rate(own, rate) else Fraction(value) * rate / own
    near = origin + Fraction(round((exact - origin) * parts), parts)
    return near if abs(exact - near) <= _DOUBLE_NOISE else exact


def _without_noise(value: Fraction) -> Fraction:
    """A whole frame where a host wrote nearly one."""
    whole = Fraction(round(value))
    return whole if abs(value - whole) <= _FRAME_NOISE else value


def nearest_frame(time: Any, rate: Fraction) -> int:
    """`time` as the nearest whole frame at `rate`, halves away from zero."""
    value = at_rate(time, rate)
    half = Fraction(1, 2)
    return math.floor(value + half) if value >= 0 else math.ceil(value - half)


def rational(frames: Fraction | int, rate: Fraction) -> Any:
    """An OTIO `RationalTime` of `frames` at `rate`."""
    return otio.opentime.RationalTime(float(frames), float(rate))


def time_range(start: Fraction | int, frames: int, start_rate: Fraction, rate: Fraction) -> Any:
    """An OTIO `TimeRange`: start in media frames at `start_rate`, length in frames at `rate`."""
    return otio.opentime.TimeRange(rational(start, start_rate), rational(frames, rate))


def edit_rate(timeline: Any) -> Fraction:
    """The rate at which the timeline counts.

    OTIO has no such field. A start timecode other than zero decides where any item uses its rate;
    else the rate of most item lengths does, video before audio.
    """
    votes: Counter[Fraction] = Counter()
    for track in timeline.tracks:
        weight = 1000 if track.kind == otio.schema.TrackKind.Video else 1
        for item in track:
            length = _length(item)
            if length is not None and 0 < length.rate <= 1000:
                votes[rate_of(length.rate)] += weight
    start = timeline.global_start_time
    if start is not None and start.rate > 0:
        stated = rate_of(start.rate)
        if start.value > 0 and (stated in votes or not votes):
            return stated
        votes[stated] += 1
    if not votes:
        return DEFAULT_RATE
    return max(votes, key=lambda rate: (votes[rate], rate))


def _length(item: Any) -> Any:
    if isinstance(item, otio.schema.Transition):
        return item.in_offset
    if item.source_range is not None:
        return item.source_range.duration
    available = getattr(getattr(item, "media_reference", None), "available_range", None)
    return None if available is None else available.duration
