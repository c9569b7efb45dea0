"""Rates, frame numbers, timecode."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.protocol.timecode import format_timecode, parse_timecode
from pickup.timeline.rates import at_rate, edit_rate, nearest_frame, rate_of
from support.timeline import RATES, Shot, make_timeline, open_timeline, span, time

FILM = Fraction(24000, 1001)


@pytest.mark.parametrize(
    "spelling", [23.976, 23.98, 23.976024, 23.976024627685547, 24000 / 1001, 23.97602397602398]
)
def test_spellings_of_23_976_are_one_rate(spelling: float) -> None:
    assert rate_of(spelling) == FILM


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        (24, Fraction(24)),
        (24.0024, Fraction(24)),
        (25, Fraction(25)),
        (29.97, Fraction(30000, 1001)),
        (47.952, Fraction(48000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (12.5, Fraction(25, 2)),
        (15, Fraction(15)),
        (23.9, Fraction(239, 10)),
        (24.01, Fraction(2401, 100)),
        (29.5, Fraction(59, 2)),
        (48000, Fraction(48000)),
    ],
)
def test_other_rates(value: float, exact: Fraction) -> None:
    assert rate_of(value) == exact


@pytest.mark.parametrize("rate", [*RATES, Fraction(14985, 1000), Fraction(2997, 100)])
def test_a_rate_survives_the_file(rate: Fraction) -> None:
    assert abs(rate_of(float(rate)) - rate) <= rate / 5000


@pytest.mark.parametrize("value", [0.0, -24.0, float("nan"), float("inf"), 1e300])
def test_rates_that_are_none(value: float) -> None:
    with pytest.raises(TimelineError):
        rate_of(value)


def test_equal_rates_are_never_rescaled() -> None:
    """Hiero's spelling, an hour-scale start, and a value that is nearly whole."""
    odd = otio.opentime.RationalTime(1937905.9905694576, 23.976024627685547)
    assert at_rate(odd, FILM) == 1937906


def test_other_rates_are_rescaled_exactly() -> None:
    assert at_rate(time(25, Fraction(25)), FILM) == FILM
    assert at_rate(time(7, Fraction(24)), Fraction(25)) == Fraction(175, 24)


@pytest.mark.parametrize(("value", "frame"), [(29.999999, 30), (29.5, 30), (29.4, 29), (-1.5, -2)])
def test_rounding(value: float, frame: int) -> None:
    assert nearest_frame(time(value, Fraction(30)), Fraction(30)) == frame


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(60000, 1001)])
def test_drop_frame_agrees_with_otio_and_comes_back(rate: Fraction) -> None:
    for frame in [*range(4000), *range(17970, 18010), 107892, 2589407]:
        text = format_timecode(frame, rate, drop=True)
        expected = otio.opentime.to_timecode(time(frame, rate), float(rate), True)
        assert text == expected
        assert parse_timecode(text, rate) == frame


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_plain_timecode_comes_back(rate: Fraction) -> None:
    for frame in [0, 1, 59, 86399, 90061, 1_000_003]:
        assert parse_timecode(format_timecode(frame, rate), rate) == frame
    assert format_timecode(2591999, Fraction(30000, 1001)) == "23:59:59:29"


@pytest.mark.parametrize("text", ["00:00:00:24", "00:60:00:00", "00:00:61:00", "1:2", "x"])
def test_timecode_that_does_not_exist(text: str) -> None:
    with pytest.raises(TimelineError):
        parse_timecode(text, Fraction(24))


def test_dropped_numbers_do_not_exist() -> None:
    with pytest.raises(TimelineError):
        parse_timecode("00:01:00;01", Fraction(30000, 1001))
    assert parse_timecode("00:10:00;00", Fraction(30000, 1001)) == 17982


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_edit_rate_is_that_of_most_lengths(tmp_path: Path, rate: Fraction) -> None:
    timeline = make_timeline(tmp_path, rate, [[Shot("A", 10), 5, Shot("B", 7)]])
    assert edit_rate(timeline) == rate
    timeline.global_start_time = None
    assert edit_rate(timeline) == rate
    assert open_timeline(tmp_path, timeline).rate == rate


def test_start_timecode_decides_between_rates(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, Fraction(24), [[Shot("A", 10), 5]])
    for clip in timeline.tracks[0][:1]:
        clip.source_range = span(20, 30, Fraction(60))
    timeline.tracks[0].append(timeline.tracks[0][0].clone())
    assert edit_rate(timeline) == 24
    timeline.global_start_time = None
    assert edit_rate(timeline) == 60


def test_sound_does_not_outvote_pictures(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, Fraction(25), [[Shot("A", 10)]], [Shot("s", 10)])
    timeline.global_start_time = None
    for _ in range(20):
        sound: Any = timeline.tracks[1][0].clone()
        sound.source_range = span(0, 48000, Fraction(48000))
        timeline.tracks[1].append(sound)
    assert edit_rate(timeline) == 25


def test_sub_frame_lengths_do_not_add_up(tmp_path: Path) -> None:
    """Lengths at 25 in a cut at 24: 7 frames are 6.72, and a hundred of them 672."""
    timeline = make_timeline(tmp_path, Fraction(24), [[]])
    for _ in range(100):
        clip = make_timeline(tmp_path, Fraction(24), [[Shot("A", 10)]]).tracks[0][0].clone()
        clip.source_range = span(0, 7, Fraction(25))
        timeline.tracks[0].append(clip)
    timeline.tracks[0].append(make_timeline(tmp_path, Fraction(24), [[3]]).tracks[0][0].clone())
    document = open_timeline(tmp_path, timeline)
    lengths = [item.source_range.duration for item in document.timeline.tracks[0]]
    assert sum(length.value for length in lengths if length.rate == 24) == 675
    assert {length.value for length in lengths} == {6, 7, 3}
