"""MLT XML as melt and Shotcut write it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.timeline import Document
from pickup.timeline.files.convert import read
from pickup.timeline.retime import media_map, speed_of
from support.timeline import maps

HEAD = """<?xml version="1.0"?><mlt LC_NUMERIC="C" title="cut" producer="main">
<profile frame_rate_num="NUM" frame_rate_den="DEN"/>
<producer id="black"><property name="resource">0</property>
<property name="mlt_service">color</property></producer>
<producer id="a"><property name="length">200</property>
<property name="resource">/media/a #1.mov</property>
<property name="mlt_service">avformat</property></producer>
<chain id="b"><property name="length">00:00:04.000</property>
<property name="resource">b.mov</property></chain>
<producer id="fast"><property name="length">100</property>
<property name="mlt_service">timewarp</property><property name="warp_speed">2</property>
<property name="warp_resource">/media/a #1.mov</property></producer>
<playlist id="background"><entry producer="black" in="0" out="999"/></playlist>
"""
TRACKS = """<tractor id="main"><multitrack><track producer="background"/>
<track producer="v"/><track producer="s" hide="video"/></multitrack></tractor></mlt>"""


def document(folder: Path, video: str, *, num: int = 25, den: int = 1, more: str = "") -> Document:
    text = HEAD.replace("NUM", str(num)).replace("DEN", str(den)) + more
    text += f'<playlist id="v">{video}</playlist>'
    text += '<playlist id="s"><entry producer="a" in="0" out="49"/></playlist>'
    path = folder / "cut.mlt"
    path.write_text(text + TRACKS)
    timeline, notes = read(path, None)
    opened = Document(timeline, path)
    opened.notes = notes
    return opened


def test_clips_blanks_and_tracks(tmp_path: Path) -> None:
    video = '<entry producer="a" in="10" out="19"/><blank length="5"/>'
    video += '<entry producer="b" in="00:00:01.000" out="00:00:01.960"/>'
    cut = document(tmp_path, video)
    assert cut.rate == 25 and [track.kind for track in cut.timeline.tracks] == ["Video", "Audio"]
    first = {k: ("/media/a #1.mov", 10 + k) for k in range(10)}
    second = {15 + k: ("b.mov", 25 + k) for k in range(25)}
    assert maps(cut)[0] == first | second
    assert len(maps(cut)[1]) == 50
    assert [clip.name for clip in cut.timeline.find_clips()] == ["a #1.mov", "b.mov", "a #1.mov"]
    assert cut.timeline.tracks[0][0].media_reference.available_range.duration.value == 200


def test_through_the_process_at_a_fractional_rate(tmp_path: Path) -> None:
    document(tmp_path, '<entry producer="a" in="10" out="19"/>', num=30000, den=1001)
    cut = Document.open(tmp_path / "cut.mlt")
    assert cut.rate == Fraction(30000, 1001) and len(maps(cut)[0]) == 10


def test_retimed_clips(tmp_path: Path) -> None:
    cut = document(tmp_path, '<entry producer="fast" in="10" out="29"/>')
    clip = cut.timeline.tracks[0][0]
    shown = media_map(clip, 20, cut.rate)
    assert [shown.at(k) for k in (0, 1, 19)] == [20, 22, 58]
    backwards = (tmp_path / "cut.mlt").read_text().replace('"warp_speed">2', '"warp_speed">-1')
    (tmp_path / "cut.mlt").write_text(backwards)
    assert speed_of(read(tmp_path / "cut.mlt", None)[0].tracks[0][0]) is None


MIX = """<tractor id="mix"><track producer="a" in="20" out="29"/>
<track producer="b" in="5" out="14"/><transition/></tractor>"""


def test_a_dissolve_of_shotcut(tmp_path: Path) -> None:
    video = '<entry producer="a" in="0" out="19"/><entry producer="mix" in="0" out="9"/>'
    video += '<entry producer="b" in="15" out="34"/>'
    cut = document(tmp_path, video, more=MIX)
    first, dissolve, second = cut.timeline.tracks[0]
    assert isinstance(dissolve, otio.schema.Transition)
    assert (dissolve.in_offset.value, dissolve.out_offset.value) == (0, 10)
    assert first.source_range.duration.value == 20
    assert (second.source_range.start_time.value, second.source_range.duration.value) == (5, 30)


@pytest.mark.parametrize(
    ("after", "items"),
    [
        ("", 3),
        ('<blank length="5"/>', 4),
        ('<entry producer="b" in="16" out="34"/>', 4),
        ('<entry producer="a" in="15" out="34"/>', 4),
    ],
)
def test_a_dissolve_into_a_clip_that_does_not_go_on(tmp_path: Path, after: str, items: int) -> None:
    video = '<entry producer="a" in="0" out="19"/><entry producer="mix" in="0" out="9"/>'
    track = document(tmp_path, video + after, more=MIX).timeline.tracks[0]
    assert len(track) == items
    into = track[2].source_range
    assert (into.start_time.value, into.duration.value) == (5, 10)


def test_a_dissolve_out_of_something_else_keeps_its_length_only(tmp_path: Path) -> None:
    video = '<entry producer="a" in="0" out="18"/><entry producer="mix" in="0" out="9"/>'
    cut = document(tmp_path, video, more=MIX)
    second = cut.timeline.tracks[0][1]
    assert isinstance(second.media_reference, otio.schema.MissingReference)
    assert second.source_range.duration.value == 10


def test_what_is_not_understood_is_told(tmp_path: Path) -> None:
    for entry in ('<entry producer="none"/>', '<entry producer="a" in="soon"/>'):
        with pytest.raises(TimelineError, match=r"cut\.mlt cannot be read as MLT XML"):
            document(tmp_path, entry)
    cut = document(tmp_path, '<entry producer="a" in="0" out="9"><filter/></entry>')
    assert cut.notes == ("1 filter could not be read.",)
    path = tmp_path / "cut.mlt"
    path.write_text(path.read_text().replace('producer="v"', 'producer="main"'))
    with pytest.raises(TimelineError, match='track "main" is no playlist'):
        read(path, None)
    with pytest.raises(TimelineError, match="frame rate of 0"):
        document(tmp_path, "", num=0)


def test_relative_media_counts_from_where_it_is(tmp_path: Path) -> None:
    text = '<entry producer="b" in="0" out="9"/>'
    document(tmp_path, text)
    path = tmp_path / "cut.mlt"
    path.write_text(path.read_text().replace("<mlt ", '<mlt root="/old place" '))
    urls = [read(path, None)[0].tracks[0][0].media_reference.target_url]
    (tmp_path / "b.mov").touch()
    urls.append(read(path, None)[0].tracks[0][0].media_reference.target_url)
    assert urls == ["/old place/b.mov", "b.mov"]
