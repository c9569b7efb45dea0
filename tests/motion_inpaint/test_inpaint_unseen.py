"""What no picture shows: texture, steady, told."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import pytest

from pickup_engine.finishing.render import render_warp
from pickup_engine.worker.backends.base import Bytes, View, Warp
from pickup_engine.worker.backends.motion.inpaint import remove
from pickup_engine.worker.backends.motion.inpaint_camera import Camera
from pickup_engine.worker.backends.motion.inpaint_residue import residue
from pickup_engine.worker.backends.motion.inpaint_texture import copied
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, grow, spread
from pickup_engine.worker.backends.motion.inpaint_unseen import texture_fill
from support.inpaint import (
    HEIGHT,
    WIDTH,
    Steps,
    conditioning,
    panned,
    psnr,
    scenery,
    seen,
    with_ball,
)


def test_a_regular_pattern_goes_on() -> None:
    x = np.arange(160)
    row = np.where(x % 16 < 8, 60.0, 190.0)
    picture = np.ascontiguousarray(np.broadcast_to(row[None, :, None], (96, 160, 3)), np.float32)
    missing = np.zeros((96, 160), bool)
    missing[30:66, 60:104] = True
    pieces = copied(np.where(missing[..., None], 0, picture), missing, ~missing)
    made, total = np.zeros((96, 160)), np.zeros((96, 160))
    for piece in pieces:
        rows, columns = np.nonzero(piece.weight > 0)
        read = picture[rows + piece.dy, columns + piece.dx, 0]
        made[rows, columns] += piece.weight[rows, columns] * read
        total += piece.weight
    assert total[missing].min() > 0.99
    wrong = np.abs(made - picture[..., 0])[missing]
    assert np.mean(wrong < 1) > 0.9


def test_nothing_is_copied_where_nothing_can_be() -> None:
    picture = np.full((48, 64, 3), 90, np.float32)
    everywhere = np.ones((48, 64), bool)
    assert copied(picture, everywhere, ~everywhere) == ()
    assert copied(picture, ~everywhere, everywhere) == ()


def test_texture_is_as_rough_as_what_is_around() -> None:
    clean = panned(6, 0.0)
    matte = np.zeros(clean.shape[:3], bool)
    matte[:, 30:60, 60:100] = True
    given = conditioning(np.where(matte[..., None], np.uint8(255), clean), matte)
    made = remove(given, Steps())
    picture, _ = seen(given, made, 3)

    def roughness(of: np.ndarray) -> float:
        return float(cv2.Laplacian(of.astype(np.float32), cv2.CV_32F)[34:56, 64:96].std())

    smooth = spread(np.where(matte[3][..., None], 0, clean[3]).astype(np.float32), ~matte[3])
    assert 0.7 < roughness(picture) / roughness(clean[3]) < 1.4
    assert roughness(smooth) < 0.3 * roughness(clean[3])


@pytest.mark.parametrize("speed", [0.0, 1.0])
def test_what_is_made_up_stands_still_in_the_scene(speed: float) -> None:
    count = 12
    clean = panned(count, speed)
    matte = np.zeros(clean.shape[:3], bool)
    # The object goes with the scene, so that what is behind it is never seen.
    for k in range(count):
        left = round(80 - speed * k)
        matte[k, 34:60, left : left + 30] = True
    given = conditioning(np.where(matte[..., None], np.uint8(255), clean), matte)
    made = remove(given, Steps())
    assert cast(float, made.details["never_seen"]) > 0.9
    first, last = (seen(given, made, k)[0] for k in (2, 10))
    shift = np.array([[1, 0, speed * 8], [0, 1, 0]], np.float32)
    moved = cv2.warpAffine(last, shift, (WIDTH, HEIGHT))
    left = round(80 - speed * 2)
    inner = (slice(38, 56), slice(left + 5, left + 25))
    assert np.abs(moved - first)[inner].mean() < 3
    assert first[inner].std() > 10


def test_what_lies_far_beside_the_filled_picture_is_left_open() -> None:
    pictures = panned(3, 0.0)
    to_shot = np.tile(np.eye(3), (3, 1, 1))
    # The camera swings to one side, then to the other: the middle picture is the filled one.
    to_shot[1:, 0, 2] = -0.59 * WIDTH, 0.59 * WIDTH
    needed = np.zeros(pictures.shape[:3], bool)
    needed[2, 40:60, -20:-10] = True
    grey = np.stack([cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in pictures])
    shot = Shot(pictures, grey, needed, (0, 1, 2), (0, 1, 2))
    fill = texture_fill(shot, Camera(to_shot, np.zeros(3, np.int64), False), (), needed, needed)
    assert fill.views(2, needed[2]) == ()


def test_what_is_made_up_counts_as_invented() -> None:
    y, x = np.mgrid[:48, :64].astype(np.float32)
    half = np.zeros((48, 64), np.float32)
    half[:, :32] = 1
    source = scenery(64, 48).astype(np.uint16) * np.uint16(257)
    views = [View(0, x, y, 1 - half), View(0, x + 8, y, half, made_up=True)]
    made, invented = render_warp(views, lambda _: source, (64, 48))
    assert invented == pytest.approx(0.5, abs=0.01)
    assert np.array_equal(made[:, :30], source[:, 8:38])


def ball_with_shadow(shadow: int) -> tuple[Shot, Mask, Camera]:
    """A ball crosses a scene; below it a dark strip of `shadow` pixels outside its matte."""
    pictures = panned(16, 0.0)
    matte = np.zeros(pictures.shape[:3], bool)
    for k in range(16):
        disc = np.zeros((HEIGHT, WIDTH), np.uint8)
        at = (30 + 6 * k, HEIGHT // 2)
        cv2.circle(disc, at, 11, 1, -1)
        pictures[k][disc > 0] = (250, 40, 200)
        matte[k] = disc > 0
        below = np.zeros((HEIGHT, WIDTH), bool)
        below[at[1] + 8 : at[1] + 12 + shadow, at[0] - 9 : at[0] + 10] = shadow > 0
        pictures[k][below & ~matte[k]] //= 2
    hidden = np.stack([grow(m, 3) for m in matte])
    grey = np.stack([cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in pictures])
    times = tuple(range(16))
    still = Camera(np.tile(np.eye(3), (16, 1, 1)), np.zeros(16, np.int64), True)
    return Shot(pictures, grey, hidden, times, times), matte, still


@pytest.mark.parametrize("shadow", [5, 8])
def test_a_shadow_outside_the_matte_is_noticed(shadow: int) -> None:
    shot, matte, camera = ball_with_shadow(shadow)
    assert shadow - 1 <= residue(shot, camera, matte) <= shadow + 3


def test_a_matte_that_holds_everything_is_not_blamed() -> None:
    shot, matte, camera = ball_with_shadow(0)
    assert residue(shot, camera, matte) == 0


def test_the_warning_tells_how_far_to_grow() -> None:
    shot, matte, _ = ball_with_shadow(7)
    made = remove(conditioning(shot.pictures, matte), Steps())
    (warning,) = cast(list[str], made.details["warnings"])
    assert "Grow the matte" in warning
    assert 0.03 < cast(float, made.details["residue"]) < 0.07
    assert all(not view.made_up for view in cast(Warp, made.output).frames[5])


def darkening(still: bool) -> tuple[Bytes, Bytes, Mask]:
    """A shot whose exposure sinks to half, clean and with a ball, and the ball's matte."""
    clean = panned(18, 0.0 if still else 1.0).astype(np.float32) * 0.7 + 60
    factor = np.linspace(1, 0.5, 18, dtype=np.float32)[:, None, None, None]
    darker = (clean * factor).astype(np.uint8)
    pictures, matte = with_ball(darker, 30, 5)
    return darker, pictures, matte


