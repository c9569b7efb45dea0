"""Formats that know no timecode of a file count every clip from the first frame of its file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from pickup.timeline.files.from_zero import counted_from_zero
from support.timeline import Shot, frame_map, make_timeline, span

R = Fraction(24)
A = Shot("A", 30, first=20, total=60, timecode=86400)
B = Shot("B", 30, first=7, total=60)
MIXED = Shot("mixed", 48, first=10, timecode=90000, media_rate=Fraction(25))


def test_the_same_frames_are_shown_and_counted_from_0(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 5, B, MIXED]])
    clip = timeline.tracks[0][0]
    clip.markers.append(otio.schema.Marker("m", span(86400 + 25, 1, R)))
    text = timeline.to_json_string()
    counted = counted_from_zero(timeline)
    assert timeline.to_json_string() == text
    assert frame_map(counted.tracks[0], R) == frame_map(timeline.tracks[0], R)
    starts = [c.source_range.start_time.value for c in counted.find_clips()]
    assert starts == [20, 7, 10]
    assert {c.media_reference.available_range.start_time.value for c in counted.find_clips()} == {0}
    assert counted.tracks[0][0].markers[0].marked_range.start_time.value == 25


def test_a_clip_whose_file_is_not_known_stays_as_it_is(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0][0].media_reference.available_range = None
    assert counted_from_zero(timeline).to_json_string() == timeline.to_json_string()
