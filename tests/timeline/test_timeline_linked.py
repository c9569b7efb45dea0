"""Sound that belongs to a picture goes on with it, and never leaves it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import Mode, Side
from pickup.timeline import Document, find_clip, remove, snapshot
from pickup.timeline.edits.linked import groups_of, is_linked, placed
from support.oracle import Picture, read_cut
from support.timeline import (
    RATES,
    Extended,
    Shot,
    extend,
    make_timeline,
    open_timeline,
    propose,
    span,
    text_of,
    time,
    transition,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)
SILENT = "The 14 generated frames have no sound."


def cut(folder: Path, video: Any, audio: Any, rate: Fraction = R) -> Document:
    """The sound is of the files that its clips are named after."""
    return open_timeline(folder, make_timeline(folder, rate, [video], audio))


def track(document: Document, number: int) -> dict[int, Picture]:
    base = read_cut(text_of(document), document.rate)[number].base
    return {k: shown for k, shown in enumerate(base) if shown is not None}


def offsets(frames: dict[int, Picture]) -> set[tuple[str, int]]:
    """(file, media frame at record frame 0) of everything shown."""
    return {(url, int(str(at)) - k) for k, (url, at, _) in frames.items()}


def in_step(document: Document) -> bool:
    """Whether all sound is where the pictures of its file are."""
    return offsets(track(document, 1)) <= offsets(track(document, 0))


def names(document: Document, number: int = 1) -> list[str]:
    return [
        f"{item.name or 'gap'} {item.source_range.duration.value:g}"
        for item in document.timeline.tracks[number]
        if not isinstance(item, otio.schema.Transition)
    ]


@pytest.mark.parametrize("rate", RATES)
def test_real_frames_bring_their_sound(tmp_path: Path, rate: Fraction) -> None:
    document = cut(tmp_path, [A, 60, B], [A, 60, B], rate)
    before = read_cut(text_of(document), rate)
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    assert SILENT in done.proposal.warnings
    assert names(document) == ["A 100", "A handle 10", "gap 50", "B 80"]
    url = str(tmp_path / "A.mov")
    new = {k: shown for k, shown in track(document, 1).items() if 100 <= k < 160}
    assert new == {100 + k: (url, 150 + k, "") for k in range(10)}
    assert in_step(document)
    own = document.timeline.tracks[1][1].metadata["pickup"]
    picture = document.timeline.tracks[0][1].metadata["pickup"]
    assert own["placement"] == picture["placement"] and own["linked"] is True
    assert own["of"] == find_clip(document, "A1:1").uid
    assert [clip.track for clip in done.result.clips] == ["V1", "A1", "V1"]
    remove(document, find_clip(document, "A extend job-0001.t1"))
    assert [t.base for t in read_cut(text_of(document), rate)] == [t.base for t in before]


def test_frames_before_a_clip_bring_their_sound_too(tmp_path: Path) -> None:
    shot = replace(A, first=10)
    document = cut(tmp_path, [B, 60, shot], [B, 60, shot])
    extend(document, tmp_path, shot, Side.HEAD, 24, Mode.GAP)
    assert names(document) == ["B 80", "gap 50", "A handle 10", "A 100"]
    assert in_step(document)


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE])
def test_other_sound_is_never_covered(tmp_path: Path, mode: Mode) -> None:
    document = cut(tmp_path, [A, 60, B], [A, 4, Shot("sting", 56), B])
    before = track(document, 1)
    done = extend(document, tmp_path, A, Side.TAIL, 24, mode)
    told = 'The sound "A" on A1 does not go on: "sting" is in the way.'
    assert told in done.proposal.warnings
    assert track(document, len(document.timeline.tracks) - 1) == before


@pytest.mark.parametrize("side", list(Side))
def test_a_ripple_makes_room_for_the_sound(tmp_path: Path, side: Side) -> None:
    shot = replace(A, first=10 if side is Side.HEAD else 50)
    parts = [B, shot, replace(B, name="C")]
    document = cut(tmp_path, parts, parts)
    before = json.loads(text_of(document))
    extend(document, tmp_path, shot, side, 24, Mode.RIPPLE)
    handle = ["A 100", "A handle 10", "gap 14"]
    order = handle if side is Side.TAIL else handle[::-1]
    assert names(document) == ["B 80", *order, "C 80"]
    assert in_step(document)
    remove(document, find_clip(document, "A extend job-0001.t1"))
    assert json.loads(text_of(document)) == before


def split_edit(folder: Path, reach: int) -> Document:
    """A and B, whose sound changes `reach` frames after the picture (before it where negative)."""
    sound = [
        replace(A, frames=100 + reach),
        replace(B, frames=80 - reach, first=30 + reach),
        Shot("C", 40, first=20),
    ]
    return cut(folder, [A, B, Shot("C", 40, first=20)], sound)


@pytest.mark.parametrize("reach", [4, 10, 20, -4, -10, -20])
def test_j_and_l_cuts_stay_in_step_and_whole(tmp_path: Path, reach: int) -> None:
    document = split_edit(tmp_path, reach)
    assert in_step(document)
    before = json.loads(text_of(document))
    sound = [(i.name, i.frames) for i in snapshot(document).tracks[1].items]
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert not [warning for warning in done.proposal.warnings if "splits" in warning]
    assert "splits" not in done.proposal.sentence
    assert in_step(document)
    after = [i for i in snapshot(document).tracks[1].items if i.kind == "clip"]
    assert [(i.name, i.frames) for i in after if "handle" not in i.name] == sound
    # The real frames are heard as far as the sound did not reach over them already.
    missing = 10 - reach if 0 <= reach < 10 else 0
    assert [i.frames for i in after if "handle" in i.name] == ([missing] if missing else [])
    remove(document, find_clip(document, "A extend job-0001.t1"))
    assert json.loads(text_of(document)) == before


@pytest.mark.parametrize("reach", [10, -10])
def test_split_edits_before_a_clip_stay_whole_too(tmp_path: Path, reach: int) -> None:
    document = split_edit(tmp_path, reach)
    extend(document, tmp_path, B, Side.HEAD, 50, Mode.RIPPLE)
    assert in_step(document)
    items = [i.name for i in snapshot(document).tracks[1].items if i.kind == "clip"]
    assert [name for name in items if "handle" not in name] == ["A", "B", "C"]


def test_a_split_edit_closes_again_in_a_file_opened_later(tmp_path: Path) -> None:
    document = split_edit(tmp_path, -10)
    before = json.loads(text_of(document))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    document = Document.open(document.save(tmp_path / "saved.otio"))
    remove(document, find_clip(document, "A extend job-0001.t1"))
    assert json.loads(text_of(document)) == before


def test_music_is_split_and_named(tmp_path: Path) -> None:
    document = cut(tmp_path, [A, B], [Shot("song", 180)])
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert 'The ripple splits "song" on A1.' in done.proposal.warnings
    assert names(document) == ["song 100", "gap 24", "song 80"]


def test_sound_that_runs_on_under_other_pictures_is_split(tmp_path: Path) -> None:
    """One camera's sound under a cut between two: were it whole, all that follows would slip."""
    one, other = replace(A, frames=60, first=0, total=400), Shot("B", 60, first=60)
    again = replace(one, first=120)
    document = cut(tmp_path, [one, other, again, Shot("C", 90)], [replace(one, frames=240)])
    extend(document, tmp_path, other, Side.TAIL, 24, Mode.RIPPLE)
    assert names(document) == ["A 120", "gap 24", "A 120"]
    assert in_step(document)
    long = replace(one, frames=260)
    document = cut(tmp_path, [one, Shot("B", 100), Shot("C", 100)], [long])
    extend(document, tmp_path, one, Side.TAIL, 24, Mode.RIPPLE)
    assert names(document)[0] == "A 60"


