"""What the writer of GStreamer Editing Services projects leaves wrong."""

from __future__ import annotations

import re
from fractions import Fraction

_RATE = re.compile(r"(framerate\\*=\\*\(fraction\\*\))30/1\b")
"""The rate that the writer gives to every project, in a text that may be escaped several times."""


def with_frame_rate(text: str, rate: Fraction) -> str:
    """A written project that counts at `rate` instead of at 30 frames a second."""
    return _RATE.sub(rf"\g<1>{rate.numerator}/{rate.denominator}", text)
