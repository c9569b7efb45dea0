"""Taking out what was placed: what was there comes back, or it is said why it does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.client.core import new_job_id
from pickup.errors import TimelineError
from pickup.protocol import Mode, Output, Side
from pickup.timeline import (
    Document,
    find_clip,
    insert_shots,
    place,
    propose_restyle,
    remove,
    snapshot,
    split,
)
from pickup.timeline import (
    Shot as Cutting,
)
from support.removal import MADE, A, B, R, document_of, edited, kinds, overwritten, same, shows
from support.timeline import (
    Shot,
    extend,
    gap,
    make_timeline,
    media_of_shot,
    propose,
    span,
    take_for,
    text_of,
    transition,
)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE, Mode.RIPPLE, Mode.OVERWRITE])
def test_every_mode_is_taken_back_as_one_edit(tmp_path: Path, mode: Mode, side: Side) -> None:
    shot = replace(A, name="C", first=10, total=120)
    document = document_of(tmp_path, [20, B, 60, shot, 60, A, 30, Shot("D", 20)])
    before, items = shows(document), kinds(document)
    extend(document, tmp_path, shot, side, 40, mode)
    placed = text_of(document)
    assert not same(shows(document), before)
    clip = next(i for t in snapshot(document).tracks for i in t.items if i.generated)
    result = remove(document, clip)
    assert same(shows(document), before)
    assert kinds(document) == items
    assert document.can_undo == f"Remove {clip.name}"
    assert not result.warnings
    assert result.sentence.startswith(f"Removed {clip.name}")
    document.undo()
    assert text_of(document) == placed
    document.undo()
    assert same(shows(document), before)


def test_any_clip_of_the_edit_stands_for_all_of_it(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    before = shows(document)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    result = remove(document, find_clip(document, "A handle"))
    assert result.sentence == "Removed A handle and 1 clip of the same edit. Nothing else moved."
    assert same(shows(document), before)
    assert result.clips == ()


def test_a_gap_that_was_filled_exactly_comes_back(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    extend(document, tmp_path, A, Side.TAIL, 60, Mode.GAP)
    assert len(document.timeline.tracks[0]) == 4
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 100", "Gap  60", "Clip B 80"]


def test_the_end_of_a_track_becomes_shorter_again(tmp_path: Path) -> None:
    document = document_of(tmp_path, [B, A])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip B 80", "Clip A 100"]


def test_a_track_of_ours_goes_when_nothing_is_left_on_it(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B])
    media = media_of_shot(tmp_path, A, R)
    for job in ("job-0001", "job-0002"):
        plan = propose_restyle(
            document, find_clip(document, "A"), media=media, output=Output(str(tmp_path), "out"),
            record_range=(10, 20) if job == "job-0001" else (60, 20),
        )  # fmt: skip
        place(document, plan.placement, take_for(tmp_path, plan, job))
    assert len(document.timeline.tracks) == 3
    remove(document, find_clip(document, "A restyle job-0002.t1"))
    assert kinds(document, 1) == ["Gap  10", "Clip A restyle job-0001.t1 20"]
    remove(document, find_clip(document, "A restyle job-0001.t1"))
    assert [track.name for track in document.timeline.tracks] == ["V", "A"]


def test_a_ripple_closes_and_joins_what_it_had_split(tmp_path: Path) -> None:
    titles = [80, Shot("title", 90)]
    document = document_of(tmp_path, [A, B], above=titles)
    song = document.timeline.tracks[2][0]
    song.markers.append(otio.schema.Marker("bar", span(20 + 150, 1, R)))
    for owner, at in ((document.timeline.tracks, 120), (document.timeline.tracks[0], 99)):
        owner.markers.append(otio.schema.Marker("note", span(at, 1, R)))
    before, text = shows(document), json.loads(text_of(document))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert len(document.timeline.tracks[2]) == 3
    result = remove(document, find_clip(document, MADE))
    assert result.sentence.endswith("Everything after it moved back by 24 frames on all tracks.")
    assert same(shows(document), before)
    assert json.loads(text_of(document)) == text


@pytest.mark.parametrize("first", ["A", "B"])
def test_what_two_ripples_had_split_is_one_again_in_any_order(tmp_path: Path, first: str) -> None:
    document = document_of(tmp_path, [A, B, Shot("C", 50)])
    before, text = shows(document), json.loads(text_of(document))
    for shot, job in ((A, "job-000A"), (B, "job-000B")):
        plan = propose(document, tmp_path, shot, Side.TAIL, 340, Mode.RIPPLE)
        place(document, plan.placement, take_for(tmp_path, plan, job))
    assert len(document.timeline.tracks[1]) == 5
    for name in (first, "B" if first == "A" else "A"):
        remove(document, find_clip(document, f"{name} extend job-000{name}.t1"))
    assert same(shows(document), before)
    assert json.loads(text_of(document)) == text


def test_markers_on_frames_that_go_stay_where_the_cut_closes(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)

    def mark(timeline: Any) -> None:
        for at in (99, 100, 110, 124, 130):
            timeline.tracks.markers.append(otio.schema.Marker(f"at {at}", span(at, 1, R)))

    document.edit("by hand", mark)
    remove(document, find_clip(document, MADE))
    markers = document.timeline.tracks.markers
    assert [m.marked_range.start_time.value for m in markers] == [99, 100, 100, 100, 106]


def test_a_cut_of_the_user_s_own_stays_a_cut(tmp_path: Path) -> None:
    song = Shot("song", 100, first=0)
    document = document_of(tmp_path, [A, B], audio=[song, replace(song, first=100)])
    items = kinds(document, 1)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    remove(document, find_clip(document, MADE))
    assert kinds(document, 1) == items == ["Clip song 100", "Clip song 100"]


def test_a_ripple_does_not_close_over_what_lies_there_now(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B], audio=[Shot("song", 100), Shot("end", 20)])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    put(document, 1, 1, Shot("sting", 24), tmp_path)
    before = shows(document)[1]
    result = remove(document, find_clip(document, MADE))
    assert result.warnings == ('A gap of 24 frames stays: "sting" on A1 is in the way.',)
    assert kinds(document) == ["Clip A 100", "Gap  24", "Clip B 80"]
    assert shows(document)[1].base == before.base


def test_a_ripple_does_not_close_where_a_fade_would_become_a_dissolve(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B], audio=[Shot("song", 100), Shot("end", 20)])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    document.edit("fade", lambda timeline: timeline.tracks[1].insert(1, transition(4, 0, R)))
    before = shows(document)[1]
    result = remove(document, find_clip(document, MADE))
    assert result.warnings == ("A gap of 24 frames stays: a fade on A1 is in the way.",)
    assert shows(document)[1].base == before.base


def put(document: Document, track: int, child: int, shot: Shot, folder: Path) -> None:
    """As the user would: a clip in the place of an item, in a step of its own."""

    def change(timeline: Any) -> None:
        timeline.tracks[track][child] = make_timeline(folder, R, [[shot]]).tracks[0][0].clone()

    document.edit("by hand", change)


def test_the_gap_can_be_kept(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    remove(document, find_clip(document, MADE), close=False)
    assert kinds(document) == ["Clip A 100", "Gap  24", "Clip B 80"]


@pytest.mark.parametrize("side", list(Side))
def test_a_dissolve_that_a_ripple_moved_is_the_original_one_again(
    tmp_path: Path, side: Side
) -> None:
    parts = [A, (6, 8), B] if side is Side.TAIL else [B, (6, 8), A]
    document = document_of(tmp_path, parts)
    before = shows(document)
    extend(document, tmp_path, A, side, 30, Mode.RIPPLE)
    assert shows(document)[0].mixes != before[0].mixes
    clip = next(i for t in snapshot(document).tracks for i in t.items if i.generated or
                i.name == "A handle")  # fmt: skip
    result = remove(document, clip)
    assert same(shows(document), before)
    assert not result.warnings


def test_a_gap_that_would_part_a_dissolve_is_refused(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, (6, 8), B])
    extend(document, tmp_path, A, Side.TAIL, 30, Mode.RIPPLE)
    text = text_of(document)
    with pytest.raises(TimelineError, match="would part the transition") as refused:
        remove(document, find_clip(document, MADE), close=False)
    assert refused.value.hint
    assert text_of(document) == text


def test_a_dissolve_that_was_put_on_later_goes_with_the_clip(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    before = shows(document)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    mix = transition(4, 4, R, "later")
    document.edit("by hand", lambda cut: cut.tracks[0].insert(1, mix))
    result = remove(document, find_clip(document, MADE))
    assert result.warnings == ('The transition "later" went with it.',)
    assert same(shows(document), before)


def test_halves_of_a_split_clip_go_together(tmp_path: Path) -> None:
    document = overwritten(tmp_path)
    before = shows(document_of(tmp_path, [A, B], audio=()))
    split(document, find_clip(document, MADE), 120)
    result = remove(document, find_clip(document, "V1:4"))
    assert "and 2 clips of the same edit" in result.sentence
    assert same(shows(document), before)


def test_of_a_copy_only_the_copy_goes(tmp_path: Path) -> None:
    document = overwritten(tmp_path)
    edited(document, lambda track: track.extend([gap(10, R), track[2].clone()]))
    remove(document, find_clip(document, "V1:6"))
    assert kinds(document)[:4] == ["Clip A 100", "Clip A handle 10", f"Clip {MADE} 20", "Clip B 50"]
    assert len(snapshot(document).tracks[0].items) <= 5


def test_a_clip_of_which_the_host_kept_the_name_alone_leaves_a_gap(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    job = new_job_id()
    plan = propose(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    place(document, plan.placement, take_for(tmp_path, plan, job, 0))
    data = json.loads(text_of(document))

    def forget(value: Any) -> None:
        if isinstance(value, dict):
            value.get("metadata", {}).pop("pickup", None)
            for inner in value.values():
                forget(inner)
        elif isinstance(value, list):
            for inner in value:
                forget(inner)

    forget(data)
    path = tmp_path / "host.otio"
    path.write_text(json.dumps(data), "utf-8")
    document = Document.open(path)
    clip = next(i for t in snapshot(document).tracks for i in t.items if i.job == job)
    result = remove(document, clip)
    assert len(result.warnings) == 1 and "is not known" in result.warnings[0]
    assert kinds(document) == ["Clip A 100", "Clip A handle 10", "Gap  74", "Clip B 80"]


def test_a_clip_of_the_user_s_is_refused(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    text = text_of(document)
    with pytest.raises(TimelineError, match="A was not made by Pickup") as refused:
        remove(document, find_clip(document, "A"))
    assert refused.value.hint == "Remove it in the editor."
    with pytest.raises(TimelineError, match="no longer in the timeline"):
        remove(document, "nobody")
    assert text_of(document) == text and not document.can_undo


@pytest.mark.parametrize("mode", [Mode.RIPPLE, Mode.OVERWRITE])
def test_inserted_shots_go_together(tmp_path: Path, mode: Mode) -> None:
    document = document_of(tmp_path, [A, B], above=[150, Shot("title", 20)])
    before, text = shows(document), json.loads(text_of(document))
    shots = [Cutting(media_of_shot(tmp_path, Shot(name, 0, total=20), R)) for name in "XY"]
    result = insert_shots(document, shots, track="V1", record_in=110, mode=mode)
    assert len(result.clips) == 2
    remove(document, find_clip(document, result.clips[1].name))
    assert same(shows(document), before)
    assert json.loads(text_of(document)) == text
