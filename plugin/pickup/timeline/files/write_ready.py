"""Makes a clone of a timeline ready for the writer of a foreign format.

Only what a writer would fail on, or write wrong. What is lost by it is found by reading the written
file again (`losses.py`).
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.edits.tracks import new_gap
from pickup.timeline.files.formats import Format
from pickup.timeline.files.plain_times import known_rates, plain_retimes
from pickup.timeline.identity import plain
from pickup.timeline.rates import at_rate, rate_of, rational
from pickup.timeline.record import end_of, layout
from pickup.timeline.takes.naming import named_take
from pickup.timeline.urls import UrlStyle, first_file, reference_path, target_url

_NEEDS_AVAILABLE: Final = ("fcp_xml", "fcpx_xml")
_REEL_LENGTH: Final = 8


def write_ready(form: Format, timeline: Any, rate: Fraction) -> tuple[Any, tuple[str, ...]]:
    """A clone for the writer of `form`, and sentences about what was changed."""
    work = timeline.clone()
    notes: list[str] = []
    plain_retimes(work, form.adapter == "cmx_3600")
    if form.adapter in ("cmx_3600", "fcp_xml", "fcpx_xml"):
        known_rates(form, work, rate)
    if form.adapter != "xges":
        _replace_sequences(work, notes)
    _spell_paths(form.adapter, work)
    if form.adapter == "cmx_3600":
        _name_reels(work)
        _one_video_track(work)
        _state_start(work, rate)
    if form.adapter == "fcpx_xml":
        _lengthen_lowest(work, rate)
    if form.adapter in ("cmx_3600", "xges"):
        _drop_fades(work)
    if form.adapter in _NEEDS_AVAILABLE:
        _replace_generators(form.adapter, work)
        _state_media_ranges(work)
    return work, tuple(notes)


def _clips(timeline: Any) -> list[Any]:
    return list(timeline.find_clips())


def _replace_sequences(timeline: Any, notes: list[str]) -> None:
    """Image sequences are written as their first picture: adapters fail on them."""
    for clip in _clips(timeline):
        reference = clip.media_reference
        if isinstance(reference, otio.schema.ImageSequenceReference):
            clip.media_reference = otio.schema.ExternalReference(
                first_file(reference, ""), reference.available_range
            )
            notes.append(f'The image sequence of "{clip.name}" is written as its first picture.')


def _replace_generators(adapter: str, timeline: Any) -> None:
    """Pictures that a host makes (bars, colours) stay offline clips: these writers fail on them,
    but for those that Final Cut Pro 7 XML itself has named."""
    for clip in _clips(timeline):
        reference = clip.media_reference
        if not isinstance(reference, otio.schema.GeneratorReference):
            continue
        if adapter == "fcpx_xml" or "fcp_xml" not in reference.metadata:
            clip.media_reference = otio.schema.MissingReference(
                reference.name, reference.available_range
            )


def _spell_paths(adapter: str, timeline: Any) -> None:
    """Media paths as each writer keeps them: an EDL plain, Kdenlive's is unquoted, others URLs."""
    for clip in _clips(timeline):
        reference = clip.media_reference
        path = reference_path(reference, "")
        if not path or not isinstance(reference, otio.schema.ExternalReference):
            continue
        match adapter:
            case "cmx_3600":
                reference.target_url = path
            case "kdenlive":
                lead = "%2F%2F" if path.startswith("//") else ""
                reference.target_url = lead + quote(path.removeprefix("//" if lead else ""))
            case _:
                reference.target_url = target_url(path, UrlStyle.FILE)


