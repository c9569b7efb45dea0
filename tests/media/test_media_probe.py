"""Probe measures real files: count, rate, timecode, shape, colour, and says what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from pickup.errors import MediaError
from pickup.protocol import Colour, MediaKind, MediaRef, decode
from pickup_engine.media.probe import probe
from pickup_engine.media.rates import fit, snap, timecode_frames
from support.footage import STEADY, Clip, numbered, write_images


@pytest.mark.parametrize("clip", STEADY, ids=lambda clip: clip.name)
def test_count_and_rate_of_steady_media(clip: Clip, tmp_path: Path) -> None:
    media = probe(str(clip.write(tmp_path)))
    assert (media.frames, media.rate) == (clip.frames, clip.rate)
    assert (media.width, media.height) == clip.size
    assert media.kind is MediaKind.VIDEO
    assert not media.variable_rate
    assert not media.has_audio


def test_a_negative_start_is_an_edit_list_that_hides_pictures(tmp_path: Path) -> None:
    clip = Clip("trim.mp4", "libx264", start=-5, options={"bf": "2"})
    assert probe(str(clip.write(tmp_path))).frames == 35


def test_uneven_times_are_variable_and_counted_on_the_grid(tmp_path: Path) -> None:
    times = [0, 1, 2, 4, 6, 7, 9, 15, 16]
    base = Fraction(1, 30)
    clip = Clip("v.mp4", "libx264", rate=Fraction(30), frames=9, times=times, base=base)
    media = probe(str(clip.write(tmp_path)))
    assert media.variable_rate
    assert media.rate == 30
    assert media.frames in (17, 18)  # the last picture's duration is the encoder's choice


@pytest.mark.parametrize(
    ("text", "rate", "frame"),
    [
        ("01:00:00:05", Fraction(25), 90005),
        ("00:01:00;02", Fraction(30000, 1001), 1800),
        ("00:10:00;00", Fraction(30000, 1001), 17982),
        ("01:00:00;00", Fraction(60000, 1001), 215784),
        ("00:01:00:02", Fraction(30000, 1001), 1802),
        ("01:00:00:00", Fraction(24000, 1001), 86400),
        ("nonsense", Fraction(25), 0),
    ],
)
def test_timecode_to_frame_number(text: str, rate: Fraction, frame: int) -> None:
    assert timecode_frames(text, rate) == frame


@pytest.mark.parametrize(
    ("name", "timecode", "rate", "frame"),
    [
        ("tc.mov", "01:00:00:05", Fraction(25), 90005),
        ("df.mov", "00:01:00;02", Fraction(30000, 1001), 1800),
    ],
)
def test_start_timecode_of_a_file(
    name: str, timecode: str, rate: Fraction, frame: int, tmp_path: Path
) -> None:
    clip = Clip(name, "prores_ks", "yuv422p10le", rate=rate, frames=3, timecode=timecode)
    assert probe(str(clip.write(tmp_path))).timecode == frame


def test_shape_sound_depth_and_fields(tmp_path: Path) -> None:
    wide = Clip(
        "wide.mov", "prores_ks", "yuv422p10le", frames=2, aspect=Fraction(64, 45), audio=True
    )
    media = probe(str(wide.write(tmp_path)))
    assert media.pixel_aspect == Fraction(64, 45)
    assert media.has_audio
    assert media.bit_depth == 10
    assert not media.interlaced
    fields = Clip("i.mp4", "libx264", frames=4, options={"flags": "+ildct+ilme"})
    assert probe(str(fields.write(tmp_path))).interlaced


@pytest.mark.parametrize(
    ("clip", "codec"),
    [
        (Clip("a.mov", "prores_ks", "yuv422p10le", frames=1), "prores"),
        (Clip("a.mp4", "libx264", frames=1), "h264"),
        (Clip("a.webm", "libvpx-vp9", frames=1), "vp9"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_codecs_have_their_common_names(clip: Clip, codec: str, tmp_path: Path) -> None:
    assert probe(str(clip.write(tmp_path))).codec == codec


def test_a_turned_clip_has_its_upright_size(tmp_path: Path) -> None:
    media = probe(str(Clip("r.mp4", "libx264", frames=2, rotation=90).write(tmp_path)))
    assert (media.width, media.height) == (64, 128)


def test_rates_snap_only_when_very_near() -> None:
    assert snap(Fraction(23976, 1000)) == Fraction(24000, 1001)
    assert snap(Fraction(23976024627685547, 10**15)) == Fraction(24000, 1001)
    assert snap(Fraction(2398, 100)) == Fraction(24000, 1001)
    assert snap(Fraction(2399, 100)) == Fraction(2399, 100)
    assert snap(Fraction(25, 2)) == Fraction(25, 2)


def test_a_claimed_rate_that_drifts_is_not_believed() -> None:
    times = [k * 1001 for k in range(600)]
    grid = fit(times, Fraction(1, 30000), 1001, (Fraction(30), None))
    assert grid.rate == Fraction(30000, 1001)
    assert not grid.variable


def test_one_missing_picture_leaves_a_hole_in_the_grid() -> None:
    times = [k for k in range(50) if k != 20]
    grid = fit(times, Fraction(1, 24), 1, (Fraction(24),))
    assert (grid.frames, grid.variable) == (50, True)
    assert grid.rate == 24


def test_sequences_by_pattern_and_by_folder(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "shot", [7, 8, 9, 12])
    for path in (folder / "shot.%04d.png", folder):
        media = probe(str(path), rate=Fraction(25))
        assert media.kind is MediaKind.SEQUENCE
        assert media.path == str(folder / "shot.%04d.png")
        assert (media.first_number, media.frames) == (7, 6)
        assert media.rate == 25
        assert media.colour == Colour("bt709", "iec61966-2-1", "gbr", "pc")


def test_a_sequence_that_outgrows_its_padding(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "s", [98, 99, 100, 101], "s{:02d}.png")
    media = probe(str(folder))
    assert (media.first_number, media.frames) == (98, 4)
    assert probe(str(folder / "s%02d.png")).frames == 4


def test_a_numbered_file_alone_is_a_still(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "s", [1, 2])
    media = probe(str(folder / "shot.0001.png"))
    assert (media.kind, media.frames) == (MediaKind.STILL, 1)


def test_sixteen_bit_stills_and_jpeg(tmp_path: Path) -> None:
    deep = tmp_path / "deep.png"
    cv2.imwrite(str(deep), np.full((31, 33, 3), 12345, np.uint16))
    assert probe(str(deep)).bit_depth == 16
    photo = tmp_path / "photo.jpg"
    cv2.imwrite(str(photo), numbered(3))
    media = probe(str(photo))
    assert (media.kind, media.colour.matrix, media.colour.range) == (
        MediaKind.STILL,
        "bt470bg",
        "pc",
    )


@pytest.mark.parametrize(
    ("size", "matrix"),
    [((128, 64), "smpte170m"), ((96, 576), "bt470bg"), ((1280, 64), "bt709"), ((64, 720), "bt709")],
)
def test_untagged_video_is_601_when_small(
    size: tuple[int, int], matrix: str, tmp_path: Path
) -> None:
    path = tmp_path / "u.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame(*size, "yuv420p")))
        container.mux(stream.encode(None))
    assert probe(str(path)).colour.matrix == matrix


def _code(path: Path) -> tuple[str, MediaError]:
    with pytest.raises(MediaError) as caught:
        probe(str(path))
    assert path.name in caught.value.message
    assert caught.value.hint
    return caught.value.code, caught.value


def test_missing_files_and_sequences(tmp_path: Path) -> None:
    assert _code(tmp_path / "gone.mov")[0] == "media.missing"
    assert _code(tmp_path / "gone.%04d.png")[0] == "media.missing"
    (tmp_path / "empty").mkdir()
    assert _code(tmp_path / "empty")[0] == "media.missing"


def test_text_and_empty_files_are_unreadable(tmp_path: Path) -> None:
    text = tmp_path / "notes.mov"
    text.write_text("no pictures here " * 200)
    assert _code(text)[0] == "media.unreadable"
    empty = tmp_path / "empty.mov"
    empty.touch()
    code, error = _code(empty)
    assert code == "media.unreadable"
    assert "empty" in error.message
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    assert _code(broken)[0] == "media.unreadable"


@pytest.mark.parametrize(
    ("name", "encoder", "options", "keep"),
    [
        ("tail.mov", "prores_ks", {}, 0.5),  # its index is at the end and gone
        ("front.mp4", "libx264", {"movflags": "faststart"}, 0.6),
        ("short.mkv", "ffv1", {}, 0.4),
    ],
)
def test_truncated_files_are_told_as_such(
    name: str, encoder: str, options: dict[str, str], keep: float, tmp_path: Path
) -> None:
    path = tmp_path / name
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(encoder, rate=24)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = 128, 64
        stream.pix_fmt = "yuv422p10le" if encoder == "prores_ks" else "yuv420p"
        for k in range(72):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(numbered(k), format="rgb24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    code, error = _code(path)
    assert code == "media.unreadable"
    assert "truncated" in error.message


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = Clip("b.mp4", "libx264", frames=2).write(tmp_path)
    path.chmod(0)
    assert _code(path)[0] == "media.permission"


def test_sound_alone_has_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 480), np.int16), "s16", "mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert _code(path)[0] == "media.no_video"


def test_the_command_prints_one_line_per_path(tmp_path: Path) -> None:
    good = Clip("good.mp4", "libx264", frames=5).write(tmp_path)
    run = subprocess.run(
        [sys.executable, "-m", "pickup_engine.media.probe", str(good), str(tmp_path / "no.mov")],
        capture_output=True,
        text=True,
        check=False,
    )
    first, second = (json.loads(line) for line in run.stdout.splitlines())
    assert run.returncode == 1
    assert decode(MediaRef, first) == probe(str(good))
    assert second["error"]["code"] == "media.missing"


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    _, data = cv2.imencode(".jpg", numbered(3))
    path.write_bytes(data.tobytes())
    assert probe(str(path)).codec == "mjpeg"


def test_percent_signs_in_names_are_no_pattern(tmp_path: Path) -> None:
    path = tmp_path / "100%d done.png"
    cv2.imwrite(str(path), numbered(3))
    assert probe(str(path)).kind is MediaKind.STILL
