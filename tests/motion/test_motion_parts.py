"""Camera, splatting, hints, plate and backtest on motion that is known."""

from __future__ import annotations

import numpy as np
import pytest

from pickup_engine.worker.backends.base import View
from pickup_engine.worker.backends.motion.backtest import Scores, deepened, draw, trials
from pickup_engine.worker.backends.motion.bars import find_bars
from pickup_engine.worker.backends.motion.camera import Camera
from pickup_engine.worker.backends.motion.candidates import COAST
from pickup_engine.worker.backends.motion.features import CHANNELS, analyse
from pickup_engine.worker.backends.motion.flow import grid
from pickup_engine.worker.backends.motion.forward import alternative, choose
from pickup_engine.worker.backends.motion.hint import approach, coast
from pickup_engine.worker.backends.motion.plate import make_plate, moving_mask
from pickup_engine.worker.backends.motion.quality import psnr, ssim
from pickup_engine.worker.backends.motion.splat import splat
from pickup_engine.worker.backends.motion.upsample import spread_cells
from support.motion import SIZE, pan, still_with_square, texture


def test_camera_there_and_back() -> None:
    camera = Camera(turn=0.01 + 0.02j, shift=1.5 - 0.5j)
    x, y = grid(20, 30)
    there = camera.place(7.0, x, y)
    back = camera.place(-7.0, *there)
    assert np.abs(back[0] - x).max() < 1e-3
    twice = camera.place(3.0, *camera.place(4.0, x, y))
    assert np.abs(twice[0] - there[0]).max() < 1e-3


