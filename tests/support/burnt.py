"""Media whose pictures say which file and which frame they are, in blocks that survive encoding.

A picture holds its code twice, side by side, so that a patch over one half can be told from what
lies below it. A code is four rows of eight blocks: 5 bits of the file's number and 11 of the frame,
then the same inverted: black, grey and a mix of two pictures are no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from pickup.protocol import Codec, Colour
from pickup_engine.media.writer import TakeWriter

BLOCK: Final = 16
COLUMNS: Final = 8
ROWS: Final = 4
WIDTH: Final = 2 * COLUMNS * BLOCK
HEIGHT: Final = ROWS * BLOCK
_FRAME_BITS: Final = 11
_BITS: Final = COLUMNS * ROWS // 2
_DARK, _BRIGHT = 32, 220

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Mark:
    """File number (0 to 31) and 0-based frame."""

    file: int
    frame: int


Halves = tuple[Mark | None, Mark | None]
"""What the left and the right half of a picture say; None is black."""


def picture_of(mark: Mark) -> Grey:
    """(HEIGHT, WIDTH) picture of a mark."""
    value = mark.file << _FRAME_BITS | mark.frame
    if not 0 <= value < 1 << _BITS or mark.frame >> _FRAME_BITS:
        raise ValueError(f"{mark} does not fit into {_BITS} bits")
    bits = [value >> k & 1 for k in range(_BITS)]
    cells = np.array([*bits, *(1 - bit for bit in bits)]).reshape(ROWS, COLUMNS)
    levels = np.where(np.tile(cells, 2) == 1, _BRIGHT, _DARK).astype(np.uint8)
    return np.kron(levels, np.ones((BLOCK, BLOCK), np.uint8))


def read_halves(picture: Grey) -> Halves:
    """The marks of both halves. Fails where a half is neither black nor one whole code."""
    middle = WIDTH // 2
    return _read(picture[:, :middle]), _read(picture[:, middle:])


def _read(half: Grey) -> Mark | None:
    blocks = half.reshape(ROWS, BLOCK, COLUMNS, BLOCK)[:, 4:-4, :, 4:-4].mean((1, 3)).ravel()
    if blocks.max() < _DARK // 2:
        return None
    assert not ((blocks > 64) & (blocks < 190)).any(), f"a mix of pictures: {blocks.round()}"
    bits = (blocks > 128).astype(int)
    assert (bits[:_BITS] + bits[_BITS:] == 1).all(), f"no code: {bits}"
    value = sum(int(bit) << k for k, bit in enumerate(bits[:_BITS]))
    return Mark(value >> _FRAME_BITS, value & (1 << _FRAME_BITS) - 1)


def write_shot(path: Path, file: int, frames: int, rate: Fraction, timecode: str = "") -> None:
    """An H.264 file with B-frames and distant key frames, as cameras and editors make them."""
    with av.open(str(path), "w") as container:
        if timecode:
            container.metadata["timecode"] = timecode
        options = {"crf": "12", "g": "50", "bf": "3", "preset": "veryfast"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for k in range(frames):
            grey = picture_of(Mark(file, k))
            frame = av.VideoFrame.from_ndarray(np.dstack([grey] * 3), format="rgb24")
            frame.pts, frame.time_base = k, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_take(path: Path, marks: Sequence[Mark], rate: Fraction, *, patch: bool = False) -> None:
    """A take as the engine's writer makes them; a patch is opaque in its left half only."""
    alpha = np.zeros((HEIGHT, WIDTH), np.uint16)
    alpha[:, : WIDTH // 2] = 65535
    with TakeWriter(path, WIDTH, HEIGHT, rate, Codec.PRORES, Colour(), alpha=patch) as writer:
        for mark in marks:
            picture = np.dstack([picture_of(mark).astype(np.uint16) * 257] * 3)
            writer.write(picture, alpha if patch else None)


def read_film(path: Path) -> list[Grey]:
    """All pictures of a file, in order."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def weight_of(picture: Grey, first: Mark, second: Mark) -> float:
    """How much of `second` a dissolve shows over `first`; fails where it is no mix of the two."""
    start, end = (picture_of(mark).astype(float) for mark in (first, second))
    way = end - start
    weight = float((way * (picture - start)).sum() / (way * way).sum())
    assert np.abs(picture - start - weight * way).mean() < 6, f"no mix of {first} and {second}"
    return weight
