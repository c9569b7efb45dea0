"""Cut-outs: where the scene carries them, the light they take, what hides them, and the layer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from pickup.protocol import Operation
from pickup_engine.finishing.cutout import CutoutImage
from pickup_engine.finishing.overlay import OverlayRenderer
from pickup_engine.worker.backends.base import (
    Bytes,
    Conditioning,
    Cutout,
    Floats,
    Generated,
    Overlay,
    Placed,
)
from pickup_engine.worker.backends.motion.cutout import place_cutout
from support.motion import Heard

HEIGHT, WIDTH = 128, 192
BOX = (0.4, 0.3, 0.25, 0.3)
FOOT = np.array([BOX[0] + BOX[2] / 2, BOX[1] + BOX[3], 1.0])


def ground(seed: int = 3) -> Bytes:
    """A textured plane, larger than the picture."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (3 * HEIGHT // 2, 3 * WIDTH // 2, 3), np.uint8)
    wide = cv2.resize(noise, (3 * WIDTH, 3 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), 2.0) // 2 + 60, np.uint8)


def to_frame(k: int) -> Floats:
    """(3, 3) pixels of frame 0 to pixels of frame `k`: a pan with a zoom."""
    zoom = 1 + 0.006 * k
    return np.array([[zoom, 0, 0.9 * k], [0, zoom, -0.5 * k], [0, 0, 1]], np.float64)


def filmed(count: int, moving: bool = True) -> Bytes:
    plane, middle = ground(), np.array([[1, 0, -WIDTH], [0, 1, -HEIGHT], [0, 0, 1]], np.float64)
    return np.stack(
        [
            cv2.warpPerspective(plane, to_frame(k if moving else 0) @ middle, (WIDTH, HEIGHT))
            for k in range(count)
        ]
    )


def thing(side: int = 32) -> Cutout:
    """A grey square: it is as high as the box and stands in its middle."""
    picture = np.full((side, side, 3), 120, np.uint8)
    return Cutout(picture, np.full((side, side), 255, np.uint8), BOX, WIDTH / HEIGHT)


def given(pictures: Bytes, take: int = 0) -> Conditioning:
    count = len(pictures)
    times = tuple(range(count))
    return Conditioning(
        Operation.INPAINT, count, Fraction(24), pictures, times, cutout=thing(), take=take
    )


def placed(made: Generated) -> list[Placed | None]:
    assert isinstance(made.output, Overlay)
    return list(made.output.frames)


def foot(at: Placed) -> Floats:
    """In model pixels, half a pixel from the edge."""
    share = at.matrix @ np.array([0.5, 1.0, 1.0])
    return np.asarray(share * (WIDTH, HEIGHT) - 0.5)


def test_the_scene_carries_it_without_drift() -> None:
    made = place_cutout(given(filmed(30)), Heard())
    start = np.append(FOOT[:2] * (WIDTH, HEIGHT) - 0.5, 1.0)
    for k, at in enumerate(placed(made)):
        assert at is not None
        there = to_frame(k) @ start
        assert np.linalg.norm(foot(at) - there[:2]) < 0.15
        # The square stands as high as its box, times the zoom.
        assert at.matrix[1, 1] == pytest.approx(BOX[3] * (1 + 0.006 * k), rel=0.01)
        assert at.matrix[0, 0] * WIDTH == pytest.approx(at.matrix[1, 1] * HEIGHT, rel=1e-3)
    assert not made.learned
    assert made.details["camera"] == "moving"


def test_under_a_still_camera_nothing_trembles() -> None:
    pictures = filmed(12, moving=False)
    noise = np.random.default_rng(1).integers(-4, 5, pictures.shape)
    noisy = np.clip(pictures.astype(int) + noise, 0, 255).astype(np.uint8)
    frames = placed(place_cutout(given(noisy), Heard()))
    first = frames[0]
    assert first is not None
    assert all(at is not None and np.array_equal(at.matrix, first.matrix) for at in frames)
    assert first.travel == (0.0, 0.0)


def test_it_is_gone_after_a_cut() -> None:
    other = 255 - filmed(6)[:, ::-1]
    frames = placed(place_cutout(given(np.concatenate([filmed(8), other])), Heard()))
    assert [at is not None for at in frames] == [True] * 8 + [False] * 6


