"""Updating an overlay: it follows its clip, or is made again for the pictures under it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.protocol import (
    Guidance,
    InpaintRequest,
    Keyframe,
    Matte,
    Proposal,
    RestyleRequest,
    Source,
)
from support.living import (
    A,
    B,
    C,
    Edit,
    R,
    changed,
    cut,
    overlaid,
    resize,
    scene,
    slip,
    span_of,
    trim_head,
    trim_tail,
    updated,
)
from support.oracle import read_cut
from support.timeline import clip_of, gap, make_timeline, text_of


def restyled(proposal: Proposal) -> Source:
    assert isinstance(proposal.request, RestyleRequest)
    return proposal.request.source


def test_an_overlay_goes_where_its_clip_went(tmp_path: Path) -> None:
    for by, part, there in (
        (5, None, (85, 185)), (-80, None, (0, 100)), (300, (100, 30), (400, 430)),
    ):  # fmt: skip
        made = overlaid(tmp_path, part=part)
        start, end = span_of(made)

        def moved(track: Any, by: int = by) -> None:
            resize(track[0], by) if by > -80 else track.__delitem__(0)

        proposal, frames = updated(made, moved)
        assert proposal.request is None
        assert span_of(made) == there
        assert frames == {1: set(range(start, end)) | set(range(*there))}


def test_an_overlay_is_trimmed_with_its_clip(tmp_path: Path) -> None:
    made = overlaid(tmp_path)
    proposal, frames = updated(made, lambda track: trim_tail(track[1], 12) or resize(track[2], 12))
    assert proposal.sentence.startswith("Trims A restyle by 12 frames.")
    assert frames == {1: set(range(168, 180))}
    made = overlaid(tmp_path)
    _, frames = updated(made, lambda track: trim_head(track[1], 7) or resize(track[0], 7))
    assert frames == {1: set(range(80, 87))}


def test_a_trimmed_overlay_comes_back_with_its_clip(tmp_path: Path) -> None:
    def by(frames: int) -> Edit:
        return lambda track: trim_tail(track[1], frames) or resize(track[2], frames)

    made = overlaid(tmp_path)
    updated(made, by(12))
    proposal, frames = updated(made, by(-9))
    assert proposal.request is None
    assert proposal.sentence.startswith("Shows 9 frames more of what was generated for A restyle.")
    assert frames == {1: set(range(168, 177))}
    proposal, frames = updated(made, by(-9))
    assert restyled(proposal).frames == 106


def test_an_overlay_leaves_out_what_was_laid_over_its_clip(tmp_path: Path) -> None:
    def over_written(timeline: Any) -> None:
        track = timeline.tracks[0]
        rest = track[1].clone()
        trim_tail(track[1], 60)
        trim_head(rest, 60)
        track[2:2] = [clip_of(tmp_path, replace(C, frames=20), R), rest]

    made = overlaid(tmp_path)
    made.change(over_written)
    before = text_of(made.document)
    proposal = made.update(made.generated()[0])
    assert proposal.sentence.startswith("Trims A restyle by 20 frames, into 2 parts.")
    assert made.stale() == ["", ""]
    assert changed(before, text_of(made.document)) == {1: set(range(120, 140))}
    assert len({item.uid for item in made.generated()}) == 2
    made.document.undo()
    assert text_of(made.document) == before


def test_an_overlay_is_made_again_for_a_longer_clip(tmp_path: Path) -> None:
    def longer(track: Any) -> None:
        trim_tail(track[1], -10)
        resize(track[2], -10)
        trim_head(track[1], -6)
        resize(track[0], -6)

    made = overlaid(tmp_path)
    proposal, frames = updated(made, longer)
    assert restyled(proposal) == Source(made.media(A), Fraction(44), Fraction(1), 116, R)
    assert frames == {1: set(range(74, 190))}

    def earlier(track: Any) -> None:
        trim_head(track[1], -6)
        resize(track[0], -6)

    made = overlaid(tmp_path)
    proposal, frames = updated(made, earlier)
    assert restyled(proposal) == Source(made.media(A), Fraction(44), Fraction(1), 106, R)
    assert frames == {1: set(range(74, 180))}


def test_an_overlay_is_made_again_for_other_pictures(tmp_path: Path) -> None:
    made = overlaid(tmp_path)
    proposal, frames = updated(made, lambda track: slip(track[1], 9))
    assert restyled(proposal) == Source(made.media(A), Fraction(59), Fraction(1), 100, R)
    assert frames == {1: set(range(80, 180))}
    made = overlaid(tmp_path)
    made.media(C)
    proposal, frames = updated(
        made, lambda track: track.__setitem__(1, clip_of(tmp_path, C, R)) or resize(track[2], 10)
    )
    assert restyled(proposal) == Source(made.media(C), Fraction(20), Fraction(1), 90, R)
    assert frames == {1: set(range(80, 180))}
    made = overlaid(tmp_path)
    warp = otio.schema.LinearTimeWarp(time_scalar=0.5)
    proposal, _ = updated(made, lambda track: track[1].effects.append(warp))
    assert restyled(proposal) == Source(made.media(A), Fraction(50), Fraction(1, 2), 100, R)


def test_two_overlays_that_change_places_find_room(tmp_path: Path) -> None:
    shot = replace(B, frames=50)
    made = scene(tmp_path, make_timeline(tmp_path, R, [[A, shot, 50]]))
    made.restyle(A)
    made.restyle(shot)
    assert len(made.document.timeline.tracks) == 2

    def swapped(timeline: Any) -> None:
        track = timeline.tracks[0]
        first = track[0].clone()
        del track[0]
        track.insert(1, first)

    made.change(swapped)
    assert all(made.stale())
    made.update(made.generated()[0])
    made.update(next(item for item in made.generated() if item.stale))
    assert made.stale() == ["", ""]
    tracks = read_cut(text_of(made.document), R)
    for frame in range(150):
        over = [track.base[frame] for track in tracks[1:] if frame < len(track.base)]
        assert sum(picture is not None for picture in over) == 1


def test_an_overlay_passes_another_one_on_its_own_track(tmp_path: Path) -> None:
    made = scene(tmp_path, make_timeline(tmp_path, R, [[A, replace(B, frames=50), 150]]))
    made.restyle(A)
    made.restyle(replace(B, frames=50))

    def to_the_end(track: Any) -> None:
        track[:] = [gap(100, R), track[1].clone(), gap(20, R), track[0].clone()]

    made.change(lambda timeline: to_the_end(timeline.tracks[0]))
    made.update(made.generated()[0])
    assert made.stale() == ["", ""]
    assert len(made.document.timeline.tracks) == 2
    assert [item.record_in for item in made.generated()] == [100, 170]


def test_pinned_images_and_mattes_follow(tmp_path: Path) -> None:
    made = cut(tmp_path)
    image = str(tmp_path / "pin.png")
    pins = Guidance(keyframes=(Keyframe(0, image), Keyframe(60, image)))
    made.inpaint(A, Matte(box=(0, 0, 9, 9)), guidance=pins)
    made.change(lambda timeline: slip(timeline.tracks[0][1], 9))
    proposal = made.proposed_update(made.generated()[0])
    assert isinstance(proposal.request, InpaintRequest)
    assert proposal.request.guidance.keyframes == (Keyframe(51, image),)
    assert proposal.warnings == ("1 of the pinned images lies outside the clip now: not used.",)
    for matte, fits in (("mask.png", True), ("mask.mov", False), ("masks", False)):
        made = cut(tmp_path)
        made.inpaint(A, Matte(path=str(tmp_path / matte)))
        made.change(lambda timeline: slip(timeline.tracks[0][1], 9))
        if fits:
            assert made.proposed_update(made.generated()[0]).request
        else:
            with pytest.raises(TimelineError, match="drawn for other frames"):
                made.proposed_update(made.generated()[0])


def test_a_matte_of_frames_is_too_short_for_a_longer_clip(tmp_path: Path) -> None:
    made = cut(tmp_path)
    made.inpaint(A, Matte(path=str(tmp_path / "mask.mov")))

    def longer(track: Any) -> None:
        trim_tail(track[1], -6)
        resize(track[2], -6)

    made.change(lambda timeline: longer(timeline.tracks[0]))
    assert made.stale() == ["The clip under it now ends 6 frames later."]
    with pytest.raises(TimelineError, match="drawn for other frames"):
        made.proposed_update(made.generated()[0])


def test_an_overlay_over_a_part_of_what_came_there_fits(tmp_path: Path) -> None:
    """It covered all of A, and covers now what was asked for of a longer clip."""
    longer = replace(C, frames=150)
    made = overlaid(tmp_path)
    made.media(longer)
    proposal, _ = updated(
        made, lambda track: track.__setitem__(1, clip_of(tmp_path, longer, R)) or track.pop(2)
    )
    assert restyled(proposal).frames == 100


def test_pins_stay_where_the_pictures_are_others(tmp_path: Path) -> None:
    made = cut(tmp_path)
    pins = Guidance(keyframes=(Keyframe(60, str(tmp_path / "pin.png")),))
    made.inpaint(A, Matte(box=(0, 0, 9, 9)), guidance=pins)
    other = replace(C, frames=100, first=3)
    made.media(other)
    made.change(lambda timeline: timeline.tracks[0].__setitem__(1, clip_of(tmp_path, other, R)))
    proposal = made.proposed_update(made.generated()[0])
    assert isinstance(proposal.request, InpaintRequest)
    assert [pin.frame for pin in proposal.request.guidance.keyframes] == [60]
