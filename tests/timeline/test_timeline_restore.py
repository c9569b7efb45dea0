"""What an edit overwrote comes back exactly, as far as it still fits there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import Mode, Output, Side
from pickup.timeline import (
    Document,
    fill_gap,
    find_clip,
    place,
    propose_bridge,
    remove,
    snapshot,
)
from pickup.timeline import Shot as Cutting
from pickup.timeline.edits.restore import Run, Told, take_out
from support.living import extended, updated
from support.removal import MADE, A, B, R, document_of, edited, kinds, overwritten, same, shows
from support.timeline import (
    Shot,
    extend,
    gap,
    make_timeline,
    media_of_shot,
    span,
    take_for,
    time,
    transition,
)


def test_what_was_overwritten_comes_back_whole_and_in_part(tmp_path: Path) -> None:
    c = Shot("C", 10, timecode=86400, speed=0.5)
    document = document_of(tmp_path, [A, c, 4, B], audio=())
    before, items = shows(document), kinds(document)
    uids = [i.uid for i in snapshot(document).tracks[0].items]
    extend(document, tmp_path, A, Side.TAIL, 30, Mode.OVERWRITE)
    assert kinds(document) == ["Clip A 100", "Clip A handle 10", f"Clip {MADE} 20", "Clip B 64"]
    document = Document.open(document.save(tmp_path / "saved.otio"))
    result = remove(document, find_clip(document, MADE))
    assert result.sentence.endswith("C and B are back.")
    assert [clip.name for clip in result.clips] == ["C", "B"]
    assert same(shows(document), before)
    assert kinds(document) == items
    assert [i.uid for i in snapshot(document).tracks[0].items] == uids


def resize(track: Any, child: int, start: int, frames: int) -> None:
    track[child].source_range = span(start, frames, R)


def test_a_clip_that_was_moved_away_leaves_a_gap(tmp_path: Path) -> None:
    document = overwritten(tmp_path)

    def move(track: Any) -> None:
        made = [track[1].clone(), track[2].clone()]
        track[1:3] = [gap(30, R)]
        track.extend([gap(10, R), *made])

    edited(document, move)
    result = remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 100", "Gap  30", "Clip B 50", "Gap  10"]
    assert "does not come back" in result.warnings[0]


def test_of_a_clip_that_was_trimmed_comes_back_what_fits(tmp_path: Path) -> None:
    """The cut to B was rolled 8 frames earlier: B shows them already."""
    document = overwritten(tmp_path)
    before = shows(document_of(tmp_path, [A, B], audio=()))

    def roll(track: Any) -> None:
        resize(track, 2, 0, 12)
        resize(track, 3, 30 + 22, 58)

    edited(document, roll)
    remove(document, find_clip(document, MADE))
    assert same(shows(document), before)
    document = overwritten(tmp_path)

    def roll_head(track: Any) -> None:
        """A goes 4 frames further, and the new clips begin as much later."""
        resize(track, 0, 50, 104)
        resize(track, 1, 154, 6)

    edited(document, roll_head)
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 104", "Clip B 76"]
    assert shows(document)[0].base[104:] == before[0].base[104:]


def test_what_was_changed_meanwhile_is_not_joined(tmp_path: Path) -> None:
    document = overwritten(tmp_path)
    edited(document, lambda track: track[3].effects.append(otio.schema.Effect("b", "Blur")))
    rest = snapshot(document).tracks[0].items[-1].uid
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 100", "Clip B 30", "Clip B 50"]
    items = snapshot(document).tracks[0].items
    assert items[-1].uid == rest != items[-2].uid


def test_the_longer_clip_gives_back_what_it_took(tmp_path: Path) -> None:
    """Its end was trimmed outwards over 5 more frames of B, which the user took himself."""
    document = overwritten(tmp_path)

    def longer(track: Any) -> None:
        resize(track, 2, 0, 25)
        resize(track, 3, 30 + 35, 45)

    edited(document, longer)
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 100", "Clip B 30", "Gap  5", "Clip B 45"]


def test_what_hangs_on_the_clip_behind_stays_with_it(tmp_path: Path) -> None:
    """A was trimmed by 12 frames, and the new clips begin as much earlier."""
    document = overwritten(tmp_path)
    before = shows(document_of(tmp_path, [A, B], audio=()))

    def earlier(track: Any) -> None:
        resize(track, 0, 50, 88)
        resize(track, 1, 138, 22)

    edited(document, earlier)
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 88", "Gap  12", "Clip B 80"]
    assert shows(document)[0].base[100:] == before[0].base[100:]


def test_too_much_to_keep_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pickup.timeline.edits.footprint.MAX_COVERED", 10)
    document = overwritten(tmp_path)
    result = remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip A 100", "Gap  30", "Clip B 50"]
    assert "more than Pickup keeps" in result.warnings[0]


def test_transitions_at_a_run_are_taken_out_with_it() -> None:
    track = otio.schema.Track("V", [gap(9, R), transition(1, 1, R), gap(5, R), gap(6, R)])
    told = Told()
    take_out(track, Run(2, 2, 9, 14), [], told)
    assert [item.source_range.duration for item in track] == [time(9, R), time(6, R)]
    assert told.warnings


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE])
def test_a_bridge_is_taken_back(tmp_path: Path, mode: Mode) -> None:
    between = [16] if mode is Mode.GAP else []
    document = document_of(tmp_path, [A, *between, B])
    before, items = shows(document), kinds(document)
    plan = propose_bridge(
        document, find_clip(document, "A"), media=media_of_shot(tmp_path, A, R),
        after=media_of_shot(tmp_path, B, R), output=Output(str(tmp_path), "out"), frames=16,
        mode=mode,
    )  # fmt: skip
    place(document, plan.placement, take_for(tmp_path, plan))
    assert not same(shows(document), before)
    clip = next(i for t in snapshot(document).tracks for i in t.items if i.generated)
    result = remove(document, clip)
    assert same(shows(document), before)
    assert kinds(document) == items
    assert not result.warnings


def test_a_filled_gap_is_empty_again(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    before = shows(document)
    shot = Cutting(media_of_shot(tmp_path, Shot("X", 0, total=60), R))
    (clip,) = fill_gap(document, "V1:2", shot).clips
    remove(document, find_clip(document, clip.name))
    assert same(shows(document), before)
    assert kinds(document) == ["Clip A 100", "Gap  60", "Clip B 80"]


def test_an_updated_clip_is_taken_back_as_the_first_one(tmp_path: Path) -> None:
    """It was trimmed with the clip before it, brought up to date, and is still one edit."""
    made = extended(tmp_path)
    updated(made, lambda track: track.insert(3, gap(5, R)))
    clip = next(i for t in snapshot(made.document).tracks for i in t.items if i.generated)
    result = remove(made.document, clip)
    names = [i.name for i in snapshot(made.document).tracks[0].items if i.kind == "clip"]
    assert "A extend" not in " ".join(names) and "A handle" not in names
    assert not result.warnings


def test_what_was_covered_whole_comes_back_beside_the_clip_behind(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, Shot("short", 24), B], audio=())
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.OVERWRITE)
    other = make_timeline(tmp_path, R, [[Shot("X", 100)]]).tracks[0][0]
    edited(document, lambda track: track.__setitem__(0, other.clone()))
    remove(document, find_clip(document, MADE))
    assert kinds(document) == ["Clip X 100", "Clip short 24", "Clip B 80"]
