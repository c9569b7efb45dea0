"""Camera moves: the grammar, the path, and exactness down to the pixels of the real renderer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import RequestError
from pickup.protocol import Operation
from pickup_engine.finishing.render import render_warp
from pickup_engine.models.camera import WORDS, Moves, parse_camera
from pickup_engine.models.camera_path import Pose, camera_path
from pickup_engine.training.evaluate_extend import NoNetwork
from pickup_engine.worker.backends.base import Conditioning, Generated, Warp
from pickup_engine.worker.backends.motion.backend import MotionBackend
from pickup_engine.worker.backends.motion.extend import extend
from pickup_engine.worker.backends.motion.quality import psnr
from support.motion import Heard, pan, still_with_square, tail, texture

SHARP = (1920, 1080)
MODEL = (256, 144)
RATE = Fraction(24)
_GREY = 12000


def generate(asked: Conditioning) -> Generated:
    """Through the backend's door; extensions by classical means, whatever the weights say."""
    if asked.operation is Operation.EXTEND:
        return extend(asked, NoNetwork(), Heard())
    return MotionBackend().generate(asked, Heard())


def reframing(known: NDArray[np.uint8], camera: str, **more: Any) -> Conditioning:
    base = Conditioning(
        operation=Operation.RESTYLE,
        frames=len(known),
        rate=RATE,
        known=known,
        known_times=tuple(range(len(known))),
        camera=camera,
    )
    return replace(base, **more)


def drawn(generated: Generated, k: int, known: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Frame `k` through the real renderer at the model's size."""
    assert isinstance(generated.output, Warp)
    deep = known.astype(np.uint16) * 257
    size = known.shape[2], known.shape[1]
    return (render_warp(generated.output.frames[k], lambda i: deep[i], size)[0] // 257).astype(
        np.uint8
    )


# The grammar.


def test_every_word_has_a_default_that_it_accepts() -> None:
    for word in WORDS:
        assert parse_camera(word.name) == parse_camera(f"{word.name} {word.default:g}{word.unit}")
        assert parse_camera(word.name) != Moves()


def test_moves_are_joined() -> None:
    moves = parse_camera(" Pan-Left 15% + tilt-up 5 % +zoom-in 1.25x + handheld 0.3")
    assert moves == Moves(pan=-0.15, tilt=0.05, zoom=1.25, handheld=0.3)
    assert parse_camera("zoom-out 1.25x").zoom == pytest.approx(0.8)


@pytest.mark.parametrize(
    "text",
    [
        "", "left", "pan left", "pan-left +", "pan-left 15", "pan-left 15x", "zoom-in 10%",
        "zoom-in 1x", "zoom-in 9x", "pan-left 0%", "pan-left 90%", "pan-left 5% + pan-right 5%",
        "handheld 2", "handheld -1", "pan-left 1e1%", "zoom-in nan",
    ],
)  # fmt: skip
def test_what_is_no_move_is_refused_with_the_words(text: str) -> None:
    with pytest.raises(RequestError) as wrong:
        parse_camera(text)
    assert wrong.value.code == "request.camera"
    assert all(word.name in wrong.value.hint for word in WORDS)


# The path.


def test_a_tail_move_starts_at_rest_and_comes_to_its_amount() -> None:
    poses = camera_path(parse_camera("pan-left 15%"), 24, (-1,), RATE, 0)
    shifts = [0.0, *(pose.shift_x for pose in poses)]
    assert shifts[-1] == pytest.approx(0.15, abs=1e-12)
    steps = [b - a for a, b in pairwise(shifts)]
    assert max(abs(b - a) for a, b in pairwise([0.0, *steps, 0.0])) < 0.002, "eased"
    assert min(steps) >= 0


def test_head_bridge_and_keyframes_are_at_rest_where_pictures_adjoin() -> None:
    moves = parse_camera("zoom-in 1.5x + tilt-up 10% + handheld 1")
    head = camera_path(moves, 20, (20,), RATE, 3)
    assert head[0].zoom == pytest.approx(1 / 1.5)
    assert abs(head[-1].shift_y) < 0.002
    bridge = camera_path(moves, 21, (-1, 21), RATE, 3)
    assert bridge[10].zoom == pytest.approx(1.5)
    assert max(abs(bridge[k].zoom - 1) for k in (0, 20)) < 0.03
    pinned = camera_path(moves, 48, (-1, 20), RATE, 3)
    assert pinned[20].at_rest
    assert abs(pinned[21].shift_x) < 0.001
    assert pinned[47].zoom == pytest.approx(1.5)


def test_the_hand_is_smooth_natural_and_the_seeds() -> None:
    moves = parse_camera("handheld 1")
    one = np.array([pose.shift_x for pose in camera_path(moves, 480, (), RATE, 1)])
    assert np.array_equal(one, [p.shift_x for p in camera_path(moves, 480, (), RATE, 1)])
    two = np.array([pose.shift_x for pose in camera_path(moves, 480, (), RATE, 2)])
    assert abs(float(np.corrcoef(np.diff(one), np.diff(two))[0, 1])) < 0.4
    assert 0.004 < one.std() < 0.016
    power = np.abs(np.fft.rfft(one * np.hanning(480))) ** 2
    hertz = np.fft.rfftfreq(480, 1 / 24)
    slow, fast = power[(hertz > 0.1) & (hertz < 1.5)].sum(), power[hertz > 3].sum()
    assert slow > 10 * fast > 0, "more sway than tremble, but some"
    with_past = camera_path(moves, 48, (-1,), RATE, 1)
    assert abs(with_past[0].shift_x) < 2e-4, "nothing jumps at the join"


def test_unseen_is_the_share_beyond_the_edge() -> None:
    assert Pose().unseen() == 0
    assert Pose(shift_x=0.15).unseen() == pytest.approx(0.15)
    assert Pose(shift_x=0.15, zoom=1.3).unseen() == pytest.approx(0, abs=1e-9)
    assert Pose(zoom=0.8).unseen() == pytest.approx(0.36)


# Exactness through the renderer.


def crosses(width: int, height: int) -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    """Soft dots on a grid on dark grey, and their middles (n, 2)."""
    step = width / 12
    xs, ys = np.arange(step, width - step / 2, step), np.arange(step, height - step / 2, step)
    spots = np.array([(x, y) for y in ys for x in xs]) + 0.37
    y, x = np.mgrid[:height, :width]
    picture = np.zeros((height, width))
    radius = width / 200 + 1.5
    for at_x, at_y in spots:
        picture += np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * radius**2))
    return np.repeat((picture * 50000 + _GREY).astype(np.uint16)[..., None], 3, 2), spots


