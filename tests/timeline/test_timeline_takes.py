"""Switching takes: another file in the same place, and not one record frame of anything else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import (
    EditResult,
    Mode,
    PlacementState,
    Side,
)
from pickup.timeline import (
    Document,
    find_clip,
    remove,
    split,
    switch_take,
    takes_of,
)
from support.oracle import read_cut
from support.takes import (
    JOB,
    A,
    B,
    R,
    clip_of,
    cut_with_takes,
    expected_after,
    generated,
    generated_items,
    shows,
)
from support.timeline import (
    open_timeline,
    span,
    text_of,
)

NTSC = Fraction(24000, 1001)


@pytest.mark.parametrize("rate", [R, NTSC])
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE, Mode.RIPPLE, Mode.OVERWRITE])
def test_only_the_file_changes(tmp_path: Path, mode: Mode, side: Side, rate: Fraction) -> None:
    document, takes = cut_with_takes(tmp_path, mode, side, rate, parts=(40, A, 60, B))
    (uid,) = generated(document)
    before, shown = text_of(document), shows(document)
    wanted = expected_after(document, takes[0], takes[2])
    places = [[(i.start, i.frames) for i in t.items] for t in read_cut(before, rate)]
    result = switch_take(document, uid, takes[2])
    assert shows(document) == wanted and wanted != shown
    after = read_cut(text_of(document), rate)
    assert [[(i.start, i.frames) for i in t.items] for t in after] == places
    (record,) = result.clips
    assert (record.media, record.name[-3:]) == (takes[2].media.path, ".t3")
    assert document.can_undo == "Switch A extend to take 3"
    document.undo()
    assert text_of(document) == before
    document.redo()
    assert shows(document) == wanted


def test_the_clip_stays_itself(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)

    def dress(timeline: Any) -> None:
        clip = timeline.tracks[0][2]
        clip.effects.append(otio.schema.Effect("blur", "Blur"))
        clip.markers.append(otio.schema.Marker("mine", span(2, 1, R)))
        clip.metadata["host"] = {"grade": 1}

    document.edit("Dress", dress)
    old = clip_of(document, uid).clone()
    switch_take(document, uid, takes[1])
    new = clip_of(document, uid)
    own, was = (json.loads(c.to_json_string())["metadata"]["pickup"] for c in (new, old))
    record, kept = own.pop("generated"), was.pop("generated")
    assert own == was, "uid, original and placement"
    assert record == {**kept, "take": 1, "sidecar": takes[1].sidecar}
    assert dict(new.media_reference.metadata["pickup"]["generated"]) == record
    assert new.media_reference.name == Path(takes[1].media.path).name
    assert new.source_range == old.source_range
    assert new.media_reference.available_range == old.media_reference.available_range
    assert [e.name for e in new.effects] == ["blur"] and new.metadata["host"]["grade"] == 1
    marker, mine = new.markers
    assert dict(marker.metadata["pickup"]["generated"]) == record and mine.name == "mine"
    assert new.name == f"A extend {JOB}.t2"


def test_there_and_back_is_the_same_cut(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    before = text_of(document)
    for index in (1, 2, 0):
        switch_take(document, uid, takes[index])
    assert text_of(document) == before


def test_takes_are_told_in_their_order(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    found = takes_of(document, uid)
    assert [take.index for take in found] == [0, 1, 2]
    assert [take.placement for take in found] == [
        PlacementState.PLACED, PlacementState.OPEN, PlacementState.OPEN,
    ]  # fmt: skip
    for take, made in zip(found, takes, strict=True):
        assert (take.job, take.sidecar, take.seed) == (JOB, made.sidecar, 0)
        assert take.seam.jump == 1.0 + take.index / 10
        media = take.media
        assert (media.path, media.frames, media.rate) == (made.media.path, 26, R)
        assert (media.width, media.codec, media.bit_depth) == (1280, "prores", 10)
    switch_take(document, uid, found[1])
    assert [take.placement.value for take in takes_of(document, uid)] == ["open", "placed", "open"]
    assert takes_of(document, find_clip(document, "A")) == ()
    (item,) = generated_items(document)
    assert (item.takes, item.take, item.operation) == (3, 1, "extend")


def test_takes_move_with_their_folder(tmp_path: Path) -> None:
    document, _ = cut_with_takes(tmp_path)
    document.save(tmp_path / "done.otio")
    (tmp_path / "elsewhere").mkdir()
    for name in ("cut media", "done.otio", "A.mov", "B.mov"):
        shutil.move(tmp_path / name, tmp_path / "elsewhere" / name)
    moved = Document.open(tmp_path / "elsewhere" / "done.otio")
    moved.relink(tmp_path / "elsewhere")
    (uid,) = generated(moved)
    takes = takes_of(moved, uid)
    folder = tmp_path / "elsewhere" / "cut media"
    assert [Path(take.media.path).parent for take in takes] == [folder] * 3
    switch_take(moved, uid, takes[1])
    assert clip_of(moved, uid).media_reference.target_url == takes[1].media.path


def test_a_take_without_its_media_is_none(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    Path(takes[1].media.path).unlink()
    Path(takes[2].sidecar).write_text("{", "utf-8")
    assert [take.index for take in takes_of(document, uid)] == [0]


@pytest.mark.parametrize("spelling", ["file", "relative"])
def test_the_spelling_of_the_path_stays(tmp_path: Path, spelling: str) -> None:
    document, takes = cut_with_takes(tmp_path)
    timeline = document.timeline.clone()
    reference = timeline.tracks[0][2].media_reference
    old, new = Path(takes[0].media.path), Path(takes[1].media.path)
    spell: Callable[[Path], str] = {
        "file": Path.as_uri,
        "relative": lambda path: str(path.relative_to(tmp_path)),
    }[spelling]
    reference.target_url = spell(old)
    again = open_timeline(tmp_path, timeline, "again.otio")
    (uid,) = generated(again)
    result = switch_take(again, uid, takes[1])
    assert clip_of(again, uid).media_reference.target_url == spell(new)
    assert result.clips[0].media == str(new)


@pytest.mark.parametrize("kept", [True, False], ids=["metadata", "names only"])
def test_both_halves_of_a_split_clip_switch(tmp_path: Path, kept: bool) -> None:
    """A host cuts the clip in two and moves the second half."""
    document, takes = cut_with_takes(tmp_path)
    timeline = document.timeline.clone()
    track = timeline.tracks[0]
    second = track[2].clone()
    track[2].source_range = span(0, 6, R)
    second.source_range = span(6, 8, R)
    track.insert(4, second)
    for clip in (track[2], second) if not kept else ():
        del clip.metadata["pickup"], clip.media_reference.metadata["pickup"]
    again = open_timeline(tmp_path, timeline, "again.otio")
    both = generated(again)
    assert len(both) == 2
    wanted = expected_after(again, takes[0], takes[1])
    result = switch_take(again, both[1], takes[1])
    assert len(result.clips) == 2 and shows(again) == wanted
    again.undo()
    assert [item.take for item in generated_items(again)] == [0, 0]


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE, Mode.RIPPLE, Mode.OVERWRITE])
def test_what_was_split_and_switched_can_still_be_taken_back(tmp_path: Path, mode: Mode) -> None:
    document, takes = cut_with_takes(tmp_path, mode)
    (uid,) = generated(document)
    document.undo()
    before = shows(document)
    document.redo()
    split(document, uid, 115)
    wanted = expected_after(document, takes[0], takes[1])
    assert len(switch_take(document, uid, takes[1]).clips) == 2
    assert shows(document) == wanted
    remove(document, uid)
    assert shows(document) == before


def test_a_copy_that_another_edit_made_stays(tmp_path: Path) -> None:
    """The same file in a clip of another placement is an edit of its own."""
    document, takes = cut_with_takes(tmp_path)
    timeline = document.timeline.clone()
    copy = timeline.tracks[0][2].clone()
    copy.metadata["pickup"]["placement"] = "another"
    timeline.tracks[0].append(copy)
    again = open_timeline(tmp_path, timeline, "again.otio")
    first, second = generated(again)
    switch_take(again, first, takes[1])
    paths = [clip_of(again, uid).media_reference.target_url for uid in (first, second)]
    assert paths == [takes[1].media.path, takes[0].media.path]


def test_a_retimed_take_keeps_its_speed(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)

    def slow(timeline: Any) -> None:
        clip = timeline.tracks[0][2]
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
        clip.source_range = span(4, 14, R)

    document.edit("Slow", slow)
    wanted = expected_after(document, takes[0], takes[1])
    switch_take(document, uid, takes[1])
    assert shows(document) == wanted


def test_a_user_s_name_and_a_host_s_numbers_stay(tmp_path: Path) -> None:
    """A host that counts the file from an hour keeps counting so."""
    document, takes = cut_with_takes(tmp_path)
    timeline = document.timeline.clone()
    clip = timeline.tracks[0][2]
    clip.name = "hero shot"
    clip.source_range = span(90_003, 11, R)
    clip.media_reference.available_range = span(90_000, 26, R)
    again = open_timeline(tmp_path, timeline, "again.otio")
    (uid,) = generated(again)
    wanted = expected_after(again, takes[0], takes[1])
    switch_take(again, uid, takes[1])
    assert shows(again) == wanted
    switched = clip_of(again, uid)
    assert switched.name == "hero shot"
    assert switched.media_reference.available_range == span(90_000, 26, R)
    assert switched.source_range == span(90_003, 11, R)


@pytest.mark.parametrize("available", [None, span(90_003, 11, R), span(90_000, 14, R)])
def test_a_host_that_tells_little_of_the_file(tmp_path: Path, available: Any) -> None:
    """Some state no available range, some the shown part only: the file is ours by its name, and
    the other take is as long."""
    document, takes = cut_with_takes(tmp_path)
    timeline = document.timeline.clone()
    clip = timeline.tracks[0][2]
    clip.source_range = span(90_003, 11, R)
    clip.media_reference.available_range = available
    again = open_timeline(tmp_path, timeline, "again.otio")
    (uid,) = generated(again)
    wanted = expected_after(again, takes[0], takes[1])
    switch_take(again, uid, takes[1])
    assert clip_of(again, uid).source_range == span(90_003, 11, R)
    if available is None:
        assert shows(again) == wanted


def test_a_recipe_under_another_take_s_name_is_no_take(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    shutil.copy(takes[0].sidecar, takes[2].sidecar)
    assert [take.index for take in takes_of(document, uid)] == [0, 1]


def test_an_offline_take_is_replaced_by_one_that_is_there(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    Path(takes[0].media.path).unlink()
    found = takes_of(document, uid)
    assert [take.index for take in found] == [1, 2]
    switch_take(document, uid, found[0])
    assert not find_clip(document, uid).refusal


def test_a_take_that_is_shorter_but_long_enough_fits(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    take = replace(takes[1], media=replace(takes[1].media, frames=18))
    switch_take(document, uid, take)
    assert clip_of(document, uid).media_reference.available_range == span(0, 18, R)


def test_after_a_host_has_dropped_the_metadata(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    document.export(tmp_path / "host.xml")
    again = Document.open(tmp_path / "host.xml")
    (uid,) = generated(again)
    wanted = expected_after(again, takes[0], takes[2])
    found = takes_of(again, uid)
    switch_take(again, uid, found[2])
    assert [t[2] for t in shows(again)] == [t[2] for t in wanted]
    assert clip_of(again, uid).name == f"A extend {JOB}.t3"


def test_the_result_names_the_clips(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,) = generated(document)
    result: EditResult = switch_take(document, uid, takes[1])
    (record,) = result.clips
    assert (record.track, record.record_in, record.record_frames) == ("V1", 110, 14)
    assert record.origin.value == "generated"
