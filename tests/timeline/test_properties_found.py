"""Bugs that the properties found, each by name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pickup.protocol import Matte, Mode, Output, Side
from pickup.timeline import Document, find_clip, place, propose_bridge, propose_inpaint, shown
from support.oracle import read_cut
from support.takes import write_take
from support.timeline import (
    Shot,
    extend,
    gap,
    make_timeline,
    media_of_shot,
    open_timeline,
    propose,
    span,
    take_for,
    text_of,
)

R = Fraction(24)


def base(document: Document, track: int) -> list[object]:
    return list(read_cut(text_of(document), document.rate)[track].base)


def seen(document: Document, frames: int) -> list[int]:
    """The media frames that the preview plays, by the core's own reading of the cut."""
    return [
        int((run.first + k * run.step) // 1)
        for run in shown(document, 0, frames)
        for k in range(run.frames)
        if run.uid
    ]


def test_two_regions_of_the_same_clip_can_be_inpainted_one_after_the_other(tmp_path: Path) -> None:
    """Both placements are equal in every word; the jobs are not."""
    shot = Shot("A", 40)
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[shot]]))
    for number, x in enumerate((0, 200)):
        plan = propose_inpaint(
            document,
            find_clip(document, "V1:1"),
            media=media_of_shot(tmp_path, shot, R),
            matte=Matte(box=(x, 0, 90, 90)),
            output=Output(str(tmp_path), "out"),
        )
        place(document, plan.placement, take_for(tmp_path, plan, f"job-{number}"))
    tracks = document.timeline.tracks
    assert [track.name for track in tracks] == ["V", "Pickup V1", "Pickup V1 2"]
    assert [len(base(document, number)) for number in range(3)] == [40, 40, 40]


def test_real_frames_just_off_a_whole_one_are_not_rounded_to_the_next(tmp_path: Path) -> None:
    """24 in 23.976: two frames before frame 3 is 0.998, which shows frame 0."""
    rate = Fraction(24000, 1001)
    shot = Shot("A", 10, first=3, total=40, media_rate=Fraction(24))
    document = open_timeline(tmp_path, make_timeline(tmp_path, rate, [[shot]]))
    extend(document, tmp_path, shot, Side.HEAD, 2, Mode.RIPPLE)
    assert [picture[1] for picture in base(document, 0)[:4]] == [0, 1, 3, 4]  # type: ignore[index]
    assert seen(document, 4) == [0, 1, 3, 4]


@pytest.mark.parametrize(
    ("rate", "own", "speed"),
    [("25", "24", 1.0), ("24", "25", 1.0), ("24000/1001", "24", 1.0), ("25", "24", 0.5)],
)
@pytest.mark.parametrize("at", [3, 7, 11, 22])
def test_a_cut_in_mixed_rates_keeps_every_picture(
    tmp_path: Path, rate: str, own: str, speed: float, at: int
) -> None:
    """A start of 2.88 frames is a double a little below: 22 frames on, 24 would be shown as 23."""
    short, long = (
        Shot("A", at, first=0, total=at),
        Shot("B", 90, first=0, total=300, timecode=86400, media_rate=Fraction(own), speed=speed),
    )
    timeline = make_timeline(tmp_path, Fraction(rate), [[short], [long]])
    document = open_timeline(tmp_path, timeline)
    before, played = base(document, 1), seen(document, 90)
    extend(document, tmp_path, short, Side.TAIL, 5, Mode.RIPPLE)
    after = base(document, 1)
    assert after[:at] + after[at + 5 :] == before
    assert played == [picture[1] for picture in before]  # type: ignore[index]
    assert seen(document, 95) == played[:at] + list(range(5)) + played[at:]


@pytest.mark.parametrize("at", [9, 10, 11, 19, 20, 21])
def test_a_ripple_beside_a_gap_of_another_track_moves_from_there_on(
    tmp_path: Path, at: int
) -> None:
    """Drawn cuts seldom meet a gap's edge by one frame; a cut that grew the wrong item got by."""
    short = Shot("A", at, first=0, total=at)
    timeline = make_timeline(tmp_path, R, [[short], [Shot("B", 10), 10, Shot("C", 10)]])
    document = open_timeline(tmp_path, timeline)
    before = base(document, 1)
    extend(document, tmp_path, short, Side.TAIL, 5, Mode.RIPPLE)
    assert base(document, 1) == [*before[:at], *[None] * 5, *before[at:]]


def test_an_overlay_of_a_clip_that_fades_in_at_the_start_is_not_stale(tmp_path: Path) -> None:
    """The fade reaches before the timeline, where nothing can lie over it."""
    shot = Shot("A", 40)
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[(10, 10), shot]]))
    plan = propose_inpaint(
        document,
        find_clip(document, "V1:1"),
        media=media_of_shot(tmp_path, shot, R),
        matte=Matte(box=(0, 0, 90, 90)),
        output=Output(str(tmp_path), "out"),
    )
    place(document, plan.placement, write_take(plan, tmp_path))
    made = find_clip(document, "V2:1")
    assert made.generated and made.operation == "inpaint" and made.stale == ""


@pytest.mark.parametrize(
    ("lengths", "frames"), [((5, 7), 9), ((7, 5), 8), ((1, 9), 1), ((1, 1), 16)]
)
def test_without_a_length_short_clips_get_a_shorter_bridge(
    tmp_path: Path, lengths: tuple[int, int], frames: int
) -> None:
    """A frame of either side stays; only a ripple, which takes none, has the usual length."""
    first, second = (Shot(name, length) for name, length in zip("AB", lengths, strict=True))
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[first, second]]))
    plan = propose_bridge(
        document,
        find_clip(document, "A"),
        media=media_of_shot(tmp_path, first, R),
        after=media_of_shot(tmp_path, second, R),
        output=Output(str(tmp_path), "out"),
        mode=Mode.RIPPLE if lengths == (1, 1) else Mode.AUTO,
    )
    assert plan.placement.pieces[0].frames == frames


def test_sound_below_does_not_fill_the_hole_before_a_generated_clip(tmp_path: Path) -> None:
    """Kdenlive and FCPXML put the tracks of sound first."""
    shot = Shot("A", 40, first=0, total=40)
    timeline = make_timeline(tmp_path, R, [[shot]], [Shot("song", 90)])
    sound = timeline.tracks.pop(1)
    timeline.tracks.insert(0, sound)
    document = open_timeline(tmp_path, timeline)
    plan = propose(document, tmp_path, shot, Side.TAIL, 20, Mode.GAP)
    place(document, plan.placement, write_take(plan, tmp_path))
    assert find_clip(document, "V1:2").stale == ""

    def shorten(cut: Any) -> None:
        cut.tracks[1][0].source_range = span(0, 37, R)
        cut.tracks[1].insert(1, gap(3, R))

    document.edit("as a host does it", shorten)
    assert find_clip(document, "V1:3").stale == "The clip before it now ends 3 frames earlier."
