"""Updating a stale clip: an edit where its file serves, else made again from what is there now."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    Guidance,
    Keyframe,
    Mode,
    Proposal,
    Side,
    Source,
)
from pickup.timeline import find_clip, propose_extend, update_media
from support.living import (
    JOBS,
    A,
    B,
    C,
    Edit,
    R,
    Scene,
    cut,
    extended,
    resize,
    scene,
    span_of,
    trim_head,
    trim_tail,
    updated,
)
from support.timeline import clip_of, gap, make_timeline, span, time


def request_of(proposal: Proposal) -> ExtendRequest:
    assert isinstance(proposal.request, ExtendRequest)
    return proposal.request


def test_the_clip_before_it_was_moved_away(tmp_path: Path) -> None:
    """Nothing holds its other end: it goes along."""
    made = extended(tmp_path)
    proposal, frames = updated(made, lambda track: track.insert(3, gap(5, R)))
    assert proposal.request is None
    assert proposal.sentence == (
        "Moves A extend to where it fits. Nothing is generated, and nothing else moves."
    )
    assert span_of(made) == (194, 220)
    assert frames == {0: set(range(194, 225))}


def test_the_clip_before_it_was_moved_away_and_the_next_one_holds_it(tmp_path: Path) -> None:
    """Its own handle covers what opened before it; the cut to B stays where it is."""
    made = extended(tmp_path, after=40)
    proposal, frames = updated(made, lambda track: track.insert(3, gap(5, R)))
    assert proposal.request is None
    assert "Shows 5 frames more" in proposal.sentence
    assert span_of(made) == (194, 225)
    assert frames == {0: set(range(194, 225))}
    made = extended(tmp_path, after=40)
    proposal, frames = updated(made, lambda track: track.insert(3, gap(13, R)))
    request = request_of(proposal)
    assert (request.frames, request.handle) == (26 + 13 + 12, 12)
    assert request.source == Source(made.media(A), Fraction(100), Fraction(1), 64, R)
    assert span_of(made) == (194, 233)


def test_the_clip_before_it_ends_earlier(tmp_path: Path) -> None:
    """It begins where that ends now, and goes on to where it ended."""

    def shorter(track: Any) -> None:
        trim_tail(track[2], 12)
        track.insert(3, gap(12, R))

    made = extended(tmp_path, seed=7)
    proposal, frames = updated(made, shorter)
    request = request_of(proposal)
    assert proposal.sentence == (
        "Makes A extend again, 38 frames instead of 26, with the same seed. Nothing else moves."
    )
    assert (request.frames, request.handle, request.seed, request.takes) == (50, 12, 7, 1)
    assert request.source == Source(made.media(A), Fraction(88), Fraction(1), 64, R)
    assert request.source.media_frame(63) == 151
    assert span_of(made) == (182, 220)
    assert frames == {0: set(range(182, 220))}


def test_it_is_made_again_from_the_clip_that_is_there_now(tmp_path: Path) -> None:
    def another(track: Any) -> None:
        track[1:3] = [clip_of(tmp_path, C, R), gap(24, R)]
        del track[2]
        resize(track[0], 24)

    made = extended(tmp_path)
    made.media(C)
    proposal, frames = updated(made, another)
    assert request_of(proposal).source == Source(made.media(C), Fraction(46), Fraction(1), 64, R)
    assert frames == {0: set(range(194, 220))}


def test_a_changed_speed_is_followed(tmp_path: Path) -> None:
    def slower(track: Any) -> None:
        track[1].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
        del track[2]

    made = extended(tmp_path)
    proposal, _ = updated(made, slower)
    source = request_of(proposal).source
    assert (source.first, source.step, source.frames) == (Fraction(50 + 18), Fraction(1, 2), 64)


def test_what_was_cut_off_its_begin_is_shown_again(tmp_path: Path) -> None:
    made = extended(tmp_path)
    proposal, frames = updated(made, lambda track: trim_head(track[3], 4))
    assert proposal.sentence == (
        "Slips A extend in its place to where it fits. Nothing is generated, and nothing else "
        "moves."
    )
    assert span_of(made) == (194, 216)
    assert frames == {0: set(range(194, 216))}
    made = extended(tmp_path)
    _, frames = updated(made, lambda track: trim_head(track[3], 4) or track.insert(3, gap(4, R)))
    assert span_of(made) == (194, 220)
    assert frames == {0: set(range(194, 198))}


def test_its_free_end_follows_the_clip_that_it_touched(tmp_path: Path) -> None:
    def later(by: int) -> Edit:
        return lambda track: trim_head(track[4], by) or track.insert(4, gap(by, R))

    made = extended(tmp_path, after=40)
    proposal, frames = updated(made, later(10))
    assert proposal.request is None
    assert frames == {0: set(range(220, 230))}
    made = extended(tmp_path, after=40)
    proposal, frames = updated(made, later(20))
    request = request_of(proposal)
    assert request.source == Source(made.media(A), Fraction(100), Fraction(1), 64, R)
    assert request.frames == 26 + 20 + 12
    assert frames == {0: set(range(194, 240))}


@pytest.mark.parametrize("by", [5, 40])
def test_a_head_is_updated_at_its_other_end(tmp_path: Path, by: int) -> None:
    shot = replace(A, first=14)

    def later(track: Any) -> None:
        trim_head(track[2], by) if by < 14 else track.__delitem__(2)
        track.insert(2, gap(by if by < 14 else 14, R))

    made = cut(tmp_path, shot)
    made.extend(shot, 40, Side.HEAD)
    assert span_of(made) == (40, 66)
    proposal, frames = updated(made, later)
    opened = by if by < 14 else 14
    request = request_of(proposal)
    assert request.source == Source(made.media(shot), Fraction(opened), Fraction(1), 64, R)
    assert request.frames == 26 + opened + 12
    assert span_of(made) == (40, 66 + opened)
    assert frames == {0: set(range(40, 66 + opened))}
    (clip,) = made.generated()
    assert clip.media_first == 12
    assert clip.head_handle == 12


def test_a_transition_at_the_free_end_gets_its_frames(tmp_path: Path) -> None:
    parts = [A, (5, 7), B]
    made = scene(tmp_path, make_timeline(tmp_path, R, [parts]))
    made.extend(A, 40, mode=Mode.RIPPLE)
    made.change(lambda timeline: timeline.tracks[0].insert(2, gap(10, R)))
    (clip,) = made.generated()
    assert clip.stale == "10 frames before it are empty."
    proposal = made.update(clip)
    assert proposal.request is None
    assert made.stale() == [""]
    made.document.undo()
    made.change(lambda timeline: resize(timeline.tracks[0][2], 4))
    request = request_of(made.update(made.generated()[0]))
    assert request.frames == 40 + 7 + 12
    assert made.stale() == [""]


def test_a_transition_at_the_free_end_of_a_head_gets_its_frames(tmp_path: Path) -> None:
    shot = replace(A, first=0)
    made = scene(tmp_path, make_timeline(tmp_path, R, [[B, (5, 7), shot, 40]]))
    made.extend(shot, 40, Side.HEAD, mode=Mode.RIPPLE)
    assert made.generated()[0].media_first == 12 + 5
    # 12 more are in the file besides the 5 that the transition shows.
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(14, R)))
    request = request_of(made.update(made.generated()[0]))
    assert request.frames == 12 + 5 + 40 + 14
    (clip,) = made.generated()
    assert (clip.media_first, clip.frames, clip.stale) == (12 + 5, 54, "")


def test_takes_keep_their_number(tmp_path: Path) -> None:
    """A seed gives every take of a job its own: take 2 is made again as take 2."""
    made = cut(tmp_path)
    proposal = propose_extend(
        made.document, find_clip(made.document, "A"), side=Side.TAIL, frames=40,
        media=made.media(A), output=made.output(), takes=3, seed=5,
    )  # fmt: skip
    made.use(proposal, 1)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 6))
    again = made.proposed_update(made.generated()[0])
    assert (request_of(again).takes, request_of(again).seed) == (2, 5)
    assert any("takes 1 to 2" in warning for warning in again.warnings)
    made.update(made.generated()[0], 1)
    assert made.generated()[0].take == 1


def test_it_stays_who_it_is(tmp_path: Path) -> None:
    """Effects and markers that the user gave it come along, and it belongs to the same edit."""
    made = extended(tmp_path)

    def edit(track: Any) -> None:
        track[3].effects.append(otio.schema.Effect("blur", "Blur"))
        track[3].effects.append(otio.schema.Effect("out", "fade_to_black"))
        track[3].markers.append(otio.schema.Marker("check", span(5, 1, R)))
        track[3].enabled = False
        trim_tail(track[2], 6)
        track.insert(3, gap(6, R))

    made.change(lambda timeline: edit(timeline.tracks[0]))
    old = made.document.timeline.tracks[0][4]
    before = {name: old.metadata["pickup"][name] for name in ("uid", "of", "edit", "mode", "side")}
    made.update(made.generated()[0])
    new = made.document.timeline.tracks[0][3]
    assert new.source_range.duration != old.source_range.duration
    assert [effect.name for effect in new.effects] == ["blur", "out"]
    assert {name: new.metadata["pickup"][name] for name in before} == before
    assert new.metadata["pickup"]["generated"]["job"] == JOBS[1]
    assert new.name == f"A extend {JOBS[1]}.t1"
    assert [marker.name for marker in new.markers] == ["AI-generated", "check"]
    assert new.markers[1].marked_range == span(5, 1, R)
    assert not new.enabled
    assert (tmp_path / f"out.{JOBS[0]}.t1.mov").exists()


def test_a_marker_in_a_head_stays_at_its_distance_to_the_clip(tmp_path: Path) -> None:
    made = scene(tmp_path, make_timeline(tmp_path, R, [[80, replace(A, first=0), 40]]))
    made.extend(replace(A, first=0), 20, Side.HEAD)

    def edit(track: Any) -> None:
        (number,) = (n for n, item in enumerate(track) if item.name.startswith("A extend"))
        first = track[number].source_range.start_time.value
        track[number].markers.append(otio.schema.Marker("check", span(int(first) + 17, 1, R)))
        trim_head(track[number + 1], 6)
        track.insert(number + 1, gap(6, R))

    made.change(lambda timeline: edit(timeline.tracks[0]))
    made.update(made.generated()[0])
    (clip,) = made.generated()
    (new,) = (item for item in made.document.timeline.tracks[0] if item.name == clip.name)
    assert clip.frames == 26
    (_, marker) = new.markers
    assert marker.marked_range.start_time - new.source_range.start_time == time(23, R)


def test_pins_in_a_head_stay_at_their_distance_to_the_clip(tmp_path: Path) -> None:
    shot = replace(A, first=14)
    made = cut(tmp_path, shot)
    pins = Guidance(keyframes=(Keyframe(20, str(tmp_path / "pin.png")),))
    made.extend(shot, 40, Side.HEAD, guidance=pins)
    made.change(lambda timeline: trim_head(timeline.tracks[0][2], 5))
    old = made.proposed_update(made.generated()[0])
    assert [pin.frame for pin in request_of(old).guidance.keyframes] == [32]

    def longer(timeline: Any) -> None:
        timeline.tracks[0].insert(2, gap(5, R))

    made.change(longer)
    request = request_of(made.proposed_update(made.generated()[0]))
    assert [pin.frame for pin in request.guidance.keyframes] == [37]
    assert request.frames == 26 + 5 + 12


def test_a_bridge_is_moved_or_made_again(tmp_path: Path) -> None:
    def bridged() -> Scene:
        made = scene(tmp_path, make_timeline(tmp_path, R, [[20, A, 16, B, 50]]))
        made.bridge(A, B, mode=Mode.GAP, seed=3)
        return made

    made = bridged()
    proposal, frames = updated(
        made, lambda track: trim_tail(track[2], 4) or track.insert(3, gap(4, R))
    )
    assert proposal.request is None
    assert frames == {0: set(range(132, 136))}
    made = bridged()
    proposal, frames = updated(
        made, lambda track: trim_tail(track[1], 6) or track.insert(2, gap(6, R))
    )
    request = proposal.request
    assert isinstance(request, BridgeRequest)
    assert (request.frames, request.seed) == (22, 3)
    assert request.source == Source(made.media(A), Fraction(80), Fraction(1), 64, R)
    assert request.after == Source(made.media(B), Fraction(30), Fraction(1), 64, R)
    assert frames == {0: set(range(114, 136))}
    made = bridged()
    proposal, frames = updated(made, lambda track: trim_head(track[3], 6))
    assert isinstance(proposal.request, BridgeRequest)
    assert proposal.request.after.first == 36
    assert frames == {0: set(range(120, 136))}


def test_an_extension_above_stays_above(tmp_path: Path) -> None:
    shot = replace(A, total=150)
    made = scene(tmp_path, make_timeline(tmp_path, R, [[20, shot, B, 50]]))
    made.extend(shot, 30, mode=Mode.ABOVE)
    proposal, frames = updated(made, lambda track: resize(track[0], 5))
    assert proposal.request is None
    assert span_of(made) == (125, 155)
    assert frames == {1: set(range(120, 155))}


def test_a_whole_row_is_updated_one_after_the_other(tmp_path: Path) -> None:
    """What was made of a clip that is made again is stale in turn."""
    made = extended(tmp_path, after=100)
    clip = made.generated()[0]
    media = made.probes[clip.media]
    proposal = propose_extend(
        made.document, clip, side=Side.TAIL, frames=30, media=media, output=made.output()
    )
    made.use(proposal)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 6))
    for _ in range(5):
        stale = [item for item in made.generated() if item.stale]
        if not stale:
            break
        made.update(stale[0])
    assert not any(made.stale())


def test_a_longer_one_is_made_from_the_file_where_it_is_now(tmp_path: Path) -> None:
    """Nothing is to be measured anew: the run is the recipe's, and the file was moved."""
    made = extended(tmp_path, after=40)
    (tmp_path / "moved").mkdir()
    (tmp_path / "A.mov").rename(tmp_path / "moved/A.mov")
    made.document.relink(tmp_path / "moved")

    def later(timeline: Any) -> None:
        timeline.tracks[0].insert(4, gap(20, R))

    made.change(later)
    clip = made.generated()[0]
    assert clip.stale == "20 frames after it are empty."
    assert update_media(made.document, clip) == ("", "")
    source = request_of(made.proposed_update(clip)).source
    assert source.media.path == str(tmp_path / "moved/A.mov")
    assert (source.first, source.frames) == (100, 64)


def test_only_pictures_without_a_break_go_into_the_run(tmp_path: Path) -> None:
    def jump(track: Any) -> None:
        trim_tail(track[1], 20)
        trim_tail(track[2], 4)

    made = extended(tmp_path)
    proposal, _ = updated(made, jump)
    source = request_of(proposal).source
    assert (source.first, source.frames) == (150, 10)
