"""Transitions and fades at the edge that is extended, and on the tracks that a ripple moves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.protocol import HANDLE_FRAMES, ExtendRequest, Mode, Origin, Side
from pickup.timeline import Document
from support.timeline import (
    RATES,
    Part,
    Shot,
    extend,
    make_timeline,
    maps,
    open_timeline,
    propose,
    span,
    text_of,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 100, first=30, total=400)
SONG = Shot("song", 200)


def document_of(folder: Path, *tracks: list[Part], rate: Fraction = R) -> Document:
    return open_timeline(folder, make_timeline(folder, rate, tracks))


def kinds(track: Any) -> list[str]:
    return [type(item).__name__ for item in track]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_ripple_keeps_the_dissolve_and_makes_what_it_shows(tmp_path: Path, rate: Fraction) -> None:
    document = document_of(tmp_path, [A, (6, 8), B], rate=rate)
    before = maps(document)[0]
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    request = done.proposal.request
    assert isinstance(request, ExtendRequest)
    assert [p.frames for p in done.proposal.placement.pieces] == [10, 14]
    assert request.frames == 14 + 8 + HANDLE_FRAMES
    track = document.timeline.tracks[0]
    assert kinds(track) == ["Clip", "Clip", "Clip", "Transition", "Clip"]
    after = maps(document)[0]
    assert {k: after[k if k < 100 else k + 24] for k in before} == before
    shown = track[2].visible_range()
    assert shown.duration.value == 22
    assert track[2].available_range().duration.value == 22 + HANDLE_FRAMES


def test_ripple_before_the_head_hides_the_dissolve_frames_at_the_front(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, (6, 8), Shot("B", 100, first=10)])
    done = extend(document, tmp_path, Shot("B", 100, first=10), Side.HEAD, 24, Mode.RIPPLE)
    request = done.proposal.request
    assert isinstance(request, ExtendRequest)
    made, real = done.proposal.placement.pieces
    assert (made.origin, made.frames, made.offset, request.frames) == (
        Origin.GENERATED,
        14,
        6 + HANDLE_FRAMES,
        20 + HANDLE_FRAMES,
    )
    assert (real.frames, real.offset) == (10, -10)
    track = document.timeline.tracks[0]
    assert kinds(track) == ["Clip", "Transition", "Clip", "Clip", "Clip"]
    first = 6 + HANDLE_FRAMES
    assert maps(document)[0][100] == (str(tmp_path / "out.job-0001.t1.mov"), first)
    assert track[2].visible_range().start_time.value == HANDLE_FRAMES


def test_dissolve_is_fed_by_real_frames_where_they_suffice(tmp_path: Path) -> None:
    rich = Shot("A", 100, first=50, total=190)
    document = document_of(tmp_path, [rich, (6, 8), B])
    done = extend(document, tmp_path, rich, Side.TAIL, 32, Mode.RIPPLE)
    assert done.proposal.request is None
    assert kinds(document.timeline.tracks[0]) == ["Clip", "Clip", "Transition", "Clip"]
    with pytest.raises(TimelineError, match="B"):
        propose(document, tmp_path, B, Side.HEAD, 24, Mode.AUTO)


def test_real_frames_make_way_where_the_dissolve_needs_generated_ones(tmp_path: Path) -> None:
    """32 real frames would do for the clip, but not for what the dissolve shows beyond it."""
    rich = Shot("A", 100, first=50, total=182)
    document = document_of(tmp_path, [rich, (6, 8), B])
    done = extend(document, tmp_path, rich, Side.TAIL, 32, Mode.RIPPLE)
    assert [p.frames for p in done.proposal.placement.pieces] == [26, 6]
    assert kinds(document.timeline.tracks[0])[2:4] == ["Clip", "Transition"]


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.GAP, Mode.OVERWRITE, Mode.ABOVE])
@pytest.mark.parametrize("side", list(Side))
def test_other_modes_name_the_dissolve_and_the_remedy(
    tmp_path: Path, side: Side, mode: Mode
) -> None:
    document = document_of(tmp_path, [A, (6, 8), B])
    shot = A if side is Side.TAIL else B
    with pytest.raises(TimelineError, match='transition "dissolve"') as caught:
        propose(document, tmp_path, shot, side, 24, mode)
    assert caught.value.code == "timeline.transition"
    assert "ripple" in caught.value.hint


def test_extension_shorter_than_the_dissolve_is_refused(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, (6, 8), B])
    with pytest.raises(TimelineError, match="at least 6"):
        propose(document, tmp_path, A, Side.TAIL, 5, Mode.RIPPLE)


def test_a_fade_out_moves_to_the_end_of_the_extension(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, (10, 0), 30, B])
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert isinstance(done.proposal.request, ExtendRequest)
    assert done.proposal.request.frames == 14 + HANDLE_FRAMES
    assert kinds(document.timeline.tracks[0]) == [
        "Clip", "Clip", "Clip", "Transition", "Gap", "Clip",
    ]  # fmt: skip


@pytest.mark.parametrize(("before", "room"), [(0, 29), (5, 25)])
def test_a_fade_in_beyond_the_gap_stays_a_fade(tmp_path: Path, before: int, room: int) -> None:
    document = document_of(tmp_path, [A, 30, (before, 10), B])
    with pytest.raises(TimelineError, match=f"room for {room} frames"):
        propose(document, tmp_path, A, Side.TAIL, room + 1, Mode.GAP)
    extend(document, tmp_path, A, Side.TAIL, room, Mode.GAP)
    assert kinds(document.timeline.tracks[0])[-3:] == ["Gap", "Transition", "Clip"]


def test_auto_goes_above_rather_than_make_a_dissolve_of_a_fade(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, 30, (0, 10), B])
    before = maps(document)[0]
    extend(document, tmp_path, A, Side.TAIL, 30, Mode.AUTO)
    assert maps(document)[0] == before
    assert kinds(document.timeline.tracks[0]) == ["Clip", "Gap", "Transition", "Clip"]


def test_overwrite_does_not_cut_into_a_dissolve(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, Shot("X", 30), (6, 8), B])
    with pytest.raises(TimelineError, match="in the way"):
        propose(document, tmp_path, A, Side.TAIL, 28, Mode.OVERWRITE)
    with pytest.raises(TimelineError, match="in the way"):
        propose(document, tmp_path, A, Side.TAIL, 30, Mode.OVERWRITE)
    with pytest.raises(TimelineError, match="in the way"):
        propose(document, tmp_path, A, Side.TAIL, 60, Mode.OVERWRITE)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.OVERWRITE)


def test_ripple_keeps_a_fade_in_on_another_track(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B], [100, (0, 10), SONG])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    other = document.timeline.tracks[1]
    assert kinds(other) == ["Gap", "Transition", "Clip"]
    assert other[0].source_range.duration.value == 124


def test_ripple_at_the_start_keeps_a_fade_in(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B], [(0, 10), SONG])
    extend(document, tmp_path, A, Side.HEAD, 24, Mode.RIPPLE)
    assert kinds(document.timeline.tracks[1]) == ["Gap", "Transition", "Clip"]


def test_ripple_keeps_a_fade_out_on_another_track(tmp_path: Path) -> None:
    before_cut = Shot("short", 100)
    document = document_of(tmp_path, [A, B], [before_cut, (10, 0), 10, SONG])
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    other = document.timeline.tracks[1]
    assert kinds(other) == ["Clip", "Transition", "Gap", "Clip"]
    assert other[2].source_range.duration.value == 34


@pytest.mark.parametrize("offsets", [(6, 8), (0, 8), (6, 0)])
def test_ripple_through_a_dissolve_of_another_track_is_refused_whole(
    tmp_path: Path, offsets: tuple[int, int]
) -> None:
    document = document_of(tmp_path, [A, B], [Shot("left", 100), offsets, SONG])
    before = text_of(document)
    with pytest.raises(TimelineError, match="in the way"):
        propose(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert text_of(document) == before


def test_ripple_moves_markers_and_leaves_ended_tracks_alone(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B], [Shot("logo", 40)], [Shot("until", 100)]])
    for owner in (timeline.tracks, timeline.tracks[0]):
        for at in (99, 100, 150):
            owner.markers.append(otio.schema.Marker(f"m{at}", span(at, 1, R)))
    document = open_timeline(tmp_path, timeline)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    for owner in (document.timeline.tracks, document.timeline.tracks[0]):
        places = [m.marked_range.start_time.value for m in owner.markers]
        assert places == [99, 124, 174]
    assert [kinds(document.timeline.tracks[k]) for k in (1, 2)] == [["Clip"], ["Clip"]]


@pytest.mark.parametrize("speed", [2.0, 0.5, 1.25])
def test_ripple_cuts_a_retimed_clip_between_its_frames(tmp_path: Path, speed: float) -> None:
    document = document_of(tmp_path, [A, B], [Shot("fast", 200, total=900, speed=speed)])
    before = maps(document)[1]
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert maps(document)[1] == {k + (24 if k >= 100 else 0): v for k, v in before.items()}
    uids = [item.metadata["pickup"]["uid"] for item in document.timeline.tracks[1] if item.name]
    assert len(set(uids)) == 2


@pytest.mark.parametrize("speed", [-1.0])
def test_ripple_does_not_guess_where_to_cut_a_reversed_clip(tmp_path: Path, speed: float) -> None:
    document = document_of(tmp_path, [A, B], [Shot("back", 200, total=900, speed=speed)])
    with pytest.raises(TimelineError, match='"back", which runs backwards'):
        propose(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)


def test_a_cut_clip_keeps_each_marker_with_its_picture(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B], [Shot("long", 200, first=20)]])
    clip = timeline.tracks[1][0]
    for at in (0, 30, 119, 120, 210):
        clip.markers.append(otio.schema.Marker(f"m{at}", span(at, 1, R)))
    document = open_timeline(tmp_path, timeline)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    left, right = (i for i in document.timeline.tracks[1] if i.name == "long")
    assert [m.name for m in left.markers] == ["m0", "m30", "m119"]
    assert [m.name for m in right.markers] == ["m120", "m210"]
