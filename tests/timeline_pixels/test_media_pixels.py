"""What the timeline says of its media, and what was made before, in the pictures of a renderer."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import opentimelineio as otio
import pytest

from pickup.protocol import HANDLE_FRAMES, MediaRef, Mode, Output, Side
from pickup.timeline import Document, find_clip, propose_extend, propose_restyle
from pickup_engine.media.probe import probe
from support.burnt import Mark, picture_of
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
from support.timeline import gap, open_timeline, span, transition

pytestmark = needs_melt
R = Fraction(24)
BLACK: list[Seen] = [None]
A = Filmed("A", 1, 60, R, "10:20:30:12")


def extended(
    document: Document, folder: Path, media: MediaRef, name: str, side: Side, number: int = TAKE
) -> list[Seen]:
    """`name` with 24 more frames."""
    output = Output(str(folder), "made")
    clip = find_clip(document, name)
    proposal = propose_extend(
        document, clip, side=side, frames=24, media=media, output=output, mode=Mode.GAP
    )
    return seen(carry_out(document, folder, proposal, media, number))


@pytest.mark.parametrize("said", ["nothing", "a part of the file"])
@pytest.mark.parametrize("side", list(Side))
def test_the_file_decides_where_its_frames_are(
    studio: Studio, tmp_path: Path, side: Side, said: str
) -> None:
    """The timeline tells less of the file than there is; the host counts in the file's timecode."""
    clip = studio.clip(A, 20, 30, R)
    reference = clip.media_reference
    zero = reference.available_range.start_time.value
    reference.available_range = None if said == "nothing" else span(zero + 15, 40, R)
    document = open_timeline(tmp_path, timeline_of([gap(30, R), clip, gap(30, R)]))
    film = extended(document, tmp_path, studio.media(A), "A", side)
    if side is Side.TAIL:
        assert film == BLACK * 30 + marks(1, 20, 40) + made(14) + BLACK * 6
    else:
        assert film == BLACK * 6 + made(4, HANDLE_FRAMES) + marks(1, 0, 50) + BLACK * 30


@pytest.mark.parametrize("side", list(Side))
def test_an_image_sequence(tmp_path: Path, side: Side) -> None:
    """Files 1001 to 1060; the timeline counts from 0, as editors of sequences do."""
    for k in range(60):
        cv2.imwrite(str(tmp_path / f"shot.{1001 + k:04d}.png"), picture_of(Mark(9, k)))
    reference = otio.schema.ImageSequenceReference(
        *(tmp_path.as_uri() + "/", "shot.", ".png", 1001, 1, float(R), 4),
        available_range=span(0, 60, R),
    )
    clip = otio.schema.Clip("frames", reference, span(20, 30, R))
    document = open_timeline(tmp_path, timeline_of([gap(30, R), clip, gap(30, R)]))
    media = probe(str(tmp_path / "shot.%04d.png"), R)
    film = extended(document, tmp_path, media, "frames", side)
    if side is Side.TAIL:
        assert film == BLACK * 30 + marks(9, 20, 40) + made(14) + BLACK * 6
    else:
        assert film == BLACK * 6 + made(4, HANDLE_FRAMES) + marks(9, 0, 50) + BLACK * 30


def test_a_generated_clip_is_extended_and_restyled(studio: Studio, tmp_path: Path) -> None:
    items = [studio.clip(A, 20, 30, R), gap(90, R), studio.clip(A, 0, 5, R)]
    document = open_timeline(tmp_path, timeline_of(items))
    before = seen(film_of(document, tmp_path))
    clip = find_clip(document, "V1:1")
    output = Output(str(tmp_path), "made")
    proposal = propose_extend(
        document, clip, side=Side.TAIL, frames=24, media=studio.media(A), output=output
    )
    once = seen(carry_out(document, tmp_path, proposal, studio.media(A)))
    first = find_clip(document, "V1:3")
    take = probe(str(tmp_path / f"made.job-pixels{TAKE}.t1.mov"))
    proposal = propose_extend(document, first, side=Side.TAIL, frames=24, media=take, output=output)
    assert proposal.request is not None
    source = proposal.request.source
    assert engine_sees(source, range(source.frames)) == made(14 + HANDLE_FRAMES)
    twice = seen(carry_out(document, tmp_path, proposal, take, number=30))
    goes_on = made(HANDLE_FRAMES, 14) + marks(30, 0, 24 - HANDLE_FRAMES)
    assert twice == once[:54] + goes_on + before[78:]
    painted = propose_restyle(
        document, find_clip(document, "V1:3"), media=take, output=Output(str(tmp_path), "painted")
    )
    film = seen(carry_out(document, tmp_path, painted, take, number=29))
    assert film == twice[:40] + marks(29, 0, 14) + twice[54:]


def test_a_restyle_covers_what_a_dissolve_shows_of_its_clip(studio: Studio, tmp_path: Path) -> None:
    b = Filmed("B", 2, 60, R)
    items: list[Any] = [studio.clip(A, 0, 30, R), transition(6, 8, R), studio.clip(b, 10, 30, R)]
    document = open_timeline(tmp_path, timeline_of(items))
    media = studio.media(b)
    proposal = propose_restyle(
        document, find_clip(document, "B"), media=media, output=Output(str(tmp_path), "painted")
    )
    film = carry_out(document, tmp_path, proposal, media)
    assert_shows(film, marks(1, 0, 24) + made(36))
    assert proposal.request is not None
    assert engine_sees(proposal.request.source, range(36)) == marks(2, 4, 36)
    document.undo()
    mixed = [Mix(Mark(1, 24 + k), Mark(2, 4 + k)) for k in range(14)]
    assert_shows(film_of(document, tmp_path), marks(1, 0, 24) + mixed + marks(2, 18, 22))


def test_a_restyle_of_a_fast_clip_is_made_of_what_is_seen(studio: Studio, tmp_path: Path) -> None:
    """Double speed and a file of twice the rate: the take is at the rate of the cut."""
    fast, smooth = Filmed("fast", 5, 100, R), Filmed("smooth", 6, 100, 2 * R)
    items = [studio.clip(fast, 10, 20, R, 2.0), studio.clip(smooth, 20, 20, R)]
    document = open_timeline(tmp_path, timeline_of(items))
    before = seen(film_of(document, tmp_path))
    assert before == marks(5, 10, 20, step=2) + marks(6, 20, 20, step=2)
    for at, shot in ((0, fast), (20, smooth)):
        media = studio.media(shot)
        proposal = propose_restyle(
            document,
            find_clip(document, shot.name),
            media=media,
            output=Output(str(tmp_path), "painted"),
        )
        assert proposal.request is not None
        assert engine_sees(proposal.request.source, range(20)) == before[at : at + 20]
        after = seen(carry_out(document, tmp_path, proposal, media))
        assert after == before[:at] + made(20) + before[at + 20 :]
        document.undo()
