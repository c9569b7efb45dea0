"""Mattes are exact, checked against the source, and only ever grow where it is safe."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import MediaError, RequestError
from pickup.protocol import Codec, Colour, Matte
from pickup_engine.finishing.matte import feathered, grown, load_matte
from pickup_engine.media.writer import TakeWriter

WIDTH, HEIGHT = 96, 64


def _mask(left: int) -> NDArray[np.uint8]:
    image = np.zeros((HEIGHT, WIDTH), np.uint8)
    image[20:40, left : left + 20] = 255
    return image


def _folder(tmp_path: Path, count: int) -> Path:
    folder = tmp_path / "matte"
    folder.mkdir()
    for k in range(count):
        cv2.imwrite(str(folder / f"m.{k + 8}.png"), _mask(4 * k))
    return folder


def test_a_box_is_the_box_in_every_frame() -> None:
    run = load_matte(Matte(box=(10, 5, 30, 20)), WIDTH, HEIGHT, 12)
    mask = run.mask(11)
    assert mask.sum() == 600
    assert mask[5:25, 10:40].all()
    assert np.array_equal(run.union(), mask)


@pytest.mark.parametrize("box", [(80, 5, 30, 20), (-1, 0, 5, 5), (0, 0, 0, 5)])
def test_a_box_outside_the_picture_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(RequestError) as caught:
        load_matte(Matte(box=box), WIDTH, HEIGHT, 1)
    assert caught.value.code == "request.matte_box"


def test_a_folder_is_one_image_per_frame_in_number_order_and_the_last_is_held(
    tmp_path: Path,
) -> None:
    run = load_matte(Matte(path=str(_folder(tmp_path, 4))), WIDTH, HEIGHT, 10)
    for k in range(10):  # files 8, 9, 10, 11: in the order of numbers, not of names
        assert np.array_equal(run.mask(k), _mask(4 * min(k, 3)) > 0)
    assert run.union()[30, :32].all()
    assert not run.union()[30, 32:].any()


def test_a_still_holds_for_all_frames(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), _mask(8))
    run = load_matte(Matte(path=str(path)), WIDTH, HEIGHT, 5)
    assert np.array_equal(run.mask(4), _mask(8) > 0)


def test_a_video_matte_is_cut_at_half(tmp_path: Path) -> None:
    path = tmp_path / "matte.mp4"
    with TakeWriter(path, WIDTH, HEIGHT, Fraction(24), Codec.H264, Colour()) as writer:
        for k in range(3):
            writer.write(np.repeat(_mask(8 * k)[:, :, None], 3, axis=2).astype(np.uint16) * 257)
    run = load_matte(Matte(path=str(path)), WIDTH, HEIGHT, 3)
    assert len(run) == 3
    for k in range(3):
        assert (run.mask(k) != (_mask(8 * k) > 0)).sum() <= 8


def test_another_size_is_refused_and_both_are_named(tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    cv2.imwrite(str(path), _mask(0)[:32, :48])
    with pytest.raises(RequestError) as caught:
        load_matte(Matte(path=str(path)), WIDTH, HEIGHT, 1)
    assert caught.value.code == "request.matte_size"
    assert "48 × 32" in caught.value.message
    assert "96 × 64" in caught.value.message


def test_black_and_missing_mattes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "black.png"
    cv2.imwrite(str(path), np.zeros((HEIGHT, WIDTH), np.uint8))
    with pytest.raises(RequestError) as caught:
        load_matte(Matte(path=str(path)), WIDTH, HEIGHT, 1)
    assert caught.value.code == "request.matte_empty"
    for gone in (tmp_path / "gone.png", tmp_path / "gone"):
        with pytest.raises(MediaError) as missing:
            load_matte(Matte(path=str(gone)), WIDTH, HEIGHT, 1)
        assert missing.value.code == "media.missing"
    (tmp_path / "empty").mkdir()
    with pytest.raises(MediaError, match="no images"):
        load_matte(Matte(path=str(tmp_path / "empty")), WIDTH, HEIGHT, 1)


def test_for_the_model_every_touched_pixel_counts() -> None:
    run = load_matte(Matte(box=(33, 21, 1, 1)), WIDTH, HEIGHT, 1)
    whole = (slice(0, HEIGHT), slice(0, WIDTH))
    small = run.for_model(0, whole, 12, 8, grow=0)
    assert small.sum() == 1
    assert small[2, 4]
    assert run.for_model(0, whole, 12, 8, grow=1).sum() == 5
    window = (slice(16, 48), slice(32, 64))
    assert run.for_model(0, window, 8, 8, grow=0)[1, 0]


def test_alpha_is_zero_outside_and_full_in_the_middle() -> None:
    run = load_matte(Matte(box=(400, 300, 200, 100)), 1920, 1080, 1)
    mask, alpha = run.mask(0), run.alpha(0)
    assert (alpha[~mask] == 0).all()
    assert (alpha[mask] > 0).all()
    assert alpha[350, 500] == 65535
    assert alpha[350, 400] < alpha[350, 401] < alpha[350, 402] < 65535


def test_feathering_does_not_see_the_picture_edge_as_an_edge() -> None:
    mask = np.zeros((20, 20), np.bool_)
    mask[:, :10] = True
    soft = feathered(mask, 4)
    assert soft[0, 0] == 1
    assert 0 < soft[10, 9] < soft[10, 8] < 1
    assert (feathered(np.ones((9, 9), np.bool_), 4) == 1).all()
    assert (feathered(np.zeros((9, 9), np.bool_), 4) == 0).all()


def test_growing_is_round() -> None:
    mask = np.zeros((21, 21), np.bool_)
    mask[10, 10] = True
    big = grown(mask, 4)
    assert big[10, 14]
    assert big[6, 10]
    assert not big[6, 6]
    assert grown(mask, 0) is mask
