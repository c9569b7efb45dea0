"""Bridges by whole jobs: both joins, two files of different form, and what the recipe tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pickup.errors import MediaError
from pickup.protocol import (
    BridgeRequest,
    Codec,
    Colour,
    JobSubmission,
    Output,
    Recipe,
    Source,
    Take,
)
from pickup_engine.media.colour import Picture
from pickup_engine.media.hashing import media_sha256
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.media.writer import TakeWriter
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.cuts import HEIGHT, WIDTH, write_shot
from support.inpaint import scenery
from support.jobs import Events

RATE = Fraction(24)
KNOWN, NEW = 16, 6


@pytest.fixture(scope="module")
def backends() -> Backends:
    return Backends()


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shot") / "pan.mp4"
    write_shot(path, 2 * KNOWN + NEW, RATE, 4)
    return path


def run(path: Path, first: int, frames: int = KNOWN) -> Source:
    return Source(probe(str(path)), Fraction(first), Fraction(1), frames, RATE)


def write_still(path: Path, width: int, height: int, aspect: str = "1") -> None:
    """One picture, for 20 frames."""
    picture = scenery(width, height, 9).astype(np.uint16) * 160 + 12000
    with TakeWriter(
        path, width, height, RATE, Codec.PRORES, Colour(), Fraction(aspect)
    ) as writer:  # fmt: skip
        for _ in range(20):
            writer.write(picture)


def asked(folder: Path, before: Source, after: Source, frames: int = NEW) -> BridgeRequest:
    takes = folder / "takes"
    takes.mkdir(exist_ok=True)
    return BridgeRequest(before, after, frames, Output(str(takes), "shot", Codec.FFV1))


def made(request: BridgeRequest, backends: Backends) -> tuple[list[Picture], Take, Recipe]:
    events = Events()
    plan = rules_for(request.model).plan(request)
    run_job(JobSubmission("abcdefgh", request), plan, 1, events, backends)
    take = events.takes[0]
    with open_reader(take.media) as reader:
        pictures = [reader.frame(k) for k in range(take.media.frames)]
    return pictures, take, read_recipe(take.media.path)


def read(path: Path) -> list[Picture]:
    with open_reader(probe(str(path))) as reader:
        return [reader.frame(k) for k in range(reader.media.frames)]


def nearest(picture: Picture, shots: Sequence[Picture]) -> int:
    away = [np.abs(picture.astype(np.float32) - one).mean() for one in shots]
    return int(np.argmin(away))


def test_each_new_frame_is_the_one_that_was_cut_out(
    tmp_path: Path, shot: Path, backends: Backends
) -> None:
    request = asked(tmp_path, run(shot, 0), run(shot, KNOWN + NEW))
    pictures, take, recipe = made(request, backends)
    truth = read(shot)
    assert [nearest(picture, truth) for picture in pictures] == [*range(KNOWN, KNOWN + NEW)]
    assert take.seam.jump is not None and 0.8 < take.seam.jump < 1.3
    assert take.seam.colour is not None and take.seam.colour < 2
    assert recipe.request == request
    assert recipe.digital_source_type == "trainedAlgorithmicMedia"


def test_the_seam_is_that_of_the_worse_join(tmp_path: Path, shot: Path, backends: Backends) -> None:
    """The shot before stands still, the one after moves: a still picture leads to it."""
    frozen = replace(run(shot, 0), step=Fraction(0))
    _, alone, _ = made(asked(tmp_path, frozen, frozen), backends)
    _, both, _ = made(asked(tmp_path, frozen, run(shot, 30, 8)), backends)
    assert alone.seam.jump is not None and both.seam.jump is not None
    assert alone.seam.jump < 0.5 < both.seam.jump


@pytest.mark.parametrize(
    ("width", "height", "aspect", "bars"),
    [(256, 144, "1", 0), (96, 72, "4/3", 0), (96, 72, "1", 16), (72, 72, "1", 28)],
)
def test_a_file_of_another_form_comes_in_undistorted(
    tmp_path: Path, shot: Path, backends: Backends, width: int, height: int, aspect: str, bars: int
) -> None:
    """What leads to the second file is in the size of the first, with black beside it."""
    still = tmp_path / "still.mov"
    write_still(still, width, height, aspect)
    after = run(still, 2, 12)
    pictures, take, recipe = made(asked(tmp_path, run(shot, 0), after, 8), backends)
    assert (take.media.width, take.media.height) == (WIDTH, HEIGHT)
    assert take.media.pixel_aspect == 1
    last = pictures[-1].astype(np.float32).mean(axis=(0, 2))
    dark = last < 3000
    edge = 1 if bars else 0
    assert dark[: bars - edge].all() and dark[WIDTH - bars + edge :].all()
    assert not dark[bars + edge : WIDTH - bars - edge].any()
    assert recipe.inputs_sha256 == {str(still): media_sha256(after.media)}
    assert nearest(pictures[0], read(shot)) == KNOWN


def test_both_sides_are_read_as_the_timeline_shows_them(
    tmp_path: Path, shot: Path, backends: Backends
) -> None:
    """At half speed before and double speed after."""
    slow = replace(run(shot, 0), step=Fraction(1, 2))
    fast = replace(run(shot, KNOWN + NEW, 8), step=Fraction(2))
    pictures, _, _ = made(asked(tmp_path, slow, fast), backends)
    truth = read(shot)
    ends = nearest(pictures[0], truth), nearest(pictures[-1], truth)
    assert ends[0] in (7, 8) and ends[1] in (KNOWN + NEW - 2, KNOWN + NEW - 1)


def test_a_second_file_that_is_gone_is_told(tmp_path: Path, shot: Path, backends: Backends) -> None:
    gone = tmp_path / "gone.mp4"
    gone.write_bytes(shot.read_bytes())
    request = asked(tmp_path, run(shot, 0), run(gone, 20))
    gone.unlink()
    with pytest.raises(MediaError) as caught:
        made(request, backends)
    assert gone.name in caught.value.message
    assert list((tmp_path / "takes").iterdir()) == []
