"""Long random sessions: whatever is asked, the cut stays exact and undo leads back to the start."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from opentimelineio.schema import Clip

from pickup.errors import PickupError
from pickup.protocol import MediaRef, Mode, Output, Proposal, Side, SnapshotItem
from pickup.timeline import Document, place, propose_extend, propose_restyle, snapshot
from pickup.timeline.validate import problems
from support.timeline import (
    FrameMap,
    Shot,
    assert_files_hold_all,
    make_timeline,
    maps,
    media_of_shot,
    open_timeline,
    take_for,
    text_of,
)

STEPS = 25
SHOTS = (
    Shot("A", 60, first=10, total=90, timecode=86400),
    Shot("B", 50, first=5, total=60, speed=0.5),
    Shot("C", 40, first=8, total=100, speed=2.0),
    Shot("D", 30, first=0, total=60, media_rate=Fraction(50)),
)


def shifted(shown: FrameMap, at: int, frames: int) -> FrameMap:
    return {k + (frames if k >= at else 0): v for k, v in shown.items()}


def without(shown: FrameMap, start: int, frames: int) -> FrameMap:
    return {k: v for k, v in shown.items() if not start <= k < start + frames}


def check(mode: Mode, before: list[FrameMap], after: list[FrameMap], plan: Proposal) -> None:
    """What each mode promises, in frames."""
    at = plan.placement.record_in
    frames = sum(piece.frames for piece in plan.placement.pieces)
    track = plan.placement.track
    match mode:
        case Mode.RIPPLE:
            assert [without(shown, at, frames) for shown in after] == [
                shifted(shown, at, frames) for shown in before
            ]
        case Mode.ABOVE:
            rest = [shown for shown in after if shown in before]
            assert len(rest) >= len(before) - 1
            assert any(set(range(at, at + frames)) <= set(shown) for shown in after[track + 1 :])
        case _:
            assert without(after[track], at, frames) == without(before[track], at, frames)
            assert after[:track] + after[track + 1 :] == before[:track] + before[track + 1 :]
            assert set(range(at, at + frames)) <= set(after[track])


def ask(
    choose: random.Random, document: Document, folder: Path, clip: SnapshotItem, media: MediaRef
) -> Proposal:
    output = Output(str(folder), "out")
    if choose.random() < 0.2:
        return propose_restyle(document, clip, media=media, output=output)
    return propose_extend(
        document,
        clip,
        side=choose.choice(list(Side)),
        frames=choose.randint(1, 40),
        media=media,
        output=output,
        mode=choose.choice([Mode.AUTO, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE, Mode.GAP]),
    )


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(30000, 1001), Fraction(25, 2)], ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_edits(tmp_path: Path, rate: Fraction, seed: int) -> None:
    choose = random.Random(seed)
    a, b, c, d = SHOTS
    video: list[list[Any]] = [[a, 20, b, (6, 8), c, 30, d], [35, Shot("t", 20), (0, 5), 20]]
    document = open_timeline(tmp_path, make_timeline(tmp_path, rate, video, [Shot("song", 230)]))
    files = {media.path: media for media in (media_of_shot(tmp_path, s, rate) for s in SHOTS)}
    start = text_of(document)
    placed = 0
    for step in range(STEPS):
        view = snapshot(document)
        clips = [i for t in view.tracks for i in t.items if i.media in files and not i.refusal]
        clip = choose.choice(clips)
        before, text = maps(document), text_of(document)
        try:
            plan = ask(choose, document, tmp_path, clip, files[clip.media])
        except PickupError:
            assert text_of(document) == text
            continue
        take = take_for(tmp_path, plan, f"job-{step:04d}") if plan.request else None
        if take is not None:
            files[take.media.path] = take.media
        place(document, plan.placement, take, media=files[clip.media])
        placed += 1
        check(plan.placement.mode, before, maps(document), plan)
        assert problems(document.timeline, rate) == set()
    assert_files_hold_all(document)
    assert placed > STEPS / 4
    again = Document.open(document.save(tmp_path / "out.otio"))
    assert maps(again) == maps(document)
    clips_now = list(document.timeline.find_clips())
    uids = [clip.metadata["pickup"]["uid"] for clip in clips_now if isinstance(clip, Clip)]
    assert len(set(uids)) == len(uids)
    while document.can_undo:
        document.undo()
    assert text_of(document) == start
