"""A generated clip that fits the cut around it is not called stale: no false alarms."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.protocol import Matte, Mode, Side
from pickup.timeline import Shot as Inserted
from pickup.timeline import (
    find_clip,
    insert_shots,
    keep,
    propose_extend,
    snapshot,
    split,
    staleness,
)
from support.living import (
    JOBS,
    SHOTS,
    A,
    B,
    R,
    Scene,
    cut,
    extended,
    other_clip,
    resize,
    scene,
    trim_head,
    trim_tail,
)
from support.takes import write_take
from support.timeline import RATES, Shot, clip_of, gap, make_timeline, text_of

BARE = pytest.mark.parametrize("bare", [False, True])


def reopened(made: Scene) -> Scene:
    made.change(lambda timeline: None)
    return made


@pytest.mark.parametrize("shot", SHOTS, ids=str)
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE, Mode.RIPPLE, Mode.OVERWRITE])
def test_a_new_extension_fits(tmp_path: Path, shot: Shot, side: Side, mode: Mode) -> None:
    made = cut(tmp_path, shot, after=70)
    made.extend(shot, 70, side, mode)
    assert made.stale() == [""]
    assert reopened(made).stale() == [""]
    made.change(lambda timeline: None, bare=True)
    assert made.stale() == [""]


@pytest.mark.parametrize("shot", SHOTS, ids=str)
@pytest.mark.parametrize("part", [None, (100, 30)])
def test_a_new_overlay_fits(tmp_path: Path, shot: Shot, part: tuple[int, int] | None) -> None:
    made = cut(tmp_path, shot)
    made.restyle(shot, part)
    made.inpaint(shot, Matte(box=(0, 0, 64, 64)))
    assert made.stale() == ["", ""]
    made.change(lambda timeline: None, bare=True)
    assert made.stale() == ["", ""]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_new_clips_fit_at_every_rate(tmp_path: Path, rate: Fraction) -> None:
    made = cut(tmp_path, rate=rate)
    made.extend(A, 40)
    made.restyle(A)
    assert reopened(made).stale() == ["", ""]


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE, Mode.RIPPLE, Mode.OVERWRITE])
def test_a_new_bridge_fits(tmp_path: Path, mode: Mode) -> None:
    parts = [A, 16, B] if mode is Mode.GAP else [A, B]
    made = scene(tmp_path, make_timeline(tmp_path, R, [parts]))
    made.bridge(A, B, mode=mode, frames=None if mode is Mode.GAP else 17)
    assert made.stale() == [""]
    made.change(lambda timeline: None, bare=True)
    assert made.stale() == [""]


def test_new_clips_beside_dissolves_fit(tmp_path: Path) -> None:
    parts = [Shot("Z", 60), (6, 8), replace(A, total=160), (5, 7), B]
    made = scene(tmp_path, make_timeline(tmp_path, R, [parts]))
    made.extend(A, 40, Side.TAIL, Mode.RIPPLE)
    made.extend(A, 80, Side.HEAD, Mode.RIPPLE)
    made.restyle(A)
    assert made.stale() == ["", "", ""]
    made.change(lambda timeline: None, bare=True)
    assert made.stale() == ["", "", ""]


def test_extending_on_and_painting_over_what_was_made_fits(tmp_path: Path) -> None:
    made = cut(tmp_path, after=100)
    first = made.extend(A, 40)
    clip = made.generated()[0]
    again = propose_extend(
        made.document, clip, side=Side.TAIL, frames=30, media=first.media, output=made.output()
    )
    made.use(again)
    assert [item.frames for item in made.generated()] == [26, 12, 18]
    made.restyle(A)
    assert made.stale() == ["", "", "", ""]


def switched_off(track: Any) -> None:
    track[1].enabled = False


def cutaway(track: Any) -> None:
    """Lay another shot over the join: 3 frames of the handle and 5 generated ones."""
    trim_tail(track[2], 3)
    trim_head(track[3], 5)
    track.insert(3, other_clip(track, "C", 8))


def inserted_cutaway(track: Any) -> None:
    track.insert(3, other_clip(track, "C", 8))


def own_trims(track: Any) -> None:
    trim_head(track[1], 10)
    trim_tail(track[3], 9)
    resize(track[4], 9)
    resize(track[0], 10)


def copied(track: Any) -> None:
    track.append(track[3].clone())


@BARE
@pytest.mark.parametrize("edit", [switched_off, cutaway, inserted_cutaway, own_trims, copied])
def test_what_does_not_concern_it_is_not_called_stale(
    tmp_path: Path, edit: Callable[[Any], None], bare: bool
) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: edit(timeline.tracks[0]), bare=bare)
    assert made.stale()[0] == ""


def test_a_lower_track_may_show_through_as_a_cutaway(tmp_path: Path) -> None:
    below = [Shot("base", 400, total=500)]
    timeline = make_timeline(tmp_path, R, [below, [80, A, 60, B]])
    made = scene(tmp_path, timeline)
    made.extend(A, 40)

    def lifted(timeline: Any) -> None:
        trim_head(timeline.tracks[1][3], 5)
        timeline.tracks[1].insert(3, gap(5, R))

    made.change(lifted)
    assert made.stale() == [""]
    made.change(lambda timeline: timeline.tracks.pop(0))
    assert made.stale() == ["5 frames before it are empty."]


def moved_media(made: Scene) -> None:
    other = made.folder / "other place"
    other.mkdir()
    for file in made.folder.glob("A.mov"):
        shutil.copy(file, other)
        file.unlink()
    made.document.relink(other)


def test_the_same_file_elsewhere_is_the_same_file(tmp_path: Path) -> None:
    made = extended(tmp_path)
    made.restyle(A)

    def respell(timeline: Any) -> None:
        for item in timeline.find_clips():
            reference = item.media_reference
            reference.target_url = Path(reference.target_url).as_uri()

    made.change(respell)
    assert made.stale() == ["", ""]
    moved_media(made)
    assert made.stale() == ["", ""]


def test_split_halves_fit_wherever_they_are(tmp_path: Path) -> None:
    made = extended(tmp_path)
    clip = made.generated()[0]
    split(made.document, clip, clip.record_in + 10)
    assert made.stale() == ["", ""]
    made.change(lambda timeline: timeline.tracks[0].insert(4, clip_of(tmp_path, Shot("C", 9), R)))
    assert made.stale() == ["", ""]


def test_a_take_that_was_inserted_as_a_shot_is_free(tmp_path: Path) -> None:
    made = cut(tmp_path)
    clip = find_clip(made.document, "A")
    proposal = propose_extend(
        made.document, clip, side=Side.TAIL, frames=40, media=made.media(A), output=made.output()
    )
    take = write_take(proposal, tmp_path, job=JOBS[0])
    insert_shots(made.document, [Inserted(take)], track="V1", record_in=0, mode=Mode.OVERWRITE)
    assert made.stale() == [""]


def test_without_a_recipe_nothing_is_claimed(tmp_path: Path) -> None:
    made = extended(tmp_path)
    for sidecar in tmp_path.glob("*.pickup.json"):
        sidecar.unlink()
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 12))
    assert made.stale() == [""]


def test_a_stale_clip_can_be_kept_until_something_else_changes(tmp_path: Path) -> None:
    made = extended(tmp_path)
    with pytest.raises(TimelineError, match="fits"):
        keep(made.document, made.generated()[0])
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 12))
    before = text_of(made.document)
    keep(made.document, made.generated()[0])
    assert made.stale() == [""]
    assert made.document.undo() == "Keep"
    assert text_of(made.document) == before
    made.document.redo()
    assert reopened(made).stale() == [""]
    made.change(lambda timeline: timeline.tracks[0].pop(2))
    assert made.stale() == ["The clip before it now ends 14 frames earlier."]


def test_clips_of_the_user_cost_nothing(tmp_path: Path) -> None:
    made = cut(tmp_path)
    assert all(not item.stale for track in snapshot(made.document).tracks for item in track.items)
    assert staleness(made.document, find_clip(made.document, "A")) is None
    assert staleness(made.document, "no such uid") is None


def test_a_trimmed_one_at_another_speed_cannot_be_told(tmp_path: Path) -> None:
    """How far its first picture is from the join is then no whole number of record frames."""

    def slower(track: Any) -> None:
        trim_head(track[3], 4)
        track[3].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))

    made = extended(tmp_path)
    made.change(lambda timeline: slower(timeline.tracks[0]))
    assert made.stale() == [""]
