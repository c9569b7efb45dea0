"""Rates, retimes and lengths that the writers of other formats have no word for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.timeline import Document
from pickup.timeline.files.convert import read, write
from pickup.timeline.files.losses import losses
from support.oracle import read_cut
from support.timeline import Shot, make_timeline, text_of

R = Fraction(25)
A = Shot("A", 50, first=20, total=160)
B = Shot("B", 40, first=40, total=200)


def there_and_back(document: Document, folder: Path, suffix: str) -> tuple[Document, list[str]]:
    path = folder / f"out{suffix}"
    write(path, document.timeline, document.rate)
    again = Document(read(path, document.rate if suffix == ".edl" else None)[0], path)
    return again, list(losses(document.timeline, again.timeline, document.rate, ""))


def shown(document: Document) -> list[Any]:
    """What every record frame of every track shows; all files of these tests count from 0."""
    return [track.base for track in read_cut(text_of(document), document.rate)]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30", "50", "60000/1001"])
def test_a_project_of_ges_counts_at_the_rate_of_the_cut(tmp_path: Path, rate: str) -> None:
    """Its writer says 30 frames a second, whatever the cut counts."""
    timeline = make_timeline(tmp_path, Fraction(rate), [[A, 20, B]])
    timeline.global_start_time = None
    document = Document(timeline, tmp_path / "cut.otio")
    again, lost = there_and_back(document, tmp_path, ".xges")
    assert again.rate == Fraction(rate)
    assert shown(again) == shown(document) and lost == []


@pytest.mark.parametrize("suffix", [".xml", ".fcpxml", ".edl"])
@pytest.mark.parametrize("own", ["25/2", "24000/1001"])
def test_media_of_a_rate_without_a_word_counts_at_the_edit_rate(
    tmp_path: Path, suffix: str, own: str
) -> None:
    """The cut is written, and where the frames do not fall together, the clip is named."""
    odd = Shot("odd", 40, first=10, total=200, media_rate=Fraction(own))
    document = Document(make_timeline(tmp_path, R, [[A, odd, B]]), tmp_path / "cut.otio")
    again, lost = there_and_back(document, tmp_path, suffix)
    told = [text for text in lost if "start timecode" not in text]
    assert all("odd" in text and "“A”" not in text and "“B”" not in text for text in told)
    assert bool(told) is (own == "24000/1001" and suffix != ".xml")
    places = [(c.name, c.source_range.duration.value) for c in again.timeline.tracks[0]]
    assert places == [("A", 50), ("odd", 40), ("B", 40)]


@pytest.mark.parametrize("suffix", [".xml", ".edl", ".fcpxml"])
def test_an_edit_rate_without_a_word_is_refused(tmp_path: Path, suffix: str) -> None:
    document = Document(make_timeline(tmp_path, Fraction(25, 2), [[A]]), tmp_path / "cut.otio")
    with pytest.raises(TimelineError, match=r"counts 12\.5 frames a second") as caught:
        there_and_back(document, tmp_path, suffix)
    assert caught.value.code == "timeline.write"


@pytest.mark.parametrize("suffix", [".xml", ".edl", ".fcpxml", ".kdenlive", ".xges"])
def test_a_retime_that_is_off_stays_off(tmp_path: Path, suffix: str) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B]])
    timeline.global_start_time = None
    timeline.tracks[0][0].effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    timeline.tracks[0][0].effects[0].enabled = False
    document = Document(timeline, tmp_path / "cut.otio")
    again, lost = there_and_back(document, tmp_path, suffix)
    assert lost == [] and not [e for c in again.timeline.tracks[0] for e in c.effects]


def test_an_edl_keeps_two_retimes_as_one_and_loses_a_ramp_by_name(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B]])
    first, second = timeline.tracks[0]
    for scalar in (2, 2):
        first.effects.append(otio.schema.LinearTimeWarp(time_scalar=scalar))
    second.effects.append(otio.schema.TimeEffect(effect_name="ramp"))
    document = Document(timeline, tmp_path / "cut.otio")
    again, lost = there_and_back(document, tmp_path, ".edl")
    assert [effect.time_scalar for effect in again.timeline.tracks[0][0].effects] == [4]
    assert lost == ["Lost retimes: “B” (V1:2)."]


def test_titles_beyond_the_last_picture_go_to_final_cut(tmp_path: Path) -> None:
    """What lies above hangs on the lowest track there: its writer fails where that has ended."""
    timeline = make_timeline(tmp_path, R, [[A], [60, B]])
    document = Document(timeline, tmp_path / "cut.otio")
    again, lost = there_and_back(document, tmp_path, ".fcpxml")
    assert [text for text in lost if "start timecode" not in text] == []
    assert shown(again)[1] == shown(document)[1]


def test_a_cut_without_a_track_that_is_on_is_no_edl(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0].enabled = False
    with pytest.raises(TimelineError, match="no track of pictures that is on"):
        there_and_back(Document(timeline, tmp_path / "cut.otio"), tmp_path, ".edl")


@pytest.mark.parametrize("suffix", [".xml", ".fcpxml", ".edl"])
def test_a_start_between_two_frames_is_not_rounded_in_silence(tmp_path: Path, suffix: str) -> None:
    """At 24 in 25 frames a second, 2.99 shows frame 2; the format keeps frame 3."""
    odd = Shot("odd", 40, first=30, total=200, media_rate=Fraction(24))
    timeline = make_timeline(tmp_path, R, [[A, odd]])
    clip = timeline.tracks[0][1]
    begin = otio.opentime.RationalTime(29.99, 24)
    clip.source_range = otio.opentime.TimeRange(begin, clip.source_range.duration)
    document = Document(timeline, tmp_path / "cut.otio")
    again, lost = there_and_back(document, tmp_path, suffix)
    kept = again.timeline.tracks[0][1].source_range.start_time.to_seconds() * 24
    assert abs(kept - 29.99) < 1e-3 or any("first frame moved): “odd”" in text for text in lost)
