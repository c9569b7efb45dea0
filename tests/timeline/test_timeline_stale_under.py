"""What has changed under a generated overlay is told in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import Matte, SnapshotItem
from pickup.timeline import Remedy, propose_restyle, snapshot, staleness
from support.living import (
    SHOTS,
    A,
    B,
    Edit,
    R,
    Scene,
    other_clip,
    overlaid,
    resize,
    scene,
    slip,
    trim_head,
    trim_tail,
)
from support.timeline import Shot, gap, make_timeline, transition


def grows(track: Any) -> None:
    trim_tail(track[1], -10)
    resize(track[2], -10)


def grows_both(track: Any) -> None:
    grows(track)
    trim_head(track[1], -6)
    resize(track[0], -6)


def shrinks(track: Any) -> None:
    trim_tail(track[1], 12)
    resize(track[2], 12)


def begins_later(track: Any) -> None:
    trim_head(track[1], 7)
    resize(track[0], 7)


def over_written(track: Any) -> None:
    """Another shot over the middle of A."""
    rest = track[1].clone()
    trim_tail(track[1], 60)
    trim_head(rest, 60)
    track.insert(2, other_clip(track, "C", 20))
    track.insert(3, rest)


def swapped(track: Any) -> None:
    track[1] = other_clip(track, "C", 100)


UNDER: list[tuple[Edit, str, str, Remedy]] = [
    (lambda track: resize(track[0], 5), "The clip under it was moved 5 frames later.",
     "The clip under it was moved 5 frames later.", Remedy.MOVE),
    (lambda track: resize(track[0], -1), "The clip under it was moved 1 frame earlier.",
     "The clip under it was moved 1 frame earlier.", Remedy.MOVE),
    (lambda track: resize(track[0], 3000), "The clip under it was moved 3000 frames later.",
     "The clip under it was moved 3000 frames later.", Remedy.MOVE),
    (lambda track: slip(track[1], 9), "The clip under it was slipped by 9 frames.",
     "What it was made for is now 9 frames earlier.", Remedy.REMAKE),
    (shrinks, "The clip under it now ends 12 frames earlier.",
     "The clip under it now ends 12 frames earlier.", Remedy.TRIM),
    (begins_later, "The clip under it now begins 7 frames later.",
     "The clip under it now begins 7 frames later.", Remedy.TRIM),
    (over_written, "20 frames of what it was made for are no longer under it.",
     "20 frames of what it was made for are no longer under it.", Remedy.TRIM),
    (lambda track: track[1].effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0)),
     "The speed of the clip under it has changed.",
     "The speed of the clip under it has changed.", Remedy.REMAKE),
    (swapped, 'The clip under it is now "C".', 'The clip under it is now "C".', Remedy.REMAKE),
    (lambda track: track.__setitem__(1, gap(100, R)), "Nothing is under it any more.",
     "Nothing is under it any more.", Remedy.NONE),
    (grows, "The clip under it now ends 10 frames later.", "", Remedy.REMAKE),
    (grows_both, "The clip under it now shows 16 frames more.", "", Remedy.REMAKE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "reason", "bare_reason", "remedy"), UNDER, ids=lambda v: str(v)[:40]
)
def test_what_changed_under_an_overlay(
    tmp_path: Path, edit: Edit, reason: str, bare_reason: str, remedy: Remedy
) -> None:
    made = overlaid(tmp_path)
    made.change(lambda timeline: edit(timeline.tracks[0]))
    (clip,) = made.generated()
    assert clip.stale == reason
    assert staleness(made.document, clip).remedy is remedy  # type: ignore[union-attr]
    bare = overlaid(tmp_path)
    bare.change(lambda timeline: edit(timeline.tracks[0]), bare=True)
    assert bare.stale() == [bare_reason]


@pytest.mark.parametrize("shot", SHOTS, ids=str)
def test_an_overlay_tells_one_frame_whatever_the_speed_and_the_rate(
    tmp_path: Path, shot: Shot
) -> None:
    made = overlaid(tmp_path, shot)
    made.change(lambda timeline: resize(timeline.tracks[0][0], 1))
    assert made.stale() == ["The clip under it was moved 1 frame later."]
    made = overlaid(tmp_path, shot)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][1], 1))
    assert made.stale() == ["The clip under it now ends 1 frame earlier."]


def test_razors_and_switching_off_under_an_overlay_change_nothing(tmp_path: Path) -> None:
    made = overlaid(tmp_path)

    def razor(timeline: Any) -> None:
        track = timeline.tracks[0]
        rest = track[1].clone()
        trim_tail(track[1], 60)
        trim_head(rest, 40)
        rest.enabled = False
        track.insert(2, rest)

    made.change(razor)
    assert made.stale() == [""]


def test_the_user_may_trim_and_retime_the_overlay_itself(tmp_path: Path) -> None:
    made = overlaid(tmp_path)

    def edit(timeline: Any) -> None:
        track = timeline.tracks[1]
        trim_head(track[1], 10)
        resize(track[0], 10)
        trim_tail(track[1], 20)

    made.change(edit)
    assert made.stale() == [""]

    def both_at_half_speed(timeline: Any) -> None:
        for item in (timeline.tracks[0][1], timeline.tracks[1][1]):
            item.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))

    made = overlaid(tmp_path)
    made.change(both_at_half_speed)
    assert made.stale() == [""]


def test_a_dissolve_that_came_under_an_overlay_shows_more(tmp_path: Path) -> None:
    parts = [A, B]
    made = scene(tmp_path, make_timeline(tmp_path, R, [parts]))
    made.restyle(A)
    made.change(lambda timeline: timeline.tracks[0].insert(1, transition(6, 8, R)))
    assert made.stale() == ["The clip under it now ends 8 frames later."]


def test_overlays_are_no_ground_to_paint_on(tmp_path: Path) -> None:
    """Of two overlays over one clip both name what came under them."""
    made = overlaid(tmp_path)
    made.inpaint(A, Matte(box=(0, 0, 9, 9)))
    made.change(lambda timeline: swapped(timeline.tracks[0]))
    assert made.stale() == ['The clip under it is now "C".'] * 2


def test_in_a_cut_of_one_file_the_clip_that_fits_whole_is_meant(tmp_path: Path) -> None:
    """Other clips of the same file overlap with it: none of them is as long."""
    parts = [replace(A, frames=20), A, replace(A, frames=30, first=60)]
    made = scene(tmp_path, make_timeline(tmp_path, R, [parts]))
    clip = next(item for item in clips_named(made, "A") if item.frames == 100)
    proposal = propose_restyle(made.document, clip, media=made.media(A), output=made.output())
    made.use(proposal)
    assert made.stale() == [""]
    made.change(lambda timeline: timeline.tracks[0].insert(0, gap(60, R)))
    assert made.stale() == ["The clip under it was moved 60 frames later."]


def clips_named(made: Scene, name: str) -> list[SnapshotItem]:
    tracks = snapshot(made.document).tracks
    return [item for track in tracks for item in track.items if item.name == name]