def _name_reels(timeline: Any) -> None:
    """Reels of one word, which the writer makes of file names, spaces and all; takes of one name
    get their own, since their timecode begins at the same frame."""
    for clip in _clips(timeline):
        stored = plain(clip.metadata).get("cmx_3600")
        known = stored if isinstance(stored, dict) else {}
        if len(str(known.get("reel", "")).split()) == 1:
            continue
        take = named_take(clip)
        file = PurePath(getattr(clip.media_reference, "target_url", "") or clip.name or "").stem
        reel = f"{take[0][-6:]}{take[1] + 1:02}" if take else re.sub(r"[^0-9A-Za-z]", "", file)
        clip.metadata["cmx_3600"] = {**known, "reel": reel[:_REEL_LENGTH] or "AX"}


def _one_video_track(timeline: Any) -> None:
    """An EDL is one video track: the one with most clips, the lowest of those."""
    video = [t for t in timeline.tracks if t.kind == otio.schema.TrackKind.Video and t.enabled]
    kept = max(video, key=lambda track: len(track.find_clips()), default=None)
    if kept is None:
        raise TimelineError(
            "The cut has no track of pictures that is on, and an EDL is one.",
            "Switch one on in the editor, or save the cut as .otio.",
            code="timeline.write",
        )
    for number in reversed(range(len(timeline.tracks))):
        if timeline.tracks[number] is not kept:
            del timeline.tracks[number]


def _state_start(timeline: Any, rate: Fraction) -> None:
    """The writer of EDL knows the start timecode as a negative trim of the track only."""
    start = timeline.global_start_time
    if start is not None and len(timeline.tracks):
        track = timeline.tracks[0]
        back = rational(-at_rate(start, rate), rate)
        track.source_range = otio.opentime.TimeRange(back, track.duration())


def _lengthen_lowest(timeline: Any, rate: Fraction) -> None:
    """FCPXML hangs what lies above on the lowest track: the writer fails where that has ended."""
    ends = [end_of(layout(track, rate)) for track in timeline.tracks]
    lowest = next((t for t in timeline.tracks if t.kind == otio.schema.TrackKind.Video), None)
    if lowest is not None and end_of(layout(lowest, rate)) < max(ends):
        lowest.append(new_gap(max(ends) - end_of(layout(lowest, rate)), rate))


def _drop_fades(timeline: Any) -> None:
    """Transitions without a clip on both sides: the writers fail on them."""
    for track in list(timeline.tracks):
        for number in reversed(range(len(track))):
            if not isinstance(track[number], otio.schema.Transition):
                continue
            sides = [track[at] if 0 <= at < len(track) else None for at in (number - 1, number + 1)]
            if not all(isinstance(side, otio.schema.Clip) for side in sides):
                del track[number]


def _state_media_ranges(timeline: Any) -> None:
    """Every reference states a range, and all references to one file the same one.

    The writers fail without, and the writer of Final Cut Pro 7 XML joins files by their path: the
    range of the first clip would shift the others (bug A of the reference).
    """
    ranges: dict[str, tuple[Fraction, Fraction, Fraction]] = {}
    for clip in _clips(timeline):
        url = getattr(clip.media_reference, "target_url", None) or ""
        start, end, rate = _needed(clip)
        if url in ranges and ranges[url][2] == rate:
            start, end = min(start, ranges[url][0]), max(end, ranges[url][1])
        ranges[url] = start, end, rate
    for clip in _clips(timeline):
        url = getattr(clip.media_reference, "target_url", None) or ""
        start, end, rate = ranges[url] if url else _needed(clip)
        if not url and clip.media_reference.available_range is not None:
            continue
        clip.media_reference.available_range = otio.opentime.TimeRange(
            rational(start, rate), rational(end - start, rate)
        )


def _needed(clip: Any) -> tuple[Fraction, Fraction, Fraction]:
    """First frame, frame after the last, and rate of what the clip's media is known to hold."""
    own, available = clip.trimmed_range(), clip.media_reference.available_range
    rate = rate_of((available or own).start_time.rate)
    start = at_rate(own.start_time, rate)
    end = start + at_rate(own.duration, rate)
    if available is None:
        return start, end, rate
    first = at_rate(available.start_time, rate)
    return first, first + at_rate(available.duration, rate), rate
