"""What a clip uses of its media, in the media's own timecode: for people, who think in it."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from pickup.protocol.timecode import can_drop
from pickup.timeline.identity import plain
from pickup.timeline.retime import NORMAL, MediaMap


def used_range(time_map: MediaMap, speed: Fraction | None) -> tuple[int, int | None]:
    """First media frame that a clip shows and the first after its last one, lowest first, counted
    as the timeline counts the media; the second is None for a ramp (`speed` None)."""
    if time_map.step is NORMAL and time_map.scale is NORMAL:
        start = time_map.origin + time_map.first
        if start.denominator == 1:
            return start.numerator, start.numerator + time_map.frames
    start = time_map.origin + time_map.first / time_map.scale
    if speed is None:
        return math.floor(start), None
    if time_map.step == 0:
        return math.floor(start), math.floor(start) + 1
    run = abs(time_map.step) * time_map.frames / time_map.scale
    low = start if time_map.step > 0 else math.floor(start - run) + 1
    return math.floor(low), math.ceil(low + run)


def counts_drop(reference: Any, rate: Fraction, timeline_drops: bool) -> bool:
    """Whether the media's timecode is drop-frame: as its file says, else as the timeline's is."""
    if not can_drop(rate):
        return False
    stated = plain(reference.metadata).get("fcp_xml")
    timecode = stated.get("timecode") if isinstance(stated, dict) else None
    if isinstance(timecode, dict) and "displayformat" in timecode:
        return bool(timecode["displayformat"] == "DF")
    return timeline_drops
