"""Extending, judged by the pictures that an independent renderer shows at every frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pickup.protocol import HANDLE_FRAMES, ExtendRequest, MediaRef, Mode, Output, Proposal, Side
from pickup.timeline import Document, find_clip, propose_extend
from support.burnt import Mark
from support.melt import needs_melt
from support.pixels import (
    TAKE,
    Filmed,
    Mix,
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
from support.timeline import gap, open_timeline, transition

pytestmark = needs_melt
PAL = Fraction(25)
RATES = tuple(Fraction(text) for text in ("24000/1001", "25", "60000/1001"))
NEW, REAL = 14, 10


def shots(rate: Fraction) -> dict[str, Filmed]:
    return {
        "A": Filmed("A", 1, 60, rate, "01:00:00:00"),
        "B": Filmed("B", 2, 90, rate),
        "C": Filmed("C", 3, 20, rate),
        "title": Filmed("title", 4, 20, rate),
    }


def cut(studio: Studio, folder: Path, rate: Fraction, gap_a: int = 30) -> Document:
    """V1: A (frames 20 to 49 of 60), gap, B (7 to 36 of 90), gap 5, C. V2: a title over B's end."""
    a, b, c, title = shots(rate).values()
    v1 = [studio.clip(a, 20, 30, rate), gap(gap_a, rate), studio.clip(b, 7, 30, rate)]
    v1 += [gap(5, rate), studio.clip(c, 0, 20, rate)]
    v2 = [gap(30 + gap_a + 25, rate), studio.clip(title, 3, 10, rate)]
    if not gap_a:
        del v1[1]
    return open_timeline(folder, timeline_of(v1, v2))


def propose(
    document: Document, folder: Path, ref: MediaRef, name: str, side: Side, frames: int, mode: Mode
) -> Proposal:
    output = Output(str(folder), "made")
    clip = find_clip(document, name)
    return propose_extend(
        document, clip, side=side, frames=frames, media=ref, output=output, mode=mode
    )


def test_the_cut_is_what_it_says(studio: Studio, tmp_path: Path) -> None:
    """The renderer and the media by themselves, with no edit: else nothing below means much."""
    film = film_of(cut(studio, tmp_path, PAL), tmp_path)
    title = marks(4, 3, 10)
    black: list[Seen] = [None]
    expected = marks(1, 20, 30) + black * 30 + marks(2, 7, 25) + title + marks(3, 0, 20)
    assert_shows(film, expected)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_tail_into_the_gap(studio: Studio, tmp_path: Path, rate: Fraction) -> None:
    document = cut(studio, tmp_path, rate)
    before = seen(film_of(document, tmp_path))
    ref = studio.media(shots(rate)["A"])
    proposal = propose(document, tmp_path, ref, "A", Side.TAIL, 24, Mode.AUTO)
    film = carry_out(document, tmp_path, proposal, ref)
    assert_shows(film, before[:30] + marks(1, 50, REAL) + made(NEW) + before[54:])
    request = proposal.request
    assert isinstance(request, ExtendRequest)
    sees = engine_sees(request.source, range(request.source.frames))
    assert sees == seen(film)[40 - request.source.frames : 40]
    document.undo()
    assert seen(film_of(document, tmp_path)) == before


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_head_into_the_gap(studio: Studio, tmp_path: Path, rate: Fraction) -> None:
    document = cut(studio, tmp_path, rate)
    before = seen(film_of(document, tmp_path))
    ref = studio.media(shots(rate)["B"])
    proposal = propose(document, tmp_path, ref, "B", Side.HEAD, 24, Mode.GAP)
    film = carry_out(document, tmp_path, proposal, ref)
    assert_shows(film, before[:36] + made(17, HANDLE_FRAMES) + marks(2, 0, 7) + before[60:])
    request = proposal.request
    assert isinstance(request, ExtendRequest)
    assert engine_sees(request.source, range(7 + 25)) == marks(2, 0, 32)


