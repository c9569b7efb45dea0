"""Compositing, colour match, grain and seams, each against something known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import skimage.color
from numpy.typing import NDArray

from pickup.protocol import Codec, Colour, Matte, Seam, Side
from pickup_engine.finishing.composite import composite, difference_outside
from pickup_engine.finishing.difference import ciede2000, lab_of
from pickup_engine.finishing.matte import load_matte
from pickup_engine.finishing.measure import JoinMeter, MatteMeter
from pickup_engine.finishing.seam import join_seam, matte_seam, worse
from pickup_engine.media.probe import probe
from pickup_engine.media.writer import TakeWriter

Picture = NDArray[np.uint16]


def _scene(shift: float = 0.0, width: int = 320, height: int = 192) -> Picture:
    """A soft picture with some detail, moved to the left by `shift` pixels."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x = x + shift
    wave = 0.5 + 0.2 * np.sin(x / 17) + 0.2 * np.cos(y / 13 + x / 40)
    planes = [wave, 0.6 * wave + 0.15, 0.8 - 0.5 * wave]
    return np.asarray(np.rint(np.stack(planes, axis=-1) * 60000), dtype=np.uint16)


def test_ciede2000_agrees_with_scikit_image() -> None:
    rng = np.random.default_rng(3)
    one = rng.uniform((0, -100, -100), (100, 100, 100), (20000, 3))
    two = one + rng.normal(0, 1, (20000, 3)) * rng.choice([0.5, 5, 60], (20000, 1))
    two[:50] = one[:50]
    one[50:100, 1:] = 0  # greys have no hue
    two[100:5000, 1:] = -one[100:5000, 1:] + rng.normal(0, 1, (4900, 2))  # nearly opposite hues
    expected = np.asarray(cast(Any, skimage.color).deltaE_ciede2000(one, two))
    assert np.abs(ciede2000(one, two) - expected).max() < 1e-9


def test_lab_agrees_with_scikit_image() -> None:
    rgb = np.random.default_rng(4).random((500, 3))
    assert np.abs(lab_of(rgb) - skimage.color.rgb2lab(rgb[None])[0]).max() < 0.02


def test_a_composite_is_the_source_outside_bit_for_bit() -> None:
    rng = np.random.default_rng(5)
    source, made = rng.integers(0, 65536, (2, 64, 80, 3), dtype=np.uint16)
    alpha = np.zeros((64, 80), np.uint16)
    alpha[10:40, 20:60] = 65535
    alpha[10, 20:60] = 16384
    final = composite(source, made, alpha)
    assert difference_outside(source, final, alpha) == 0
    assert np.array_equal(final[alpha == 0], source[alpha == 0])
    assert np.array_equal(final[alpha == 65535], made[alpha == 65535])
    quarter = source[10, 30].astype(float) + (made[10, 30].astype(float) - source[10, 30]) / 4
    assert np.abs(final[10, 30] - quarter).max() <= 1
    final[0, 0, 1] ^= 9
    assert difference_outside(source, final, alpha) == 9 or source[0, 0, 1] & 9


def test_a_natural_join_measures_near_one() -> None:
    real = [_scene(2.0 * k) for k in range(3)]
    going_on = [_scene(2.0 * k) for k in range(3, 5)]
    seam = join_seam(real, going_on, Side.TAIL)
    assert seam.jump == pytest.approx(1.0, abs=0.05)
    assert seam.sharpness == pytest.approx(1.0, abs=0.05)
    assert seam.colour is not None
    assert seam.colour < 2
    before = [_scene(2.0 * k) for k in (-2, -1)]
    assert join_seam(real, before, Side.HEAD).jump == pytest.approx(1.0, abs=0.05)


def test_bad_joins_show() -> None:
    real = [_scene(2.0 * k) for k in range(3)]
    leap = join_seam(real, [_scene(40.0)], Side.TAIL)
    assert leap.jump is not None
    assert leap.jump > 5
    soft = np.asarray(cv2.GaussianBlur(_scene(6.0), (0, 0), 6), dtype=np.uint16)
    blurred = join_seam(real, [soft], Side.TAIL)
    assert blurred.sharpness is not None
    assert blurred.sharpness < 0.8
    tint = (_scene(6.0) * np.array([1.08, 1.0, 0.92])).astype(np.uint16)
    tinted = join_seam(real, [tint], Side.TAIL, overlap=(tint, _scene(6.0)))
    assert tinted.colour is not None
    assert tinted.colour > 2


