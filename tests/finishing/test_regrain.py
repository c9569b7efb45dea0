"""Grain that lives: measured in a shot, and given to pictures that have none of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from pickup_engine.finishing.regrain import (
    STRENGTH,
    Grained,
    LivingGrain,
    life_of,
    living_grain,
    quieted,
)
from pickup_engine.finishing.still_blocks import CODE
from pickup_engine.finishing.temporal_noise import change_between, measure_noise
from pickup_engine.media.colour import Picture
from support.inpaint import scenery

WIDTH, HEIGHT, KNOWN, NEW = 192, 112, 17, 12
SIGMA = 3 * CODE
TO_CHANGE = 2 / np.sqrt(np.pi)
"""Mean absolute difference of two pictures with normal noise, over its standard deviation."""

Noise = Callable[[int], np.ndarray]


def scene(seed: int = 5) -> np.ndarray:
    """A still picture with flat and textured parts, away from black and white."""
    picture = scenery(WIDTH, HEIGHT, seed).astype(np.float32)
    return np.asarray((0.2 + 0.6 * picture / 255) * 65535, np.float32)


def fresh(frames: int, seed: int = 1, softness: float = 0.7) -> np.ndarray:
    """Grain that is new in every frame."""
    field = np.random.default_rng(seed).standard_normal((frames, HEIGHT, WIDTH, 3), np.float32)
    field = np.stack([cv2.GaussianBlur(one, (0, 0), softness) for one in field])
    return np.asarray(field / field.std() * SIGMA, np.float32)


def drift(frames: int, seed: int = 1) -> np.ndarray:
    """Noise that adds up, as compression leaves it: each frame changes by half a code."""
    steps = np.random.default_rng(seed).standard_normal((frames, HEIGHT, WIDTH, 3), np.float32)
    return np.asarray(np.cumsum(steps, axis=0) * 0.5 * CODE, np.float32)


def shot(noise: np.ndarray) -> list[Picture]:
    base = scene()
    return [np.clip(np.rint(base + one), 0, 65535).astype(np.uint16) for one in noise]


def change(pictures: Sequence[Picture]) -> float:
    """Mean absolute difference of neighbours."""
    pairs = pairwise(pictures)
    return float(np.mean([np.abs(a.astype(np.float32) - b).mean() for a, b in pairs]))


def grain_of(pictures: Sequence[Picture], seed: int = 0) -> LivingGrain:
    grain = living_grain(pictures.__getitem__, range(-len(pictures), 0), NEW, seed)
    assert isinstance(grain, LivingGrain)
    return grain


def held(grain: LivingGrain, index: int) -> Grained:
    """A take that holds one known picture, as a warp that moves nothing does."""
    return Grained(grain, lambda _: (grain.source(index), 0.0), range(NEW))


@pytest.mark.parametrize("softness", [0.5, 0.9])
def test_grain_is_measured(softness: float) -> None:
    pictures = shot(fresh(KNOWN, softness=softness))
    noise = measure_noise(range(KNOWN), pictures.__getitem__)
    assert noise is not None
    assert noise.change == pytest.approx([SIGMA * TO_CHANGE] * 3, rel=0.05)
    assert noise.softness == pytest.approx(softness, abs=0.1)
    assert noise.fresh > 0.9
    assert noise.common < 0.1


def test_drift_is_no_grain_that_can_be_taken_off() -> None:
    pictures = shot(drift(KNOWN))
    noise = measure_noise(range(KNOWN), pictures.__getitem__)
    assert noise is not None
    assert noise.fresh < 0.1
    assert noise.change == pytest.approx([0.5 * CODE * np.sqrt(2 / np.pi)] * 3, rel=0.1)


def test_what_moves_is_not_taken_for_noise() -> None:
    still = shot(fresh(KNOWN))
    crossed = [picture.copy() for picture in still]
    for k, picture in enumerate(crossed):
        picture[20:80, 8 * k : 8 * k + 40] = 60000
    alone, beside = (measure_noise(range(KNOWN), run.__getitem__) for run in (still, crossed))
    assert alone is not None and beside is not None
    assert beside.change == pytest.approx(alone.change, rel=0.05)
    assert beside.still.sum() < 0.6 * alone.still.sum()


def test_a_shaking_camera_over_fine_texture_is_not_taken_for_grain() -> None:
    field = np.random.default_rng(3).random((HEIGHT + 8, WIDTH + 8, 3)).astype(np.float32)
    wood = cv2.GaussianBlur(field, (0, 0), 1.2) * 60000
    places = np.random.default_rng(4).integers(0, 8, (KNOWN, 2))
    pictures = [wood[y : y + HEIGHT, x : x + WIDTH].astype(np.uint16) for y, x in places]
    assert measure_noise(range(KNOWN), pictures.__getitem__) is None


def test_a_picture_that_a_codec_stored_anew_is_no_motion() -> None:
    """All of it changes at once, by more than anything that stands still changes otherwise."""
    small = 0.15 * fresh(KNOWN)
    small[9:] += 0.8 * fresh(1, seed=2)
    pictures = shot(small)
    noise = measure_noise(range(KNOWN), pictures.__getitem__)
    assert noise is not None
    assert noise.still.mean() > 0.9


def test_where_nothing_is_known_nothing_is_added() -> None:
    clean = shot(np.zeros((KNOWN, 1, 1, 1), np.float32))
    assert living_grain(clean.__getitem__, range(-KNOWN, 0), NEW, 0) is None
    grainy = shot(fresh(2))
    assert living_grain(grainy.__getitem__, (-2, -1), NEW, 0) is None
    tiny = [picture[:6, :6] for picture in shot(fresh(KNOWN))]
    assert living_grain(tiny.__getitem__, range(-KNOWN, 0), NEW, 0) is None


@pytest.mark.parametrize("noise", [fresh, drift], ids=["fresh", "drift"])
def test_new_pictures_live_as_the_shot_does(noise: Callable[[int], np.ndarray]) -> None:
    pictures = shot(noise(KNOWN))
    take = held(grain_of(pictures), KNOWN - 1)
    made = [take.frame(k)[0] for k in range(NEW)]
    assert change(made) == pytest.approx(STRENGTH * change(pictures), rel=0.1)
    assert 0.8 < change([pictures[-1], made[0]]) / change(pictures) < 1.0


def test_new_grain_costs_no_more_than_grain_that_stands_still() -> None:
    pictures = shot(fresh(KNOWN + NEW))
    known, truth = pictures[:KNOWN], pictures[KNOWN:]
    take = held(grain_of(known), KNOWN - 1)

    def error(k: int, made: Picture) -> float:
        return float(((made.astype(np.float32) - truth[k]) ** 2).mean())

    renewed = np.mean([error(k, take.frame(k)[0]) for k in range(NEW)])
    frozen = np.mean([error(k, known[-1]) for k in range(NEW)])
    assert renewed < 1.1 * frozen
    levels = [np.std(picture - scene()) for picture in (take.frame(3)[0], truth[3])]
    assert STRENGTH - 0.05 < levels[0] / levels[1] < 1.0


def test_both_sides_of_a_bridge_are_renewed() -> None:
    pictures = shot(fresh(2 * KNOWN))
    times = (*range(-KNOWN, 0), *range(NEW, NEW + KNOWN))
    grain = living_grain(pictures.__getitem__, times, NEW, 0)
    assert grain is not None
    for index in (KNOWN - 1, KNOWN):
        left = [np.std(one - scene()) for one in (grain.source(index), pictures[index])]
        assert left[0] < 0.5 * left[1]
    assert grain.source(3) is pictures[3]


@pytest.mark.parametrize("clean", [0, 1], ids=["clean before", "clean after"])
def test_the_grain_of_a_bridge_goes_over_from_one_shot_to_the_other(clean: int) -> None:
    """Strong grain on one side, none on the other, over a picture that stands still."""
    runs = [shot(0.0 * fresh(KNOWN, seed=2)), shot(fresh(KNOWN))]
    pictures = [*runs[clean], *runs[1 - clean]]
    frames = 9
    times = (*range(-KNOWN, 0), *range(frames, frames + KNOWN))
    grain = living_grain(pictures.__getitem__, times, frames, 0)
    assert grain is not None
    still = scene().astype(np.uint16)
    take = Grained(grain, lambda _: (still, 0.0), range(frames))
    levels = [float(np.std(take.frame(k)[0] - scene())) for k in range(frames)]
    powers = [(level / (STRENGTH * SIGMA)) ** 2 for level in levels[:: 1 if clean else -1]]
    assert powers == pytest.approx([1 - (k + 1) / 10 for k in range(frames)], abs=0.1)
    told = take.told()
    assert isinstance(told["before"], dict) and isinstance(told["after"], dict)
    quiet, loud = (told["before"], told["after"])[:: -1 if clean else 1]
    assert quiet["added"] == [0.0, 0.0, 0.0] and min(loud["added"]) > 0


def test_what_a_side_of_a_bridge_lacks_is_told_by_the_frames_at_its_own_join() -> None:
    """The frames at the join before stand still, those at the one after live already."""
    pictures = shot(fresh(2 * KNOWN + 9))
    grain = living_grain(pictures.__getitem__, (*range(-KNOWN, 0), *range(9, 9 + KNOWN)), 9, 0)
    assert grain is not None
    still = scene().astype(np.uint16)
    frames = [still if k < 5 else pictures[2 * KNOWN + k] for k in range(9)]
    told = Grained(grain, lambda k: (frames[k], 0.0), range(9)).told()
    assert isinstance(told["before"], dict) and isinstance(told["after"], dict)
    added = [np.mean(side["added"]) for side in (told["before"], told["after"])]
    assert added[1] < 0.35 * added[0]


def test_a_side_of_a_bridge_that_tells_nothing_gets_the_grain_of_the_other() -> None:
    pictures = shot(fresh(KNOWN + 1))
    grain = living_grain(pictures.__getitem__, (*range(-KNOWN, 0), 9), 9, 0)
    assert grain is not None
    still = scene().astype(np.uint16)
    take = Grained(grain, lambda _: (still, 0.0), range(9))
    levels = [float(np.std(take.frame(k)[0] - scene())) for k in range(9)]
    assert levels == pytest.approx([STRENGTH * SIGMA] * 9, rel=0.1)


def test_pictures_that_live_already_get_nothing() -> None:
    pictures = shot(fresh(KNOWN + NEW))
    take = Grained(grain_of(pictures[:KNOWN]), lambda k: (pictures[KNOWN + k], 0.0), range(NEW))
    noise = grain_of(pictures[:KNOWN]).noise
    assert change_between(pictures[-2], pictures[-1], noise) == pytest.approx(
        change(pictures), rel=0.05
    )
    added = change([pictures[KNOWN], take.frame(0)[0]])
    assert added < 0.35 * change(pictures)
    half = life_of(noise, 0.6 * float(np.mean(noise.change)))
    assert half.level[0] == pytest.approx(0.8 * life_of(noise).level[0])


def test_what_moved_a_moment_ago_is_left_as_it_is() -> None:
    pictures = shot(fresh(KNOWN))
    for picture in pictures[-3:]:
        picture[40:80, 60:120] = np.minimum(picture[40:80, 60:120], 20000) + 30000
    grain = grain_of(pictures)
    quiet = quieted(pictures[-1], pictures[-8:], grain.noise).astype(np.float32)
    inside = np.s_[44:76, 64:116]
    assert np.abs(quiet[inside] - pictures[-1][inside]).mean() < 0.1 * SIGMA
    outside = np.s_[:36]
    assert np.std(quiet[outside] - scene()[outside]) < 0.5 * SIGMA


def test_the_same_grain_again_and_another_in_each_frame_and_for_each_seed() -> None:
    pictures = shot(fresh(KNOWN))
    flat = np.full((HEIGHT, WIDTH, 3), 30000, np.uint16)
    one, same, other = (grain_of(pictures, seed) for seed in (1, 1, 2))
    life = life_of(one.noise)
    assert np.array_equal(one.add(flat, life, 4), same.add(flat, life, 4))
    for unlike in (one.add(flat, life, 5), other.add(flat, life, 4)):
        fields = [
            picture.astype(np.float32).ravel() for picture in (one.add(flat, life, 4), unlike)
        ]
        assert abs(np.corrcoef(*fields)[0, 1]) < 0.05
    assert (flat == 30000).all()


def test_black_and_white_stay_and_a_large_picture_has_grain_everywhere() -> None:
    grain = grain_of(shot(fresh(KNOWN)))
    life = life_of(grain.noise)
    wide = np.full((80, 2500, 3), 30000, np.uint16)
    wide[:16], wide[64:] = 0, 65535
    made = grain.add(wide, life, 0)
    assert np.array_equal(made[:16], wide[:16])
    assert np.array_equal(made[64:], wide[64:])
    for left in range(0, 2500, 500):
        part = made[16:64, left : left + 500].astype(np.float32)
        assert part.std() == pytest.approx(STRENGTH * SIGMA, rel=0.1)
        assert part.mean() == pytest.approx(30000, abs=0.2 * SIGMA)


def test_the_recipe_tells_what_was_added() -> None:
    grain = grain_of(shot(fresh(KNOWN)))
    told = held(grain, KNOWN - 1).told()
    assert told["added"] == pytest.approx([STRENGTH * SIGMA / 65535] * 3, rel=0.1)
    assert told["renewed"] == pytest.approx(1.0, abs=0.1)
    assert life_of(replace(grain.noise, fresh=0.0)).kept == 0.5