@pytest.mark.parametrize("side", list(Side))
def test_ripple(studio: Studio, tmp_path: Path, side: Side) -> None:
    document = cut(studio, tmp_path, PAL)
    before = seen(film_of(document, tmp_path))
    ref = studio.media(shots(PAL)["B"])
    at = 90 if side is Side.TAIL else 60
    head = made(17, HANDLE_FRAMES) + marks(2, 0, 7)
    new = marks(2, 37, 24) if side is Side.TAIL else head
    proposal = propose(document, tmp_path, ref, "B", side, 24, Mode.RIPPLE)
    film = carry_out(document, tmp_path, proposal, ref)
    assert_shows(film, before[:at] + new + before[at:])


@pytest.mark.parametrize("mode", [Mode.OVERWRITE, Mode.ABOVE])
@pytest.mark.parametrize("gap_a", [0, 4])
def test_over_the_next_clip(studio: Studio, tmp_path: Path, mode: Mode, gap_a: int) -> None:
    document = cut(studio, tmp_path, PAL, gap_a)
    before = seen(film_of(document, tmp_path))
    ref = studio.media(shots(PAL)["A"])
    proposal = propose(document, tmp_path, ref, "A", Side.TAIL, 24, mode)
    film = carry_out(document, tmp_path, proposal, ref)
    assert_shows(film, before[:30] + marks(1, 50, REAL) + made(NEW) + before[54:])


@pytest.mark.parametrize("mode", [Mode.OVERWRITE, Mode.ABOVE])
def test_over_the_clip_before(studio: Studio, tmp_path: Path, mode: Mode) -> None:
    document = cut(studio, tmp_path, PAL, 0)
    before = seen(film_of(document, tmp_path))
    ref = studio.media(shots(PAL)["B"])
    proposal = propose(document, tmp_path, ref, "B", Side.HEAD, 20, mode)
    film = carry_out(document, tmp_path, proposal, ref)
    assert_shows(film, before[:10] + made(13, HANDLE_FRAMES) + marks(2, 0, 7) + before[30:])


@pytest.mark.parametrize("side", list(Side))
def test_a_dissolve_plays_over_the_new_frames(studio: Studio, tmp_path: Path, side: Side) -> None:
    """A (30 frames) dissolves to B (30) over 6 frames before the cut and 8 after it."""
    a, b = Filmed("A", 1, 40, PAL), Filmed("B", 2, 40, PAL)
    items = [studio.clip(a, 0, 30, PAL), transition(6, 8, PAL), studio.clip(b, 10, 30, PAL)]
    document = open_timeline(tmp_path, timeline_of(items))
    mixed = [Mix(Mark(1, 24 + k), Mark(2, 4 + k)) for k in range(14)]
    assert_shows(film_of(document, tmp_path), marks(1, 0, 24) + mixed + marks(2, 18, 22))
    name, media = ("A", studio.media(a)) if side is Side.TAIL else ("B", studio.media(b))
    proposal = propose(document, tmp_path, media, name, side, 24, Mode.RIPPLE)
    film = carry_out(document, tmp_path, proposal, media)
    if side is Side.TAIL:
        # The 10 frames that A's file holds, then a take that the dissolve ends.
        mixed = [Mix(Mark(TAKE, 8 + k), Mark(2, 4 + k)) for k in range(14)]
        assert_shows(film, marks(1, 0, 40) + made(8) + mixed + marks(2, 18, 22))
    else:
        # Of the take, 6 frames after its handle are seen in the dissolve only, before the cut.
        mixed = [Mix(Mark(1, 24 + k), Mark(TAKE, HANDLE_FRAMES + k)) for k in range(14)]
        rest = made(6, HANDLE_FRAMES + 14)
        assert_shows(film, marks(1, 0, 24) + mixed + rest + marks(2, 0, 40))
