"""What has changed beside a generated clip is told in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.protocol import Mode, Side
from pickup.timeline import (
    Remedy,
    find_clip,
    propose_extend,
    staleness,
    switch_take,
    takes_of,
)
from support.living import (
    JOBS,
    SHOTS,
    A,
    B,
    Edit,
    R,
    Scene,
    cut,
    extended,
    other_clip,
    resize,
    scene,
    slip,
    trim_head,
    trim_tail,
)
from support.takes import write_take
from support.timeline import Shot, clip_of, gap, make_timeline

BARE = pytest.mark.parametrize("bare", [False, True])


def ends_earlier(track: Any) -> None:
    """A ripple trim of the real handle."""
    trim_tail(track[2], 12)


def ends_earlier_and_leaves_a_gap(track: Any) -> None:
    trim_tail(track[2], 12)
    track.insert(3, gap(12, R))


def without_the_handle(track: Any) -> None:
    del track[2]


def slipped(track: Any) -> None:
    slip(track[1], -6)
    slip(track[2], -6)


def faster(track: Any) -> None:
    track[2].effects.append(otio.schema.LinearTimeWarp(time_scalar=0.5))
    slip(track[2], 7)


def another(track: Any) -> None:
    track[1:3] = [other_clip(track, "C", 114)]


def apart(track: Any) -> None:
    track.insert(3, gap(5, R))


def one_frame_apart(track: Any) -> None:
    track.insert(3, gap(1, R))


def begun_late(track: Any) -> None:
    trim_head(track[3], 4)


def lifted(track: Any) -> None:
    trim_head(track[3], 4)
    track.insert(3, gap(4, R))


def gone(track: Any) -> None:
    del track[1:3]
    resize(track[0], 114)


CHANGES: list[tuple[Edit, str, Remedy]] = [
    (ends_earlier, "The clip before it now ends 12 frames earlier.", Remedy.REMAKE),
    (ends_earlier_and_leaves_a_gap, "The clip before it now ends 12 frames earlier.",
     Remedy.REMAKE),
    (without_the_handle, "The clip before it now ends 14 frames earlier.", Remedy.REMAKE),
    (slipped, "The clip before it now ends 6 frames earlier.", Remedy.REMAKE),
    (faster, "The speed of the clip before it has changed.", Remedy.REMAKE),
    (another, 'The clip before it is now "C".', Remedy.REMAKE),
    (apart, "5 frames before it are empty.", Remedy.MOVE),
    (one_frame_apart, "1 frame before it is empty.", Remedy.MOVE),
    (begun_late, "It begins 4 frames into what was generated.", Remedy.MOVE),
    (lifted, "4 frames before it are empty.", Remedy.EXTEND),
    (gone, "The clip that it goes on from is no longer before it.", Remedy.NONE),
]  # fmt: skip


@BARE
@pytest.mark.parametrize(
    ("edit", "reason", "remedy"), CHANGES, ids=lambda v: getattr(v, "__name__", "")
)
def test_what_changed_before_an_extension(
    tmp_path: Path, edit: Edit, reason: str, remedy: Remedy, bare: bool
) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: edit(timeline.tracks[0]), bare=bare)
    (clip,) = made.generated()
    assert clip.stale == reason
    stale = staleness(made.document, clip)
    assert stale is not None
    assert (stale.reason, stale.remedy) == (reason, remedy)
    assert (stale.wanted is None) is (remedy is Remedy.NONE)


@pytest.mark.parametrize(
    ("effect", "remedy"),
    [
        (otio.schema.LinearTimeWarp(time_scalar=-1.0), Remedy.NONE),
        (otio.schema.FreezeFrame(), Remedy.NONE),
        (otio.schema.LinearTimeWarp(time_scalar=2.0), Remedy.REMAKE),
    ],
    ids=str,
)
def test_nothing_goes_on_from_what_runs_backwards_or_stands_still(
    tmp_path: Path, effect: Any, remedy: Remedy
) -> None:
    made = extended(tmp_path)
    made.restyle(A)

    def retime(timeline: Any) -> None:
        for item in timeline.tracks[0][1:3]:
            item.effects.append(effect.clone())

    made.change(retime)
    after, over = made.generated()
    assert after.stale == "The speed of the clip before it has changed."
    assert staleness(made.document, after).remedy is remedy  # type: ignore[union-attr]
    assert over.stale == "The speed of the clip under it has changed."
    frozen = isinstance(effect, otio.schema.FreezeFrame)
    expected = Remedy.REMAKE if frozen else remedy
    assert staleness(made.document, over).remedy is expected  # type: ignore[union-attr]


def head_begins_later(track: Any) -> None:
    trim_head(track[2], 12)


def head_apart(track: Any) -> None:
    track.insert(2, gap(5, R))


def head_another(track: Any) -> None:
    track[2:4] = [other_clip(track, "C", 114)]


@BARE
@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (head_begins_later, "The clip after it now begins 12 frames later."),
        (head_apart, "5 frames after it are empty."),
        (head_another, 'The clip after it is now "C".'),
        (lambda track: trim_tail(track[1], 4), "It ends 4 frames before the end of what was "
         "generated."),
    ],
)  # fmt: skip
def test_what_changed_after_a_head(tmp_path: Path, edit: Edit, reason: str, bare: bool) -> None:
    made = cut(tmp_path, replace(A, first=14))
    made.extend(replace(A, first=14), 40, Side.HEAD)
    made.change(lambda timeline: edit(timeline.tracks[0]), bare=bare)
    assert made.stale() == [reason]


@pytest.mark.parametrize("shot", SHOTS, ids=str)
def test_one_frame_is_told_whatever_the_speed_and_the_rate(tmp_path: Path, shot: Shot) -> None:
    made = cut(tmp_path, shot)
    made.extend(shot, 50)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 1))
    assert made.stale() == ["The clip before it now ends 1 frame earlier."]


def later(track: Any) -> None:
    """B begins 10 frames later."""
    trim_head(track[4], 10)
    track.insert(4, gap(10, R))


def pulled_away(track: Any) -> None:
    track.insert(4, gap(40, R))


def far_away(track: Any) -> None:
    track.insert(4, gap(2000, R))


def trimmed_by_the_user(track: Any) -> None:
    trim_tail(track[3], 10)
    track.insert(4, gap(10, R))


def another_clip_instead(track: Any) -> None:
    track[4:5] = [gap(10, R), other_clip(track, "C", 70)]


def without_b(track: Any) -> None:
    track[4] = gap(80, R)


@pytest.mark.parametrize(
    ("edit", "reason", "remedy"),
    [
        (later, "10 frames after it are empty.", Remedy.EXTEND),
        (pulled_away, "40 frames after it are empty.", Remedy.REMAKE),
        (far_away, "", None),
        (trimmed_by_the_user, "", None),
        (without_b, "", None),
        (another_clip_instead, "", None),
    ],
)
def test_what_it_touched_at_its_free_end(
    tmp_path: Path, edit: Edit, reason: str, remedy: Remedy | None
) -> None:
    """Only the clip's own metadata tells what it touched: without it nothing is claimed."""
    for bare in (False, True):
        made = cut(tmp_path)
        made.extend(A, 60)
        made.change(lambda timeline: edit(timeline.tracks[0]), bare=bare)
        assert made.stale() == ["" if bare else reason]
        stale = staleness(made.document, made.generated()[0])
        assert (stale.remedy if stale else None) is (None if bare else remedy)


