"""Frame numbers as timecode; the dock imports nothing of the timeline process."""

from __future__ import annotations

from fractions import Fraction


def base_of(rate: Fraction) -> int:
    """Frames that timecode counts in a second: 24 for 23.976, 30 for 29.97."""
    return -(-rate.numerator // rate.denominator)


def format_timecode(frame: int, rate: Fraction, drop: bool = False) -> str:
    """`frame` as `hh:mm:ss:ff`, wrapping at 24 hours.

    With `drop` and a rate that has it (29.97, 59.94), `;` stands before the frames and base / 15
    numbers are left out at each minute but every tenth (SMPTE ST 12-1).
    """
    base = base_of(rate)
    drop = drop and rate.denominator == 1001 and base % 30 == 0
    if drop:
        skip = base // 15
        tens, rest = divmod(frame, base * 600 - 9 * skip)
        minutes = max(0, rest - skip) // (base * 60 - skip)
        frame += skip * (9 * tens + minutes)
    seconds, frames = divmod(frame % (base * 86_400), base)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}{';' if drop else ':'}{frames:02d}"