@pytest.mark.parametrize("still", [True, False])
def test_pixels_from_other_moments_take_the_light_of_this_one(still: bool) -> None:
    clean, pictures, matte = darkening(still)
    given = conditioning(pictures, matte)
    made = remove(given, Steps())
    assert made.details["light"] == "changes"
    for k in (1, 9, 16):
        filled, _ = seen(given, made, k)
        assert psnr(filled, clean[k], matte[k]) > 30


def test_a_steady_light_leaves_pixels_as_they_are() -> None:
    pictures, matte = with_ball(panned(12, 0.0), 30, 5)
    made = remove(conditioning(pictures, matte), Steps())
    assert made.details["light"] == "steady"
    views = cast(Warp, made.output).frames[4]
    assert all(view.gain == (1.0, 1.0, 1.0) for view in views)


def test_a_gain_is_rendered_even_where_nothing_moves() -> None:
    y, x = np.mgrid[:48, :64].astype(np.float32)
    source = np.full((48, 64, 3), 20000, np.uint16)
    views = [View(0, x, y, np.ones((48, 64), np.float32), gain=(0.5, 1.0, 2.0))]
    made, invented = render_warp(views, lambda _: source, (64, 48))
    assert np.array_equal(made[20, 30], [10000, 20000, 40000])
    assert invented == 0.0
