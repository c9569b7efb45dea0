"""What is known of one media file. Made by the engine's probe, never guessed from a file name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class MediaKind(StrEnum):
    """How frames are stored."""

    VIDEO = "video"
    SEQUENCE = "sequence"
    STILL = "still"


@dataclass(frozen=True)
class Colour:
    """CICP names as FFmpeg spells them: `bt709`, `smpte2084`, ... and range `tv` or `pc`."""

    primaries: str = "bt709"
    transfer: str = "bt709"
    matrix: str = "bt709"
    range: str = "tv"


@dataclass(frozen=True)
class MediaRef:
    """A media file as measured.

    `path` is absolute; of a sequence it is a printf pattern (`shot.%04d.png`) and `first_number`
    the number of its first file. Frame `k` (0-based) is the picture that is shown at `k / rate`
    seconds after the first picture: of variable-rate media `rate` is the nearest steady grid and
    frames are found by presentation time. `frames` is the count on that grid. `timecode` is the
    frame number of the start timecode at `rate` (0 where the file has none): OTIO's source ranges
    count from it.
    """

    path: str
    kind: MediaKind
    frames: int
    rate: Fraction
    width: int
    height: int
    pixel_aspect: Fraction = Fraction(1)
    bit_depth: int = 8
    colour: Colour = Colour()
    variable_rate: bool = False
    interlaced: bool = False
    timecode: int = 0
    has_audio: bool = False
    codec: str = ""
    first_number: int = 0