@pytest.mark.parametrize("speed", [1.5, -0.7])
def test_a_pan_is_measured(speed: float) -> None:
    analysis = analyse(pan(17, speed))
    inner = analysis.velocity[10:-10, 20:-20]
    assert np.median(inner[..., 0]) == pytest.approx(-speed, abs=0.05)
    assert analysis.camera.shift.real == pytest.approx(-speed, abs=0.15)
    assert analysis.cells.shape == (CHANNELS, SIZE[1] // 8, SIZE[0] // 8)
    assert np.isfinite(analysis.cells).all()


def test_features_tell_an_end_frame() -> None:
    shots = pan(34)
    analysis = analyse(shots[:17], shots[33])
    assert analysis.end is not None
    assert np.median(analysis.end[10:-10, 40:-10, 0]) == pytest.approx(-1.5 * 17, abs=0.5)
    assert np.all(analysis.cells[21] == 1)
    assert np.all(analyse(shots[:17]).cells[17:22] == 0)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_features_with_little_past(count: int) -> None:
    analysis = analyse(pan(count))
    assert analysis.has_past == (count > 1)
    assert np.isfinite(analysis.cells).all()
    assert np.all(analysis.cells[12] == float(count > 1))


def test_still_ground_is_held_still() -> None:
    shots = still_with_square(17)
    noisy = np.random.default_rng(0).normal(0, 2, shots.shape) + shots
    analysis = analyse(np.clip(noisy, 0, 255).astype(np.uint8))
    assert np.abs(analysis.trusted[:20]).max() < 0.05
    assert np.median(analysis.trusted[38:54, 44:60, 0]) == pytest.approx(1.0, abs=0.15)


def test_coast_and_approach() -> None:
    velocity = np.full((2, 3, 2), 2.0, np.float32)
    target = np.full((2, 3, 2), 30.0, np.float32)
    assert coast(velocity, 1, 1e6)[0, 0, 0] == pytest.approx(2.0, abs=1e-3)
    assert coast(velocity, 1e6, 8.0)[0, 0, 0] == pytest.approx(16.0)
    assert approach(velocity, target, 17, 17)[0, 0, 0] == pytest.approx(30.0)
    assert approach(velocity, target, 0, 17)[0, 0, 0] == 0
    early = approach(velocity, target, 0.01, 17)[0, 0, 0]
    assert early / 0.01 == pytest.approx(2.0, rel=0.01)


def test_splat_turns_motion_round() -> None:
    displacement = np.zeros((20, 30, 2), np.float32)
    displacement[..., 0] = 3.25
    back = splat(displacement, np.ones((20, 30), np.float32))
    x, _ = grid(20, 30)
    assert np.abs(back.x - (x - 3.25)).max() < 1e-3, "beyond the edge too: it moves like the edge"
    assert np.all(back.hole == 0)


def test_splat_leaves_a_hole_behind_and_no_cracks() -> None:
    displacement = np.zeros((40, 60, 2), np.float32)
    displacement[10:30, 20:35, 0] = 12
    importance = np.where(displacement[..., 0] > 0, 100, 1).astype(np.float32)
    back = splat(displacement, importance)
    assert np.all(back.hole[13:27, 23:29] == 1)
    assert np.all(back.hole[:8] == 0)
    x, _ = grid(40, 60)
    stretched = np.zeros_like(displacement)
    stretched[..., 0] = (x - 30) * 1.6
    assert np.all(splat(stretched, np.ones((40, 60), np.float32)).hole == 0)


def test_splat_shows_what_is_in_front() -> None:
    displacement = np.zeros((10, 40, 2), np.float32)
    displacement[:, 5:10, 0] = 15
    importance = np.ones((10, 40), np.float32)
    importance[:, 5:10] = 1e4
    back = splat(displacement, importance)
    assert np.abs(back.x[5, 21:24] - np.arange(6, 9)).max() < 0.05


def test_spread_cells_keeps_a_constant_and_edges() -> None:
    cells = np.zeros((1, 2, 6, 8), np.float32)
    cells[:, 0, :, 4:] = 5
    guide = np.zeros((48, 64, 2), np.float32)
    guide[:, 32:, 0] = 1
    spread = spread_cells(cells, guide)
    assert np.abs(spread[0, :, :28, 0]).max() < 0.1
    assert np.abs(spread[0, :, 36:, 0] - 5).max() < 0.1


def test_plate_shows_what_was_uncovered_before() -> None:
    shots = still_with_square(17, speed=3.0)
    analysis = analyse(shots)
    mask = moving_mask(analysis)
    assert mask[46, 20 + 48 + 16]
    assert not mask[:20].any()
    plate = make_plate(shots, analysis)
    hidden = slice(20 + 48 + 8, 20 + 48 + 30)
    found = (plate.lag > 0) & ~plate.invented
    assert found[:, hidden].any(), "the square had not come there 16 frames ago"
    truth, right = texture(*SIZE, 1), []
    for row, column in np.argwhere(found):
        x, y = np.array([column, row]) + np.rint(plate.offset[row, column]).astype(int)
        seen = shots[-1 - plate.lag[row, column], y, x].astype(int)
        right.append(np.abs(seen - truth[row, column]).max() < 25)
    assert np.mean(right) > 0.75
    assert np.all(plate.lag[:20] == 0)
    assert not plate.invented[:20].any()


def test_bars_are_found_and_stay() -> None:
    shots = pan(9)
    assert not find_bars(shots)
    shots[:, :10] = 2
    shots[:, :, -6:] = 0
    bars = find_bars(shots)
    assert (bars.top, bars.bottom, bars.left, bars.right) == (11, 0, 0, 7)
    height, width = shots.shape[1:3]
    x, y = grid(height, width)
    moved = View(3, x + 9, y - 9, np.ones((height, width), np.float32))
    views = bars.kept((moved,))
    made = draw(views, deepened(shots))
    assert np.array_equal(made[:10], shots[3, :10])
    assert np.array_equal(made[:, -6:], shots[3, :, -6:])
    assert made[12:, :-8].min() > 2, "nothing of the bars is read into the picture"
    assert not find_bars(np.zeros_like(shots)), "a black shot has no bars"


def test_trials_need_enough_pictures() -> None:
    assert trials(1) == ()
    assert trials(3) == (1,)
    assert trials(17) == (8,)
    assert trials(33) == (8, 24)


def test_choice_and_alternatives() -> None:
    assert choose(Scores({}, {})).name == "settle"
    best = choose(Scores({"still": 1.0, "coast": 3.0, "camera": 2.0}, {}))
    assert best == COAST
    together = choose(Scores({"still": 1.0, "coast": 3.0, "network": 1.0}, {}))
    assert (together.tau, together.network) == (COAST.tau, 0.5)
    assert choose(Scores({"still": 1.0, "coast": 3.0, "network": -1.0}, {})) == COAST
    takes = [alternative(best, take) for take in range(6)]
    assert takes[0] == best
    assert all(take.learned for take in takes[1:])
    assert len({take.name for take in takes}) == 5, "from the fifth on they are drawn by the seed"


def test_quality() -> None:
    picture = texture(64, 48)
    assert psnr(picture, picture) > 60
    assert psnr(np.zeros_like(picture), np.full_like(picture, 10)) == pytest.approx(28.13, abs=0.01)
    assert ssim(picture, picture) == pytest.approx(1.0)
    assert ssim(picture, np.flip(picture, 1)) < 0.6


def test_draw_of_identity_is_the_picture() -> None:
    from pickup_engine.worker.backends.motion.moved import still_views

    shots = pan(3)
    assert np.array_equal(draw(still_views(1, *shots.shape[1:3]), deepened(shots)), shots[1])
