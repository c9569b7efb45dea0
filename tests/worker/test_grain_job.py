"""Extensions of a grainy shot by whole jobs: the grain lives on, and the recipe tells of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.protocol import (
    Codec,
    Colour,
    ExtendRequest,
    Guidance,
    JobSubmission,
    Keyframe,
    Output,
    Recipe,
    Side,
    Source,
    Take,
)
from pickup_engine.finishing.regrain import STRENGTH, living_grain
from pickup_engine.media.colour import Picture
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.media.writer import TakeWriter
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.backends.base import Frames
from pickup_engine.worker.extension import Extension, rendered
from pickup_engine.worker.run import Backends, run_job
from support.inpaint import scenery
from support.jobs import Events

WIDTH, HEIGHT, KNOWN, NEW, RATE = 192, 108, 17, 6, Fraction(24)
GRAIN = 900
"""Standard deviation, about three and a half 8-bit steps."""


@pytest.fixture(scope="module")
def backends() -> Backends:
    return Backends()


def write_still(path: Path, grain: float) -> None:
    """A picture in which nothing moves, with new grain in every frame."""
    chance = np.random.default_rng(1)
    base = 12000 + scenery(WIDTH, HEIGHT, 5).astype(np.float32) * 160
    with TakeWriter(path, WIDTH, HEIGHT, RATE, Codec.FFV1, Colour()) as writer:
        for _ in range(KNOWN):
            noise = chance.standard_normal(base.shape, np.float32) * np.float32(grain)
            writer.write(np.clip(np.rint(base + noise), 0, 65535).astype(np.uint16))


def request(folder: Path, grain: float, side: Side = Side.TAIL) -> ExtendRequest:
    path = folder / "shot.mkv"
    write_still(path, grain)
    (folder / "takes").mkdir()
    source = Source(probe(str(path)), Fraction(0), Fraction(1), KNOWN, RATE)
    return ExtendRequest(source, side, NEW, Output(str(folder / "takes"), "shot", Codec.FFV1))


def made(asked: ExtendRequest, backends: Backends) -> tuple[list[Picture], Take, Recipe]:
    events = Events()
    plan = rules_for(asked.model).plan(asked)
    run_job(JobSubmission("abcdefgh", asked), plan, 1, events, backends)
    take = events.takes[0]
    with open_reader(take.media) as reader:
        pictures = [reader.frame(k) for k in range(NEW)]
    return pictures, take, read_recipe(take.media.path)


def change(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(np.float32) - other).mean())


@pytest.mark.parametrize("side", Side)
def test_the_grain_of_the_shot_lives_on(side: Side, tmp_path: Path, backends: Backends) -> None:
    asked = request(tmp_path, GRAIN, side)
    pictures, take, recipe = made(asked, backends)
    usual = STRENGTH * GRAIN * 2 / np.sqrt(np.pi)
    for one, other in pairwise(pictures):
        assert change(one, other) == pytest.approx(usual, rel=0.15)
    assert take.seam.jump == pytest.approx(0.95, abs=0.15)
    grain = recipe.details["grain"]
    assert isinstance(grain, dict)
    assert grain["added"] == pytest.approx([STRENGTH * GRAIN / 65535] * 3, rel=0.15)
    assert grain["renewed"] > 0.8


def test_a_pinned_picture_is_shown_as_it_was_given(tmp_path: Path, backends: Backends) -> None:
    pinned = tmp_path / "pinned.png"
    picture = scenery(WIDTH, HEIGHT, 5)
    assert cv2.imwrite(str(pinned), picture[..., ::-1])
    guidance = Guidance(keyframes=(Keyframe(3, str(pinned)),))
    asked = replace(request(tmp_path, GRAIN), guidance=guidance)
    pictures, _, _ = made(asked, backends)
    given = picture.astype(np.float32) * 257
    assert np.abs(pictures[3] - given).max() < 3 * 257
    assert change(pictures[2], pictures[4]) > GRAIN / 2


def test_what_a_larger_model_paints_gets_the_grain_that_it_lacks() -> None:
    """A shot at twice the model's size; the model paints no grain, then as much as there is."""
    chance = np.random.default_rng(2)
    small = scenery(WIDTH // 2, HEIGHT // 2, 5)
    base = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    field = chance.standard_normal((KNOWN, HEIGHT // 2, WIDTH // 2, 3), np.float32) * 4
    grain = np.stack([cv2.resize(one, (WIDTH, HEIGHT)) for one in field])
    shot = [np.clip(12000 + 160 * (base + one), 0, 65535).astype(np.uint16) for one in grain]
    living = living_grain(shot.__getitem__, range(-KNOWN, 0), NEW, 0)
    assert living is not None
    clean = np.repeat((12000 + 160 * small.astype(np.float32))[None] / 65535, NEW, axis=0)
    size, model = (WIDTH, HEIGHT), (WIDTH // 2, HEIGHT // 2)
    added = []
    for noise in (0 * field[:NEW], field[:NEW]):
        painted = Frames((clean + noise * 160 / 65535).astype(np.float32))
        extension = Extension(painted, shot.__getitem__, model, size, living, range(NEW))
        plain = rendered(painted, shot.__getitem__, model, size)
        added.append(change(extension.frame(1)[0], plain(1)[0]))
    assert added[0] > 0.5 * change(shot[0], shot[1])
    assert added[1] < 0.4 * added[0]


def test_a_clean_shot_stays_clean(tmp_path: Path, backends: Backends) -> None:
    pictures, _, recipe = made(request(tmp_path, 0.0), backends)
    assert max(change(one, other) for one, other in pairwise(pictures)) < 26
    assert "grain" not in recipe.details
