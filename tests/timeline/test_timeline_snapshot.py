"""The timeline as plain data, and finding the clip that a user means."""

from __future__ import annotations

import math
import time as clock
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import MediaError, TimelineError
from pickup.protocol import ItemKind, Mode, Side, Snapshot, decode, encode
from pickup.timeline import Document, find_clip, media_of, shown, snapshot
from support.timeline import RATES, Shot, extend, make_timeline, open_timeline, span

R = Fraction(24)
A = Shot("A", 100, first=50, total=160, timecode=86400)
B = Shot("B", 80, first=30, total=200)


def test_snapshot_of_a_cut(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, (6, 8), B, 40], [20, Shot("t", 5)]], [Shot("s", 9)])
    document = open_timeline(tmp_path, timeline)
    view = snapshot(document)
    assert (view.rate, view.start, view.frames, view.revision) == (R, 86400, 220, 0)
    assert [track.label for track in view.tracks] == ["V1", "V2", "A1"]
    a, dissolve, b, rest = view.tracks[0].items
    assert [item.index for item in (a, dissolve, b, rest)] == [1, 0, 2, 3]
    assert (a.record_in, a.frames, a.media_first, a.head_handle, a.tail_handle) == (
        0, 100, 50, 50, 2,
    )  # fmt: skip
    assert (b.record_in, b.head_handle, b.tail_handle) == (100, 24, 90)
    assert (dissolve.kind, dissolve.record_in, dissolve.frames) == (ItemKind.TRANSITION, 94, 14)
    assert (rest.kind, rest.record_in, rest.frames) == (ItemKind.GAP, 180, 40)
    assert a.media == str(tmp_path / "A.mov")
    assert a.refusal == "" and rest.refusal and dissolve.refusal
    assert "sound" in view.tracks[2].items[0].refusal
    assert decode(Snapshot, encode(view)) == view


def test_snapshot_after_an_edit(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 60, B]]))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.ABOVE)
    view = snapshot(document)
    assert (view.revision, view.can_undo, view.can_redo, view.modified) == (1, "Extend A", "", True)
    own = view.tracks[1]
    assert (own.label, own.name, own.owned) == ("V2", "Pickup V1", True)
    lead, real, made = own.items
    assert (lead.kind, lead.frames) == (ItemKind.GAP, 100)
    assert (real.generated, made.generated, made.job, made.take) == (False, True, "job-0001", 0)


def retimed(speed: float) -> Any:
    def change(clip: Any) -> None:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))

    return change


def ramp(clip: Any) -> None:
    clip.effects.append(otio.schema.TimeEffect("ramp"))


def final_cut_ramp(clip: Any) -> None:
    clip.effects.append(otio.schema.Effect("x", "y", {"fcp_xml": {"effectid": "timeremap"}}))


def offline(clip: Any) -> None:
    clip.media_reference = otio.schema.MissingReference()


def moved_file(clip: Any) -> None:
    clip.media_reference.target_url = "gone.mov"


def remote(clip: Any) -> None:
    clip.media_reference.target_url = "https://host/a.mov"


def generator(clip: Any) -> None:
    clip.media_reference = otio.schema.GeneratorReference("bars", "SMPTEBars")


def disabled(clip: Any) -> None:
    clip.enabled = False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (ramp, "speed ramp"),
        (final_cut_ramp, "speed ramp"),
        (retimed(-1), "backwards"),
        (retimed(1e9), "speed ramp"),
        (offline, "A is offline: relink"),
        (moved_file, "gone.mov is missing"),
        (remote, "https://host/a.mov"),
        (generator, "generator"),
        (disabled, "switched off"),
    ],
)
def test_refusals_say_why(tmp_path: Path, change: Any, words: str) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    change(timeline.tracks[0][0])
    document = open_timeline(tmp_path, timeline)
    item = snapshot(document).tracks[0].items[0]
    assert words in item.refusal
    with pytest.raises((TimelineError, MediaError)):
        media_of(document, item)


@pytest.mark.parametrize("speed", [2, 0.5, 0])
def test_constant_speeds_are_fine(tmp_path: Path, speed: float) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    retimed(speed)(timeline.tracks[0][0])
    ramp(timeline.tracks[0][0])
    timeline.tracks[0][0].effects[1].enabled = False
    item = snapshot(open_timeline(tmp_path, timeline)).tracks[0].items[0]
    assert (item.refusal, item.speed) == ("", Fraction(speed))


def test_disabled_track_and_compound(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A], [B]])
    timeline.tracks[1].enabled = False
    nest = otio.schema.Stack("nest", source_range=span(0, 30, R))
    timeline.tracks[0].append(nest)
    view = snapshot(open_timeline(tmp_path, timeline))
    compound = view.tracks[0].items[1]
    assert (compound.kind, compound.index, compound.frames) == (ItemKind.COMPOUND, 2, 30)
    assert "compound" in compound.refusal
    assert "switched off" in view.tracks[1].items[0].refusal


