"""Between full-size pictures and the model's size, and images that the user named."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.protocol import MediaKind, MediaRef, Source
from pickup_engine.media import failures
from pickup_engine.media.colour import Picture, eight_bit
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import FrameReader, open_reader

_BENT: Final = 0.01
"""Pictures whose shapes differ by no more fill each other: 1080 lines are stored as 1088, too."""


def to_model(picture: Picture, width: int, height: int) -> NDArray[np.uint8]:
    """(h, w, 3) uint16 to (height, width, 3) uint8, averaged over areas where it shrinks."""
    return eight_bit(resized(picture, width, height))


def resized(picture: Picture, width: int, height: int) -> Picture:
    """`picture` at another size: area means when it shrinks, bicubic when it grows."""
    rows, columns = picture.shape[:2]
    if (columns, rows) == (width, height):
        return picture
    shrinks = width <= columns and height <= rows
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), dtype=np.uint16)


def from_model(
    pictures: NDArray[np.uint8] | NDArray[np.float32], width: int, height: int
) -> Picture:
    """One (h, w, 3) picture of a model, 8 bit or float 0..1, to (height, width, 3) uint16."""
    if pictures.dtype == np.uint8:
        wide = pictures.astype(np.uint16) * np.uint16(257)
    else:
        wide = np.rint(np.clip(pictures, 0.0, 1.0) * 65535).astype(np.uint16)
    return resized(wide, width, height)


def fitted(picture: Picture, media: MediaRef, frame: MediaRef) -> Picture:
    """A picture of `media` in the size and pixel aspect of `frame`: as large as it fits, not
    distorted, in the middle, black beside it, as editors show a clip of another size."""
    if _form(media) == _form(frame):
        return picture
    shape = media.width * media.pixel_aspect / media.height
    whole = frame.width * frame.pixel_aspect / frame.height
    width, height = frame.width, frame.height
    if shape > whole * (1 + _BENT):
        height = max(1, round(height * whole / shape))
    elif shape * (1 + _BENT) < whole:
        width = max(1, round(width * shape / whole))
    if (width, height) == (frame.width, frame.height):
        return resized(picture, width, height)
    canvas = np.zeros((frame.height, frame.width, 3), np.uint16)
    top, left = (frame.height - height) // 2, (frame.width - width) // 2
    canvas[top : top + height, left : left + width] = resized(picture, width, height)
    return canvas


def _form(media: MediaRef) -> tuple[int, int, Fraction]:
    return media.width, media.height, media.pixel_aspect


def load_image(path: str, width: int | None = None, height: int | None = None) -> Picture:
    """An image file as a picture; with a size, its middle is cut to that shape and resized.

    Raises MediaError: media.missing, media.permission, media.unreadable.
    """
    media = probe(path)
    if media.kind is not MediaKind.STILL:
        raise failures.unreadable(path, "it is no still image")
    with open_reader(media) as reader:
        picture = reader.frame(0)
    if width is None or height is None:
        return picture
    return resized(_cut(picture, width / height), width, height)


def _cut(picture: Picture, shape: float) -> Picture:
    """The largest middle part whose width over height is nearest to `shape`."""
    rows, columns = picture.shape[:2]
    wanted_columns = min(columns, max(1, round(rows * shape)))
    wanted_rows = min(rows, max(1, round(columns / shape)))
    top, left = (rows - wanted_rows) // 2, (columns - wanted_columns) // 2
    return picture[top : top + wanted_rows, left : left + wanted_columns]


class SourceRun:
    """The pictures of a Source by record frame, in and around the run."""

    def __init__(self, source: Source, reader: FrameReader) -> None:
        self.source = source
        self._reader = reader

    def has(self, k: int) -> bool:
        """Whether record frame `k` exists: in the run, or before or after it while `step` > 0 and
        the media last."""
        if not 0 <= k < self.source.frames and self.source.step <= 0:
            return False
        return 0 <= self.source.media_frame(k) < self.source.media.frames

    def picture(self, k: int) -> Picture:
        """The picture that record frame `k` shows.

        Raises MediaError media.frame_missing where the media do not hold it.
        """
        return self._reader.frame(self.source.media_frame(k))
