"""Extending, checked frame by frame: record frame -> (file, media frame) before and after."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.errors import MediaError, RequestError, TimelineError
from pickup.protocol import HANDLE_FRAMES, ExtendRequest, MediaKind, Mode, Origin, Output, Side
from pickup.timeline import Document, find_clip, propose_extend
from support.timeline import (
    RATES,
    FrameMap,
    Part,
    Shot,
    assert_files_hold_all,
    extend,
    make_timeline,
    maps,
    media_of_shot,
    open_timeline,
    propose,
    text_of,
)

A = Shot("A", 100, first=50, total=160, timecode=86400)
B = Shot("B", 100, first=7, total=107)
C = Shot("C", 50, first=0, total=50)
TITLE = Shot("title", 20)
MUSIC = Shot("music", 400)
REAL, NEW = 10, 14


def cut(folder: Path, rate: Fraction, gap_a: int = 40, gap_c: int = 30) -> Document:
    """V1: A, gap, B, gap, C. V2: a title over B. A1: music below everything."""
    video: list[list[Part]] = [[A, gap_a, B, gap_c, C], [100 + gap_a + 60, TITLE]]
    return open_timeline(folder, make_timeline(folder, rate, video, [MUSIC]))


def real_tail(folder: Path, first: int, at: int, frames: int) -> FrameMap:
    """The frames of A that follow its out-point (150) or of any file."""
    path = str(folder / "A.mov")
    return {at + k: (path, first + k) for k in range(frames)}


def new_frames(folder: Path, at: int, frames: int, first: int = 0) -> FrameMap:
    path = str(folder / "out.job-0001.t1.mov")
    return {at + k: (path, first + k) for k in range(frames)}


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.GAP])
def test_tail_fills_the_gap_with_real_frames_first(
    tmp_path: Path, rate: Fraction, mode: Mode
) -> None:
    document = cut(tmp_path, rate)
    before = maps(document)
    done = extend(document, tmp_path, A, Side.TAIL, 24, mode)
    after = maps(document)
    assert after[0] == (
        before[0] | real_tail(tmp_path, 150, 100, REAL) | new_frames(tmp_path, 110, NEW)
    )
    assert after[1:] == before[1:]
    assert done.proposal.placement.mode is Mode.GAP
    assert_files_hold_all(document)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_head_fills_the_gap_before_with_real_frames_last(tmp_path: Path, rate: Fraction) -> None:
    document = cut(tmp_path, rate)
    before = maps(document)
    extend(document, tmp_path, B, Side.HEAD, 24, Mode.AUTO)
    path = str(tmp_path / "B.mov")
    real = {133 + k: (path, k) for k in range(7)}
    new = new_frames(tmp_path, 116, 17, HANDLE_FRAMES)
    assert maps(document)[0] == before[0] | new | real
    assert maps(document)[1:] == before[1:]
    assert_files_hold_all(document)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("side", list(Side))
def test_ripple_moves_everything_after_on_all_tracks(
    tmp_path: Path, rate: Fraction, side: Side
) -> None:
    document = cut(tmp_path, rate)
    before = maps(document)
    at = 240 if side is Side.TAIL else 140
    done = extend(document, tmp_path, B, side, 24, Mode.RIPPLE)
    for old, new in zip(before, maps(document), strict=True):
        assert {k: v for k, v in new.items() if not at <= k < at + 24} == {
            k + (24 if k >= at else 0): v for k, v in old.items()
        }
    fresh = {k: v for k, v in maps(document)[0].items() if at <= k < at + 24}
    if side is Side.TAIL:
        assert fresh == new_frames(tmp_path, at, 24)
    else:
        real = {at + 17 + k: (str(tmp_path / "B.mov"), k) for k in range(7)}
        assert fresh == new_frames(tmp_path, at, 17, HANDLE_FRAMES) | real
    assert '"music" on A1' in done.proposal.sentence
    assert any('"music" on A1' in warning for warning in done.proposal.warnings)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_overwrite_takes_exactly_the_frames_beside_it(tmp_path: Path, rate: Fraction) -> None:
    document = cut(tmp_path, rate, gap_a=4)
    before = maps(document)
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.OVERWRITE)
    assert maps(document)[0] == (
        before[0] | real_tail(tmp_path, 150, 100, REAL) | new_frames(tmp_path, 110, NEW)
    )
    assert maps(document)[1:] == before[1:]
    assert "20 frames of B" in done.proposal.sentence


def test_overwrite_before_the_head(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(25), gap_a=0)
    before = maps(document)
    extend(document, tmp_path, B, Side.HEAD, 24, Mode.OVERWRITE)
    real = {93 + k: (str(tmp_path / "B.mov"), k) for k in range(7)}
    new = new_frames(tmp_path, 76, 17, HANDLE_FRAMES)
    assert maps(document)[0] == before[0] | new | real


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("side", list(Side))
def test_above_leaves_every_track_as_it_was(tmp_path: Path, rate: Fraction, side: Side) -> None:
    document = cut(tmp_path, rate, gap_a=0, gap_c=0)
    before = maps(document)
    done = extend(document, tmp_path, B, side, 24, Mode.AUTO)
    assert done.proposal.placement.mode is Mode.ABOVE
    after = maps(document)
    assert [after[0], *after[2:]] == before
    at = 200 if side is Side.TAIL else 76
    assert sorted(after[1]) == list(range(at, at + 24))
    own = document.timeline.tracks[1]
    assert (own.name, own.metadata["pickup"]["owned"]) == ("Pickup V1", True)
    assert [clip.track for clip in done.result.clips] == ["V2"] * len(done.result.clips)


def test_end_of_the_track_is_free(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24))
    before = maps(document)
    done = extend(document, tmp_path, C, Side.TAIL, 33, Mode.AUTO)
    assert done.proposal.placement.mode is Mode.GAP
    assert maps(document)[0] == before[0] | new_frames(tmp_path, 320, 33)
    assert "at the end of V1: all 33 generated" in done.proposal.sentence


def test_a_gap_at_the_end_of_the_track_is_free_too(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), [[C, 5]]))
    extend(document, tmp_path, C, Side.TAIL, 33, Mode.GAP)
    assert sorted(maps(document)[0]) == list(range(83))


def test_exactly_filled_gap_disappears(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24), gap_a=24)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    kinds = [type(item).__name__ for item in document.timeline.tracks[0]]
    assert kinds == ["Clip", "Clip", "Clip", "Clip", "Gap", "Clip"]


def test_several_gaps_in_a_row_are_one(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, Fraction(24), [[A, 10, 20, 5, B]])
    document = open_timeline(tmp_path, timeline)
    extend(document, tmp_path, A, Side.TAIL, 33, Mode.AUTO)
    kinds = [type(item).__name__ for item in document.timeline.tracks[0]]
    assert kinds == ["Clip", "Clip", "Clip", "Gap", "Clip"]
    assert maps(document)[0][135] == (str(tmp_path / "B.mov"), 7)


def test_handles_alone_need_no_request(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24))
    before = maps(document)
    done = extend(document, tmp_path, A, Side.TAIL, 10, Mode.AUTO)
    assert done.proposal.request is None
    assert maps(document)[0] == before[0] | real_tail(tmp_path, 150, 100, 10)
    assert done.proposal.sentence == (
        "Fills 10 frames of the gap after A: all 10 real. Nothing else moves."
    )
    (record,) = done.result.clips
    assert (record.origin, record.media_start_frame) == (Origin.SOURCE, 150 - 0)


def test_request_shows_the_engine_what_is_seen_next_to_the_new_frames(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24))
    tail = propose(document, tmp_path, A, Side.TAIL, 24, Mode.AUTO).request
    head = propose(document, tmp_path, B, Side.HEAD, 24, Mode.AUTO).request
    assert isinstance(tail, ExtendRequest) and isinstance(head, ExtendRequest)
    assert (tail.frames, tail.handle) == (14 + HANDLE_FRAMES, HANDLE_FRAMES)
    assert (tail.source.frames, tail.source.rate) == (64, Fraction(24))
    assert [tail.source.media_frame(k) for k in (0, 63)] == [96, 159]
    assert (head.frames, head.handle) == (17 + HANDLE_FRAMES, HANDLE_FRAMES)
    assert head.source.frames == 64
    assert [head.source.media_frame(k) for k in (0, 63)] == [0, 63]


def test_short_clip_sends_all_of_itself(tmp_path: Path) -> None:
    shot = Shot("short", 5, first=3, total=9)
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(25), [[shot]]))
    request = propose(document, tmp_path, shot, Side.TAIL, 20, Mode.AUTO).request
    assert isinstance(request, ExtendRequest)
    assert (request.source.frames, request.source.first) == (6, Fraction(3))
    assert request.frames == 19 + HANDLE_FRAMES


@pytest.mark.parametrize(
    ("shot", "real"),
    [
        (Shot("fast", 50, first=10, total=130, speed=2.0), 10),
        (Shot("slow", 50, first=10, total=40, speed=0.5), 10),
        (Shot("mixed", 48, first=10, total=70, media_rate=Fraction(25), timecode=90000), 9),
        (Shot("sixty", 24, first=0, total=90, media_rate=Fraction(60)), 12),
        (Shot("odd", 30, first=5, total=60, media_rate=Fraction(30000, 1001)), 14),
    ],
    ids=lambda value: value.name if isinstance(value, Shot) else "",
)
def test_retimed_and_mixed_rate_handles_go_on_at_the_same_speed(
    tmp_path: Path, shot: Shot, real: int
) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), [[shot]]))
    step = Fraction(shot.speed) * (shot.media_rate or Fraction(24)) / 24
    done = extend(document, tmp_path, shot, Side.TAIL, 24, Mode.AUTO)
    shown = maps(document)[0]
    path = str(tmp_path / f"{shot.name}.mov")
    expected = {k: (path, int(shot.first + k * step)) for k in range(shot.frames + real)}
    assert {k: v for k, v in shown.items() if v[0] == path} == expected
    assert len(shown) == shot.frames + 24
    assert max(frame for _, frame in expected.values()) < shot.total
    request = done.proposal.request
    assert isinstance(request, ExtendRequest)
    last = request.source.media_frame(request.source.frames - 1)
    assert last == expected[shot.frames + real - 1][1]
    assert request.source.step == step


def test_retimed_head_handle(tmp_path: Path) -> None:
    shot = Shot("fast", 50, first=11, total=130, speed=2.0)
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), [[40, shot]]))
    extend(document, tmp_path, shot, Side.HEAD, 20, Mode.AUTO)
    path = str(tmp_path / "fast.mov")
    shown = {k: v[1] for k, v in maps(document)[0].items() if v[0] == path}
    assert shown == {35 + k: 1 + 2 * k for k in range(55)}


def test_file_beyond_the_available_range_counts_as_handle(tmp_path: Path) -> None:
    """The probe decides, and the new reference says what the file really has."""
    timeline = make_timeline(tmp_path, Fraction(24), [[A]])
    reference = timeline.tracks[0][0].media_reference
    narrow = reference.available_range
    reference.available_range = type(narrow)(
        narrow.start_time + type(narrow.start_time)(50, 24), type(narrow.duration)(100, 24)
    )
    document = open_timeline(tmp_path, timeline)
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.AUTO)
    assert [piece.frames for piece in done.proposal.placement.pieces] == [10, 14]
    assert done.result.clips[0].media_start_frame == 150
    assert_files_hold_all(document)
    assert document.timeline.tracks[0][0].media_reference.available_range.duration.value == 100


def test_no_available_range_uses_the_files_timecode(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, Fraction(24), [[A]])
    timeline.tracks[0][0].media_reference.available_range = None
    document = open_timeline(tmp_path, timeline)
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.AUTO)
    assert [clip.media_start_frame for clip in done.result.clips] == [150, 0]


@pytest.mark.parametrize("frames", [0, -3])
def test_no_frames_is_refused(tmp_path: Path, frames: int) -> None:
    document = cut(tmp_path, Fraction(24))
    with pytest.raises(RequestError) as caught:
        propose(document, tmp_path, A, Side.TAIL, frames, Mode.AUTO)
    assert caught.value.code == "request.length"


def test_gap_that_is_too_short_is_refused_with_its_length(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24), gap_a=20)
    with pytest.raises(TimelineError, match="room for 20 frames after A, not for 24") as caught:
        propose(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    assert caught.value.code == "timeline.no_room"


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.ABOVE, Mode.OVERWRITE])
def test_before_the_start_of_the_timeline_there_is_only_ripple(tmp_path: Path, mode: Mode) -> None:
    document = cut(tmp_path, Fraction(24))
    with pytest.raises(TimelineError) as caught:
        propose(document, tmp_path, A, Side.HEAD, 24, mode)
    assert caught.value.code == "timeline.no_room"
    assert "ripple" in caught.value.hint
    extend(document, tmp_path, A, Side.HEAD, 24, Mode.RIPPLE)
    assert maps(document)[0][24] == (str(tmp_path / "A.mov"), 50)
    assert maps(document)[0][0] == (str(tmp_path / "A.mov"), 26)


def test_range_outside_the_media_is_refused(tmp_path: Path) -> None:
    shot = Shot("long", 100, first=50, total=120)
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), [[shot]]))
    with pytest.raises(MediaError, match=r"frames 50 to 149 of .*long\.mov") as caught:
        propose(document, tmp_path, shot, Side.TAIL, 24, Mode.AUTO)
    assert caught.value.code == "media.range"


def test_a_still_is_refused(tmp_path: Path) -> None:
    shot = Shot("still", 100, first=0, total=1)
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), [[shot]]))
    media = media_of_shot(tmp_path, shot, Fraction(24))
    assert media.kind is MediaKind.VIDEO
    with pytest.raises(TimelineError) as caught:
        propose(document, tmp_path, shot, Side.TAIL, 24, Mode.AUTO)
    assert caught.value.code == "timeline.still"


@pytest.mark.parametrize(("speed", "word"), [(-1.0, "backwards"), (0.0, "still")])
def test_reverse_and_freeze_are_refused(tmp_path: Path, speed: float, word: str) -> None:
    shot = Shot("turned", 50, first=60, speed=speed)
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), [[shot]]))
    with pytest.raises(TimelineError, match=word):
        propose(document, tmp_path, shot, Side.TAIL, 24, Mode.AUTO)


def test_planning_changes_nothing(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24))
    before = text_of(document)
    for mode in Mode:
        propose(document, tmp_path, B, Side.TAIL, 24, mode)
    assert text_of(document) == before
    assert document.revision == 0


def test_sound_that_is_not_extended_is_told(tmp_path: Path) -> None:
    document = cut(tmp_path, Fraction(24))
    media = replace(media_of_shot(tmp_path, A, Fraction(24)), has_audio=True)
    proposal = propose_extend(
        document,
        find_clip(document, "A"),
        side=Side.TAIL,
        frames=24,
        media=media,
        output=Output(str(tmp_path), "out"),
    )
    assert any("sound of A" in warning for warning in proposal.warnings)