def test_what_changed_around_a_bridge(tmp_path: Path) -> None:
    def bridged() -> Scene:
        made = scene(tmp_path, make_timeline(tmp_path, R, [[20, A, 16, B, 50]]))
        made.bridge(A, B, mode=Mode.GAP)
        assert made.stale() == [""]
        return made

    edits: list[tuple[Edit, str, Remedy]] = [
        (lambda track: trim_head(track[3], 6), "The clip after it now begins 6 frames later.",
         Remedy.REMAKE),
        (lambda track: trim_tail(track[1], 6), "The clip before it now ends 6 frames earlier.",
         Remedy.REMAKE),
        (lambda track: track.insert(3, gap(4, R)), "4 frames after it are empty.", Remedy.REMAKE),
        (lambda track: trim_tail(track[2], 4) or track.insert(3, gap(4, R)),
         "4 frames after it are empty.", Remedy.EXTEND),
        (lambda track: track.pop(3), "The clip that it goes on from is no longer after it.",
         Remedy.NONE),
    ]  # fmt: skip
    for edit, reason, remedy in edits:
        made = bridged()
        made.change(lambda timeline, edit=edit: edit(timeline.tracks[0]))
        assert made.stale() == [reason]
        stale = staleness(made.document, made.generated()[0])
        assert stale is not None
        assert stale.remedy is remedy


def test_an_extension_above_is_held_against_the_track_below(tmp_path: Path) -> None:
    def above() -> Scene:
        made = scene(tmp_path, make_timeline(tmp_path, R, [[20, replace(A, total=150), B, 50]]))
        made.extend(replace(A, total=150), 30, mode=Mode.ABOVE)
        assert made.stale() == [""]
        return made

    made = above()
    made.change(lambda timeline: resize(timeline.tracks[0][0], 5))
    assert made.stale() == ["The clip before it was moved 5 frames later."]
    made = above()

    def later(timeline: Any) -> None:
        trim_head(timeline.tracks[1][1], 4)
        resize(timeline.tracks[1][0], 4)

    made.change(later)
    assert made.stale() == ["It begins 4 frames into what was generated."]
    stale = staleness(made.document, made.generated()[0])
    assert stale is not None
    assert stale.remedy is Remedy.EXTEND
    made = above()
    made.change(lambda timeline: trim_tail(timeline.tracks[0][1], 5))
    assert made.stale() == ["The clip before it now ends 5 frames earlier."]


