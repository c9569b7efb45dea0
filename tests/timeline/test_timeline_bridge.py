"""Bridging two clips, checked frame by frame: record frame -> (file, media frame)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from pickup.errors import MediaError, PickupError, RequestError, TimelineError
from pickup.protocol import (
    BridgeRequest,
    Colour,
    EditResult,
    Guidance,
    Keyframe,
    MediaKind,
    MediaRef,
    Mode,
    Origin,
    Output,
    Proposal,
    encode,
)
from pickup.timeline import Document, find_clip, following, place, propose_bridge
from pickup.timeline.methods import Methods
from support.timeline import (
    RATES,
    FrameMap,
    Part,
    Shot,
    assert_files_hold_all,
    make_timeline,
    maps,
    media_of_shot,
    open_timeline,
    take_for,
    text_of,
)

A = Shot("A", 100, first=50, total=160, timecode=86400)
B = Shot("B", 90, first=7, total=107, timecode=1000)
SLOW = Shot("B", 90, first=7, total=400, media_rate=Fraction(50), speed=0.5)
TITLE = Shot("title", 20)
MUSIC = Shot("music", 400)


def cut(
    folder: Path, between: list[Part], rate: Fraction = Fraction(24), a: Shot = A, b: Shot = B
) -> Document:
    """V1: A, what is between, B. V2: a title over the cut. A1: music below everything."""
    video: list[list[Part]] = [[a, *between, b], [90, TITLE]]
    return open_timeline(folder, make_timeline(folder, rate, video, [MUSIC]))


def plan(document: Document, folder: Path, a: Shot = A, b: Shot = B, **more: object) -> Proposal:
    media, after = (media_of_shot(folder, shot, document.rate) for shot in (a, b))
    asked = {"media": media, "after": after, "output": Output(str(folder), "out"), **more}
    return propose_bridge(document, find_clip(document, a.name), **asked)  # type: ignore[arg-type]


def bridged(
    document: Document, folder: Path, a: Shot = A, b: Shot = B, **more: object
) -> tuple[Proposal, EditResult]:
    proposal = plan(document, folder, a, b, **more)
    return proposal, place(document, proposal.placement, take_for(folder, proposal))


def new_frames(folder: Path, at: int, frames: int) -> FrameMap:
    return {at + k: (str(folder / "out.job-0001.t1.mov"), k) for k in range(frames)}


def assert_sides(proposal: Proposal, shown: FrameMap) -> None:
    """The request shows the engine what `shown` has beside the new frames, of each clip."""
    request, placement = proposal.request, proposal.placement
    assert isinstance(request, BridgeRequest)
    at, end = placement.record_in, placement.record_in + request.frames
    before, after = request.source, request.after
    assert before.rate == after.rate
    for k in range(before.frames):
        here = at - before.frames + k
        assert shown[here] == (before.media.path, before.media_frame(k))
    for k in range(after.frames):
        assert shown[end + k] == (after.media.path, after.media_frame(k))


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.GAP])
@pytest.mark.parametrize("frames", [None, 16])
def test_a_gap_is_filled_whole(
    tmp_path: Path, rate: Fraction, mode: Mode, frames: int | None
) -> None:
    document = cut(tmp_path, [16], rate)
    before = maps(document)
    proposal, result = bridged(document, tmp_path, frames=frames, mode=mode)
    after = maps(document)
    assert after[0] == before[0] | new_frames(tmp_path, 100, 16)
    assert after[1:] == before[1:]
    assert [type(item) for item in document.timeline.tracks[0]] == [otio.schema.Clip] * 3
    assert proposal.sentence == (
        "Bridges A and B with 16 generated frames in the gap between them. Nothing else moves."
    )
    assert [clip.origin for clip in result.clips] == [Origin.GENERATED]
    assert_sides(proposal, after[0])
    assert_files_hold_all(document)


def test_several_gaps_in_a_row_are_one(tmp_path: Path) -> None:
    document = cut(tmp_path, [4, 5, 1, 6])
    before = maps(document)
    bridged(document, tmp_path)
    assert maps(document)[0] == before[0] | new_frames(tmp_path, 100, 16)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_ripple_inserts_and_moves_all_tracks_alike(tmp_path: Path, rate: Fraction) -> None:
    document = cut(tmp_path, [], rate)
    before = maps(document)
    proposal, _ = bridged(document, tmp_path, frames=12, mode=Mode.RIPPLE)
    for old, new in zip(before, maps(document), strict=True):
        assert {k: v for k, v in new.items() if not 100 <= k < 112} == {
            k + (12 if k >= 100 else 0): v for k, v in old.items()
        }
    fresh = {k: v for k, v in maps(document)[0].items() if 100 <= k < 112}
    assert fresh == new_frames(tmp_path, 100, 12)
    assert_sides(proposal, maps(document)[0])
    assert '"title" on V2' in proposal.sentence and '"music" on A1' in proposal.sentence
    assert any('"music" on A1' in warning for warning in proposal.warnings)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize(
    ("gap", "frames", "taken", "begun"), [(0, 16, 8, 8), (0, 15, 7, 8), (4, 9, 2, 3), (0, 1, 0, 1)]
)
def test_overwrite_takes_from_both_sides(
    tmp_path: Path, rate: Fraction, gap: int, frames: int, taken: int, begun: int
) -> None:
    document = cut(tmp_path, [gap], rate)
    before = maps(document)
    proposal, _ = bridged(document, tmp_path, frames=frames, mode=Mode.OVERWRITE)
    after = maps(document)
    assert after[0] == before[0] | new_frames(tmp_path, 100 - taken, frames)
    assert after[1:] == before[1:]
    assert_sides(proposal, after[0])
    assert (f"{begun} frame{'' if begun == 1 else 's'} of B" in proposal.sentence) and (
        not taken or f"{taken} frame{'' if taken == 1 else 's'} of A" in proposal.sentence
    )


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("gap", [0, 4])
def test_above_leaves_every_track_as_it_was(tmp_path: Path, rate: Fraction, gap: int) -> None:
    document = cut(tmp_path, [gap], rate)
    before = maps(document)
    proposal, _ = bridged(document, tmp_path, frames=16)
    assert proposal.placement.mode is Mode.ABOVE
    after = maps(document)
    assert [after[0], *after[2:]] == before
    start = 100 - (16 - gap) // 2
    assert after[1] == new_frames(tmp_path, start, 16)
    assert document.timeline.tracks[1].metadata["pickup"]["owned"]
    assert_sides(proposal, after[0] | after[1])


def test_without_a_gap_and_a_length_it_is_two_thirds_of_a_second(tmp_path: Path) -> None:
    proposal = plan(cut(tmp_path, [], Fraction(24)), tmp_path)
    assert isinstance(proposal.request, BridgeRequest) and proposal.request.frames == 16


def test_retimed_and_mixed_rates_show_what_is_seen(tmp_path: Path) -> None:
    a = replace(A, speed=1.5, total=400, media_rate=Fraction(30))
    document = cut(tmp_path, [], Fraction(24), a, SLOW)
    before = maps(document)
    proposal, _ = bridged(document, tmp_path, a, SLOW, frames=16, mode=Mode.OVERWRITE)
    request = proposal.request
    assert isinstance(request, BridgeRequest)
    assert (request.source.step, request.after.step) == (Fraction(15, 8), Fraction(25, 24))
    assert maps(document)[0] == before[0] | new_frames(tmp_path, 92, 16)
    assert_sides(proposal, maps(document)[0])


def test_a_still_is_bridged_to(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    title = document.timeline.tracks[0][2]
    title.media_reference.available_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(1, 24)
    )
    title.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 24), title.source_range.duration
    )
    image = MediaRef(str(tmp_path / "B.mov"), MediaKind.STILL, 1, Fraction(24), 1280, 720)
    request = plan(document, tmp_path, after=image).request
    assert isinstance(request, BridgeRequest)
    assert request.after.step == 0
    assert {request.after.media_frame(k) for k in range(request.after.frames)} == {0}


def test_the_context_is_what_is_left_of_short_clips(tmp_path: Path) -> None:
    a, b = replace(A, frames=6), replace(B, frames=5)
    document = cut(tmp_path, [], Fraction(24), a, b)
    request = plan(document, tmp_path, a, b, frames=8, mode=Mode.OVERWRITE).request
    assert isinstance(request, BridgeRequest)
    assert (request.source.frames, request.after.frames) == (2, 1)


def test_undo_takes_it_back_and_a_second_time_is_refused(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    text = text_of(document)
    proposal, _ = bridged(document, tmp_path)
    with pytest.raises(TimelineError) as caught:
        place(document, proposal.placement, take_for(tmp_path, proposal))
    assert caught.value.code == "timeline.already_placed"
    assert document.undo() == "Bridge A"
    assert text_of(document) == text


def test_a_later_bridge_lies_over_what_was_laid_there_before(tmp_path: Path) -> None:
    """An extension of the second clip's neighbour lies above; the bridge must be seen."""
    document = cut(tmp_path, [])
    first, _ = bridged(document, tmp_path, frames=8)
    second = plan(document, tmp_path, frames=16)
    place(document, second.placement, take_for(tmp_path, second, job="job-0002"))
    shown = maps(document)
    assert set(shown[2]) == set(range(92, 108)), "above the first one"
    assert shown[1] == new_frames(tmp_path, first.placement.record_in, 8)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_change_of_either_clip_or_of_the_gap_is_noticed(tmp_path: Path, number: int) -> None:
    document = cut(tmp_path, [2, 3, 4, 7])
    proposal = plan(document, tmp_path)
    document.timeline = document.timeline.clone()
    item = document.timeline.tracks[0][(0, 3, 5)[number]]
    own = item.source_range
    item.source_range = otio.opentime.TimeRange(
        own.start_time, own.duration + otio.opentime.RationalTime(1, 24)
    )
    text = text_of(document)
    with pytest.raises(TimelineError) as caught:
        place(document, proposal.placement, take_for(tmp_path, proposal))
    assert caught.value.code == "timeline.moved"
    assert text_of(document) == text


