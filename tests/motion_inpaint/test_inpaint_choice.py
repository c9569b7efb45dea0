"""How a still camera's two answers are weighed, and what counts as left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import pytest

from pickup_engine.training.evaluate_inpaint import MEDIAN, OURS, measure
from pickup_engine.training.inpaint_cases import Case
from pickup_engine.worker.backends.base import Bytes, Floats, View, Warp
from pickup_engine.worker.backends.motion.inpaint import remove
from pickup_engine.worker.backends.motion.inpaint_backtest import Pair, Score, trials
from pickup_engine.worker.backends.motion.inpaint_choose import mixed
from pickup_engine.worker.backends.motion.inpaint_mix import MixFill
from pickup_engine.worker.backends.motion.inpaint_residue import Trace, together
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, grid
from support.inpaint import HEIGHT, WIDTH, Steps, conditioning, panned, psnr, seen, with_ball

SHAPE = (12, 16)


@dataclass(frozen=True)
class Shown:
    """`Fill` that shows one picture in some columns."""

    source: int
    columns: slice

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        weight = np.zeros(region.shape, np.float32)
        weight[:, self.columns] = 1
        return (View(self.source, *grid(*SHAPE), np.where(region, weight, 0).astype(np.float32)),)


def weights(share: float) -> dict[int, Floats]:
    fill = MixFill(Shown(0, slice(0, 10)), Shown(1, slice(6, 16)), share)
    return {view.source: view.weight for view in fill.views(0, np.ones(SHAPE, bool))}


def test_two_answers_share_what_both_show_and_each_keeps_its_own() -> None:
    found = weights(0.25)
    assert np.allclose(found[0][:, :6], 1)
    assert np.allclose(found[0][:, 6:10], 0.75)
    assert np.allclose(found[1][:, 6:10], 0.25)
    assert np.allclose(found[1][:, 10:], 1)
    assert np.allclose(found[0] + found[1], 1)


def test_without_a_share_the_second_answer_only_fills_what_is_open() -> None:
    found = weights(0.0)
    assert np.allclose(found[0][:, :10], 1)
    assert np.allclose(found[1][:, :10], 0)
    assert np.allclose(found[1][:, 10:], 1)


def test_one_picture_is_one_view_even_where_both_answers_read_it() -> None:
    fill = MixFill(Shown(3, slice(0, 10)), Shown(3, slice(6, 16)), 0.4)
    (view,) = fill.views(0, np.ones(SHAPE, bool))
    assert np.allclose(view.weight, 1)


def pair(share: float, apart: float, count: int = 100) -> Pair:
    """Trials whose best share is `share`; the plate is off by 9 levels beside it."""
    return Pair(share**2 * apart + 9.0 * count, apart, share * apart, count)


def test_the_best_share_is_told_by_what_it_would_have_cost() -> None:
    random = np.random.default_rng(2)
    truth, plate, near = random.normal(size=(3, 500))
    off, apart = plate - truth, plate - near
    found = Pair(float((off**2).sum()), float((apart**2).sum()), float((off * apart).sum()), 500)
    for share in (0.0, found.share, 1.0):
        wrong = float(((plate + share * (near - plate) - truth) ** 2).sum())
        assert found.psnr(share) == pytest.approx(Score(wrong, 500, 500).psnr)
    values = [found.psnr(share) for share in np.linspace(0, 1, 101)]
    assert found.psnr(found.share) >= max(values)


def test_one_wild_place_does_not_decide_the_share() -> None:
    usual = mixed([pair(0.8, 100), pair(0.8, 100), pair(0.8, 100)], False).share
    one_wild = mixed([pair(0.8, 100), pair(0.8, 100), pair(0.0, 1e6)], False).share
    assert usual is not None
    assert one_wild == usual
    assert 0.6 < usual < 0.8


def test_a_shot_that_tells_nothing_gets_a_middle_share() -> None:
    nothing = mixed([], False)
    assert nothing.share is not None
    assert 0.2 < nothing.share < 0.6
    assert nothing.scores == {}
    assert mixed([Pair(0.0, 0.0, 0.0, 0)], False) == nothing


def test_beside_a_shadow_the_plate_alone_is_used() -> None:
    stained = mixed([pair(0.8, 100)], True)
    assert stained.share == 0.0
    assert stained.scores["mixed"] == stained.scores["deep"]


def test_ways_are_tried_at_places_apart() -> None:
    pictures, matte = with_ball(panned(12, 0.0), 60, 3)
    shot = Shot(pictures, pictures[..., 0], matte, tuple(range(12)), tuple(range(12)))
    two, four = trials(shot, matte, 12), trials(shot, matte, 12, 4)
    assert len(two) == 2
    assert 3 <= len(four) <= 4
    middles = []
    for found in four:
        rows, columns = np.nonzero(found.needed[6])
        middles.append(complex(columns.mean() - 78, rows.mean() - HEIGHT // 2))
    turns = np.angle(middles)
    apart = [abs(np.angle(np.exp(1j * (a - b)))) for a in turns for b in turns if a != b]
    assert min(apart) > 0.8
    assert max(apart) > 2.3


def noisy(clean: Bytes) -> Bytes:
    random = np.random.default_rng(4)
    grain = random.normal(0, 3, clean.shape)
    return np.clip(np.rint(clean + grain), 0, 255).astype(np.uint8)


def behind(arrives: bool) -> Case:
    """A ball flies over grainy scenery; a dark box passes behind it, or comes there and stays."""
    clean = panned(24, 0.0).copy()
    for k in range(24):
        left = 66 if arrives and k > 11 else -20 + 12 * k
        if left < WIDTH and (not arrives or k > 11):
            clean[k][HEIGHT // 2 - 20 : HEIGHT // 2 + 20, max(left, 0) : max(left + 30, 0)] = 40
    clean = noisy(clean)
    pictures, matte = with_ball(clean, 30, 4.5, 16)
    return Case("behind", "0", pictures, matte, clean.astype(np.float32))


def test_what_passes_behind_the_matte_costs_little() -> None:
    found = measure(behind(False))
    assert found.values[OURS][0] > found.values[MEDIAN][0] - 0.2


def test_what_came_and_stayed_is_seen() -> None:
    found = measure(behind(True))
    assert found.values[OURS][0] > found.values[MEDIAN][0] + 1.5


def test_the_recipe_tells_the_share() -> None:
    case = behind(True)
    made = remove(conditioning(case.pictures, case.matte), Steps())
    assert made.details["method"] == "mixed"
    share = cast(float, made.details["share_of_hold"])
    scores = cast(dict[str, float], made.details["backtest_db"])
    assert 0 < share < 1
    assert scores["mixed"] >= min(scores["deep"], scores["hold"])
    assert all(len(views) <= 19 for views in cast(Warp, made.output).frames)


def traces(across: list[int], side: list[int]) -> list[Trace]:
    """A disc that moves; something of 8 x 8 pixels near it, `across` from its middle."""
    made = []
    for k, (at, sign) in enumerate(zip(across, side, strict=True)):
        disc = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.circle(disc, (40 + 9 * k, 40), 10, 1, -1)
        mark = np.zeros((HEIGHT, WIDTH), np.int8)
        mark[51:59, 40 + 9 * k + at : 48 + 9 * k + at] = sign
        made.append(Trace(mark, disc > 0))
    return made


def test_what_goes_with_the_matte_is_left_behind() -> None:
    assert 8 <= together(traces([-4] * 8, [-1] * 8)) <= 10


def test_what_passes_by_or_flickers_is_no_shadow() -> None:
    assert together(traces([-36, -27, -18, -9, 0, 9, 18, 27], [-1] * 8)) == 0
    assert together(traces([-4] * 8, [-1, 1] * 4)) == 0
    assert together(traces([-4] * 4, [-1] * 4)) == 0


def test_what_only_the_margin_of_doubt_hides_is_not_made_up() -> None:
    clean = panned(10, 0.0)
    matte = np.zeros(clean.shape[:3], bool)
    # The box moves by its width and two pixels: with margins some columns are never seen.
    matte[:5, 30:60, 60:80] = True
    matte[5:, 30:60, 82:102] = True
    pictures = np.where(matte[..., None], np.uint8(255), clean)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    assert made.details["never_seen"] == 0.0
    filled, _ = seen(given, made, 2)
    assert psnr(filled, clean[2], matte[2]) > 35
