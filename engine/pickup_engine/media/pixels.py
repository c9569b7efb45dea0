"""Decoded frames to pictures and back, without FFmpeg's own colour conversion.

libswscale only moves bits and resamples chroma here; matrix and range are applied by exact matrices
(`colour.py`). Its own RGB conversion is up to one 8-bit code off and takes BT.601 unless told.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from pickup.protocol import Colour
from pickup_engine.media import colour as colours
from pickup_engine.media.colour import Picture
from pickup_engine.media.streams import is_rgb

EXACT: Final = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
LIMITED: Final = 1
_FULL: Final = 2


def rows(plane: VideoPlane, wide: bool) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """A writable (height, width) view of a plane without its row padding; `wide` = 16 bits."""
    data = memoryview(plane)
    if wide:
        samples = np.frombuffer(data, np.uint16).reshape(plane.height, plane.line_size // 2)
        return samples[:, : plane.width]
    return np.frombuffer(data, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


class Converter:
    """Turns frames into pictures; keeps libswscale's context between frames of one shape."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()

    def picture(self, frame: VideoFrame, colour: Colour, turns: int) -> Picture:
        """The picture of a frame, upright after `turns` quarter turns counter-clockwise.

        `colour` is the MediaRef's, decided once by probe.
        """
        name = frame.format.name
        if is_rgb(name):
            flat = self._rgb(frame)
        elif name.startswith(("gray", "ya")):
            flat = self._grey(frame, colour)
        else:
            flat = self._ycbcr(frame, colour)
        return _turned(flat, turns)

    def alpha(self, frame: VideoFrame, turns: int) -> NDArray[np.uint16] | None:
        """(h, w) straight alpha 0..65535, or None where the format has none."""
        name = frame.format.name
        if not name.startswith(("yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya", "pal8")):
            return None
        bits = frame.format.components[-1].bits
        values: NDArray[np.generic]
        if name.startswith(("yuva", "gbrap")) and "f" not in name:
            values = rows(frame.planes[3], wide=bits > 8)
        elif bits <= 8:
            values, bits = self._reformat(frame, "rgba").to_ndarray()[:, :, 3], 8
        else:
            values, bits = self._reformat(frame, "rgba64le").to_ndarray()[:, :, 3], 16
        top = (1 << bits) - 1
        scaled = np.rint(values.astype(np.float64) * (colours.WHITE / top)).astype(np.uint16)
        return np.ascontiguousarray(np.rot90(scaled, turns)) if turns else scaled

    def _ycbcr(self, frame: VideoFrame, colour: Colour) -> Picture:
        if frame.format.name.startswith("yuvj"):
            frame = _without_range(frame)
        bits = frame.format.components[0].bits
        wide = self._scaler.reformat(
            frame,
            format="yuv444p16le",
            src_colorspace=1,
            dst_colorspace=1,
            src_color_range=LIMITED,  # "limited" on both sides makes the widening a plain shift
            dst_color_range=LIMITED,
            interpolation=EXACT,
            threads=1,
        )
        codes = np.asarray(wide.to_ndarray(), dtype=np.uint16)
        return colours.ycbcr_to_picture(codes, colour, bits, 16 - bits)

    def _rgb(self, frame: VideoFrame) -> Picture:
        if "f32" in frame.format.name or "f16" in frame.format.name:
            wide = self._reformat(frame, "gbrpf32le").to_ndarray()
            clipped = np.clip(np.nan_to_num(wide), 0.0, 1.0)
            return np.asarray(np.rint(clipped * colours.WHITE), dtype=np.uint16)
        if max(component.bits for component in frame.format.components) <= 8:
            narrow = np.asarray(self._reformat(frame, "rgb24").to_ndarray(), dtype=np.uint8)
            return colours.sixteen_bit(narrow)
        return np.array(self._reformat(frame, "rgb48le").to_ndarray(), dtype=np.uint16)

    def _grey(self, frame: VideoFrame, colour: Colour) -> Picture:
        if frame.format.components[0].bits <= 8:
            flat = self._reformat(frame, "gray").to_ndarray().astype(np.float64) / 255
        else:
            flat = self._reformat(frame, "gray16le").to_ndarray().astype(np.float64) / 65535
        if colour.range == "tv":
            flat = (flat * 255 - 16) / 219
        level = np.rint(np.clip(flat, 0, 1) * colours.WHITE).astype(np.uint16)
        return np.repeat(level[:, :, None], 3, axis=2)

    def _reformat(self, frame: VideoFrame, name: str) -> VideoFrame:
        return self._scaler.reformat(
            frame,
            format=name,
            src_color_range=_FULL,
            dst_color_range=_FULL,
            interpolation=EXACT,
            threads=1,
        )


def _without_range(frame: VideoFrame) -> VideoFrame:
    """The same samples in the format without the deprecated J, whose range libswscale respects."""
    twin = VideoFrame(frame.width, frame.height, "yuv" + frame.format.name[4:])
    for source, target in zip(frame.planes, twin.planes, strict=True):
        rows(target, wide=False)[:] = rows(source, wide=False)
    return twin


def _turned(picture: Picture, turns: int) -> Picture:
    return np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture
