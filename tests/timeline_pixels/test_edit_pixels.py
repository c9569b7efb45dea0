"""What is done with generated clips, judged by the pictures that melt shows: trims into their
handles, other takes, splits, removals; and bridges and shots that are put in.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.protocol import HANDLE_FRAMES, MediaRef, Mode, Output, Side, Take
from pickup.timeline import (
    Document,
    Shot,
    find_clip,
    insert_shots,
    place,
    propose_bridge,
    propose_extend,
    remove,
    snapshot,
    split,
    switch_take,
)
from pickup_engine.media.probe import probe
from support.burnt import Mark, write_take
from support.melt import needs_melt
from support.pixels import Filmed, Seen, Studio, film_of, made, marks, seen, take_of, timeline_of
from support.timeline import gap, open_timeline, span

pytestmark = needs_melt
R = Fraction(25)
A = Filmed("A", 1, 60, R, "01:00:00:00")
B = Filmed("B", 2, 90, R)
OTHER = 30
BLACK: list[Seen] = [None]


def cut(studio: Studio, folder: Path, free: int = 40) -> Document:
    """A (frames 20 to 49 of 60), a gap, B (7 to 36 of 90)."""
    items = [studio.clip(A, 20, 30, R), gap(free, R), studio.clip(B, 7, 30, R)]
    return open_timeline(folder, timeline_of([item for item in items if item.duration().value]))


def extended(
    studio: Studio, folder: Path, document: Document, mode: Mode, side: Side = Side.TAIL
) -> Take:
    """Extend A's tail, or B's head, by 24 frames: 10 (7) real ones, the rest made."""
    shot = A if side is Side.TAIL else B
    media = studio.media(shot)
    plan = propose_extend(
        document,
        find_clip(document, shot.name),
        side=side,
        frames=24,
        media=media,
        output=Output(str(folder), "made"),
        mode=mode,
    )
    take = take_of(folder, plan)
    place(document, plan.placement, take, media=media)
    return take


def generated(document: Document) -> str:
    items = [item for track in snapshot(document).tracks for item in track.items]
    return next(item.uid for item in items if item.generated)


def shows(document: Document, folder: Path) -> list[Seen]:
    return seen(film_of(document, folder))


def test_a_generated_clip_is_trimmed_outwards_into_its_handle(
    studio: Studio, tmp_path: Path
) -> None:
    """As any editor does it: the clip gets longer, and the gap behind it shorter."""
    document = cut(studio, tmp_path)
    extended(studio, tmp_path, document, Mode.GAP)

    def longer(timeline: object) -> None:
        track = timeline.tracks[0]  # type: ignore[attr-defined]
        track[2].source_range = span(0, 14 + HANDLE_FRAMES, R)
        track[3].source_range = span(0, 16 - HANDLE_FRAMES, R)

    document.edit("trim", longer)
    film = shows(document, tmp_path)
    new = marks(1, 20, 40) + made(14 + HANDLE_FRAMES)
    assert film == new + BLACK * (16 - HANDLE_FRAMES) + marks(2, 7, 30)


def test_another_take_is_shown_and_nothing_else_changes(studio: Studio, tmp_path: Path) -> None:
    document = cut(studio, tmp_path)
    take = extended(studio, tmp_path, document, Mode.RIPPLE, Side.HEAD)
    before = shows(document, tmp_path)
    path = tmp_path / f"made.{take.job}.t2.mov"
    write_take(path, [Mark(OTHER, k) for k in range(take.media.frames)], R)
    other = replace(take, index=1, media=probe(str(path)))
    switch_take(document, generated(document), other)
    after = shows(document, tmp_path)
    switched = made(17, HANDLE_FRAMES), marks(OTHER, HANDLE_FRAMES, 17)
    assert before == marks(1, 20, 30) + BLACK * 40 + switched[0] + marks(2, 0, 37)
    assert after == marks(1, 20, 30) + BLACK * 40 + switched[1] + marks(2, 0, 37)


def test_a_split_changes_no_picture(studio: Studio, tmp_path: Path) -> None:
    document = cut(studio, tmp_path)
    extended(studio, tmp_path, document, Mode.GAP)
    before = shows(document, tmp_path)
    split(document, generated(document), 45)
    assert shows(document, tmp_path) == before
    halves = [item.name for item in document.timeline.tracks[0] if "extend" in item.name]
    assert len(halves) == 2


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("mode", [Mode.GAP, Mode.ABOVE, Mode.OVERWRITE, Mode.RIPPLE])
def test_a_removed_extension_leaves_the_cut_as_it_was(
    studio: Studio, tmp_path: Path, mode: Mode, side: Side
) -> None:
    document = cut(studio, tmp_path, free=40 if mode is Mode.GAP else 8)
    before = shows(document, tmp_path)
    extended(studio, tmp_path, document, mode, side)
    assert seen(film_of(document, tmp_path)) != before
    remove(document, generated(document))
    assert shows(document, tmp_path) == before


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE])
def test_a_bridge_leads_from_one_clip_to_the_next(
    studio: Studio, tmp_path: Path, mode: Mode
) -> None:
    document = cut(studio, tmp_path, free=16 if mode is Mode.GAP else 0)
    plan = propose_bridge(
        document,
        find_clip(document, "A"),
        media=studio.media(A),
        after=studio.media(B),
        output=Output(str(tmp_path), "made"),
        frames=None if mode is Mode.GAP else 16,
        mode=mode,
    )
    place(document, plan.placement, take_of(tmp_path, plan))
    eaten = 8 if mode in (Mode.OVERWRITE, Mode.ABOVE) else 0
    expected = marks(1, 20, 30 - eaten) + made(16) + marks(2, 7 + eaten, 30 - eaten)
    assert shows(document, tmp_path) == expected


@pytest.mark.parametrize("mode", [Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE])
def test_shots_are_put_in_one_after_another(studio: Studio, tmp_path: Path, mode: Mode) -> None:
    document = cut(studio, tmp_path, free=0)
    before = shows(document, tmp_path)
    path = tmp_path / "shot.pixels00job.t1.mov"
    write_take(path, [Mark(OTHER, k) for k in range(20)], R)
    take = Take("pixels00job", 0, probe(str(path)), "", seed=1, learned=False, draft=True)
    plain: MediaRef = studio.media(Filmed("C", 3, 40, R, "02:00:00:00"))
    shots = [Shot(take, 12), Shot(plain, 8, first=25)]
    insert_shots(document, shots, track="V1", record_in=25, mode=mode)
    new = marks(OTHER, 0, 12) + marks(3, 25, 8)
    rest = before[25:] if mode is Mode.RIPPLE else before[45:]
    assert shows(document, tmp_path) == before[:25] + new + rest