def linked(folder: Path, video: Any, audio: Any, groups: Sequence[int]) -> Document:
    """Picture and sound of other files, in Resolve's groups: one number a clip, bottom first."""
    timeline = make_timeline(folder, R, [video], audio)
    clips = [item for t in timeline.tracks for item in t if isinstance(item, otio.schema.Clip)]
    for clip, group in zip(clips, groups, strict=True):
        clip.metadata["Resolve_OTIO"] = {"Link Group ID": group}
    return open_timeline(folder, timeline)


def test_the_host_s_groups_decide(tmp_path: Path) -> None:
    wav = Shot("wav", 110, first=0, total=120)
    rest = Shot("rest", 70, first=10)
    document = linked(tmp_path, [A, B], [wav, rest], [1, 2, 1, 2])
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert "splits" not in done.proposal.sentence
    assert names(document) == ["wav 110", "gap 24", "rest 70"]
    document = linked(tmp_path, [A, 60, B], [replace(wav, frames=100)], [1, 2, 1])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    assert names(document) == ["wav 100", "wav handle 10"]
    handle = document.timeline.tracks[1][1]
    assert dict(handle.metadata["Resolve_OTIO"]) == {}
    document = linked(tmp_path, [A, 60, B], [A], [1, 2, 3])
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    assert names(document) == ["A 100"]


def test_sound_of_another_file_goes_on_as_far_as_it_is_known(tmp_path: Path) -> None:
    wav = Shot("wav", 100, first=0, total=104)
    document = linked(tmp_path, [A, 60, B], [wav], [1, 2, 1])
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    assert names(document) == ["wav 100"]
    assert any("its file is not known to hold more" in w for w in done.proposal.warnings)


def extended(document: Document, folder: Path) -> Extended:
    return extend(document, folder, A, Side.TAIL, 24, Mode.GAP)