def test_a_switched_take_is_seen_by_what_was_made_of_it(tmp_path: Path) -> None:
    made = cut(tmp_path, after=100)
    clip = find_clip(made.document, "A")
    proposal = propose_extend(
        made.document, clip, side=Side.TAIL, frames=40, media=made.media(A), output=made.output(),
        takes=2, handle=0,
    )  # fmt: skip
    second = write_take(proposal, tmp_path, 1, job=JOBS[0])
    first = made.use(proposal)
    made.use(
        propose_extend(
            made.document, made.generated()[0], side=Side.TAIL, frames=30, media=first.media,
            output=made.output(),
        )
    )  # fmt: skip
    assert made.stale() == ["", ""]
    assert [take.index for take in takes_of(made.document, made.generated()[0])] == [0, 1]
    switch_take(made.document, made.generated()[0], second)
    assert made.stale() == ["", "The clip before it now shows take 2."]


def test_other_uses_of_the_file_do_not_count(tmp_path: Path) -> None:
    """A clip of the same file on another track is not what it went on from."""

    def edit(timeline: Any) -> None:
        track = timeline.tracks[0]
        upper = otio.schema.Track("V2", kind="Video")
        upper.append(track[1].clone())
        timeline.tracks.insert(1, upper)
        track[1:3] = [other_clip(track, "C", 114)]

    made = extended(tmp_path)
    made.change(edit)
    assert made.stale() == ['The clip before it is now "C".']


def test_a_copy_that_was_put_elsewhere_goes_on_from_nothing_there(tmp_path: Path) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: timeline.tracks[0].insert(6, timeline.tracks[0][3].clone()))
    assert made.stale() == ["", 'The clip before it is now "B".']


def test_its_other_half_may_lie_beyond_a_cutaway(tmp_path: Path) -> None:
    def edit(track: Any) -> None:
        half = track[3].clone()
        trim_tail(track[3], 16)
        trim_head(half, 10)
        track[4:5] = [other_clip(track, "C", 20), half]

    made = extended(tmp_path)
    made.change(lambda timeline: edit(timeline.tracks[0]))
    assert made.stale() == ["", ""]


def test_what_is_far_away_has_been_put_elsewhere(tmp_path: Path) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(240, R)))
    assert made.stale() == ["240 frames before it are empty."]
    made.change(lambda timeline: resize(timeline.tracks[0][3], 1))
    assert made.stale() == ["The clip that it goes on from is no longer before it."]


def test_another_file_of_the_same_name_is_another_file(tmp_path: Path) -> None:
    def edit(length: int) -> Scene:
        made = extended(tmp_path)
        (tmp_path / str(length)).mkdir()
        copy = clip_of(tmp_path / str(length), replace(A, frames=114, total=length), R)
        made.change(lambda timeline: timeline.tracks[0].__setitem__(slice(1, 3), [copy]))
        return made

    assert edit(164).stale() == [""]
    assert edit(300).stale() == ['The clip before it is now "A".']


def test_another_clip_of_ours_beside_an_extension_above_is_not_what_it_goes_on_from(
    tmp_path: Path,
) -> None:
    """The restyled shot ends where the extension of the shot begins, on the same track."""
    shot = replace(A, total=150)
    made = cut(tmp_path, shot)
    made.restyle(shot)
    made.extend(shot, 26, mode=Mode.ABOVE)
    assert [item.name.partition(" m")[0] for item in made.generated()] == ["A restyle", "A extend"]
    assert made.stale() == ["", ""]

    def earlier(timeline: Any) -> None:
        slip(timeline.tracks[0][1], -6)

    made.change(earlier)
    assert made.stale()[1] == "The clip before it now ends 6 frames earlier."


def test_what_lies_below_and_far_away_has_been_put_elsewhere(tmp_path: Path) -> None:
    shot = replace(A, total=150)
    made = scene(tmp_path, make_timeline(tmp_path, R, [[20, shot, B, 50]]))
    made.extend(shot, 30, mode=Mode.ABOVE)
    made.change(lambda timeline: resize(timeline.tracks[0][0], 240))
    assert made.stale() == ["The clip before it was moved 240 frames later."]
    made.change(lambda timeline: resize(timeline.tracks[0][0], 200))
    assert made.stale() == ["The clip that it goes on from is no longer before it."]
