"""Where the first frame of a file is, in the timeline's own count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import MediaKind, MediaRef
from pickup.timeline.retime import media_map
from support.timeline import span, time

R = Fraction(24)


def mapped(
    start: float,
    available: tuple[float, float] | None,
    timecode: int = 0,
    total: int = 200,
    declared: Fraction = R,
    actual: Fraction = R,
    record: Fraction = R,
) -> Any:
    reference = otio.schema.ExternalReference("/m/a.mov")
    if available is not None:
        reference.available_range = span(*available, declared)
    source = otio.opentime.TimeRange(time(start, declared), time(48, record))
    clip = otio.schema.Clip("a", reference, source)
    probe = MediaRef("/m/a.mov", MediaKind.VIDEO, total, actual, 64, 64, timecode=timecode)
    return media_map(clip, 48, record, probe)


@pytest.mark.parametrize(
    ("start", "available", "timecode", "first"),
    [
        (10, (0, 200), 0, 10),
        (86410, (86400, 200), 86400, 10),
        (10, (0, 200), 86400, 10),  # the host counts from 0, the file has timecode
        (1011, (1001, 200), 0, 10),  # a sequence that is counted from its first number
        (86460, (86450, 100), 86400, 60),  # a part of the file, in its timecode
        (60, (50, 100), 0, 60),  # a part of the file, from 0
        (86410, (86400, 260), 86400, 10),  # the host thinks the file longer than it is
        (86410, None, 86400, 10),
        (10, None, 86400, 10),
        (10, None, 0, 10),
        (3610, (3600, 200), 86400, 10),  # striped anew by the host
    ],
)
def test_first_frame(
    start: float, available: tuple[float, float] | None, timecode: int, first: int
) -> None:
    time_map = mapped(start, available, timecode)
    assert time_map.at(0) == first
    assert time_map.source_start(0) == start
    assert time_map.source_start(48) == start + 48


def test_frames_are_counted_where_host_and_file_disagree_on_the_rate() -> None:
    """A host that calls 23.976 media 24 counts its frames; it does not mean other ones."""
    film = Fraction(24000, 1001)
    time_map = mapped(1500, (0, 2000), total=2000, actual=film)
    assert (time_map.at(0), time_map.step) == (1500, 1)


def test_a_relabelled_part_of_a_file_is_counted_too() -> None:
    time_map = mapped(86400 + 1500, (86400 + 1000, 800), 86400, 2000, actual=Fraction(24000, 1001))
    assert (time_map.at(0), time_map.step) == (1500, 1)


def test_a_sequence_has_the_rate_that_the_timeline_says() -> None:
    reference = otio.schema.ImageSequenceReference("/m", "a.", ".png", available_range=None)
    clip = otio.schema.Clip("a", reference, span(100, 48, R))
    probe = MediaRef("/m/a.%04d.png", MediaKind.SEQUENCE, 200, Fraction(30), 64, 64)
    time_map = media_map(clip, 48, R, probe)
    assert (time_map.at(0), time_map.at(47)) == (100, 147)


def test_times_are_converted_where_the_host_counts_at_the_edit_rate() -> None:
    """A source range at 24 for media at 60, without an available range that counts its frames."""
    time_map = mapped(24, None, total=300, actual=Fraction(60))
    assert (time_map.at(0), time_map.at(1), time_map.step) == (60, 62, Fraction(5, 2))
    assert time_map.source_start(24) == 48


def test_equal_rates_in_two_spellings_are_not_rescaled() -> None:
    hour = 86400 * 20
    time_map = mapped(
        hour + 5,
        (hour, 200),
        timecode=hour,
        declared=Fraction(23.976024627685547),
        actual=Fraction(24000, 1001),
        record=Fraction(24000, 1001),
    )
    assert (time_map.at(0), time_map.step) == (5, 1)


def test_handles_end_with_the_file() -> None:
    time_map = mapped(10, (0, 200))
    assert (time_map.head, time_map.tail) == (10, 200 - 58)
    assert time_map.holds(-10, 48 + 142)
    assert not time_map.holds(-11, 0)
    assert not time_map.holds(0, 48 + 143)


def test_reverse_begins_at_its_highest_frame() -> None:
    """Only for the preview: 48 frames from 10 on, backwards."""
    clip = otio.schema.Clip("a", otio.schema.ExternalReference("/m/a.mov"), span(10, 48, R))
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=-1))
    time_map = media_map(clip, 48, R)
    assert [time_map.at(k) for k in (0, 1, 47)] == [57, 56, 10]
    assert (time_map.head, time_map.tail) == (None, None)
