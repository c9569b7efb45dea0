"""Tiny synthetic media whose frame number is burnt in and can be read back after any codec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

WIDTH, HEIGHT = 128, 64
_BITS = 8
_CELL = 16


def numbered(k: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """(height, width, 3): eight blocks in the top row are the bits of `k`; below, a gradient that
    moves, so that inter-frame codecs have something to predict."""
    x = np.arange(width)[None, :]
    y = np.arange(height)[:, None]
    base = (60 + (x + y + 3 * k) % 120).astype(np.uint8)
    picture = np.repeat(base[:, :, None], 3, axis=2)
    for bit in range(_BITS):
        level = 220 if k >> bit & 1 else 30
        picture[:_CELL, bit * _CELL : (bit + 1) * _CELL] = level
    return picture


def number_in(picture: NDArray[np.uint16]) -> int:
    """The frame number that a decoded picture carries."""
    half = _CELL // 2
    cells = [
        picture[4 : _CELL - 4, bit * _CELL + 4 : bit * _CELL + half + 4].mean()
        for bit in range(_BITS)
    ]
    return sum(1 << bit for bit, level in enumerate(cells) if level > 32768)


@dataclass(frozen=True)
class Clip:
    """How a test clip is encoded. `times` are presentation times in units of `base` seconds."""

    name: str
    encoder: str
    pixel_format: str = "yuv420p"
    rate: Fraction = Fraction(24)
    frames: int = 40
    options: dict[str, str] = field(default_factory=dict)
    gop: int = 12
    times: Sequence[int] = ()
    base: Fraction | None = None
    timecode: str = ""
    start: int = 0
    aspect: Fraction | None = None
    rotation: int = 0
    size: tuple[int, int] = (WIDTH, HEIGHT)
    audio: bool = False

    def write(self, folder: Path) -> Path:
        """Encode the clip into `folder`."""
        path = folder / self.name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(self.encoder, rate=self.rate, options=self.options)
            assert isinstance(stream, VideoStream)
            self._set_up(stream)
            sound = container.add_stream("pcm_s16le", rate=48000) if self.audio else None
            assert sound is None or isinstance(sound, av.AudioStream)
            for k in range(self.frames):
                frame = av.VideoFrame.from_ndarray(numbered(k, *self.size), format="rgb24")
                frame = frame.reformat(format=self.pixel_format, dst_colorspace=5)
                frame.pts = self.times[k] if self.times else self.start + k
                frame.time_base = self.base or 1 / self.rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if sound is not None:
                _silence(container, sound)
        return path

    def _set_up(self, stream: VideoStream) -> None:
        context = stream.codec_context
        context.width, context.height = self.size
        context.pix_fmt = self.pixel_format
        context.time_base = self.base or 1 / self.rate
        context.gop_size = self.gop
        if self.aspect:
            context.sample_aspect_ratio = self.aspect
        if self.timecode:
            stream.metadata["timecode"] = self.timecode
        if self.rotation:
            stream.set_display_rotation(self.rotation)


def _silence(container: av.container.OutputContainer, stream: av.AudioStream) -> None:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), "s16", "mono")
    frame.sample_rate, frame.pts = 48000, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def write_images(folder: Path, numbers: Sequence[int], name: str = "shot.{:04d}.png") -> Path:
    """One numbered picture per file number; the burnt-in number is the file's own."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = folder / name.format(number)
        assert cv2.imwrite(str(path), numbered(number)[:, :, ::-1])
    return folder


STEADY = (
    Clip("bframes.mp4", "libx264", options={"bf": "3", "b-adapt": "0", "preset": "veryfast"}),
    Clip("opengop.mkv", "libx264", options={"bf": "3", "x264-params": "open-gop=1:keyint=8"}),
    Clip("ntsc.mov", "libx264", rate=Fraction(24000, 1001), options={"bf": "2"}),
    Clip("hevc.mp4", "libx265", options={"preset": "ultrafast", "x265-params": "log-level=0"}),
    Clip("prores.mov", "prores_ks", "yuv422p10le", rate=Fraction(25)),
    Clip(
        "dnxhr.mov",
        "dnxhd",
        "yuv422p",
        rate=Fraction(30000, 1001),
        options={"profile": "dnxhr_sq"},
        size=(256, 128),
        frames=20,
    ),
    Clip("vp9.webm", "libvpx-vp9", rate=Fraction(30), options={"cpu-used": "8"}, gop=20),
    Clip("ffv1.mkv", "ffv1", rate=Fraction(60000, 1001)),
    Clip("late.mp4", "libx264", start=37, options={"bf": "2", "preset": "veryfast"}),
    Clip("transport.ts", "libx264", rate=Fraction(25), options={"bf": "2"}),
    Clip("old.avi", "mpeg4", rate=Fraction(25), options={"q:v": "2"}),
)
