"""Mending in memory what hosts write, once, when a timeline is opened. The file stays as it is.

Only what would make an edit wrong is touched: trims of whole tracks, clips without a source range,
lengths that are no whole number of record frames, and missing or doubled uids.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.edits.tracks import lift, new_gap
from pickup.timeline.identity import assign_uids
from pickup.timeline.rates import at_rate, check_time, edit_rate, nearest_frame, rational
from pickup.timeline.record import end_of, layout, length_of

MAX_FRAMES = 10**9
"""The longest item that a timeline can have: more is no length but a mistake."""


def normalise(timeline: Any) -> Fraction:
    """Mend an OTIO timeline in place; its edit rate.

    Raises TimelineError where the timeline cannot be mended.
    """
    _wrap_loose_items(timeline)
    rate = edit_rate(timeline)
    if timeline.global_start_time is not None:
        at_rate(timeline.global_start_time, rate)
    for track in timeline.tracks:
        for item in track:
            _mend_item(item, rate)
    _take_edl_start(timeline, rate)
    for track in timeline.tracks:
        _bake_trim(track, rate)
    _bake_stack_trim(timeline.tracks, rate)
    for track in timeline.tracks:
        _whole_frames(track, rate)
    assign_uids(timeline)
    return rate


def _wrap_loose_items(timeline: Any) -> None:
    """A clip or stack directly on the timeline's stack is the only item of a track."""
    for number, child in enumerate(list(timeline.tracks)):
        if not isinstance(child, otio.schema.Track):
            track = otio.schema.Track(child.name or "", kind=otio.schema.TrackKind.Video)
            track.append(child.clone())
            timeline.tracks[number] = track


def _mend_item(item: Any, rate: Fraction) -> None:
    try:
        _check_times(item)
    except TimelineError as error:
        name = item.name or "an unnamed item"
        message = f'"{name}" is broken: {error.message}'
        raise TimelineError(message, error.hint, code=error.code) from None
    if isinstance(item, otio.schema.Transition):
        return
    if isinstance(item, otio.schema.Clip) and item.media_reference is None:
        item.media_reference = otio.schema.MissingReference()
    if not 0 <= length_of(item, rate) <= MAX_FRAMES:
        raise TimelineError(
            f'"{item.name or "an unnamed item"}" has a length that no item can have.',
            "Export the timeline again from the editor.",
            code="timeline.length",
        )
    if item.source_range is None:
        item.source_range = item.trimmed_range()


def _check_times(item: Any) -> None:
    """Raise TimelineError for any time that is no number, or counts at no rate."""
    if isinstance(item, otio.schema.Transition):
        times = [item.in_offset, item.out_offset]
    else:
        available = getattr(getattr(item, "media_reference", None), "available_range", None)
        ranges = [r for r in (item.source_range, available) if r is not None]
        if len(item.markers):
            ranges += [marker.marked_range for marker in item.markers]
        times = [time for r in ranges for time in (r.start_time, r.duration)]
    for time in times:
        check_time(time)


def _take_edl_start(timeline: Any, rate: Fraction) -> None:
    """Readers of EDL keep the start timecode as a negative trim of every track (OTIO issue 346)."""
    trims = [t.source_range for t in timeline.tracks if len(t)]
    if timeline.global_start_time is not None or not trims:
        return
    if any(trim is None or trim.start_time.value >= 0 for trim in trims):
        return
    start = min(-nearest_frame(trim.start_time, rate) for trim in trims)
    timeline.global_start_time = rational(start, rate)
    for track in timeline.tracks:
        if len(track):
            lead = -nearest_frame(track.source_range.start_time, rate) - start
            track.source_range = None
            if lead > 0:
                track.insert(0, new_gap(lead, rate))


def _bake_trim(track: Any, rate: Fraction) -> None:
    """A trim of the track (Kdenlive and AAF write `0 + length`) would crop what an edit adds."""
    trim = track.source_range
    if trim is None:
        return
    track.source_range = None
    start, frames = nearest_frame(trim.start_time, rate), nearest_frame(trim.duration, rate)
    end = end_of(layout(track, rate))
    if 0 < start + frames < end:
        lift(track, start + frames, end, rate)
    if start > 0:
        lift(track, 0, min(start, end), rate)
    elif start < 0:
        track.insert(0, new_gap(-start, rate))


def _bake_stack_trim(stack: Any, rate: Fraction) -> None:
    trim = stack.source_range
    if trim is None:
        return
    stack.source_range = None
    for track in stack:
        track.source_range = trim
        _bake_trim(track, rate)


def _whole_frames(track: Any, rate: Fraction) -> None:
    for slot in layout(track, rate):
        if not slot.whole:
            slot.item.source_range = otio.opentime.TimeRange(
                slot.item.source_range.start_time, rational(slot.frames, rate)
            )
