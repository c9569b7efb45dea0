"""Handles by whole jobs of the draft model: what is asked for looks as it would without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pickup.protocol import (
    Codec,
    ExtendRequest,
    Guidance,
    JobSubmission,
    Keyframe,
    MediaKind,
    MediaRef,
    Output,
    Side,
    Source,
    Stroke,
    Take,
    asked_of,
)
from pickup_engine.media.colour import Picture
from pickup_engine.media.jpeg import write_jpeg
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.cuts import HEIGHT, WIDTH, write_shot
from support.jobs import Events

RATE = Fraction(24)
KNOWN, ASKED, HANDLE = 20, 9, 12
MOVE = "pan-left 12% + zoom-in 1.3x + handheld 0.4"
PLAIN = Guidance()
STROKE = Stroke(((64, 36), (70, 36), (90, 40)), 12)


@pytest.fixture(scope="module")
def backends() -> Backends:
    return Backends()


@dataclass(frozen=True)
class Made:
    pictures: list[Picture]
    take: Take
    shot: list[Picture]


def make(
    folder: Path, backends: Backends, side: Side, handle: int, guidance: Guidance = PLAIN
) -> Made:
    path = folder / "shot.mkv"
    write_shot(path, KNOWN, RATE, 3, Codec.FFV1)
    source = Source(probe(str(path)), Fraction(0), Fraction(1), KNOWN, RATE)
    output = Output(str(folder), f"handle {handle}", Codec.FFV1)
    request = ExtendRequest(source, side, ASKED + handle, output, guidance, handle=handle)
    plan, events = rules_for(request.model).plan(request), Events()
    assert plan.frames == ASKED + handle
    run_job(JobSubmission("abcdefgh", request), plan, 1, events, backends)
    (take,) = events.takes
    assert take.media.frames == ASKED + handle
    with open_reader(take.media) as reader, open_reader(source.media) as shot:
        pictures = [reader.frame(k) for k in range(take.media.frames)]
        return Made(pictures, take, [shot.frame(k) for k in range(KNOWN)])


def apart(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(np.float64) - other).mean())


def pin(folder: Path, frame: int) -> Keyframe:
    path = folder / "pin.jpg"
    chance = np.random.default_rng(5).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), np.uint8)
    write_jpeg(np.kron(chance, np.ones((8, 8, 1), np.uint8)), path)
    return Keyframe(frame, str(path))


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    "guidance",
    [PLAIN, Guidance(camera=MOVE), Guidance(strokes=(STROKE,))],
    ids=["plain", "camera", "stroke"],
)
def test_a_handle_changes_nothing_of_what_is_asked_for(
    tmp_path: Path, backends: Backends, side: Side, guidance: Guidance
) -> None:
    """A move takes the asked frames, a thing comes to its stroke's end with the last of them."""
    plain = make(tmp_path, backends, side, 0, guidance)
    long = make(tmp_path, backends, side, HANDLE, guidance)
    first = HANDLE if side is Side.HEAD else 0
    for k, picture in enumerate(plain.pictures):
        assert np.array_equal(picture, long.pictures[first + k]), k
    assert long.take.seam == plain.take.seam
    strips = [Path(made.take.strip).read_bytes() for made in (plain, long)]
    assert strips[0] == strips[1], "the strip shows what the cut will show"


@pytest.mark.parametrize("side", list(Side))
def test_the_join_lies_at_the_end_without_a_handle(
    tmp_path: Path, backends: Backends, side: Side
) -> None:
    made = make(tmp_path, backends, side, HANDLE)
    beside = made.shot[-1] if side is Side.TAIL else made.shot[0]
    away = [apart(picture, beside) for picture in made.pictures]
    joint = 0 if side is Side.TAIL else len(away) - 1
    assert int(np.argmin(away)) == joint
    assert away[joint] < away[-1 - joint] / 2


@pytest.mark.parametrize("side", list(Side))
def test_a_thing_goes_on_in_the_handle(tmp_path: Path, backends: Backends, side: Side) -> None:
    """It is still moving there, at the pace of the stroke."""
    guidance = Guidance(strokes=(STROKE,))
    made = make(tmp_path, backends, side, HANDLE, guidance)
    plain = make(tmp_path, backends, side, HANDLE)
    place = [
        np.abs(one.astype(np.float64) - other).mean(axis=2) > 2000
        for one, other in zip(made.pictures, plain.pictures, strict=True)
    ]
    rightmost = [int(np.flatnonzero(mask.any(axis=0))[-1]) for mask in place]
    outwards = rightmost if side is Side.TAIL else rightmost[::-1]
    assert outwards[-1] > outwards[ASKED - 1] + 8


@pytest.mark.parametrize("side", list(Side))
def test_a_pinned_picture_keeps_its_place(tmp_path: Path, backends: Backends, side: Side) -> None:
    first = HANDLE if side is Side.HEAD else 0
    plain = make(tmp_path, backends, side, 0, Guidance(keyframes=(pin(tmp_path, 4),)))
    pinned = Guidance(keyframes=(pin(tmp_path, 4 + first),))
    long = make(tmp_path, backends, side, HANDLE, pinned)
    for k, picture in enumerate(plain.pictures):
        assert np.array_equal(picture, long.pictures[first + k]), k


def test_what_was_asked_for_is_the_side_of_the_join() -> None:
    media = MediaRef("/shots/a.mov", MediaKind.VIDEO, KNOWN, RATE, WIDTH, HEIGHT)
    source = Source(media, Fraction(0), Fraction(1), KNOWN, RATE)
    tail = ExtendRequest(source, Side.TAIL, 30, Output("/out", "take"), handle=HANDLE)
    assert asked_of(tail) == range(18)
    assert asked_of(replace(tail, side=Side.HEAD)) == range(12, 30)
    assert asked_of(replace(tail, handle=0)) == range(30)