def test_the_next_scene_says_nothing_of_the_light_of_this_one() -> None:
    other = np.clip(filmed(6)[:, ::-1] // 2, 0, 255).astype(np.uint8)
    alone = placed(place_cutout(given(filmed(8)), Heard()))
    cut = placed(place_cutout(given(np.concatenate([filmed(8), other])), Heard()))
    assert cut[8] is None
    for one, same in zip(alone, cut[:8], strict=True):
        assert one is not None
        assert same is not None
        assert same.gain == pytest.approx(one.gain, rel=0.01)


def test_something_that_is_nowhere_opaque_takes_the_light() -> None:
    glass = replace(thing(), alpha=np.full((32, 32), 110, np.uint8))
    clear = placed(place_cutout(replace(given(filmed(6)), cutout=glass), Heard()))[0]
    opaque = placed(place_cutout(given(filmed(6)), Heard()))[0]
    assert clear is not None
    assert opaque is not None
    assert clear.gain == opaque.gain


def test_it_takes_the_light_and_its_changes() -> None:
    dark = (filmed(10, moving=False) * 0.5).astype(np.uint8)
    brighter = np.stack([(p * (1 + 0.05 * k)).astype(np.uint8) for k, p in enumerate(dark)])
    frames = placed(place_cutout(given(brighter), Heard()))
    first, last = frames[0], frames[-1]
    assert first is not None
    assert last is not None
    assert 0.3 < first.gain[1] < 0.8  # the place is darker than the thing
    assert last.gain[1] / first.gain[1] == pytest.approx(1.45**2.4, rel=0.12)
    as_it_is = placed(place_cutout(given(brighter, take=3), Heard()))[-1]
    assert as_it_is is not None
    assert as_it_is.gain == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("bottom", "hides"), [(HEIGHT - 8, True), (60, False)])
def test_what_reaches_below_its_foot_is_in_front(bottom: int, hides: bool) -> None:
    pictures = filmed(24, moving=False)
    for k, picture in enumerate(pictures):
        left = 6 * k
        cv2.rectangle(picture, (left, 20), (left + 24, bottom), (250, 20, 20), cv2.FILLED)
    frames = placed(place_cutout(given(pictures), Heard()))
    middle = frames[15]
    assert middle is not None
    if not hides:
        assert all(at is not None and at.hidden is None for at in frames)
        return
    assert middle.hidden is not None
    assert middle.hidden[30 : bottom - 5, 94:110].min() > 0.9
    assert middle.hidden[:, :80].max() < 0.1
    assert middle.hidden[:, 130:].max() < 0.1


def test_a_cut_is_no_motion_of_what_stands_beside() -> None:
    pictures = filmed(8)
    board = scene_board()
    for k in range(6, 8):
        # It comes into sight, but goes with the scene: nothing passes in front.
        shown = cv2.warpPerspective(board, to_frame(k), (WIDTH, HEIGHT))
        pictures[k] = np.where(shown.any(axis=2, keepdims=True), shown, pictures[k])
    other = 255 - filmed(6)[:, ::-1]
    frames = placed(place_cutout(given(np.concatenate([pictures, other])), Heard()))
    assert frames[8] is None
    assert [at.hidden is None for at in frames[:8] if at is not None] == [True] * 8


def scene_board() -> Bytes:
    """(HEIGHT, WIDTH, 3) something with texture over the cut-out's place and below, else black."""
    board = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rng = np.random.default_rng(8)
    board[50:100, 90:125] = cv2.GaussianBlur(rng.integers(1, 255, (50, 35, 3), np.uint8), (0, 0), 1)
    return board


def test_takes_differ_and_are_repeatable() -> None:
    pictures = filmed(6)
    outputs = [place_cutout(given(pictures, take), Heard()).output for take in range(4)]
    assert all(isinstance(output, Overlay) for output in outputs)
    manners = [(o.shadow, o.frames[2].gain) for o in outputs if isinstance(o, Overlay)]
    assert len(set(manners)) == 4
    again = placed(place_cutout(given(pictures), Heard()))
    first = placed(place_cutout(given(pictures), Heard()))
    for one, other in zip(first, again, strict=True):
        assert one is not None
        assert other is not None
        assert np.array_equal(one.matrix, other.matrix)


