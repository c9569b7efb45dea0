"""Decoding undoes matrix and range exactly; encoding errs by what the codec must err."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import MediaError
from pickup.protocol import Codec, Colour
from pickup_engine.media.colour import eight_bit, sixteen_bit, tags
from pickup_engine.media.naming import extension
from pickup_engine.media.pixels import Converter, rows
from pickup_engine.media.probe import frame_colour, probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.writer import TakeWriter

LUMA = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114), "bt2020nc": (0.2627, 0.0593)}
BARS = [(r, g, b) for r in (0.0, 0.75, 1.0) for g in (0.0, 0.75, 1.0) for b in (0.0, 0.75, 1.0)]


def _codes(rgb: tuple[float, float, float], matrix: str, bits: int, full: bool) -> list[float]:
    """Y'CbCr codes of H.273 in plain arithmetic, independent of the code under test."""
    kr, kb = LUMA[matrix]
    red, green, blue = rgb
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    unit = 2 ** (bits - 8)
    if full:
        top = 2**bits - 1
        return [y * top, cb * top + 128 * unit, cr * top + 128 * unit]
    return [(219 * y + 16) * unit, (224 * cb + 128) * unit, (224 * cr + 128) * unit]


@pytest.mark.parametrize("matrix", LUMA)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("yuv420p", 8),
        ("yuv422p", 8),
        ("yuv444p", 8),
        ("yuvj420p", 8),
        ("yuv420p10le", 10),
        ("yuv422p10le", 10),
        ("yuv444p12le", 12),
    ],
)
def test_colour_bars_decode_to_what_the_matrix_says(
    name: str, bits: int, matrix: str, full: bool
) -> None:
    if name.startswith("yuvj") and not full:
        pytest.skip("the J formats are full range by definition")
    colour = Colour(matrix=matrix, range="pc" if full else "tv")
    for bar in BARS:
        codes = [min(max(round(c), 0), 2**bits - 1) for c in _codes(bar, matrix, bits, full)]
        frame = av.VideoFrame(32, 16, name)
        for plane, code in zip(frame.planes, codes, strict=True):
            rows(plane, wide=bits > 8)[:] = code
        picture = Converter().picture(frame, colour, 0)
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 1
        # half a code of rounding in each component, carried through the matrix
        tolerance = 0.5 * 65535 / (2**bits * 0.85) * (1 + 1.9) + 1
        assert np.abs(picture[0, 0] - np.array(bar) * 65535).max() <= tolerance


def test_white_black_and_grey_are_exact() -> None:
    for bits, name in ((8, "yuv420p"), (10, "yuv422p10le")):
        for code, value in ((16, 0), (235, 65535), (126, round(110 / 219 * 65535))):
            frame = av.VideoFrame(32, 16, name)
            for plane, level in zip(frame.planes, (code, 128, 128), strict=True):
                rows(plane, wide=bits > 8)[:] = level << (bits - 8)
            picture = Converter().picture(frame, Colour(), 0)
            assert np.abs(picture.astype(int) - value).max() <= 1


def test_grey_formats(tmp_path: Path) -> None:
    frame = av.VideoFrame(32, 16, "gray")
    rows(frame.planes[0], wide=False)[:] = 100
    assert frame_colour(frame).range == "pc"
    assert (Converter().picture(frame, Colour(range="pc"), 0) == 100 * 257).all()


def test_a_matrix_that_is_not_supported_is_refused() -> None:
    frame = av.VideoFrame(32, 16, "yuv420p")
    with pytest.raises(MediaError, match="ycgco"):
        Converter().picture(frame, Colour(matrix="ycgco"), 0)


def test_tags_are_kept_where_given_and_decided_where_not() -> None:
    hdr = tags(9, 16, 9, False, 1920, 1080, False)
    assert hdr == Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    assert tags(2, 2, 2, False, 1920, 1080, False) == Colour()
    assert tags(2, 2, 2, False, 720, 576, False).matrix == "bt470bg"
    assert tags(1, 1, 1, True, 640, 480, False) == Colour(range="pc")
    assert tags(2, 2, 2, True, 640, 480, True) == Colour("bt709", "iec61966-2-1", "gbr", "pc")


