"""Clips that an edit cuts show the same pictures as before, whatever their speed and rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pickup.protocol import HANDLE_FRAMES, Mode, Output, Side
from pickup.timeline import Document, find_clip, propose_extend
from support.melt import needs_melt
from support.pixels import (
    Filmed,
    Seen,
    Studio,
    carry_out,
    film_of,
    made,
    marks,
    seen,
    timeline_of,
)
from support.timeline import gap, open_timeline, transition

pytestmark = needs_melt
R = Fraction(24)
A = Filmed("A", 1, 30, R)
C = Filmed("C", 3, 30, R)
CUT = [
    (Filmed("double", 5, 100, R, "01:00:00:00"), 10, 2.0),
    (Filmed("half", 6, 40, R), 10, 0.5),
    (Filmed("25", 8, 75, Fraction(25), "01:00:00:00"), 25, 1.0),
    (Filmed("60", 9, 140, Fraction(60)), 10, 1.0),
]


def extended(
    document: Document, studio: Studio, folder: Path, shot: Filmed, side: Side, mode: Mode
) -> list[Seen]:
    """`shot`, which has no frames to spare, with 13 more."""
    media, output = studio.media(shot), Output(str(folder), "made")
    clip = find_clip(document, shot.name)
    proposal = propose_extend(
        document, clip, side=side, frames=13, media=media, output=output, mode=mode
    )
    return seen(carry_out(document, folder, proposal, media))


@pytest.mark.parametrize(("shot", "first", "speed"), CUT, ids=[shot.name for shot, _, _ in CUT])
def test_a_clip_of_another_speed_is_cut_where_it_was(
    studio: Studio, tmp_path: Path, shot: Filmed, first: int, speed: float
) -> None:
    """From the left, from the right, and in two by a ripple on the track below."""
    below: list[Any] = [studio.clip(A, 0, 30, R), studio.clip(shot, first, 30, R, speed)]
    below += [studio.clip(C, 0, 30, R)]
    above = [gap(97, R), studio.clip(shot, first, 30, R, speed)]
    last = [gap(10, R), studio.clip(Filmed("D", 4, 10, R), 0, 10, R), gap(20, R)]
    document = open_timeline(tmp_path, timeline_of(below + last, above))
    before = seen(film_of(document, tmp_path))
    assert extended(document, studio, tmp_path, A, Side.TAIL, Mode.OVERWRITE) == (
        before[:30] + made(13) + before[43:]
    )
    document.undo()
    assert extended(document, studio, tmp_path, C, Side.HEAD, Mode.OVERWRITE) == (
        before[:47] + made(13, HANDLE_FRAMES) + before[60:]
    )
    document.undo()
    after = extended(document, studio, tmp_path, Filmed("D", 4, 10, R), Side.TAIL, Mode.RIPPLE)
    assert after == before[:110] + made(13) + before[110:]


def test_a_ripple_carries_dissolves_and_fades_along(studio: Studio, tmp_path: Path) -> None:
    """Behind the new frames: a clip that fades in from black, then a dissolve."""
    b = Filmed("B", 2, 60, R)
    items: list[Any] = [studio.clip(A, 0, 30, R), gap(5, R), transition(0, 4, R)]
    items += [studio.clip(b, 10, 20, R), transition(4, 4, R), studio.clip(C, 5, 20, R)]
    document = open_timeline(tmp_path, timeline_of(items))
    before = film_of(document, tmp_path)
    media, output = studio.media(A), Output(str(tmp_path), "made")
    proposal = propose_extend(
        document,
        find_clip(document, "A"),
        side=Side.TAIL,
        frames=13,
        media=media,
        output=output,
        mode=Mode.RIPPLE,
    )
    after = carry_out(document, tmp_path, proposal, media)
    assert len(after) == len(before) + 13
    assert seen(after[:43]) == marks(1, 0, 30) + made(13)
    for frame, (old, new) in enumerate(zip(before[30:], after[43:], strict=True)):
        assert (old == new).all(), f"frame {frame + 43}"
