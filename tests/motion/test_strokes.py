"""The motion brush: things follow strokes with their own pixels, the rest stays as it would be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import ModelError
from pickup.protocol import Operation
from pickup_engine.finishing.render import render_warp
from pickup_engine.training.evaluate_extend import NoNetwork
from pickup_engine.worker.backends.base import BrushStroke, Conditioning, Generated, Warp
from pickup_engine.worker.backends.motion.backend import MotionBackend
from pickup_engine.worker.backends.motion.extend import extend
from pickup_engine.worker.backends.motion.quality import psnr
from pickup_engine.worker.backends.motion.strokes import grab_thing
from support.motion import Heard, pan, tail, texture

RADIUS = 16


def scene() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A red disc of 15 pixels around (40, 50) on green ground, 128 x 96."""
    picture = texture(128, 96, 3) // 3
    picture[..., 1] += 120
    y, x = np.mgrid[:96, :128]
    disc = (x - 40) ** 2 + (y - 50) ** 2 < 15**2
    picture[disc] = (texture(128, 96, 4) // 3 + np.array([150, 0, 0], np.uint8))[disc]
    return picture, disc


def middle_of_red(picture: NDArray[np.uint8]) -> tuple[float, float, int]:
    """x, y and area of what is red."""
    red = picture[..., 0].astype(int) > picture[..., 1].astype(int) + 20
    rows, columns = np.nonzero(red)
    return float(columns.mean()), float(rows.mean()), int(red.sum())


def frame(generated: Generated, k: int, known: NDArray[np.uint8]) -> NDArray[np.uint8]:
    assert isinstance(generated.output, Warp)
    deep = known.astype(np.uint16) * 257
    picture, _ = render_warp(generated.output.frames[k], lambda i: deep[i], (128, 96))
    return np.asarray(picture // 257, np.uint8)


def held(*strokes: BrushStroke, frames: int = 11) -> Conditioning:
    known = np.repeat(scene()[0][None], frames, 0)
    return Conditioning(
        Operation.RESTYLE, frames, Fraction(24), known, tuple(range(frames)), strokes=strokes
    )


def test_a_thing_is_cut_along_its_edge() -> None:
    picture, disc = scene()
    thing = grab_thing(picture, BrushStroke(((42.0, 48.0), (60.0, 48.0)), RADIUS))
    assert thing.snapped
    assert ((thing.matte > 0.5) != disc).mean() < 0.01


def test_a_small_brush_still_finds_the_whole_thing() -> None:
    picture, disc = scene()
    thing = grab_thing(picture, BrushStroke(((40.0, 50.0), (60.0, 50.0)), 8))
    assert thing.snapped
    assert ((thing.matte > 0.5) != disc).mean() < 0.01


def test_without_any_edge_the_brush_itself_is_taken() -> None:
    flat = np.full((96, 128, 3), 120, np.uint8)
    thing = grab_thing(flat, BrushStroke(((40.0, 50.0), (60.0, 50.0)), 10))
    assert not thing.snapped
    assert abs((thing.matte > 0.5).sum() / (np.pi * 100) - 1) < 0.25


def test_motion_tells_a_thing_that_colour_does_not() -> None:
    """A part of a textured ground that moves, without an edge in colour."""
    picture = texture(128, 96, 3)
    motion = np.zeros((96, 128, 2), np.float32)
    motion[36:64, 26:54] = (2, 0)
    stroke = BrushStroke(((40.0, 50.0), (60.0, 50.0)), 14)
    matte = grab_thing(picture, stroke, motion).matte > 0.5
    moving = motion[..., 0] > 0
    assert (matte & moving).sum() > 0.65 * (matte | moving).sum()


def test_the_thing_follows_its_stroke_evenly_and_the_rest_stays() -> None:
    corner = BrushStroke(((40.0, 50.0), (80.0, 50.0), (80.0, 30.0)), RADIUS)
    asked = held(corner)
    generated = MotionBackend().generate(asked, Heard())
    assert not generated.learned
    picture, disc = scene()
    x0, y0, area = middle_of_red(picture)
    for k, (dx, dy) in {0: (0, 0), 4: (24, 0), 8: (40, -8), 10: (40, -20)}.items():
        made = frame(generated, k, asked.known)
        x, y, now = middle_of_red(made)
        assert (x - x0, y - y0) == pytest.approx((dx, dy), abs=0.35)
        assert abs(now / area - 1) < 0.06, "no ghost where it was, nothing lost"
        assert np.array_equal(made[:, 112:], picture[:, 112:])
    last = frame(generated, 10, asked.known)
    moved = np.roll(picture, (-20, 40), (0, 1))
    inside = np.roll(disc, (-20, 40), (0, 1))
    core = inside & (np.hypot(*(np.mgrid[:96, :128] - np.array([30, 80])[:, None, None])) < 11)
    assert np.array_equal(last[core], moved[core]), "its own pixels, unchanged"


def test_two_strokes_move_two_things() -> None:
    there = BrushStroke(((40.0, 50.0), (40.0, 30.0)), RADIUS)
    other = BrushStroke(((100.0, 20.0), (100.0, 40.0)), 8)
    asked = held(there, other)
    generated = MotionBackend().generate(asked, Heard())
    told = generated.details["strokes"]
    assert isinstance(told, list)
    assert told[0]["snapped"] is True
    last = frame(generated, 10, asked.known)
    assert middle_of_red(last)[1] == pytest.approx(middle_of_red(scene()[0])[1] - 20, abs=0.4)
    assert not np.array_equal(last[32:48, 92:108], scene()[0][32:48, 92:108])


def test_in_an_extension_the_shot_goes_on_around_it() -> None:
    shots = pan(33)
    stroke = BrushStroke(((64.0, 48.0), (64.0, 28.0)), 12)
    asked = tail(shots, 16)
    plain = extend(asked, NoNetwork(), Heard())
    led = extend(replace(asked, strokes=(stroke,)), NoNetwork(), Heard())
    assert "strokes" in led.details
    free, moved = frame(plain, 15, shots), frame(led, 15, shots)
    assert psnr(moved[80:], free[80:]) > 45
    assert np.array_equal(moved[26:31, 62:67], shots[-1][46:51, 62:67]), "20 pixels up"


def test_a_head_extension_leads_to_the_first_point() -> None:
    picture, _ = scene()
    shots = np.repeat(picture[None], 12, 0)
    stroke = BrushStroke(((40.0, 50.0), (72.0, 50.0)), RADIUS)
    asked = replace(tail(shots, 8, strokes=(stroke,)), known_times=tuple(range(8, 20)))
    generated = extend(asked, NoNetwork(), Heard())
    first, last = (middle_of_red(frame(generated, k, shots))[0] for k in (0, 7))
    start = middle_of_red(picture)[0]
    assert first - start == pytest.approx(32, abs=0.4)
    assert last - start == pytest.approx(4, abs=0.4)


def test_camera_and_stroke_together() -> None:
    stroke = BrushStroke(((40.0, 50.0), (60.0, 50.0)), RADIUS)
    asked = replace(held(stroke), camera="tilt-up 12.5%")
    generated = MotionBackend().generate(asked, Heard())
    x, y, _ = middle_of_red(frame(generated, 10, asked.known))
    x0, y0, _ = middle_of_red(scene()[0])
    assert (x - x0, y - y0) == pytest.approx((20, 12), abs=0.4)


def test_moving_clips_are_refused() -> None:
    asked = replace(held(BrushStroke(((40.0, 40.0), (60.0, 40.0)), 8)), known=pan(11))
    with pytest.raises(ModelError) as refused:
        MotionBackend().generate(asked, Heard())
    assert refused.value.code == "model.cannot"


def test_copied_ground_is_told_as_invented() -> None:
    known = np.repeat(scene()[0][None], 11, 0)
    made = MotionBackend().generate(
        held(BrushStroke(((40.0, 50.0), (100.0, 50.0)), RADIUS)), Heard()
    )
    assert isinstance(made.output, Warp)
    deep = known.astype(np.uint16) * 257
    shares = [
        render_warp(made.output.frames[k], lambda i: deep[i], (128, 96))[1] for k in range(11)
    ]
    disc = scene()[1].mean()
    assert shares[0] < 0.7 * disc, "only the seam around the thing, which covers its place"
    assert 0.8 * disc < shares[-1] < 3 * disc


def test_the_thinnest_brush_moves_no_ghost() -> None:
    plain = np.full((96, 128, 3), 120, np.uint8)
    thing = grab_thing(plain, BrushStroke(((40.4, 50.4), (60.0, 50.0)), 0.07))
    assert thing.matte.max() > 0.95


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_brush_as_large_as_the_picture_is_taken_as_it_is() -> None:
    square = texture(96, 96, 5)
    thing = grab_thing(square, BrushStroke(((47.0, 47.0), (60.0, 47.0)), 70.0))
    assert thing.matte.max() > 0.95
