"""Inpaint and restyle: one generated clip directly above what the clip shows."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pickup.errors import MediaError, RequestError, TimelineError
from pickup.protocol import (
    Delivery,
    Guidance,
    InpaintRequest,
    Keyframe,
    Matte,
    Mode,
    Operation,
    Output,
    Proposal,
    RestyleRequest,
    Side,
)
from pickup.timeline import Document, find_clip, place, propose_inpaint, propose_restyle
from support.timeline import (
    RATES,
    Part,
    Shot,
    assert_files_hold_all,
    make_timeline,
    maps,
    media_of_shot,
    open_timeline,
    propose,
    take_for,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160, timecode=86400)
B = Shot("B", 80, first=30)


def document_of(folder: Path, *tracks: list[Part], rate: Fraction = R) -> Document:
    return open_timeline(folder, make_timeline(folder, rate, tracks))


def inpaint(document: Document, folder: Path, shot: Shot, **options: Any) -> Proposal:
    options.setdefault("matte", Matte(box=(10, 10, 100, 100)))
    media = media_of_shot(folder, shot, document.rate)
    output = Output(str(folder), "out")
    clip = find_clip(document, shot.name)
    return propose_inpaint(document, clip, media=media, output=output, **options)


def restyle(document: Document, folder: Path, shot: Shot, **options: Any) -> Proposal:
    media = media_of_shot(folder, shot, document.rate)
    output = Output(str(folder), "out")
    clip = find_clip(document, shot.name)
    return propose_restyle(document, clip, media=media, output=output, **options)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("verb", [inpaint, restyle])
def test_overlay_covers_the_clip_and_nothing_moves(
    tmp_path: Path, rate: Fraction, verb: Any
) -> None:
    document = document_of(tmp_path, [A, B], [Shot("title", 30)], rate=rate)
    before = maps(document)
    proposal = verb(document, tmp_path, B)
    assert proposal.placement.mode is Mode.ABOVE
    result = place(document, proposal.placement, take_for(tmp_path, proposal))
    after = maps(document)
    assert [after[0], *after[2:]] == before
    path = str(tmp_path / "out.job-0001.t1.mov")
    assert after[1] == {100 + k: (path, k) for k in range(80)}
    source = proposal.request.source
    assert [source.media_frame(k) for k in range(80)] == [before[0][100 + k][1] for k in range(80)]
    (record,) = result.clips
    assert (record.track, record.index, record.record_in, record.record_frames) == (
        "V2", 2, 100, 80,
    )  # fmt: skip
    assert_files_hold_all(document)


def test_requests_carry_what_was_asked(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A])
    patch = inpaint(document, tmp_path, A, seed=7, takes=3).request
    full = inpaint(document, tmp_path, A, delivery=Delivery.FULL, guidance=Guidance(prompt="a dog"))
    look = restyle(document, tmp_path, A, preset="dusk", strength=0.4)
    assert isinstance(patch, InpaintRequest)
    assert (patch.seed, patch.takes, patch.delivery) == (7, 3, Delivery.PATCH)
    assert full.sentence == (
        "Fills the masked region in 100 frames of A, as full frames on a track above V1. "
        "Nothing else moves."
    )
    assert isinstance(look.request, RestyleRequest)
    assert (look.request.preset, look.request.strength) == ("dusk", 0.4)
    assert look.placement.operation is Operation.RESTYLE
    assert look.sentence == "Restyles 100 frames of A on a track above V1. Nothing else moves."


@pytest.mark.parametrize(
    ("shot", "step"),
    [
        (Shot("fast", 50, first=10, speed=2.0), Fraction(2)),
        (Shot("slow", 50, first=10, speed=0.5), Fraction(1, 2)),
        (Shot("freeze", 50, first=10, speed=0.0), Fraction(0)),
        (Shot("mixed", 48, first=10, media_rate=Fraction(25)), Fraction(25, 24)),
        (Shot("still", 48, first=0, total=1), Fraction(0)),
    ],
    ids=lambda value: value.name if isinstance(value, Shot) else "",
)
def test_retimed_clips_are_baked_at_the_edit_rate(
    tmp_path: Path, shot: Shot, step: Fraction
) -> None:
    document = document_of(tmp_path, [shot])
    before = maps(document)[0]
    proposal = restyle(document, tmp_path, shot)
    assert proposal.request is not None
    source = proposal.request.source
    assert (source.step, source.rate, source.frames) == (step, R, shot.frames)
    if shot.total > 1:
        shown = [source.media_frame(k) for k in range(shot.frames)]
        assert shown == [before[k][1] for k in range(shot.frames)]
    place(document, proposal.placement, take_for(tmp_path, proposal))
    assert not len(document.timeline.tracks[1][-1].effects)


def test_a_range_of_the_clip(tmp_path: Path) -> None:
    document = document_of(tmp_path, [B, A])
    proposal = inpaint(document, tmp_path, A, record_range=(90, 25))
    assert proposal.request is not None
    assert (proposal.request.source.first, proposal.request.source.frames) == (Fraction(60), 25)
    place(document, proposal.placement, take_for(tmp_path, proposal))
    assert sorted(maps(document)[1]) == list(range(90, 115))


@pytest.mark.parametrize("asked", [(79, 10), (170, 11), (100, 0), (0, 10)])
def test_a_range_outside_the_clip_is_refused(tmp_path: Path, asked: tuple[int, int]) -> None:
    document = document_of(tmp_path, [B, A])
    with pytest.raises(TimelineError, match="80 to 179") as caught:
        inpaint(document, tmp_path, A, record_range=asked)
    assert caught.value.code == "timeline.range"


def test_overlay_covers_what_a_dissolve_shows_of_the_clip(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, (6, 8), B])
    proposal = restyle(document, tmp_path, B)
    assert proposal.placement.record_in == 94
    assert proposal.request is not None
    assert (proposal.request.source.first, proposal.request.source.frames) == (Fraction(24), 86)
    assert any('"dissolve"' in warning for warning in proposal.warnings)
    place(document, proposal.placement, take_for(tmp_path, proposal))
    assert sorted(maps(document)[1]) == list(range(94, 180))


def test_a_dissolve_beyond_the_media_is_covered_as_far_as_there_is_any(tmp_path: Path) -> None:
    short = Shot("B", 80, first=2)
    document = document_of(tmp_path, [A, (6, 8), short])
    assert restyle(document, tmp_path, short).placement.record_in == 98


def test_free_own_tracks_are_used_again_and_others_never(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B], [Shot("title", 30)])
    for number, (shot, asked) in enumerate([(B, None), (A, None), (A, (20, 10)), (B, (120, 5))]):
        proposal = inpaint(document, tmp_path, shot, record_range=asked)
        place(document, proposal.placement, take_for(tmp_path, proposal, f"job-{number}xyz"))
    names = [track.name for track in document.timeline.tracks]
    assert names == ["V", "Pickup V1", "Pickup V1 2", "V"]
    own = maps(document)
    assert sorted(own[1]) == list(range(180))
    assert sorted(own[2]) == [*range(20, 30), *range(120, 125)]
    assert len(own[3]) == 30


def test_what_covers_a_clip_goes_on_covering_what_paints_it(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A, B])
    over_b = propose(document, tmp_path, A, Side.TAIL, 30, Mode.ABOVE)
    place(document, over_b.placement, take_for(tmp_path, over_b, "job-extends"))
    for number, verb in enumerate((inpaint, restyle)):
        paint = verb(document, tmp_path, B)
        place(document, paint.placement, take_for(tmp_path, paint, f"job-paints{number}"))
    v1, first, second, extension = document.timeline.tracks
    assert "job-paints0" in first.find_clips()[0].name
    assert "job-paints1" in second.find_clips()[0].name
    assert not any("job-paints" in clip.name for clip in extension.find_clips())
    assert [clip.name for clip in v1.find_clips()] == ["A", "B"]


def test_a_generated_clip_can_be_worked_on_too(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A])
    first = restyle(document, tmp_path, A)
    place(document, first.placement, take_for(tmp_path, first, "job-aaaa"))
    clip = find_clip(document, "V2:1")
    made = take_for(tmp_path, first, "job-aaaa").media
    second = propose_restyle(document, clip, media=made, output=Output(str(tmp_path), "again"))
    place(document, second.placement, take_for(tmp_path, second, "job-bbbb"))
    names = [track.name for track in document.timeline.tracks]
    assert names == ["V", "Pickup V1", "Pickup V1 2"]
    assert document.timeline.tracks[2][0].name == "A restyle restyle job-bbbb.t1"


@pytest.mark.parametrize(
    ("matte", "code"),
    [
        (Matte(), "request.matte"),
        (Matte(path="m.png", box=(0, 0, 5, 5)), "request.matte"),
        (Matte(box=(0, 0, 0, 5)), "request.box"),
        (Matte(box=(1280, 0, 5, 5)), "request.box"),
        (Matte(box=(-9, -9, 5, 5)), "request.box"),
    ],
)
def test_bad_mattes_are_refused(tmp_path: Path, matte: Matte, code: str) -> None:
    document = document_of(tmp_path, [A])
    with pytest.raises(RequestError) as caught:
        inpaint(document, tmp_path, A, matte=matte)
    assert caught.value.code == code


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_strength_outside_0_to_1_is_refused(tmp_path: Path, strength: float) -> None:
    document = document_of(tmp_path, [A])
    with pytest.raises(RequestError, match="strength"):
        restyle(document, tmp_path, A, strength=strength)


def test_keyframe_outside_the_range_is_refused(tmp_path: Path) -> None:
    document = document_of(tmp_path, [A])
    guidance = Guidance(keyframes=(Keyframe(100, "k.png"),))
    with pytest.raises(RequestError, match=r"k\.png"):
        restyle(document, tmp_path, A, guidance=guidance)


def test_range_outside_the_media_is_refused(tmp_path: Path) -> None:
    long = Shot("A", 100, first=80, total=160)
    document = document_of(tmp_path, [long])
    with pytest.raises(MediaError, match=r"A\.mov"):
        restyle(document, tmp_path, long)
