"""Painting over a clip, and clips of another speed or rate, in the pictures of a renderer."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pickup.protocol import HANDLE_FRAMES, Delivery, ExtendRequest, Matte, Mode, Output, Side
from pickup.timeline import find_clip, propose_extend, propose_inpaint, propose_restyle
from support.burnt import WIDTH
from support.melt import needs_melt
from support.pixels import (
    Filmed,
    Seen,
    Studio,
    assert_shows,
    carry_out,
    engine_sees,
    film_of,
    made,
    marks,
    seen,
    timeline_of,
)
from support.timeline import gap, open_timeline

pytestmark = needs_melt
R = Fraction(24)
A = Filmed("A", 1, 60, R, "10:20:30:12")
B = Filmed("B", 2, 60, R)
TITLE = Filmed("title", 4, 20, R)


def painted(
    studio: Studio, folder: Path, verb: str, **options: Any
) -> tuple[list[Seen], list[Seen]]:
    """A (frames 5 to 34), B (8 to 27) with a title over B's last frames; B is painted: what was
    seen before and what after."""
    items = [studio.clip(A, 5, 30, R), studio.clip(B, 8, 20, R)]
    titles = [gap(45, R), studio.clip(TITLE, 0, 5, R)]
    document = open_timeline(folder, timeline_of(items, titles))
    before = seen(film_of(document, folder))
    assert before == marks(1, 5, 30) + marks(2, 8, 15) + marks(4, 0, 5)
    media, output = studio.media(B), Output(str(folder), "painted")
    clip = find_clip(document, "B")
    if verb == "restyle":
        proposal = propose_restyle(document, clip, media=media, output=output, **options)
    else:
        matte = Matte(box=(0, 0, WIDTH // 2, 16))
        proposal = propose_inpaint(
            document, clip, media=media, output=output, matte=matte, **options
        )
    film = carry_out(document, folder, proposal, media)
    assert proposal.request is not None
    source = proposal.request.source
    at = proposal.placement.record_in
    below = engine_sees(source, range(source.frames))
    assert below[: 45 - at] == before[at:45][: source.frames]
    return before, seen(film)


def test_restyle_covers_the_clip_and_not_the_title(studio: Studio, tmp_path: Path) -> None:
    before, after = painted(studio, tmp_path, "restyle")
    assert after == before[:30] + made(15) + before[45:]


def test_inpaint_as_full_frames_over_a_part(studio: Studio, tmp_path: Path) -> None:
    options = {"delivery": Delivery.FULL, "record_range": (34, 7)}
    before, after = painted(studio, tmp_path, "inpaint", **options)
    assert after == before[:34] + made(7) + before[41:]


def test_a_patch_shows_the_source_frame_beside_it(studio: Studio, tmp_path: Path) -> None:
    """The patch is opaque in the left half only: right of it the same frame of the source."""
    before, after = painted(studio, tmp_path, "inpaint")
    assert after[:30] == before[:30]
    assert after[30:45] == list(zip(made(15), marks(2, 8, 15), strict=True))
    assert after[45:] == before[45:]


@pytest.mark.parametrize(
    ("shot", "first", "speed", "real"),
    [
        (Filmed("double", 5, 100, R, "01:00:00:00"), 10, 2.0, 15),
        (Filmed("half", 6, 40, R), 10, 0.5, 30),
        (Filmed("twice the rate", 7, 100, 2 * R), 10, 1.0, 15),
        (Filmed("25", 8, 75, Fraction(25), "01:00:00:00"), 25, 1.0, 18),
        (Filmed("60", 9, 140, Fraction(60)), 10, 1.0, 22),
        (Filmed("29.97", 10, 80, Fraction(30000, 1001)), 0, 1.0, 34),
    ],
    ids=lambda value: value.name if isinstance(value, Filmed) else "",
)
@pytest.mark.parametrize("side", list(Side))
def test_own_frames_go_on_as_if_the_edge_had_been_dragged(
    studio: Studio, tmp_path: Path, shot: Filmed, first: int, speed: float, real: int, side: Side
) -> None:
    """The real part shows what the renderer itself shows of the clip with its edge further out."""
    step = Fraction(speed) * shot.rate / R
    head = int(first / step)
    clip = studio.clip(shot, first, 30, R, speed)
    document = open_timeline(tmp_path, timeline_of([gap(60, R), clip, gap(60, R)]))
    media, output = studio.media(shot), Output(str(tmp_path), "made")
    own = real if side is Side.TAIL else head
    proposal = propose_extend(
        document,
        find_clip(document, shot.name),
        side=side,
        frames=own + 9,
        media=media,
        output=output,
        mode=Mode.GAP,
    )
    assert isinstance(proposal.request, ExtendRequest)
    film = carry_out(document, tmp_path, proposal, media)
    if side is Side.TAIL:
        dragged = studio.clip(shot, first, 30 + own, R, speed)
        whole = open_timeline(tmp_path, timeline_of([gap(60, R), dragged]), "dragged.otio")
        expected = seen(film_of(whole, tmp_path))[60:] + made(9)
        start = 60
    else:
        dragged = studio.clip(shot, int(first - own * step), own + 30, R, speed)
        whole = open_timeline(tmp_path, timeline_of([gap(60, R), dragged]), "dragged.otio")
        expected = made(9, HANDLE_FRAMES) + seen(film_of(whole, tmp_path))[60:]
        start = 60 - own - 9
    black: list[Seen] = [None]
    rest = len(film) - start - len(expected)
    assert_shows(film, black * start + expected + black * rest)
