"""Cutting a generated clip in two: nothing moves, and both halves say who made them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.protocol import EditResult, Mode, Side, SnapshotItem
from pickup.timeline import Document, find_clip, snapshot, split
from pickup.timeline.methods import Methods
from support.command import pickup, refusal
from support.oracle import read_cut
from support.timeline import (
    RATES,
    Shot,
    extend,
    make_timeline,
    open_timeline,
    span,
    text_of,
    transition,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)
MADE = "A extend job-0001.t1"
"""14 generated frames after 100 of A and 10 real ones: record frames 110 to 123."""


def placed(folder: Path, rate: Fraction = R, shot: Shot = A, mode: Mode = Mode.GAP) -> Document:
    document = open_timeline(folder, make_timeline(folder, rate, [[shot, 60, B]]))
    extend(document, folder, shot, Side.TAIL, 24, mode)
    return document


def made(document: Document) -> list[SnapshotItem]:
    return [i for t in snapshot(document).tracks for i in t.items if i.generated]


def items(document: Document) -> list[Any]:
    return [i for i in document.timeline.tracks[0] if "generated" in i.metadata.get("pickup", {})]


@pytest.mark.parametrize("rate", RATES)
def test_a_split_moves_nothing_at_any_rate(tmp_path: Path, rate: Fraction) -> None:
    document = placed(tmp_path, rate)
    before = read_cut(text_of(document), rate)
    text = text_of(document)
    (clip,) = made(document)
    result = split(document, clip, clip.record_in + 5)
    first, second = made(document)
    assert (first.record_in, first.frames) == (clip.record_in, 5)
    assert (second.record_in, second.frames) == (clip.record_in + 5, clip.frames - 5)
    after = read_cut(text_of(document), rate)
    assert [(t.base, t.mixes) for t in after] == [(t.base, t.mixes) for t in before]
    assert [(c.record_in, c.media_start_frame) for c in result.clips] == [
        (first.record_in, 0), (second.record_in, 5),
    ]  # fmt: skip
    assert result.sentence == f"Split {clip.name} into 5 and {clip.frames - 5} frames."
    assert document.undo() == f"Split {clip.name}"
    assert text_of(document) == text


def test_both_halves_are_the_same_take(tmp_path: Path) -> None:
    document = placed(tmp_path)
    (clip,) = made(document)
    split(document, clip, 115)
    first, second = items(document)
    one, two = dict(first.metadata["pickup"]), dict(second.metadata["pickup"])
    assert one["uid"] == clip.uid != two["uid"]
    assert two["split_from"] == clip.uid and "split_from" not in one
    for key in ("generated", "placement", "of", "mode", "side"):
        assert one[key] == two[key]
    assert "cut_from" not in two
    assert [(i.job, i.take) for i in made(document)] == [("job-0001", 0)] * 2


def test_markers_are_divided_and_both_halves_disclose(tmp_path: Path) -> None:
    document = placed(tmp_path)

    def mark(timeline: Any) -> None:
        for at in (2, 9):
            timeline.tracks[0][2].markers.append(otio.schema.Marker(f"at {at}", span(at, 1, R)))

    document.edit("by hand", mark)
    split(document, find_clip(document, MADE), 115)
    first, second = items(document)
    assert [m.name for m in first.markers] == ["AI-generated", "at 2"]
    assert [m.name for m in second.markers] == ["AI-generated", "at 9"]
    assert first.markers[0].marked_range == first.source_range == span(0, 5, R)
    assert second.markers[0].marked_range == second.source_range == span(5, 9, R)


def test_a_retimed_clip_is_cut_where_its_picture_is(tmp_path: Path) -> None:
    document = placed(tmp_path)

    def slow(timeline: Any) -> None:
        timeline.tracks[0][2].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))

    document.edit("by hand", slow)
    before = read_cut(text_of(document), R)[0].base
    split(document, find_clip(document, MADE), 115)
    assert read_cut(text_of(document), R)[0].base == before
    assert items(document)[1].source_range.start_time.value == 2.5


@pytest.mark.parametrize("frame", [110, 124, 0])
def test_a_frame_outside_is_refused(tmp_path: Path, frame: int) -> None:
    document = placed(tmp_path)
    text = text_of(document)
    where = "it is from 01:00:04:14 to 01:00:05:04 in the timeline"
    with pytest.raises(TimelineError, match=where) as refused:
        split(document, find_clip(document, MADE), frame)
    assert refused.value.hint.startswith("Choose a frame inside")
    assert text_of(document) == text and document.can_undo == "Extend A"


def test_inside_a_transition_is_refused(tmp_path: Path) -> None:
    document = placed(tmp_path, mode=Mode.OVERWRITE)
    mix = transition(4, 0, R, "mix")
    document.edit("by hand", lambda cut: cut.tracks[0].insert(3, mix))
    with pytest.raises(TimelineError, match='inside the transition "mix"') as refused:
        split(document, find_clip(document, MADE), 122)
    assert "01:00:05:00 or before" in refused.value.hint
    split(document, find_clip(document, MADE), 120)


@pytest.mark.parametrize("effect", [otio.schema.LinearTimeWarp(time_scalar=-1),
                                    otio.schema.TimeEffect(effect_name="ramp")])  # fmt: skip
def test_what_runs_backwards_or_in_a_ramp_is_refused(tmp_path: Path, effect: Any) -> None:
    document = placed(tmp_path)
    document.edit("by hand", lambda cut: cut.tracks[0][2].effects.append(effect.clone()))
    with pytest.raises(TimelineError, match="picture at the cut is not known"):
        split(document, find_clip(document, MADE), 115)


def test_a_clip_of_the_user_s_is_cut_in_the_editor(tmp_path: Path) -> None:
    document = placed(tmp_path)
    for name in ("A", "A handle"):
        with pytest.raises(TimelineError, match="was not generated") as refused:
            split(document, find_clip(document, name), 104)
        assert refused.value.hint == "Cut it in the editor."
    with pytest.raises(TimelineError, match="no longer in the timeline"):
        split(document, "nobody", 104)


def test_other_edits_disclose_both_halves_too(tmp_path: Path) -> None:
    """A ripple on a track below cuts what was generated above it."""
    below = [replace(B, frames=115), Shot("C", 80)]
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [below, [A, 60]]))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    extend(document, tmp_path, B, Side.TAIL, 10, Mode.RIPPLE)
    halves = [i for i in document.timeline.tracks[1] if "job" in (i.name or "")]
    assert [item.source_range for item in halves] == [span(0, 5, R), span(5, 9, R)]
    assert [item.markers[0].marked_range for item in halves] == [i.source_range for i in halves]


def test_the_command_splits_removes_and_refuses(tmp_path: Path) -> None:
    document = placed(tmp_path, mode=Mode.RIPPLE)
    cut = document.save(tmp_path / "placed.otio")
    out, closed = tmp_path / "split.otio", tmp_path / "closed.otio"
    done = pickup("timeline", "split", cut, "--clip", MADE, "--at", "01:00:04:20", "-o", out)
    assert done["sentence"] == f"Split {MADE} into 6 and 8 frames."
    assert [clip["record_frames"] for clip in done["clips"]] == [6, 8]
    done = pickup("timeline", "remove", out, "--clip", "V1:4", "-o", closed)
    assert done["sentence"].endswith("moved back by 24 frames on all tracks.")
    assert [i.name for i in snapshot(Document.open(closed)).tracks[0].items] == ["A", "", "B"]
    done = pickup("timeline", "remove", out, "--clip", "V1:4", "--keep-gap", "-o", closed)
    assert [i.frames for i in snapshot(Document.open(closed)).tracks[0].items] == [100, 84, 80]
    error = refusal("timeline", "split", cut, "--clip", "A", "--at", "3", "-o", tmp_path / "x.otio")
    assert error["code"] == "timeline.not_ours"
    error = refusal("timeline", "remove", cut, "--clip", "A", "-o", tmp_path / "x.otio")
    assert error["code"] == "timeline.not_ours"
    error = refusal("timeline", "remove", cut, "--clip", MADE, "-o", cut)
    assert error["code"] == "timeline.input_file"


def test_the_timeline_process_knows_both(tmp_path: Path) -> None:
    methods = Methods()
    path = placed(tmp_path).save(tmp_path / "placed.otio")
    methods.call("open", {"path": str(path)})
    clip = made(Document.open(path))[0]
    done = methods.call("split", {"clip": clip.uid, "record_frame": 115})
    assert isinstance(done, EditResult) and len(done.clips) == 2
    done = methods.call("remove", {"clip": clip.uid, "close": False})
    assert isinstance(done, EditResult) and not done.clips
    assert methods.call("undo", {}) == f"Remove {clip.name}"
