"""Values on the command line: lengths, pinned frames, boxes."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


def model_name(text: str) -> str:
    """An id as it is; a folder by its whole path, since the engine works elsewhere. An id has no
    separator, so that a folder of the same name is not taken for it: `./name`."""
    is_folder = any(separator in text for separator in ("/", "\\"))
    return str(Path(text).absolute()) if is_folder else text


@dataclass(frozen=True)
class Length:
    """A length in frames, or in exact seconds that become frames at the timeline's rate."""

    frames: int = 0
    seconds: Fraction | None = None

    def at(self, rate: Fraction) -> int:
        """Whole frames at `rate`, halves up."""
        if self.seconds is None:
            return self.frames
        return int(self.seconds * rate + Fraction(1, 2))


def length(text: str) -> Length:
    """`48f`, `48` (frames), `2s` or `1.5s`."""
    match = re.fullmatch(r"(\d+)f?|(\d+(?:\.\d+)?)s", text.strip())
    if not match:
        raise argparse.ArgumentTypeError(f"“{text}” is not a length such as 48f or 2s")
    if match[2]:
        return Length(seconds=Fraction(match[2]))
    return Length(frames=int(match[1]))


@dataclass(frozen=True)
class PinnedImage:
    """An image and its time after the first new frame."""

    time: Length
    image: Path


def keyframe(text: str) -> PinnedImage:
    """`24f=IMG` or `1s=IMG`."""
    time, separator, image = text.partition("=")
    if not separator or not image:
        raise argparse.ArgumentTypeError(f"“{text}” is not a keyframe such as 24f=end.png")
    return PinnedImage(length(time), Path(image))


def matte_box(text: str) -> tuple[int, int, int, int]:
    """`x,y,w,h` in source pixels."""
    match = re.fullmatch(r"(\d+),(\d+),(\d+),(\d+)", text.replace(" ", ""))
    if not match or not int(match[3]) or not int(match[4]):
        raise argparse.ArgumentTypeError(f"“{text}” is not a box such as 100,80,64,48")
    return int(match[1]), int(match[2]), int(match[3]), int(match[4])


def stroke_points(text: str) -> tuple[tuple[int, int], ...]:
    """`x,y x,y …` in source pixels."""
    points = tuple(re.fullmatch(r"(-?\d+),(-?\d+)", part) for part in text.split())
    if len(points) < 2 or not all(points):
        raise argparse.ArgumentTypeError(f"“{text}” is not a stroke such as “100,80 140,60 180,60”")
    return tuple((int(point[1]), int(point[2])) for point in points if point)


def rate(text: str) -> Fraction:
    """Frames a second: `25`, `23.976` or `24000/1001`; what is near a standard one is made exact
    where the timeline is read."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise argparse.ArgumentTypeError(f"“{text}” is no rate such as 25 or 24000/1001") from error
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"“{text}” is no rate between 1 and 1000")
    return value


@dataclass(frozen=True)
class Part:
    """A file and what is taken of it: from `start` on (frames of the file, or its own timecode; ""
    = from its beginning) for `length` (0 = all that is left)."""

    file: Path
    start: str
    length: Length


_PART = re.compile(r"=(\d+|\d+:\d+:\d+[:;]\d+)?(?:\+([\d.]+[fs]?))?$")


def file_part(text: str) -> Part:
    """`FILE`, `FILE=10`, `FILE=10+48f` or `FILE=01:00:04:12+2s`; a file of the whole name is that
    file."""
    match = _PART.search(text)
    if match is None or not match[0][1:] or Path(text).exists():
        return Part(Path(text), "", Length())
    return Part(
        Path(text[: match.start()]), match[1] or "", length(match[2]) if match[2] else Length()
    )


def record_span(text: str) -> tuple[str, Length]:
    """`01:00:04:12+48f` or `96+2s`: a record timecode or frame number, and a length."""
    start, separator, span = text.rpartition("+")
    if not separator or not start:
        raise argparse.ArgumentTypeError(f"“{text}” is not a range such as 01:00:04:12+48f")
    return start, length(span)
