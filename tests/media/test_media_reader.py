"""Every codec gives exactly the asked frame, in any order; what is missing is named."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.errors import MediaError
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from support.footage import STEADY, Clip, number_in, numbered, write_images


@pytest.mark.parametrize("clip", STEADY, ids=lambda clip: clip.name)
def test_every_frame_in_any_order(clip: Clip, tmp_path: Path) -> None:
    media = probe(str(clip.write(tmp_path)))
    forward = list(range(clip.frames))
    shuffled = random.Random(7).sample(forward, len(forward))
    with open_reader(media, cache_bytes=1) as reader:
        for k in [*forward, *reversed(forward), *shuffled]:
            assert number_in(reader.frame(k)) == k


def test_the_first_asked_frame_may_be_the_last(tmp_path: Path) -> None:
    clip = Clip("b.mp4", "libx264", options={"bf": "3"}, gop=250)
    media = probe(str(clip.write(tmp_path)))
    with open_reader(media) as reader:
        assert number_in(reader.frame(39)) == 39
    with open_reader(media) as reader:
        assert number_in(reader.frame(1)) == 1


def test_pictures_hidden_by_an_edit_list_stay_hidden(tmp_path: Path) -> None:
    clip = Clip("trim.mp4", "libx264", start=-5, options={"bf": "2"})
    media = probe(str(clip.write(tmp_path)))
    with open_reader(media, cache_bytes=1) as reader:
        shown = [number_in(reader.frame(k)) for k in (0, 1, 34, 12, 0)]
    assert shown == [5, 6, 39, 17, 5]


def test_variable_rate_shows_what_is_on_screen(tmp_path: Path) -> None:
    times = [0, 1, 2, 4, 6, 7, 9, 15, 16]
    clip = Clip("v.mp4", "libx264", rate=Fraction(30), frames=9, times=times, base=Fraction(1, 30))
    media = probe(str(clip.write(tmp_path)))
    expected = [max(i for i, time in enumerate(times) if time <= k) for k in range(17)]
    with open_reader(media, cache_bytes=1) as reader:
        assert [number_in(reader.frame(k)) for k in range(17)] == expected
        assert [number_in(reader.frame(k)) for k in (14, 3, 16, 8)] == [6, 2, 8, 5]


def test_a_turned_clip_is_upright(tmp_path: Path) -> None:
    flat = Clip("flat.mp4", "libx264", frames=2).write(tmp_path)
    with open_reader(probe(str(flat))) as reader:
        lying = reader.frame(1)
    for degrees in (90, 180, -90):
        clip = Clip(f"r{degrees}.mp4", "libx264", frames=2, rotation=degrees)
        with open_reader(probe(str(clip.write(tmp_path)))) as reader:
            assert np.array_equal(reader.frame(1), np.rot90(lying, degrees // 90))


def test_sequences_address_files_and_miss_them_by_name(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "s", [7, 8, 10])
    with open_reader(probe(str(folder))) as reader:
        assert [number_in(reader.frame(k)) for k in (0, 1, 3)] == [7, 8, 10]
        with pytest.raises(MediaError) as caught:
            reader.frame(2)
    assert caught.value.code == "media.frame_missing"
    assert "shot.0009.png" in caught.value.message


def test_a_still_is_exact_and_a_frame_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.png"
    values = np.random.default_rng(1).integers(0, 65536, (31, 33, 3), dtype=np.uint16)
    cv2.imwrite(str(path), values[:, :, ::-1])
    media = probe(str(path))
    with open_reader(media) as reader:
        assert np.array_equal(reader.frame(0), values)
    with (
        open_reader(replace(media, width=40)) as reader,
        pytest.raises(MediaError, match="33 x 31"),
    ):
        reader.frame(0)


def test_eight_bit_rgb_is_lossless(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    values = np.random.default_rng(1).integers(0, 256, (31, 33, 3), dtype=np.uint8)
    cv2.imwrite(str(path), values[:, :, ::-1])
    with open_reader(probe(str(path))) as reader:
        assert np.array_equal(reader.frame(0), values.astype(np.uint16) * 257)


def test_alpha_of_pictures_with_and_without_it(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    values = np.random.default_rng(2).integers(0, 256, (20, 24, 4), dtype=np.uint8)
    cv2.imwrite(str(path), values)
    with open_reader(probe(str(path))) as reader:
        alpha = reader.alpha(0)
        assert alpha is not None
        assert np.array_equal(alpha, values[:, :, 3].astype(np.uint16) * 257)
        assert np.array_equal(reader.frame(0) // 257, values[:, :, 2::-1])
    opaque = Clip("b.mp4", "libx264", frames=2).write(tmp_path)
    with open_reader(probe(str(opaque))) as reader:
        assert reader.alpha(1) is None


@pytest.mark.parametrize("k", [-1, 40])
def test_frames_outside_the_media_are_refused(k: int, tmp_path: Path) -> None:
    media = probe(str(Clip("b.mp4", "libx264").write(tmp_path)))
    with open_reader(media) as reader, pytest.raises(MediaError) as caught:
        reader.frame(k)
    assert caught.value.code == "media.frame_missing"
    assert "b.mp4" in caught.value.message
    assert f"no frame {k}" in caught.value.message


def test_a_file_that_got_shorter_names_the_missing_frame(tmp_path: Path) -> None:
    path = Clip("cut.mkv", "ffv1").write(tmp_path)
    media = probe(str(path))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_reader(media) as reader:
        assert number_in(reader.frame(3)) == 3
        with pytest.raises(MediaError) as caught:
            reader.frame(35)
        assert caught.value.code == "media.frame_missing"
        assert "no frame 35" in caught.value.message
        assert number_in(reader.frame(2)) == 2


def test_damage_in_the_middle_does_not_end_the_reader(tmp_path: Path) -> None:
    path = Clip("hurt.mov", "prores_ks", "yuv422p10le").write(tmp_path)
    media = probe(str(path))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(bytes(data))
    told = set()
    with open_reader(media) as reader:
        for k in range(media.frames):
            try:
                reader.frame(k)
            except MediaError as error:
                told.add((k, error.code))
        assert number_in(reader.frame(39)) == 39
    assert all(code == "media.frame_missing" for _, code in told)


def test_pictures_are_shared_and_read_only(tmp_path: Path) -> None:
    media = probe(str(Clip("b.mp4", "libx264").write(tmp_path)))
    with open_reader(media) as reader:
        first = reader.frame(4)
        assert reader.frame(4) is first
        with pytest.raises(ValueError, match="read-only"):
            first[0, 0, 0] = 1


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    media = probe(str(Clip("b.mp4", "libx264").write(tmp_path)))
    bytes_each = media.width * media.height * 6
    with open_reader(media, cache_bytes=5 * bytes_each) as reader:
        early = reader.frame(0)
        for k in range(1, 6):
            reader.frame(k)
        assert reader.frame(0) is not early
        assert np.array_equal(reader.frame(0), early)


def test_burnt_in_numbers_can_be_read() -> None:
    for k in (0, 1, 77, 255):
        assert number_in(numbered(k).astype(np.uint16) * 257) == k
