"""Counting media from their first frame, for formats that know no timecode of a file."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from pickup.timeline.rates import at_rate, rate_of, rational


def counted_from_zero(timeline: Any) -> Any:
    """A clone in which every clip counts its media from 0 instead of from the file's timecode.

    The file is taken to begin where the reference's available range does; where a reference has
    none, its clip stays as it is. Markers of a clip count in its media and move with it.
    """
    work = timeline.clone()
    for clip in work.find_clips():
        available = getattr(clip.media_reference, "available_range", None)
        if available is None or clip.source_range is None or not available.start_time.value:
            continue
        origin = available.start_time
        clip.source_range = _earlier(clip.source_range, origin)
        clip.media_reference.available_range = _earlier(available, origin)
        for marker in clip.markers:
            marker.marked_range = _earlier(marker.marked_range, origin)
    return work


def _earlier(span: Any, origin: Any) -> Any:
    rate = rate_of(span.start_time.rate)
    start = at_rate(span.start_time, rate) - at_rate(origin, rate)
    return otio.opentime.TimeRange(rational(start, rate), span.duration)
