"""Lengths as an editor writes them: frames, seconds, or seconds and frames."""

from __future__ import annotations

import re
from fractions import Fraction

from pickup.errors import RequestError
from pickup.protocol.timecode import base_of

_COUNT = re.compile(r"^(\d+)\s*f?$")
_SECONDS = re.compile(r"^(\d+(?:\.\d+)?)\s*s$")
_CODE = re.compile(r"^(?:(?:(\d+):)?(\d+):)?(\d+)[:;](\d+)$")


def length(frames: int, rate: Fraction) -> str:
    """A duration as `SS:FF`, or `M:SS:FF` from a minute on."""
    per = base_of(rate)
    seconds, rest = divmod(frames, per)
    tail = f"{seconds % 60:02}:{rest:0{len(str(per - 1))}}"
    return tail if seconds < 60 else f"{seconds // 60}:{tail}"


def parse_length(text: str, rate: Fraction) -> int:
    """Frames of `48`, `48f`, `2s`, `1.5s`, `02:00` or `1:02:00`.

    Raises RequestError for anything else, and for less than one frame.
    """
    words = text.strip().lower()
    frames = -1
    if found := _COUNT.match(words):
        frames = int(found[1])
    elif found := _SECONDS.match(words):
        frames = int(Fraction(found[1]) * rate + Fraction(1, 2))
    elif (found := _CODE.match(words)) and int(found[4]) < base_of(rate):
        hours, minutes, seconds = (int(part or 0) for part in found.group(1, 2, 3))
        frames = (hours * 3600 + minutes * 60 + seconds) * base_of(rate) + int(found[4])
    if frames < 1:
        raise RequestError(
            f"“{text}” is not a length.",
            "Write frames (48), seconds (2s) or seconds and frames (02:00).",
            code="request.length",
        )
    return frames
