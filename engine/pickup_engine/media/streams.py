"""Small facts about an opened stream that probe and reader must see alike."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pickup_engine.media import failures
from pickup_engine.media.sequences import IMAGES

RGB_PREFIXES: Final = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "mono", "x2")
INTRA: Final = frozenset({"prores", "prores_raw", "dnxhd", "mjpeg", "cfhd", "rawvideo", "v210"})
"""Codecs in which every packet is a picture and presentation order is decoding order."""

_REORDERED: Final = 64
"""More packets than any codec reorders: the first picture shown is among the first of these."""


def open_video(path: str) -> InputContainer:
    """Open a file for reading; raises MediaError.

    Files are known by their content, not their name. What a file names in turn (a playlist) may
    only be files.
    """
    failures.check_readable(path)
    options = {"protocol_whitelist": "file"}
    with failures.decoding(path):
        if is_image(path) and "%" in Path(path).name:  # else FFmpeg takes it for a pattern
            return av.open(path, format="image2", options={**options, "pattern_type": "none"})
        return av.open(path, options=options, metadata_errors="replace")


def is_image(path: str) -> bool:
    """Whether the name is that of a single picture."""
    return Path(path).suffix.lower() in IMAGES


def video_stream(container: InputContainer, path: str) -> VideoStream:
    """The first stream of moving pictures (cover art does not count)."""
    art = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & art:
            return stream
    raise failures.no_video(path)


def is_rgb(pixel_format: str) -> bool:
    """Whether a pixel format stores RGB (or a palette of it)."""
    return pixel_format.startswith(RGB_PREFIXES)


def quarter_turns(frame: VideoFrame) -> int:
    """How many quarter turns counter-clockwise make a decoded frame upright (0 to 3).

    Mirroring is not told by PyAV and is ignored. (Its `side_data` would tell, but raises on EXIF.)
    """
    return round(frame.rotation / 90) % 4


def pixel_aspect(stream: VideoStream, turned: bool) -> Fraction:
    """Width over height of a pixel, 1 where unknown; inverted where the picture is turned."""
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if not aspect or aspect <= 0:
        return Fraction(1)
    return 1 / Fraction(aspect) if turned else Fraction(aspect)


def frame_time(frame: VideoFrame) -> int | None:
    """Presentation time in stream units, decoding time where the container has no other."""
    return frame.pts if frame.pts is not None else frame.dts


def first_time(container: InputContainer, stream: VideoStream) -> int:
    """Time of the first picture shown: the origin of frame numbers. Reads a few packets only."""
    container.seek(0)
    times = []
    for packet in container.demux(stream):
        time = packet.pts if packet.pts is not None else packet.dts
        if packet.size and time is not None and not packet.is_discard:
            times.append(time)
        if len(times) == _REORDERED:
            break
    return min(times, default=0)