def layer(colours: Bytes, shadow: float = 0.0, fit: bool = False) -> tuple[Overlay, CutoutImage]:
    """A 40 x 40 cut-out at rows 30..69 and columns 50..89 of a 120 x 160 picture."""
    matrix = np.array([[40 / 160, 0, 50 / 160], [0, 40 / 120, 30 / 120]], np.float32)
    at = Placed(matrix, (1.0, 1.0, 1.0), 0.0, None, (0.0, 0.0))
    picture = colours.astype(np.uint16) * 257
    return (
        Overlay([at, at], shadow, fit, fit, seed=5),
        CutoutImage(picture, np.full((40, 40), 65535, np.uint16), keyed=False),
    )


def test_it_keeps_its_exact_pixels_and_the_source_its_own() -> None:
    rng = np.random.default_rng(2)
    colours = rng.integers(0, 256, (40, 40, 3), np.uint8)
    source = rng.integers(0, 65536, (120, 160, 3)).astype(np.uint16)
    made, alpha = OverlayRenderer(*layer(colours), lambda _: source).frame(0)
    inside = (slice(31, 69), slice(51, 89))
    assert alpha[inside].min() == 65535
    exact = colours[1:-1, 1:-1].astype(int) * 257
    assert np.abs(made[inside].astype(int) - exact).max() <= 2
    assert np.array_equal(made[alpha == 0], source[alpha == 0])
    assert (alpha > 0).sum() <= 42 * 42


def test_its_shadow_is_dark_soft_and_at_its_foot() -> None:
    grey = np.full((120, 160, 3), 40000, np.uint16)
    colours = np.full((40, 40, 3), 200, np.uint8)
    made, alpha = OverlayRenderer(*layer(colours, shadow=0.5), lambda _: grey).frame(0)
    below, far = alpha[71, 70], alpha[90, 70]
    assert 0.1 < below / 65535 <= 0.5
    assert far == 0
    assert alpha[28, 70] == 0
    assert made[71, 70].max() < 500  # black under alpha, blended by the host


def test_what_is_in_front_hides_it() -> None:
    grey = np.full((120, 160, 3), 40000, np.uint16)
    overlay, image = layer(np.full((40, 40, 3), 200, np.uint8))
    hidden = np.zeros((60, 80), np.float32)
    hidden[:, :35] = 1.0
    at = overlay.frames[0]
    assert at is not None
    _, alpha = OverlayRenderer(
        replace(overlay, frames=[replace(at, hidden=hidden)]), image, lambda _: grey
    ).frame(0)
    assert alpha[50, 52:62].max() == 0
    assert alpha[50, 80:88].min() == 65535


def test_it_gets_the_softness_and_the_grain_of_the_shot() -> None:
    rng = np.random.default_rng(4)
    board = ((np.indices((120, 160)) // 24).sum(axis=0) % 2)[..., None] * 30000.0 + 15000
    soft = cv2.GaussianBlur(np.repeat(board, 3, axis=2), (0, 0), 2.5)
    shots = [soft + rng.normal(0, 500, soft.shape) for _ in range(2)]
    sources = [np.clip(shot, 0, 65535).astype(np.uint16) for shot in shots]
    stripes = np.zeros((40, 40, 3), np.uint8) + 60
    stripes[:, (np.arange(40) // 8) % 2 == 0] = 190
    renderer = OverlayRenderer(*layer(stripes, fit=True), sources.__getitem__)
    made, _ = renderer.frame(0)
    assert renderer.fit.shot == pytest.approx(2.5, rel=0.2)
    assert renderer.fit.more_blur(1.0) > 1.8
    assert np.mean(renderer.fit.grain.level) == pytest.approx(500, rel=0.3)
    row = made[40:60, 58:82].astype(float).mean(axis=(0, 2))
    assert np.abs(np.diff(row)).max() < 0.35 * 130 * 257  # a sharp stripe steps by all of it
    flat = made[35:65, 60:64].astype(float)
    assert 250 < (flat - flat.mean(axis=0)).std() < 750
    other, _ = renderer.frame(1)
    assert not np.array_equal(other[40:60, 58:82], made[40:60, 58:82])
