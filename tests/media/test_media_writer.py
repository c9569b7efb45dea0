"""Takes are constant rate, tagged, exactly sized, and whole or absent."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import MediaError, RequestError, StorageError
from pickup.protocol import Codec, Colour, Output
from pickup_engine.media import failures
from pickup_engine.media.colour import sixteen_bit
from pickup_engine.media.naming import container_comment, extension, partial_path, take_path
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.writer import TakeWriter
from support.footage import number_in, numbered

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001), Fraction(25, 2)]


def _picture(k: int, width: int = 128, height: int = 64) -> NDArray[np.uint16]:
    return sixteen_bit(numbered(k, width, height))


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("size", [(128, 64), (131, 65)], ids=str)
def test_rate_size_and_every_frame(
    codec: Codec, rate: Fraction, size: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / f"take{extension(codec)}"
    with TakeWriter(path, *size, rate, codec, Colour()) as writer:
        for k in range(13):
            writer.write(_picture(k, *size))
    media = probe(str(path))
    assert (media.frames, media.rate, media.width, media.height) == (13, rate, *size)
    assert not media.variable_rate
    assert media.timecode == 0
    with open_reader(media) as reader:
        assert [number_in(reader.frame(k)) for k in range(13)] == list(range(13))
    with av.open(str(path)) as container:
        times = sorted(p.pts for p in container.demux(video=0) if p.pts is not None)
        assert times[0] == 0
        assert container.streams.video[0].start_time == 0


def test_times_in_quicktime_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "take.mov"
    rate = Fraction(24000, 1001)
    with TakeWriter(path, 128, 64, rate, Codec.PRORES, Colour()) as writer:
        for k in range(50):
            writer.write(_picture(k))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = stream.time_base
        assert base is not None
        times = sorted(p.pts * base for p in container.demux(stream) if p.pts is not None)
    assert times == [k / rate for k in range(50)]


@pytest.mark.parametrize("codec", [Codec.PRORES, Codec.H264])
def test_tags_aspect_and_comment(codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / f"take{extension(codec)}"
    colour = Colour("bt2020", "smpte2084", "bt2020nc", "tv")
    comment = container_comment("job7", 0, "compositeWithTrainedAlgorithmicMedia")
    with TakeWriter(
        path, 128, 64, Fraction(25), codec, colour, Fraction(64, 45), comment=comment
    ) as writer:
        writer.write(_picture(1))
    media = probe(str(path))
    assert media.colour == writer.colour == colour
    assert media.pixel_aspect == Fraction(64, 45)
    with av.open(str(path)) as container:
        assert container.metadata["comment"] == comment
        assert not any("timecode" in s.metadata for s in container.streams)
        frame = next(container.decode(video=0))
        assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (9, 16, 9)


def test_a_pixel_aspect_is_refused_rather_than_lost(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        TakeWriter(
            tmp_path / "t.mkv", 128, 64, Fraction(25), Codec.FFV1, Colour(), Fraction(64, 45)
        )
    assert caught.value.code == "request.pixel_aspect"


def test_rgb_sources_are_stored_as_bt709(tmp_path: Path) -> None:
    path = tmp_path / "take.mov"
    source = Colour("bt709", "iec61966-2-1", "gbr", "pc")
    with TakeWriter(path, 128, 64, Fraction(25), Codec.PRORES, source) as writer:
        writer.write(_picture(1))
    assert probe(str(path)).colour == writer.colour == Colour()


def test_straight_alpha_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "patch.mov"
    alpha = np.zeros((64, 128), np.uint16)
    alpha[16:48, 32:96] = 65535
    alpha[30:34] = 40000
    with TakeWriter(path, 128, 64, Fraction(25), Codec.H264, Colour(), alpha=True) as writer:
        for k in range(3):
            writer.write(_picture(k), alpha)
    with open_reader(probe(str(path))) as reader:
        back = reader.alpha(2)
        assert back is not None
        assert number_in(reader.frame(2)) == 2  # the pixels under alpha 0 are kept
    assert (back[alpha == 0] == 0).all()
    assert (back[alpha == 65535] == 65535).all()
    assert np.abs(back.astype(int) - alpha).max() <= 64  # the encoder takes 10 bits


def test_wrong_pictures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.mov"
    with (
        pytest.raises(ValueError, match="file of"),
        TakeWriter(path, 128, 64, Fraction(25), Codec.PRORES, Colour()) as writer,
    ):
        writer.write(_picture(0, 64, 64))
    with (
        pytest.raises(ValueError, match="alpha"),
        TakeWriter(path, 128, 64, Fraction(25), Codec.PRORES, Colour(), alpha=True) as writer,
    ):
        writer.write(_picture(0))
    assert not list(tmp_path.iterdir())


def test_an_error_leaves_no_file_and_the_old_one_in_place(tmp_path: Path) -> None:
    path = tmp_path / "take.mov"
    path.write_bytes(b"the earlier take")
    partial = partial_path(path, 2)
    with (
        pytest.raises(RuntimeError, match="stop"),
        TakeWriter(path, 128, 64, Fraction(25), Codec.PRORES, Colour(), partial=partial) as writer,
    ):
        writer.write(_picture(0))
        assert partial.exists()
        raise RuntimeError("stop")
    assert path.read_bytes() == b"the earlier take"
    assert list(tmp_path.iterdir()) == [path]


def test_a_take_without_pictures_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaError),
        TakeWriter(tmp_path / "t.mov", 128, 64, Fraction(25), Codec.PRORES, Colour()),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "take.mov"
    with (
        pytest.raises(StorageError) as caught,
        TakeWriter(path, 128, 64, Fraction(25), Codec.PRORES, Colour()),
    ):
        pass
    assert caught.value.code == "storage.missing"
    assert str(path.parent) in caught.value.message


_FILLING = """
import resource, signal, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from pickup.errors import StorageError
from pickup.protocol import Codec, Colour
from pickup_engine.media.writer import TakeWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]),) * 2)
rng = np.random.default_rng(0)
path = Path(sys.argv[1])
try:
    with TakeWriter(path, 256, 128, Fraction(25), Codec(sys.argv[2]), Colour()) as writer:
        for _ in range(int(sys.argv[3])):
            writer.write(rng.integers(0, 65536, (128, 256, 3), dtype=np.uint16))