def test_a_seam_around_a_matte_tells_a_good_fill_from_a_bad_one() -> None:
    source = _scene()
    alpha = load_matte(Matte(box=(100, 60, 90, 70)), 320, 192, 1).alpha(0)
    good = matte_seam(source, source, alpha)
    bad = matte_seam(source, composite(source, np.full_like(source, 9000), alpha), alpha)
    assert good.colour is not None
    assert bad.colour is not None
    assert good.jump is not None
    assert bad.jump is not None
    assert good.colour < bad.colour / 3
    assert good.jump < 2 < bad.jump
    assert matte_seam(source, source, np.zeros_like(alpha)).colour is None


@pytest.mark.parametrize(("codec", "patch"), [(Codec.PRORES, True), (Codec.FFV1, False)])
def test_nothing_outside_the_matte_changes_even_in_the_file(
    codec: Codec, patch: bool, tmp_path: Path
) -> None:
    run = load_matte(Matte(box=(100, 60, 90, 70)), 320, 192, 3)
    meter = MatteMeter(lambda k: _scene(float(k)), 3)
    path = tmp_path / ("take.mov" if patch else "take.mkv")
    with TakeWriter(path, 320, 192, Fraction(24), codec, Colour(), alpha=patch) as writer:
        for k in range(3):
            alpha = run.alpha(k)
            final = composite(_scene(float(k)), np.full((192, 320, 3), 9000, np.uint16), alpha)
            writer.write(final, alpha if patch else None)
            meter.frame(k, final, alpha)
    seam = meter.seam(probe(str(path)))
    assert seam.outside_before == 0
    assert seam.outside_after == 0
    assert seam.colour is not None


def test_a_lossy_full_frame_tells_what_it_lost(tmp_path: Path) -> None:
    run = load_matte(Matte(box=(100, 60, 90, 70)), 320, 192, 2)
    meter = MatteMeter(lambda k: _scene(), 2)
    path = tmp_path / "take.mp4"
    with TakeWriter(path, 320, 192, Fraction(24), Codec.H264, Colour()) as writer:
        for k in range(2):
            writer.write(_scene())
            meter.frame(k, _scene(), run.alpha(k))
    after = meter.seam(probe(str(path))).outside_after
    assert after is not None
    assert 0 < after < 6000


def test_the_join_meter_takes_the_frame_beside_the_join(tmp_path: Path) -> None:
    real = [_scene(2.0 * k) for k in range(3)]
    for side, numbers in ((Side.TAIL, [3, 4, 60]), (Side.HEAD, [-60, -2, -1])):
        before, after = (real[-2:], []) if side is Side.TAIL else ([], real[:2])
        meter = JoinMeter(before, after, 3)
        for k, number in enumerate(numbers):
            meter.frame(k, _scene(2.0 * number))
        path = tmp_path / f"{side}.mov"
        with TakeWriter(path, 320, 192, Fraction(24), Codec.PRORES, Colour()) as writer:
            writer.write(real[0])
        assert meter.seam(probe(str(path))).jump == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("numbers", [[3, 4, 60], [60, 8, 9], [60, 8, 60]])
def test_of_two_joins_the_worse_one_is_told(numbers: list[int], tmp_path: Path) -> None:
    before, after = ([_scene(2.0 * k) for k in pair] for pair in ((1, 2), (10, 11)))
    one = JoinMeter(before, after, 3)
    for k, number in enumerate(numbers):
        one.frame(k, _scene(2.0 * number))
    path = tmp_path / "take.mov"
    with TakeWriter(path, 320, 192, Fraction(24), Codec.PRORES, Colour()) as writer:
        writer.write(before[0])
    jump = one.seam(probe(str(path))).jump
    assert jump is not None and jump > 2


def test_a_seam_without_a_number_leaves_the_other_one() -> None:
    assert worse(Seam(1.0, 2.0, 0.5), Seam()) == Seam(1.0, 2.0, 0.5)
    assert worse(Seam(1.0, 2.0, 0.5), Seam(3.0, 1.0, 1.9)) == Seam(3.0, 2.0, 0.5)
    assert worse(Seam(1.0, 2.0, 0.0), Seam(3.0, 1.0, 1.9)).sharpness == 0.0, "a shot of black"