def test_handles_of_a_file_of_unknown_length(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0][0].media_reference.available_range = None
    item = snapshot(open_timeline(tmp_path, timeline)).tracks[0].items[0]
    assert (item.head_handle, item.tail_handle) == (None, None)


def three(folder: Path, rate: Fraction = R) -> Document:
    parts: list[Any] = [A, 40, B, Shot("B", 10, first=150), Shot("12", 10)]
    return open_timeline(folder, make_timeline(folder, rate, [parts, [200, Shot("t", 5)]]))


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_finding_a_clip(tmp_path: Path, rate: Fraction) -> None:
    document = three(tmp_path, rate)
    base = math.ceil(rate)
    a, b = find_clip(document, "V1:1"), find_clip(document, "V1:3")
    assert (a.name, b.name, b.index) == ("A", "B", 3)
    assert find_clip(document, "v1:3") == b
    assert find_clip(document, "A") == find_clip(document, " a ") == a
    assert find_clip(document, a.uid) == a
    assert find_clip(document, "01:00:00:05") == a
    assert find_clip(document, "0") == find_clip(document, "99") == a
    assert find_clip(document, "140") == b
    seconds, frames = divmod(202, base)
    assert find_clip(document, f"01:00:{seconds:02d}:{frames:02d}").name == "t"
    assert find_clip(document, "12").name == "12"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("B", '2 clips are called "B": V1:3'),
        ("nobody", 'V1:1 "A" at 01:00:00:00'),
        ("", "V1:1"),
        ("V1:2", "is a gap"),
        ("V1:9", 'V1 has no item 9; there is V1:1 "A"'),
        ("V1:0", "no item 0"),
        ("V7:1", "no track V7; there is V1, V2"),
        ("110", "No clip is at frame 110"),
        ("09:00:00:00", "No clip is at 09:00:00:00"),
        ("00:00:00:00", "No clip is at 00:00:00:00"),
    ],
)
def test_not_finding_a_clip_lists_what_there_is(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(TimelineError) as caught:
        find_clip(three(tmp_path), text)
    assert words in caught.value.message
    assert caught.value.code in ("timeline.no_clip", "timeline.ambiguous")


def test_drop_frame_timecode(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    timeline = make_timeline(tmp_path, rate, [[Shot("A", 1800), Shot("B", 100)]])
    timeline.global_start_time = otio.opentime.RationalTime(107892, 30000 / 1001)
    timeline.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    document = open_timeline(tmp_path, timeline)
    assert snapshot(document).drop_frame
    assert find_clip(document, "01:00:59;29").name == "A"
    assert find_clip(document, "01:01:00;02").name == "B"
    with pytest.raises(TimelineError, match='"B" at 01:01:00;02'):
        find_clip(document, "nobody")


def test_what_the_cut_shows(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 20, B], [90, Shot("title", 20)]], [Shot("s", 200)])
    off = timeline.tracks[1].clone()
    off.enabled = False
    timeline.tracks.insert(2, off)
    document = open_timeline(tmp_path, timeline)
    runs = shown(document, 80, 50)
    assert [(r.record_in, r.frames, r.name) for r in runs] == [
        (80, 10, "A"), (90, 20, "title"), (110, 10, ""), (120, 10, "B"),
    ]  # fmt: skip
    assert (runs[0].first, runs[0].step, runs[0].track) == (Fraction(130), Fraction(1), "V1")
    assert (runs[2].media, runs[2].uid) == ("", "")
    assert runs[3].first == 30
    below = shown(document, 80, 50, track="V1")
    assert [(r.record_in, r.frames, r.name) for r in below] == [
        (80, 20, "A"), (100, 20, ""), (120, 10, "B"),
    ]  # fmt: skip
    assert [(r.record_in, r.frames) for r in shown(document, -5, 10)] == [(0, 5)]
    assert shown(document, -5, 5) == ()
    with pytest.raises(TimelineError):
        shown(document, 0, 5, track="V9")


def test_what_the_cut_shows_after_an_edit(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 60, B]]))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    runs = shown(document, 95, 35)
    assert [(r.record_in, r.frames, int(r.first), r.operation) for r in runs] == [
        (95, 5, 145, ""), (100, 10, 150, ""), (110, 14, 0, "extend"), (124, 6, 0, ""),
    ]  # fmt: skip


def test_a_long_timeline_is_read_in_good_time(tmp_path: Path) -> None:
    """2000 clips on one track; linear, so generous even on a loaded machine."""
    timeline = make_timeline(tmp_path, R, [[A]])
    clip = timeline.tracks[0][0]
    timeline.tracks[0].extend([clip.clone() for _ in range(1999)])
    document = open_timeline(tmp_path, timeline)
    begun = clock.process_time()
    view = snapshot(document)
    assert clock.process_time() - begun < 2
    assert len({item.uid for item in view.tracks[0].items}) == 2000
