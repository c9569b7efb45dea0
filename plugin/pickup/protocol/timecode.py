"""Timecode in words, for every side: `hh:mm:ss:ff`, with `;` before the frames for drop-frame."""

from __future__ import annotations

import re
from fractions import Fraction

from pickup.errors import TimelineError

_SHAPE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})$")


def base_of(rate: Fraction) -> int:
    """Timecode counts whole frames per second: 24 for 23.976, 30 for 29.97, 13 for 12.5."""
    return -(-rate.numerator // rate.denominator)


def can_drop(rate: Fraction) -> bool:
    """Whether drop-frame timecode exists at `rate` (29.97, 59.94 and their multiples)."""
    return rate.denominator == 1001 and base_of(rate) % 30 == 0


def looks_like_timecode(text: str) -> bool:
    """Whether `text` has the shape `hh:mm:ss:ff` (`;` before the frames = drop-frame)."""
    return bool(_SHAPE.match(text.strip()))


def parse_timecode(text: str, rate: Fraction) -> int:
    """The frame number of `hh:mm:ss:ff` at `rate`; a `;` before the frames means drop-frame.

    Raises TimelineError where the text is no timecode or names a frame that does not exist.
    """
    match = _SHAPE.match(text.strip())
    base = base_of(rate)
    if match is None:
        raise TimelineError(
            f'"{text}" is not a timecode.',
            "Write it as hours:minutes:seconds:frames, such as 01:00:04:12.",
            code="timeline.timecode",
        )
    hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
    drop = match[4] == ";" and can_drop(rate)
    skipped = drop and seconds == 0 and minutes % 10 != 0 and frames < base // 15
    if minutes > 59 or seconds > 59 or frames >= base or skipped:
        raise TimelineError(
            f"The timecode {text} does not exist at {float(rate):.6g} frames per second.",
            f"Use minutes and seconds below 60 and frames below {base}.",
            code="timeline.timecode",
        )
    total = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if drop:
        all_minutes = hours * 60 + minutes
        total -= base // 15 * (all_minutes - all_minutes // 10)
    return total


def format_timecode(frame: int, rate: Fraction, drop: bool = False) -> str:
    """`frame` at `rate` as `hh:mm:ss:ff`, with `;` before the frames where `drop`; wraps at 24 h.

    Drop-frame skips `base / 15` numbers at each minute that is no multiple of ten (SMPTE ST 12-1).
    """
    base = base_of(rate)
    drop = drop and can_drop(rate)
    day = base * 86_400
    if drop:
        skip = base // 15
        tens, rest = divmod(frame % (144 * (base * 600 - 9 * skip)), base * 600 - 9 * skip)
        minutes = 0 if rest < base * 60 else (rest - base * 60) // (base * 60 - skip) + 1
        frame = tens * base * 600 + rest + minutes * skip
    frame %= day
    seconds, frames = divmod(frame, base)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}{';' if drop else ':'}{frames:02d}"