except StorageError as error:
    print(error.code, error.message)
"""


def _fill(path: Path, codec: str, limit: int) -> str:
    run = subprocess.run(
        [sys.executable, "-c", _FILLING, str(path), codec, "6", str(limit)],
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


@pytest.mark.parametrize("codec", ["prores", "ffv1"])
def test_a_full_disk_is_told_and_leaves_nothing(codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"take{extension(Codec(codec))}"
    assert _fill(path, codec, 10_000_000) == ""
    size = path.stat().st_size
    path.unlink()
    for limit in (size // 2, size - 100):  # while writing, and in the very last bytes
        told = _fill(path, codec, limit)
        assert told.startswith("storage.full"), told
        assert str(tmp_path) in told
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "code"),
    [(28, "storage.full"), (30, "storage.read_only"), (13, "storage.read_only")],
)
def test_what_the_system_says_becomes_a_code(number: int, code: str) -> None:
    error = failures.storage_error(Path("/takes/a.mov"), number)
    assert error.code == code
    assert "/takes" in error.message
    assert error.hint


def test_names_of_takes() -> None:
    output = Output(folder="/takes", name="a/b: c", codec=Codec.H264)
    path = take_path(output, "01J", 0)
    assert path == Path("/takes/a_b_ c.01J.t1.mp4")
    assert take_path(output, "01J", 1, alpha=True).name == "a_b_ c.01J.t2.mov"
    assert partial_path(path, 3).name == "a_b_ c.01J.t1.a3.partial.mp4"