def _pattern(width: int, height: int) -> NDArray[np.uint16]:
    """A soft colourful picture: what is lost on it is the codec's, not the subsampling's."""
    y, x = np.mgrid[0:height, 0:width]
    red = 0.5 + 0.4 * np.sin(x / 31)
    green = 0.5 + 0.4 * np.sin(y / 23 + 1)
    blue = 0.5 + 0.4 * np.sin((x + y) / 41 + 2)
    values = np.stack([red, green, blue], axis=-1) * 65535
    return np.asarray(np.rint(values), dtype=np.uint16)


@pytest.mark.parametrize(
    ("codec", "alpha", "mean", "worst"),
    [
        # in 16-bit codes: 64 is one code of 10 bits, 257 one of 8
        (Codec.PRORES, False, 45, 700),
        (Codec.PRORES, True, 40, 400),
        (Codec.H264, False, 330, 3000),
        (Codec.FFV1, False, 0, 0),
    ],
)
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc"])
def test_round_trip_through_each_codec(
    codec: Codec, alpha: bool, mean: float, worst: int, matrix: str, tmp_path: Path
) -> None:
    picture = _pattern(256, 144)
    path = tmp_path / f"take{extension(codec, alpha)}"
    colour = Colour(matrix=matrix)
    opaque = np.full((144, 256), 65535, np.uint16) if alpha else None
    with TakeWriter(path, 256, 144, Fraction(25), codec, colour, alpha=alpha) as writer:
        for _ in range(2):
            writer.write(picture, opaque)
    with open_reader(probe(str(path))) as reader:
        error = np.abs(reader.frame(1).astype(int) - picture)
    assert error.mean() <= mean
    assert error.max() <= worst


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("matrix", ["smpte240m", "fcc", "bt470bg"])
def test_rare_matrices_can_be_read_back(codec: Codec, matrix: str, tmp_path: Path) -> None:
    picture = np.full((64, 128, 3), (48000, 16000, 24000), np.uint16)
    path = tmp_path / f"take{extension(codec)}"
    with TakeWriter(path, 128, 64, Fraction(25), codec, Colour(matrix=matrix)) as writer:
        writer.write(picture)
    with open_reader(probe(str(path))) as reader:
        assert np.abs(reader.frame(0).astype(int) - picture).max() <= 3 * 257


@pytest.mark.parametrize("codec", Codec)
def test_colour_stays_in_place(codec: Codec, tmp_path: Path) -> None:
    """A soft edge in colour lies where it lay; libswscale's own siting is 0.43 pixels off."""
    edge = 1 / (1 + np.exp(-(np.arange(128) - 64) / 4))
    flat = np.full(128, 0.5)
    row = np.stack([0.2 + 0.6 * edge, flat, 0.8 - 0.6 * edge], axis=-1)
    picture = np.broadcast_to(np.rint(row * 65535).astype(np.uint16), (64, 128, 3)).copy()
    path = tmp_path / f"edge{extension(codec)}"
    with TakeWriter(path, 128, 64, Fraction(25), codec, Colour()) as writer:
        for _ in range(3):
            writer.write(picture)
    with open_reader(probe(str(path))) as reader:
        red = reader.frame(1)[:, :, 0].astype(float)
    slope = np.gradient(picture[:, :, 0].astype(float), axis=1)
    shift = float(((picture[:, :, 0] - red) * slope).sum() / (slope**2).sum())
    assert abs(shift) < 0.1


def test_the_known_trap_a_saturated_colour_survives_709(tmp_path: Path) -> None:
    picture = np.empty((720, 1280, 3), np.uint16)
    picture[:] = np.array([200, 30, 40], np.uint16) * 257
    path = tmp_path / "red.mov"
    with TakeWriter(path, 1280, 720, Fraction(24), Codec.PRORES, Colour()) as writer:
        writer.write(picture)
    media = probe(str(path))
    assert media.colour == Colour()
    with open_reader(media) as reader:
        assert np.abs(eight_bit(reader.frame(0))[300, 600].astype(int) - (200, 30, 40)).max() <= 1


def test_eight_and_sixteen_bit() -> None:
    all_codes = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, axis=2)
    assert np.array_equal(eight_bit(sixteen_bit(all_codes)), all_codes)