def middles(picture: NDArray[np.uint16], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centroids of the dots around where they are expected."""
    width = picture.shape[1]
    reach = round(width / 30)
    found = []
    for x, y in expected:
        left, top = round(x) - reach, round(y) - reach
        part = (
            picture[top : top + 2 * reach + 1, left : left + 2 * reach + 1, 0].astype(float) - _GREY
        )
        rows, columns = np.mgrid[: part.shape[0], : part.shape[1]]
        found.append(((part * columns).sum() / part.sum() + left,
                      (part * rows).sum() / part.sum() + top))  # fmt: skip
    return np.array(found)


@pytest.mark.parametrize("size", [MODEL, SHARP])
@pytest.mark.parametrize(
    ("camera", "shift", "zoom"),
    [
        ("pan-left 15%", (0.15, 0.0), 1.0),
        ("pan-right 7.3% + tilt-up 4%", (-0.073, 0.04), 1.0),
        ("zoom-in 1.2x", (0.0, 0.0), 1.2),
        ("zoom-out 1.3x + tilt-down 5%", (0.0, -0.05), 1 / 1.3),
    ],
)
def test_moves_are_exact_to_a_twentieth_of_a_pixel(
    size: tuple[int, int], camera: str, shift: tuple[float, float],
    zoom: float,
) -> None:  # fmt: skip
    width, height = size
    picture, spots = crosses(*size)
    small = cv2.resize((picture >> 8).astype(np.uint8), MODEL, interpolation=cv2.INTER_AREA)
    asked = reframing(np.repeat(small[None], 5, 0), camera)
    generated = generate(asked)
    assert not generated.learned
    assert isinstance(generated.output, Warp)
    last, _ = render_warp(generated.output.frames[4], lambda _: picture, MODEL)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    wanted = middle + zoom * (spots - middle) + np.array(shift) * size
    reach = round(width / 30)
    inside = np.all((wanted > reach + 1) & (wanted < np.array(size) - reach - 2), axis=1)
    assert inside.sum() > 20
    error = np.linalg.norm(middles(last, wanted[inside]) - wanted[inside], axis=1)
    assert error.max() < 0.05
    first, _ = render_warp(generated.output.frames[0], lambda _: picture, MODEL)
    assert np.array_equal(first, picture), "before it moves it is the source, bit for bit"


def test_the_zoom_is_exact_at_the_very_edge() -> None:
    """A ramp tells the position of every pixel, also of those beyond the outermost middles."""
    width, height = SHARP
    ramp = np.broadcast_to(np.arange(width, dtype=np.uint16) * 30, (height, width))
    picture = np.repeat(ramp[..., None], 3, 2).copy()
    still = np.repeat(texture(*MODEL)[None], 3, 0)
    generated = generate(reframing(still, "zoom-in 1.5x"))
    assert isinstance(generated.output, Warp)
    last, _ = render_warp(generated.output.frames[2], lambda _: picture, MODEL)
    wanted = (np.arange(width) - (width - 1) / 2) / 1.5 + (width - 1) / 2
    assert np.abs(last[height // 2, :, 0] / 30 - wanted).max() < 0.06


def test_a_clip_is_reframed_from_its_own_pictures() -> None:
    shots = still_with_square(12)
    before = shots.copy()
    generated = generate(reframing(shots, "pan-left 12.5%"))
    assert isinstance(generated.output, Warp)
    assert [views[0].source for views in generated.output.frames] == list(range(12))
    assert all(len(views) == 1 for views in generated.output.frames)
    last = drawn(generated, 11, shots)
    assert np.array_equal(last[:, 16:], shots[11][:, :-16]), "16 of 128 pixels"
    assert np.array_equal(shots, before)
    assert generated.details["still"] is False


def test_an_extension_moves_on_top_of_its_own_motion() -> None:
    shots = pan(49)
    asked = tail(shots[:33], 16)
    plain = generate(asked)
    moved = generate(replace(asked, camera="tilt-up 12.5%"))
    deep = 15
    free, led = drawn(plain, deep, shots), drawn(moved, deep, shots)
    assert psnr(led[12:, 30:-30], free[:-12, 30:-30]) > 45, "12 of 96 pixels, exactly"
    assert psnr(drawn(moved, 0, shots), drawn(plain, 0, shots)) > 30
    assert moved.details["camera"] == {"move": "tilt-up 12.5%", "beyond_the_edge": 0.125}


def test_keyframes_win_over_the_camera() -> None:
    shots = pan(49)
    asked = tail(
        shots[:33], 16, keyframes=shots[[40, 46]], keyframe_times=(7, 13),
        camera="zoom-in 1.3x + handheld 1",
    )  # fmt: skip
    generated = generate(asked)
    pictures = np.concatenate([asked.known, shots[[40, 46]]])
    assert np.array_equal(drawn(generated, 7, pictures), shots[40])
    assert np.array_equal(drawn(generated, 13, pictures), shots[46])
    assert not np.array_equal(drawn(generated, 3, pictures), drawn(generated, 7, pictures))


def test_a_head_arrives_at_the_clip() -> None:
    shots = still_with_square(20, speed=0)
    asked = replace(tail(shots, 12, camera="pan-right 12.5%"), known_times=tuple(range(12, 32)))
    generated = generate(asked)
    first, last = drawn(generated, 0, shots), drawn(generated, 11, shots)
    assert np.array_equal(first[:, 16:], shots[0][:, :-16]), "it begins to the left of the clip"
    assert psnr(last, shots[0]) > 25


def test_bars_stay_where_they_are() -> None:
    shots = np.repeat(texture(128, 96)[None], 6, 0)
    shots[:, :12] = shots[:, -12:] = 0
    generated = generate(reframing(shots, "tilt-up 12.5% + zoom-out 1.1x"))
    last = drawn(generated, 5, shots)
    assert last[:11].max() == 0
    assert last[-11:].max() == 0
    assert last[14:-14].min() > 5


def test_what_is_mirrored_in_at_a_bar_is_told_as_invented() -> None:
    shots = np.repeat(texture(128, 96)[None], 6, 0)
    shots[:, :, :10] = shots[:, :, -10:] = 0
    generated = generate(reframing(shots, "pan-left 15%"))
    assert isinstance(generated.output, Warp)
    deep = shots.astype(np.uint16) * 257
    _, invented = render_warp(generated.output.frames[5], lambda i: deep[i], (128, 96))
    assert 0.12 < invented < 0.18


# Near and far.


def scene(width: int = 256, height: int = 144) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A red disc with texture before a green wall."""
    picture = texture(width, height, 3) // 3
    picture[..., 1] += 120
    y, x = np.mgrid[:height, :width]
    disc = (x - 128) ** 2 + (y - 84) ** 2 < 34**2
    thing = texture(width, height, 4) // 3 + np.array([150, 0, 0], np.uint8)
    picture[disc] = thing[disc]
    return picture, disc


def disc_of(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray(picture[..., 0].astype(int) > picture[..., 1].astype(int) + 20)


def test_a_dolly_brings_near_things_nearer_than_far_ones() -> None:
    picture, disc = scene()
    known = np.repeat(picture[None], 5, 0)
    generated = generate(reframing(known, "dolly-in 1.3x"))
    told = generated.details["camera"]
    assert isinstance(told, dict)
    assert "guess" in told["depth"]
    last = drawn(generated, 4, known)
    grown = np.sqrt(disc_of(last).sum() / disc.sum())
    assert 1.12 < grown < 1.32
    # The top of the wall is as far as can be: it grows by the least share.
    far = cv2.warpAffine(
        picture, cv2.getRotationMatrix2D((127.5, 71.5), 0, 1.3**0.25), (256, 144),
        flags=cv2.INTER_CUBIC,
    )  # fmt: skip
    assert psnr(last[4:30, 10:-10], far[4:30, 10:-10]) > 32


def test_a_truck_uncovers_without_a_ghost() -> None:
    picture, disc = scene()
    known = np.repeat(picture[None], 5, 0)
    generated = generate(reframing(known, "truck-right 10%"))
    last = drawn(generated, 4, known)
    now = disc_of(last)
    moved = np.argwhere(disc)[:, 1].mean() - np.argwhere(now)[:, 1].mean()
    assert 10 < moved < 26, "the disc goes left, by more than the wall"
    assert abs(now.sum() / disc.sum() - 1) < 0.06, "nothing red is left behind, nothing is lost"
    told = generated.details["camera"]
    assert isinstance(told, dict)
    assert 0 < told["uncovered"] < 0.08


def test_what_moves_is_in_front_in_an_extension() -> None:
    """A bright thing that moves over a dark wall."""
    wall, thing = texture(128, 96, 1) // 4, texture(32, 32, 2) // 3 + np.uint8(100)
    shots = np.repeat(wall[None], 17, 0)
    for k, shot in enumerate(shots):
        shot[30:62, 20 + k : 52 + k] = thing
    generated = generate(tail(shots, 12, camera="truck-left 12%"))
    told = generated.details["camera"]
    assert isinstance(told, dict)
    assert told["depth"] == "what moves is in front"


def test_a_moving_clip_is_travelled_through_without_cutting_it() -> None:
    shots = still_with_square(16, speed=1.5)
    generated = generate(reframing(shots, "truck-left 12%"))
    told = generated.details["camera"]
    assert isinstance(told, dict)
    assert told["depth"] == "guess: the ground nears downwards"
    assert told["uncovered"] == 0
    assert isinstance(generated.output, Warp)
    assert all(len(views) == 1 for views in generated.output.frames)
    last, first = drawn(generated, 15, shots), drawn(generated, 0, shots)
    assert np.array_equal(first, shots[0])
    far = round(0.12 * 0.25 * 128)
    assert psnr(last[4:20, far + 4 :], shots[15][4:20, 4:-far]) > 25, "the far wall goes least"


def test_equal_conditioning_gives_equal_pictures() -> None:
    picture, _ = scene()
    asked = reframing(np.repeat(picture[None], 4, 0), "dolly-in 1.3x + handheld 1", seed=4)
    one, two = (drawn(generate(asked), 3, asked.known) for _ in range(2))
    assert np.array_equal(one, two)
    other = drawn(generate(replace(asked, take=1)), 3, asked.known)
    assert not np.array_equal(one, other), "another take has another hand"


def test_a_clip_that_looks_still_when_small_keeps_its_own_pictures() -> None:
    known = np.repeat(pan(1), 4, 0)
    made = generate(reframing(known, "pan-left 10%"))
    assert isinstance(made.output, Warp)
    sources = [{view.source for view in views} for views in made.output.frames]
    assert sources == [{0}, {1}, {2}, {3}]


def test_what_a_dolly_uncovers_is_told_as_invented() -> None:
    known = still_with_square(12, speed=2.0)
    asked = tail(known, 12, camera="dolly-in 1.8x")
    made = generate(asked)
    camera = made.details["camera"]
    assert isinstance(camera, dict)
    assert isinstance(made.output, Warp)
    assert any(view.made_up for views in made.output.frames for view in views)
