"""Frame-exact reading: `open_reader(media).frame(k)` is the picture shown at `k / rate` seconds.

Frames are found by presentation time, never by count. Reading on is a sequential fast path;
anything else seeks to a key frame at or before the wanted time and decodes forward.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Final, Protocol, TypeAlias

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pickup.errors import MediaError
from pickup.protocol import MediaKind, MediaRef
from pickup_engine.media import failures, sequences, streams
from pickup_engine.media.colour import Picture
from pickup_engine.media.pixels import Converter

Alpha: TypeAlias = NDArray[np.uint16]
"""(h, w), 0 transparent, 65535 opaque, not multiplied into the picture."""

Conform: TypeAlias = Callable[[Picture], Picture]
"""A decoded picture -> what the reader gives for it."""

CACHE_BYTES: Final = 256 << 20
_PASSED_BYTES: Final = 96 << 20
_NEAR: Final = 48
"""Frames: a jump ahead of at most this many decodes on instead of seeking."""


class _Decoder(Protocol):
    def picture(self, k: int) -> Picture: ...

    def alpha(self, k: int) -> Alpha | None: ...

    def close(self) -> None: ...


class FrameReader:
    """Pictures of one MediaRef by frame number, with a small cache of the last used ones.

    Returned pictures are read-only arrays, shared with the cache: copy before changing them.
    """

    def __init__(
        self, media: MediaRef, decoder: _Decoder, cache_bytes: int, conform: Conform | None = None
    ) -> None:
        self.media = media
        self._decoder = decoder
        self._conform = conform
        self._cache: OrderedDict[int, Picture] = OrderedDict()
        self._cache_bytes = cache_bytes

    def frame(self, k: int) -> Picture:
        """Picture `k` (0-based on the media's steady grid).

        Raises MediaError media.frame_missing outside the media and where the file ends early.
        """
        key = self._checked(k)
        known = self._cache.get(key)
        if known is not None:
            self._cache.move_to_end(key)
            return known
        picture = self._decoder.picture(key)
        if self._conform is not None:
            picture = self._conform(picture)
        picture.flags.writeable = False
        self._remember(key, picture)
        return picture

    def alpha(self, k: int) -> Alpha | None:
        """(h, w) straight alpha of picture `k`, 65535 opaque; None where the media have none.

        Not cached. Raises like `frame`.
        """
        return self._decoder.alpha(self._checked(k))

    def _checked(self, k: int) -> int:
        if not 0 <= k < self.media.frames:
            why = f"it has frames 0 to {self.media.frames - 1}"
            raise failures.frame_missing(self.media.path, k, why)
        return 0 if self.media.kind is MediaKind.STILL else k

    def _remember(self, k: int, picture: Picture) -> None:
        self._cache[k] = picture
        room = max(2, self._cache_bytes // picture.nbytes)
        while len(self._cache) > room:
            self._cache.popitem(last=False)


@contextmanager
def open_reader(
    media: MediaRef, cache_bytes: int = CACHE_BYTES, conform: Conform | None = None
) -> Iterator[FrameReader]:
    """Open a MediaRef (made by `probe`) for reading; the file is closed on leaving. `conform` gives
    each picture another form before it is kept, such as the size of another shot.

    Raises MediaError where the file is gone or no longer what the MediaRef says.
    """
    decoder: _Decoder
    if media.kind is MediaKind.VIDEO:
        decoder = _VideoDecoder(media)
    else:
        decoder = _ImageDecoder(media)
    try:
        yield FrameReader(media, decoder, cache_bytes, conform)
    finally:
        decoder.close()


class _ImageDecoder:
    """Stills and sequences: every frame is a file of its own."""

    def __init__(self, media: MediaRef) -> None:
        self._media = media
        self._converter = Converter()

    def picture(self, k: int) -> Picture:
        media = self._media
        frame, path = self._decoded(k)
        turns = streams.quarter_turns(frame)
        with failures.decoding(path):
            picture = self._converter.picture(frame, media.colour, turns)
        _check_size(picture, media, path)
        return picture

    def alpha(self, k: int) -> Alpha | None:
        frame, _ = self._decoded(k)
        return self._converter.alpha(frame, streams.quarter_turns(frame))

    def _decoded(self, k: int) -> tuple[VideoFrame, str]:
        media, path = self._media, self._media.path
        if media.kind is MediaKind.SEQUENCE:
            path = sequences.file_of(path, media.first_number + k)
        try:
            with streams.open_video(path) as container, failures.decoding(path):
                for frame in container.decode(streams.video_stream(container, path)):
                    return frame, path
        except MediaError as error:
            if media.kind is MediaKind.SEQUENCE and error.code == "media.missing":
                raise failures.frame_missing(path, k, "the sequence lacks this file") from None
            raise
        raise failures.truncated(path, "it holds no complete picture")

    def close(self) -> None:
        """Nothing stays open between pictures."""


class _VideoDecoder:
    """One open container. `_shown` is the last decoded frame at or before the wanted instant,
    `_ahead` the first one after it. `_passed` are the frames before `_shown`, without a hole: a
    reversed clip would otherwise decode every group of pictures again and again.
    """

    def __init__(self, media: MediaRef) -> None:
        self._media = media
        self._container: InputContainer = streams.open_video(media.path)
        with failures.decoding(media.path):
            self._stream: VideoStream = streams.video_stream(self._container, media.path)
            self._stream.thread_type = "AUTO"
            self._base = self._stream.time_base or Fraction(1, 90_000)
            self._origin = streams.first_time(self._container, self._stream)
            self._frames = self._decode_from(None)
        self._shown: VideoFrame | None = None
        self._ahead: VideoFrame | None = None
        self._passed: deque[VideoFrame] = deque()
        self._converter = Converter()
        # Steady media may jitter by a rounded tick; variable media are taken at their word.
        tick = self._base * media.rate
        self._slack = max(tick, Fraction(1, 100)) if media.variable_rate else Fraction(1, 2)

    def close(self) -> None:
        self._container.close()

    def picture(self, k: int) -> Picture:
        frame = self._find(k)
        picture = self._converter.picture(frame, self._media.colour, streams.quarter_turns(frame))
        _check_size(picture, self._media, self._media.path)
        return picture

    def alpha(self, k: int) -> Alpha | None:
        frame = self._find(k)
        return self._converter.alpha(frame, streams.quarter_turns(frame))

    def _place(self, frame: VideoFrame) -> Fraction:
        """Where a frame lies on the grid, in frames."""
        time = streams.frame_time(frame)
        if time is None:
            raise failures.unreadable(self._media.path, "its pictures carry no times")
        return (time - self._origin) * self._base * self._media.rate

    def _find(self, k: int) -> VideoFrame:
        limit = k + self._slack
        if (passed := self._among_passed(limit)) is not None:
            return passed
        try:
            if not self._can_read_on(k, limit):
                self._seek(k, limit)
            self._advance(limit)
        except av.error.FFmpegError:
            self._shown = self._ahead = None
            self._passed.clear()
            why = "the file is damaged or truncated there"
            raise failures.frame_missing(self._media.path, k, why) from None
        if self._shown is None:
            raise failures.frame_missing(self._media.path, k, "no picture is shown then")
        if self._ahead is None and not self._covers(k):
            raise failures.frame_missing(self._media.path, k, "the file ends before it")
        return self._shown

    def _can_read_on(self, k: int, limit: Fraction) -> bool:
        if self._shown is None or self._place(self._shown) >= limit:
            return False
        return k - self._place(self._shown) <= _NEAR

    def _advance(self, limit: Fraction) -> None:
        """Move on until `_ahead` is the first frame at or after `limit` (None = end of file)."""
        if self._ahead is not None:
            if self._place(self._ahead) >= limit:
                return
            self._show(self._ahead)
            self._ahead = None
        for frame in self._frames:
            if self._place(frame) >= limit:
                self._ahead = frame
                return
            self._show(frame)

    def _show(self, frame: VideoFrame) -> None:
        if self._shown is not None:
            self._passed.append(self._shown)
            bytes_each = sum(plane.buffer_size for plane in frame.planes)
            while len(self._passed) * bytes_each > _PASSED_BYTES:
                self._passed.popleft()
        self._shown = frame

    def _among_passed(self, limit: Fraction) -> VideoFrame | None:
        """The frame shown just before `limit` where it and its successor were decoded already."""
        if self._shown is None or not self._passed or self._place(self._shown) < limit:
            return None
        earlier = [frame for frame in self._passed if self._place(frame) < limit]
        return earlier[-1] if earlier else None

    def _covers(self, k: int) -> bool:
        """At the end of the file: whether the last picture may be held until `k`."""
        assert self._shown is not None
        place = self._place(self._shown)
        if not self._media.variable_rate:
            return place > k - Fraction(1, 2)
        held = (self._shown.duration or 0) * self._base * self._media.rate
        return k < place + max(held, Fraction(1)) + self._slack

    def _seek(self, k: int, limit: Fraction) -> None:
        """Make `_shown` a frame before `limit`, going back further where a seek lands too late."""
        seconds = Fraction(k) / self._media.rate
        for margin in (Fraction(0), Fraction(2), Fraction(10), None):
            early = margin is None or seconds <= margin
            target = None if early else self._origin + int((seconds - (margin or 0)) / self._base)
            self._frames = self._decode_from(target)
            self._passed.clear()
            self._shown = next(self._frames, None)
            self._ahead = None
            if self._shown is not None and self._place(self._shown) >= limit:
                self._shown, self._ahead = None, self._shown
            if early or self._shown is not None:
                return

    def _decode_from(self, target: int | None) -> Iterator[VideoFrame]:
        start = self._origin if target is None else target
        if target is None:
            self._container.seek(min(0, start), stream=self._stream)
        else:
            self._container.seek(start, stream=self._stream, backward=True)
        return self._container.decode(self._stream)


def _check_size(picture: Picture, media: MediaRef, path: str) -> None:
    height, width = picture.shape[:2]
    if (width, height) != (media.width, media.height):
        raise failures.unreadable(
            path,
            f"a picture is {width} x {height} where {media.width} x {media.height} was expected",
        )