def test_a_fade_a_lock_and_an_earlier_end_stop_the_sound(tmp_path: Path) -> None:
    document = cut(tmp_path, [A, 60, B], [A, (8, 0), 30])
    assert any("it ends in a fade" in w for w in extended(document, tmp_path).proposal.warnings)
    timeline = make_timeline(tmp_path, R, [[A, 60, B]], [A])
    timeline.tracks[1].metadata["Resolve_OTIO"] = {"Locked": True}
    document = open_timeline(tmp_path, timeline)
    assert any("its track is locked" in w for w in extended(document, tmp_path).proposal.warnings)
    assert names(document) == ["A 100"]
    document = cut(tmp_path, [A, 60, B], [replace(A, frames=90), 70, B])
    assert extended(document, tmp_path).proposal.warnings == (SILENT,)
    assert names(document) == ["A 90", "gap 70", "B 80"]


def test_a_ripple_moves_locked_tracks_too_and_says_so(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B]], [A, B])
    timeline.tracks[1].metadata["fcp_xml"] = {"locked": "TRUE"}
    document = open_timeline(tmp_path, timeline)
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    told = "A1 is locked in the editor; it moves too, to stay in step."
    assert told in done.proposal.warnings
    assert in_step(document)
    assert names(document) == ["A 100", "gap 24", "B 80"]


def test_sound_that_is_off_stays_off(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 60, B]], [A])
    timeline.tracks[1][0].enabled = False
    document = open_timeline(tmp_path, timeline)
    extended(document, tmp_path)
    assert [item.enabled for item in document.timeline.tracks[1]] == [False, False]


def test_a_picture_without_sound_in_the_cut(tmp_path: Path) -> None:
    document = cut(tmp_path, [A, 60, B], [Shot("song", 300)])
    assert propose(document, tmp_path, A, Side.TAIL, 24, Mode.GAP).warnings == ()


def test_what_counts_as_linked(tmp_path: Path) -> None:
    def pair(sound: Shot, lead: int = 0) -> bool:
        timeline = make_timeline(tmp_path, R, [[A]], [lead, sound])
        (picture,), (heard,) = (list(placed(timeline, kind, R)) for kind in ("Video", "Audio"))
        return is_linked(picture, heard)

    assert pair(A)
    assert pair(replace(A, frames=30, first=70), 20)
    assert not pair(replace(A, first=51))
    assert not pair(replace(A, name="other"))
    assert not pair(replace(A, speed=2.0))
    assert not pair(A, 100)
    seconds = make_timeline(tmp_path, R, [[A]], [A])
    clip = seconds.tracks[1][0]
    clip.media_reference.available_range = span(0, 320_000, Fraction(48_000))
    clip.source_range = otio.opentime.TimeRange(time(100_000, Fraction(48_000)), time(100, R))
    (picture,), (heard,) = (list(placed(seconds, kind, R)) for kind in ("Video", "Audio"))
    assert is_linked(picture, heard)


def test_final_cut_pro_xml_lists_the_members_of_a_group() -> None:
    picture, sound = otio.schema.Clip("p"), otio.schema.Clip("s")
    links = [{"linkclipref": "clipitem-1"}, {"linkclipref": "clipitem-2"}]
    picture.metadata["fcp_xml"] = {"@id": "clipitem-1", "link": links}
    sound.metadata["fcp_xml"] = {"@id": "clipitem-2", "link": links}
    other = otio.schema.Clip("o")
    other.metadata["fcp_xml"] = {"@id": "clipitem-3", "link": {"linkclipref": "clipitem-4"}}
    assert groups_of(picture) == groups_of(sound) == {"clipitem-1", "clipitem-2"}
    assert groups_of(other) == {"clipitem-3", "clipitem-4"}
    assert groups_of(otio.schema.Clip("none")) == frozenset()


def test_a_dissolve_of_sound_at_the_cut_is_in_the_way(tmp_path: Path) -> None:
    """Where the sound could stay whole but for a dissolve, it is split as before, and named."""
    document = split_edit(tmp_path, 10)
    mix = transition(4, 4, R, "crossfade")
    document.edit("by hand", lambda timeline: timeline.tracks[1].insert(1, mix))
    plan = propose(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert 'The ripple splits "A" on A1.' in plan.warnings


def test_sound_that_lies_apart_from_the_picture_of_its_group_stays_whole(tmp_path: Path) -> None:
    wav = Shot("wav", 100, first=0, total=120)
    document = linked(tmp_path, [A, B, Shot("C", 40)], [110, wav], [1, 2, 3, 1])
    done = extend(document, tmp_path, B, Side.TAIL, 24, Mode.RIPPLE)
    assert "splits" not in done.proposal.sentence
    assert names(document) == ["gap 110", "wav 100"]


def test_sound_that_begins_long_before_its_picture_is_split(tmp_path: Path) -> None:
    shot = Shot("A", 60, first=150, total=400)
    heard = replace(shot, first=30, frames=180)
    document = cut(tmp_path, [Shot("C", 100), B, shot], [60, heard])
    done = extend(document, tmp_path, B, Side.TAIL, 24, Mode.RIPPLE)
    assert 'The ripple splits "A" on A1.' in done.proposal.warnings
    assert names(document) == ["gap 60", "A 120", "gap 24", "A 60"]
