"""Sizes, named images, and the pictures of a source run."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.errors import MediaError
from pickup.protocol import MediaKind, MediaRef, Source
from pickup_engine.finishing.conform import (
    SourceRun,
    fitted,
    from_model,
    load_image,
    resized,
    to_model,
)
from pickup_engine.media.colour import Picture
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from support.footage import Clip, number_in


def test_shrinking_takes_means_of_areas() -> None:
    picture = np.zeros((40, 60, 3), np.uint16)
    picture[::2] = 65535  # every other line: the mean of any area is one half
    small = to_model(picture, 15, 10)
    assert small.shape == (10, 15, 3)
    assert small.dtype == np.uint8
    assert np.abs(small.astype(int) - 128).max() <= 1


def test_growing_keeps_flat_colours_and_the_same_size_is_untouched() -> None:
    picture = np.full((10, 12, 3), 40000, np.uint16)
    assert (resized(picture, 33, 21) == 40000).all()
    assert resized(picture, 12, 10) is picture


def test_pictures_of_models_become_sixteen_bit() -> None:
    byte = np.full((8, 8, 3), 255, np.uint8)
    assert (from_model(byte, 8, 8) == 65535).all()
    assert (from_model(np.full((8, 8, 3), 0.5, np.float32), 9, 7) == 32768).all()
    assert (from_model(np.full((8, 8, 3), 1.5, np.float32), 8, 8) == 65535).all()


def test_images_of_odd_sizes_are_cut_in_the_middle(tmp_path: Path) -> None:
    image = np.zeros((31, 93, 3), np.uint8)
    image[:, 31:62] = (10, 200, 30)
    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), image[:, :, ::-1])
    assert load_image(str(path)).shape == (31, 93, 3)
    square = load_image(str(path), 31, 31)
    assert square.shape == (31, 31, 3)
    assert (square == np.array([10, 200, 30]) * 257).all()


@pytest.mark.parametrize(
    ("name", "code"), [("no.png", "media.missing"), ("text.png", "media.unreadable")]
)
def test_images_that_are_none(name: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(MediaError) as caught:
        load_image(str(tmp_path / name))
    assert caught.value.code == code
    assert name in caught.value.message


def test_a_video_is_no_reference_image(tmp_path: Path) -> None:
    clip = Clip("b.mp4", "libx264", frames=5).write(tmp_path)
    with pytest.raises(MediaError) as caught:
        load_image(str(clip))
    assert caught.value.code == "media.unreadable"


@pytest.mark.parametrize(
    ("step", "record", "media_frame"),
    [
        (Fraction(1), 0, 10),
        (Fraction(1), -4, 6),
        (Fraction(1), 7, 17),
        (Fraction(1, 2), 3, 11),
        (Fraction(2), 3, 16),
        (Fraction(-1), 4, 6),
        (Fraction(0), 4, 10),
    ],
)
def test_record_frames_show_their_media_frame(
    step: Fraction, record: int, media_frame: int, tmp_path: Path
) -> None:
    media = probe(str(Clip("b.mp4", "libx264").write(tmp_path)))
    with open_reader(media) as reader:
        run = SourceRun(Source(media, Fraction(10), step, 5, media.rate), reader)
        assert number_in(run.picture(record)) == media_frame


def test_context_ends_where_the_media_end(tmp_path: Path) -> None:
    media = probe(str(Clip("b.mp4", "libx264").write(tmp_path)))
    with open_reader(media) as reader:
        forward = SourceRun(Source(media, Fraction(10), Fraction(1), 5, media.rate), reader)
        assert [forward.has(k) for k in (-11, -10, 29, 30)] == [False, True, True, False]
        frozen = SourceRun(Source(media, Fraction(10), Fraction(0), 5, media.rate), reader)
        assert [frozen.has(k) for k in (-1, 0, 4, 5)] == [False, True, True, False]
        with pytest.raises(MediaError):
            forward.picture(30)


def disc(media: MediaRef) -> Picture:
    """A white disc in the middle, round where it is shown, as high as half of the picture."""
    y, x = np.mgrid[0 : media.height, 0 : media.width] + 0.5
    across = (x - media.width / 2) * float(media.pixel_aspect)
    inside = np.hypot(across, y - media.height / 2) < media.height / 4
    grey = np.where(inside, 60000, 20000)
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint16)


FRAME = MediaRef("/a.mov", MediaKind.VIDEO, 9, Fraction(24), 320, 180)


@pytest.mark.parametrize(
    ("width", "height", "aspect", "shown"),
    [
        (640, 360, "1", (320, 180)),
        (240, 135, "1", (320, 180)),
        (320, 181, "1", (320, 180)),
        (240, 180, "4/3", (320, 180)),
        (240, 180, "1", (240, 180)),
        (180, 320, "1", (101, 180)),
        (400, 100, "1", (320, 80)),
        (360, 288, "16/15", (240, 180)),
    ],
)
def test_a_picture_of_another_size_fits_inside_undistorted(
    width: int, height: int, aspect: str, shown: tuple[int, int]
) -> None:
    media = replace(FRAME, width=width, height=height, pixel_aspect=Fraction(aspect))
    made = fitted(disc(media), media, FRAME)
    assert made.shape == (180, 320, 3)
    lit = made[..., 0] > 5000
    assert (int(lit.any(axis=0).sum()), int(lit.any(axis=1).sum())) == shown
    white = made[..., 0] > 40000
    assert abs(int(white.any(axis=0).sum()) - int(white.any(axis=1).sum())) <= 2, "it stays round"
    rows, columns = (np.flatnonzero(white.any(axis=axis)) for axis in (1, 0))
    assert abs(rows.mean() - 89.5) <= 1 and abs(columns.mean() - 159.5) <= 1


def test_into_pixels_that_are_not_square() -> None:
    frame = replace(FRAME, width=240, pixel_aspect=Fraction(4, 3))
    made = fitted(disc(FRAME), FRAME, frame)
    assert made.shape == (180, 240, 3)
    white = made[..., 0] > 40000
    across, down = int(white.any(axis=0).sum()), int(white.any(axis=1).sum())
    assert abs(across * 4 / 3 - down) <= 2


def test_a_picture_of_the_same_form_is_left_alone() -> None:
    picture = disc(FRAME)
    assert fitted(picture, replace(FRAME, path="/b.mov"), FRAME) is picture
