"""Gaps filled exactly; judged by the oracle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pickup.errors import PickupError
from pickup.protocol import EditResult, encode
from pickup.timeline import Document, Fit, fill_gap
from pickup.timeline import Shot as NewShot
from pickup.timeline.methods import Methods
from support.inserting import (
    A,
    B,
    R,
    cut_of,
    document_of,
    file,
    pictures,
    shown,
    take,
    undone,
)
from support.timeline import gap, make_timeline, open_timeline, text_of, transition


def fill(document: Document, where: str, shot: NewShot, **more: Any) -> EditResult:
    return fill_gap(document, where, shot, **more)


@pytest.mark.parametrize("where", ["V1:2", "v1:2", "gap:V1:100"])
def test_a_gap_is_filled_exactly_and_is_gone(tmp_path: Path, where: str) -> None:
    document = document_of(tmp_path)
    text, before = text_of(document), cut_of(document)
    shot = NewShot(file(tmp_path, "a.mov", 90), 60, 11)
    done = fill(document, where, shot)
    after = cut_of(document)
    assert pictures(after[0]) == pictures(before[0]) | shown([shot], 100, [60])
    assert after[1:] == before[1:] and not done.warnings
    assert [type(item).__name__ for item in document.timeline.tracks[0]] == ["Clip"] * 3
    assert document.can_undo == "Fill with a"
    undone(document, text)


@pytest.mark.parametrize(("fit", "first"), [(Fit.TRIM, 0), (Fit.CENTRE, 15)])
def test_a_long_shot_is_trimmed_to_the_gap(tmp_path: Path, fit: Fit, first: int) -> None:
    document = document_of(tmp_path)
    before = cut_of(document)
    shot = NewShot(file(tmp_path, "a.mov", 91))
    fill(document, "V1:2", shot, fit=fit)
    wanted = shown([replace(shot, first=first)], 100, [60])
    assert pictures(cut_of(document)[0]) == pictures(before[0]) | wanted


def not_filled(document: Document, code: str, where: str, shot: NewShot, **more: Any) -> str:
    before = text_of(document)
    with pytest.raises(PickupError) as error:
        fill(document, where, shot, **more)
    assert error.value.code == code and error.value.hint
    assert text_of(document) == before and not document.can_undo
    return f"{error.value.message} {error.value.hint}"


def test_a_shot_of_another_length_is_refused_with_the_difference(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    long, short = NewShot(file(tmp_path, "a.mov", 91)), NewShot(file(tmp_path, "b.mov", 51))
    assert "31 more" in not_filled(document, "media.too_long", "V1:2", long)
    assert "9 too few" in not_filled(document, "media.too_short", "V1:2", short)
    for fit in Fit:
        not_filled(document, "media.too_short", "V1:2", short, fit=fit)
        before = cut_of(document)
        fill(document, "V1:2", short, fit=fit, leave_rest=True)
        after = cut_of(document)
        assert pictures(after[0]) == pictures(before[0]) | shown([short], 100, [51])
        assert document.timeline.tracks[0][2].source_range.duration.value == 9
        document.undo()
        document = document_of(tmp_path)


@pytest.mark.parametrize("fit", list(Fit))
def test_frames_that_were_asked_for_are_not_made_more(tmp_path: Path, fit: Fit) -> None:
    """The file holds enough for the gap, and the user named 51 frames of it."""
    document = document_of(tmp_path)
    shot = NewShot(file(tmp_path, "a.mov", 91), 51, 3)
    assert "9 too few" in not_filled(document, "media.too_short", "V1:2", shot, fit=fit)
    before = cut_of(document)
    fill(document, "V1:2", shot, fit=fit, leave_rest=True)
    assert pictures(cut_of(document)[0]) == pictures(before[0]) | shown([shot], 100, [51])


def test_only_gaps_are_filled(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    shot = NewShot(take(tmp_path))
    assert "V1:2" in not_filled(document, "timeline.no_gap", "V1:1", shot)
    not_filled(document, "timeline.no_gap", "V1:9", shot)
    not_filled(document, "timeline.no_gap", "the gap", shot)
    not_filled(document, "timeline.no_gap", "V1", shot, record_range=(90, 40))
    not_filled(document, "timeline.no_gap", "V1", shot, record_range=(110, 0))
    not_filled(document, "timeline.no_track", "V7:1", shot)


@pytest.mark.parametrize("start", [100, 110, 120, 240, 300])
def test_a_range_of_a_gap_is_filled(tmp_path: Path, start: int) -> None:
    document = document_of(tmp_path)
    before = cut_of(document)
    shot = NewShot(take(tmp_path))
    fill(document, "V1", shot, record_range=(start, 40))
    assert pictures(cut_of(document)[0]) == pictures(before[0]) | shown([shot], start, [40])


@pytest.mark.parametrize(
    ("parts", "inside"),
    [
        ((A, 60, (8, 4), B), (100, 152)),
        ((A, 60, (0, 4), B), (100, 159)),
        ((A, (4, 8), 60, B), (108, 160)),
        ((A, (4, 0), 60, (8, 8), B), (101, 152)),
    ],
)
def test_fades_at_the_ends_of_a_gap_stay_fades(
    tmp_path: Path, parts: Any, inside: tuple[int, int]
) -> None:
    document = document_of(tmp_path, *parts)
    before = cut_of(document)
    shot = NewShot(file(tmp_path, "a.mov", 90))
    start, end = inside
    words = not_filled(document, "timeline.fade", "V1:2", shot, fit=Fit.TRIM)
    assert f"frames {start} to {end - 1}" in words
    fill(document, "V1", shot, record_range=(start, end - start), fit=Fit.TRIM)
    after = cut_of(document)
    assert pictures(after[0]) == pictures(before[0]) | shown([shot], start, [end - start])
    assert after[0].mixes == before[0].mixes


def test_a_gap_of_fades_only_cannot_be_filled(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0].extend([transition(3, 4, R), gap(8, R), transition(4, 2, R)])
    document = open_timeline(tmp_path, timeline)
    shot = NewShot(take(tmp_path), 8)
    assert "Remove the transition" in not_filled(document, "timeline.fade", "V1:2", shot)


def test_the_dock_can_ask_for_it(tmp_path: Path) -> None:
    methods = Methods()
    timeline = make_timeline(tmp_path, R, [[A, 60, B]])
    open_timeline(tmp_path, timeline)
    methods.call("open", {"path": str(tmp_path / "cut.otio")})
    made = encode(NewShot(take(tmp_path)))
    params = {"gap": "V1:2", "shot": made, "fit": "trim", "leave_rest": True}
    result = methods.call("fill_gap", params)
    assert isinstance(result, EditResult) and result.clips[0].record_frames == 40
    assert "Filled 40 frames at 01:00:04:04 on V1." in result.sentence
    methods.call("undo", {})
    params = {"shots": [made, made], "track": "V1", "record_in": 100, "mode": "ripple"}
    result = methods.call("insert_shots", params)
    assert isinstance(result, EditResult) and len(result.clips) == 2
    assert methods.call("take_of_file", {"path": str(tmp_path / "none.mov")}) is None
