from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import Cancelled, ModelError
from pickup.protocol import JobPhase
from pickup_engine.finishing.membrane import fit_to_surroundings
from pickup_engine.worker.backends.base import Warp
from pickup_engine.worker.backends.motion.inpaint import remove
from support.inpaint import (
    HEIGHT,
    WIDTH,
    Steps,
    conditioning,
    panned,
    psnr,
    seen,
    with_ball,
)


def test_a_still_camera_gets_its_background_back_nearly_exactly() -> None:
    clean = panned(20, 0.0)
    pictures, matte = with_ball(clean, 30, 5)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    assert made.details["camera"] == "still"
    assert made.details["never_seen"] == 0.0
    assert made.learned is False
    for k in (0, 7, 19):
        picture, shown = seen(given, made, k)
        assert shown[matte[k]].min() > 0.98
        assert psnr(picture, clean[k], matte[k]) > 40


def test_a_still_camera_fills_without_flicker() -> None:
    pictures, matte = with_ball(panned(16, 0.0), 30, 1)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    both = matte[7] & matte[8]
    first, second = (seen(given, made, k)[0][both] for k in (7, 8))
    assert np.abs(first - second).max() < 0.5


def test_a_panning_camera_is_followed() -> None:
    clean = panned(20, 1.7)
    pictures, matte = with_ball(clean, 40, 3.5)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    assert made.details["camera"] == "moving"
    values = [psnr(seen(given, made, k)[0], clean[k], matte[k]) for k in range(2, 18, 3)]
    assert min(values) > 27
    assert float(np.mean(values)) > 30


def deep(picture: NDArray[Any]) -> NDArray[np.uint16]:
    return np.rint(np.clip(picture, 0, 255) * 257.0).astype(np.uint16)


def test_slow_exposure_change_is_matched() -> None:
    clean = panned(20, 0.0)
    light = np.linspace(0, 24, 20).astype(np.float32)
    clean = np.clip(clean * 0.7 + light[:, None, None, None], 0, 255).astype(np.uint8)
    pictures, matte = with_ball(clean, 30, 5)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    values = []
    for k in (0, 9, 19):
        filled, source = deep(seen(given, made, k)[0]), deep(pictures[k])
        fitted = fit_to_surroundings(filled, source, matte[k], 1, 3)
        values.append(psnr(fitted.astype(np.float32) / 257, clean[k], matte[k]))
    assert min(values) > 32


def test_what_was_never_seen_is_made_up_and_told() -> None:
    clean = panned(12, 0.0)
    matte = np.zeros(clean.shape[:3], bool)
    matte[:, 30:60, 60:100] = True
    given = conditioning(clean, matte)
    made = remove(given, Steps())
    assert cast(float, made.details["never_seen"]) > 0.95
    assert "never seen" in cast(list[str], made.details["warnings"])[0]
    itself, *others = cast(Warp, made.output).frames[5]
    assert not itself.made_up
    assert itself.weight[45, 80] == 0.0
    shown = [view for view in others if view.weight[matte[5]].any()]
    assert shown
    assert all(view.made_up for view in shown)


def test_pictures_around_the_run_show_what_the_run_hides() -> None:
    clean = panned(14, 0.0)
    matte = np.zeros(clean.shape[:3], bool)
    matte[4:, 30:60, 60:100] = True
    pictures = clean.copy()
    pictures[matte] = 255
    given = conditioning(pictures, matte, first=-4, frames=10)
    made = remove(given, Steps())
    assert made.details["never_seen"] == 0.0
    picture, _ = seen(given, made, 3)
    assert psnr(picture, clean[7], matte[7]) > 40


def test_known_pictures_may_come_in_any_order() -> None:
    clean = panned(12, 0.0)
    pictures, matte = with_ball(clean, 30, 6)
    order = [5, 1, 11, 0, 2, 8, 3, 7, 4, 10, 6, 9]
    given = replace(conditioning(pictures[order], matte[order]), known_times=tuple(order))
    made = remove(given, Steps())
    picture, _ = seen(given, made, 6)
    assert psnr(picture, clean[6], matte[6]) > 40


def test_outside_the_matte_nothing_changes() -> None:
    pictures, matte = with_ball(panned(10, 0.8), 40, 4)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    picture, _ = seen(given, made, 4)
    away = np.ones((HEIGHT, WIDTH), bool)
    away[HEIGHT // 2 - 16 : HEIGHT // 2 + 17] = False
    assert np.array_equal(np.rint(picture[away]), pictures[4][away])


def test_a_frame_without_matte_is_the_picture_itself() -> None:
    pictures, matte = with_ball(panned(10, 0.0), 40, 4)
    matte[3] = False
    made = remove(conditioning(pictures, matte), Steps())
    (view,) = cast(Warp, made.output).frames[3]
    assert view.source == 3
    assert view.weight.min() == 1.0


def test_one_still_picture_and_an_empty_matte_are_accepted() -> None:
    clean = panned(1, 0.0)
    matte = np.zeros(clean.shape[:3], bool)
    assert remove(conditioning(clean, matte), Steps()).details["never_seen"] == 0.0
    matte[:, 40:60, 40:60] = True
    made = remove(conditioning(clean, matte), Steps())
    assert made.details["never_seen"] == 1.0


def test_equal_conditioning_gives_equal_views() -> None:
    pictures, matte = with_ball(panned(12, 1.2), 40, 4)
    first, second = (remove(conditioning(pictures, matte), Steps()) for _ in range(2))
    assert first.details == second.details
    for one, other in zip(
        cast(Warp, first.output).frames[5], cast(Warp, second.output).frames[5], strict=True
    ):
        assert one.source == other.source
        assert np.array_equal(one.x, other.x)
        assert np.array_equal(one.weight, other.weight)


def test_a_hard_cut_is_not_crossed() -> None:
    before, after = panned(10, 0.0, seed=3), 255 - panned(10, 0.0, seed=9)
    clean = np.concatenate([before, after])
    pictures, matte = with_ball(clean, 30, 5)
    made = remove(conditioning(pictures, matte), Steps())
    warp = cast(Warp, made.output)
    assert all(view.source < 10 for k in range(10) for view in warp.frames[k])
    assert all(view.source >= 10 for k in range(10, 20) for view in warp.frames[k])


def test_progress_is_told_and_cancel_passes() -> None:
    pictures, matte = with_ball(panned(10, 1.0), 40, 4)
    steps = Steps()
    remove(conditioning(pictures, matte), steps)
    assert steps.phases == [JobPhase.ANALYSING]
    assert 20 < steps.done <= steps.total
    with pytest.raises(Cancelled):
        remove(conditioning(pictures, matte), Steps(limit=15))


def test_missing_matte_or_picture_is_refused() -> None:
    pictures = panned(5, 0.0)
    with pytest.raises(ModelError) as no_matte:
        remove(conditioning(pictures, None), Steps())
    assert no_matte.value.code == "model.matte"
    matte = np.zeros(pictures.shape[:3], bool)
    with pytest.raises(ModelError) as no_picture:
        remove(conditioning(pictures, matte, frames=6), Steps())
    assert no_picture.value.code == "model.matte"
