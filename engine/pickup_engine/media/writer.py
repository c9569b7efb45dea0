"""Encode takes: constant rate, from 0, no timecode, colour tagged, and never half written.

A take is written under its partial name, flushed to the disk and then renamed; an error removes it.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pickup.errors import MediaError, RequestError
from pickup.protocol import Codec, Colour
from pickup_engine.media import colour as colours
from pickup_engine.media.colour import Picture
from pickup_engine.media.failures import storing
from pickup_engine.media.layouts import Layout, layout_for
from pickup_engine.media.pixels import EXACT, LIMITED, rows


class TakeWriter:
    """Context manager that encodes pictures to `path`.

    `width`, `height`: of every picture. `colour`: the source's; primaries and transfer are kept.
    `alpha`: ProRes 4444 with straight 16-bit alpha, whatever `codec` says. `partial`: the name
    while unfinished (default `NAME.partial.EXT`). Raises StorageError (storage.full,
    storage.read_only, storage.missing) naming the folder, from any method; RequestError
    request.pixel_aspect where the container cannot carry it.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        rate: Fraction,
        codec: Codec,
        colour: Colour,
        pixel_aspect: Fraction = Fraction(1),
        alpha: bool = False,
        *,
        partial: Path | None = None,
        comment: str = "",
    ) -> None:
        self.path = path
        self.partial = partial or path.with_name(f"{path.stem}.partial{path.suffix}")
        self.frames = 0
        self.layout: Layout = layout_for(codec, width, height, alpha)
        if pixel_aspect != 1 and self.layout.container == "matroska":
            raise RequestError(
                f"“{path.name}” would lose the source's pixel aspect of {pixel_aspect}: PyAV cannot"
                " write it into Matroska files.",
                "Choose ProRes or H.264 for clips whose pixels are not square.",
                code="request.pixel_aspect",
            )
        self.colour: Colour = self.layout.stored(colour)
        self._size = (width, height)
        self._rate = rate
        self._aspect = pixel_aspect
        self._comment = comment
        self._scaler = VideoReformatter()
        self._left: av.filter.Graph | None = None
        self._file: BinaryIO | None = None
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None

    def __enter__(self) -> Self:
        with ExitStack() as unless_open:
            unless_open.callback(self._discard)
            with storing(self.path):
                self._file = self.partial.open("w+b")
                self._container = av.open(self._file, "w", format=self.layout.container)
                self._stream = self._add_stream(self._container)
            unless_open.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._discard()
            return
        with ExitStack() as unless_whole:
            unless_whole.callback(self._discard)
            with storing(self.path):
                self._finish()
            unless_whole.pop_all()

    def write(self, picture: Picture, alpha: NDArray[np.uint16] | None = None) -> None:
        """Append one picture, with its (h, w) alpha (0 transparent, 65535 opaque) where stored."""
        assert self._stream is not None and self._container is not None
        if (picture.shape[1], picture.shape[0]) != self._size:
            raise ValueError(f"picture {picture.shape} in a file of {self._size}")
        if self.layout.alpha != (alpha is not None):
            raise ValueError("alpha must be given exactly where the file stores it")
        frame = self._frame(picture, alpha)
        frame.pts = self.frames
        frame.time_base = 1 / self._rate
        with storing(self.path):
            self._container.mux(self._stream.encode(frame))
        self.frames += 1

    def _add_stream(self, container: OutputContainer) -> VideoStream:
        layout, colour = self.layout, self.colour
        if self._comment:
            container.metadata["comment"] = self._comment
        stream = container.add_stream(layout.encoder, rate=self._rate, options=dict(layout.options))
        assert isinstance(stream, VideoStream)
        stream.time_base = 1 / self._rate
        context = stream.codec_context
        context.width, context.height = self._size
        context.pix_fmt = layout.pixel_format
        context.time_base = 1 / self._rate
        context.gop_size = layout.gop
        context.sample_aspect_ratio = self._aspect
        context.color_primaries = colours.code_of(colours.PRIMARIES, colour.primaries)
        context.color_trc = colours.code_of(colours.TRANSFERS, colour.transfer)
        context.colorspace = colours.code_of(colours.MATRICES, colour.matrix)
        context.color_range = 2 if colour.range == "pc" else 1
        return stream

    def _frame(self, picture: Picture, alpha: NDArray[np.uint16] | None) -> VideoFrame:
        layout, colour = self.layout, self.colour
        if layout.subsampled:
            wide = colours.picture_to_ycbcr(picture, colour, layout.bits, 16 - layout.bits)
            frame = self._scaler.reformat(
                self._sited(VideoFrame.from_ndarray(wide, format="yuv444p16le")),
                format=layout.pixel_format,
                src_colorspace=1,
                dst_colorspace=1,
                src_color_range=LIMITED,
                dst_color_range=LIMITED,
                interpolation=EXACT,
                threads=1,
            )
        else:
            frame = self._full_chroma(picture, alpha)
        frame.color_primaries = colours.code_of(colours.PRIMARIES, colour.primaries)
        frame.color_trc = colours.code_of(colours.TRANSFERS, colour.transfer)
        frame.colorspace = colours.code_of(colours.MATRICES, colour.matrix)
        frame.color_range = 2 if colour.range == "pc" else 1
        return frame

    def _sited(self, frame: VideoFrame) -> VideoFrame:
        """`frame`, told that 4:2:0 chroma will lie at the left pixel of each pair, as every decoder
        of H.264 takes it. libswscale would put it between the two: colours half a pixel off."""
        if self.layout.pixel_format != "yuv420p":
            return frame
        if self._left is None:
            self._left = av.filter.Graph()
            self._left.link_nodes(
                self._left.add_buffer(
                    width=frame.width,
                    height=frame.height,
                    format=frame.format,
                    time_base=1 / self._rate,
                ),
                self._left.add("setparams", "chroma_location=left"),
                self._left.add("buffersink"),
            ).configure()
        self._left.push(frame)
        sited = self._left.pull()
        assert isinstance(sited, VideoFrame)
        return sited

    def _full_chroma(self, picture: Picture, alpha: NDArray[np.uint16] | None) -> VideoFrame:
        layout = self.layout
        frame = VideoFrame(*self._size, layout.pixel_format)
        if layout.rgb:
            planes = [picture[:, :, i] for i in (1, 2, 0)]
        else:
            codes = colours.picture_to_ycbcr(picture, self.colour, layout.bits, 0)
            planes = [codes[:, :, i] for i in range(3)]
        if alpha is not None:
            planes.append(alpha >> np.uint16(16 - layout.bits))
        for plane, values in zip(frame.planes, planes, strict=True):
            rows(plane, wide=layout.bits > 8)[:] = values
        return frame

    def _finish(self) -> None:
        assert self._stream is not None and self._container is not None and self._file is not None
        if not self.frames:
            raise MediaError(f"“{self.path.name}” would hold no picture.", code="media.empty")
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._container = None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.partial.replace(self.path)

    def _discard(self) -> None:
        """Close and remove the partial file; the first error is the one that is told."""
        try:
            if self._container is not None:
                self._container.close()
            if self._file is not None:
                self._file.close()
        except (OSError, av.error.FFmpegError):
            pass
        self._container = self._file = None
        self.partial.unlink(missing_ok=True)