def test_a_bridge_moves_along_with_its_clips(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    proposal = plan(document, tmp_path)
    document.timeline = document.timeline.clone()
    document.timeline.tracks[0].insert(
        0, otio.schema.Gap(duration=otio.opentime.RationalTime(5, 24))
    )
    before = maps(document)
    place(document, proposal.placement, take_for(tmp_path, proposal))
    assert maps(document)[0] == before[0] | new_frames(tmp_path, 105, 16)


REFUSED: list[tuple[list[Part], dict[str, object], str, str]] = [
    ([(6, 8)], {}, "timeline.transition", "hard cut"),
    ([16, (0, 8)], {}, "timeline.transition", "hard cut"),
    ([], {"mode": Mode.GAP}, "timeline.no_room", "no gap"),
    ([9], {"mode": Mode.RIPPLE}, "timeline.gap", "9 frames"),
    ([9], {"frames": 5}, "timeline.no_room", "has 9 frames"),
    ([9], {"frames": 16, "mode": Mode.GAP}, "timeline.no_room", "has 9 frames"),
    ([], {"frames": 300, "mode": Mode.OVERWRITE}, "timeline.no_room", "nothing of A"),
    ([], {"frames": 190}, "timeline.no_room", "nothing of B"),
    ([], {"frames": 0}, "request.length", "0 frames"),
    ([], {"mode": Mode.REPLACE}, "timeline.mode", "no clip"),
    (
        [16],
        {"guidance": Guidance(keyframes=(Keyframe(16, "x.png"),))},
        "request.keyframe",
        "frame 16",
    ),
]


@pytest.mark.parametrize(("between", "asked", "code", "told"), REFUSED)
def test_what_cannot_be_is_refused_with_the_remedy(
    tmp_path: Path, between: list[Part], asked: dict[str, object], code: str, told: str
) -> None:
    document = cut(tmp_path, between)
    text = text_of(document)
    with pytest.raises(PickupError) as caught:
        plan(document, tmp_path, **asked)
    assert caught.value.code == code
    assert told in caught.value.message and caught.value.hint
    assert text_of(document) == text


def test_the_longest_that_is_named_is_possible(tmp_path: Path) -> None:
    a, b = replace(A, frames=10), replace(B, frames=4)
    for one, other in ((a, b), (replace(a, frames=3), replace(b, frames=9))):
        document = cut(tmp_path, [2], Fraction(24), one, other)
        with pytest.raises(TimelineError) as caught:
            plan(document, tmp_path, one, other, frames=40)
        most = int(caught.value.hint.split()[2])
        assert plan(document, tmp_path, one, other, frames=most).request
        with pytest.raises(TimelineError):
            plan(document, tmp_path, one, other, frames=most + 1)


def test_the_last_clip_leads_nowhere(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    for ask in (lambda: following(document, find_clip(document, "B")), lambda: plan(
        document, tmp_path, B, A
    )):  # fmt: skip
        with pytest.raises(TimelineError) as caught:
            ask()
        assert caught.value.code == "timeline.no_next" and caught.value.hint


def test_a_neighbour_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    after = document.timeline.tracks[0][2]
    after.effects.append(otio.schema.LinearTimeWarp(time_scalar=-1))
    with pytest.raises(TimelineError, match="B runs backwards"):
        plan(document, tmp_path)
    del after.effects[:]
    after.media_reference = otio.schema.MissingReference()
    with pytest.raises(TimelineError, match="B is offline"):
        following(document, find_clip(document, "A"))
    document.timeline.tracks[0][2] = otio.schema.Stack("nest", source_range=after.source_range)
    with pytest.raises(TimelineError, match="nest is a compound clip"):
        plan(document, tmp_path)


def test_a_file_that_is_too_short_is_told(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    short = replace(media_of_shot(tmp_path, B, document.rate), frames=50)
    with pytest.raises(MediaError):
        plan(document, tmp_path, after=short)


def test_what_differs_between_the_two_clips_is_told(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    after = media_of_shot(tmp_path, B, document.rate)
    assert plan(document, tmp_path).warnings == ()
    video = plan(document, tmp_path, after=replace(after, colour=Colour("smpte170m", "smpte170m")))
    assert video.warnings == ()
    wide = Colour("bt2020", "smpte2084", "bt2020nc")
    other = replace(after, width=720, height=576, colour=wide, has_audio=True)
    document.timeline.tracks[0][2].effects.append(otio.schema.Effect("blur", effect_name="blur"))
    warnings = plan(document, tmp_path, after=other).warnings
    told = ("effects or grades", "the size of A, 1280 x 720", "another shape", "colour space")
    for words in (*told, "picture only"):
        assert any(words in warning for warning in warnings), words


def test_the_timeline_process_plans_it_too(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    methods = Methods()
    methods.call("open", {"path": str(tmp_path / "cut.otio")})
    a, b = (find_clip(document, name).uid for name in "AB")
    assert methods.call("following", {"clip": a}) == b
    request = plan(document, tmp_path).request
    assert isinstance(request, BridgeRequest)
    asked = {
        "clip": a,
        "media": encode(request.source.media),
        "after": encode(request.after.media),
        "output": encode(request.output),
    }
    assert methods.call("propose_bridge", asked) == plan(document, tmp_path)


def test_a_transition_below_is_told(tmp_path: Path) -> None:
    parts: list[list[Part]] = [[A, replace(B, name="mid", frames=20), (4, 4), replace(B, name="C")]]
    document = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(24), parts))
    mid = replace(B, name="mid", frames=20)
    near = plan(document, tmp_path, A, mid, frames=34)
    assert any("dissolve" in warning for warning in near.warnings)
    assert plan(document, tmp_path, A, mid, frames=32).warnings == ()
    with pytest.raises(TimelineError) as caught:
        plan(document, tmp_path, A, mid, frames=34, mode=Mode.OVERWRITE)
    assert caught.value.code == "timeline.transition"


def test_a_failed_placement_leaves_the_document_as_it_was(tmp_path: Path) -> None:
    document = cut(tmp_path, [16])
    proposal = plan(document, tmp_path)
    take = take_for(tmp_path, proposal)
    text = text_of(document)
    for bad in (
        replace(take, media=replace(take.media, frames=15)),
        replace(take, media=replace(take.media, rate=Fraction(25))),
        None,
    ):
        with pytest.raises((MediaError, RequestError)):
            place(document, proposal.placement, bad)
        assert text_of(document) == text and document.can_undo == ""


def test_between_short_clips_the_usual_length_is_what_they_allow(tmp_path: Path) -> None:
    short = replace(A, frames=3)
    proposal = plan(cut(tmp_path, [], a=short), tmp_path, short)
    assert isinstance(proposal.request, BridgeRequest)
    assert (proposal.request.frames, proposal.placement.record_in) == (5, 1)
