"""The seam between a job and a model: `Backend` takes `Conditioning` and gives back `Generated`.

Backends open no media and know nothing of source size, colour or rate. A backend answers with
pictures at its own size (`Frames`), with a `Warp` that finishing renders from full-resolution
pixels, with a `Look` or `Edits` that finishing applies to them, or with an `Overlay` that it lays
over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pickup.protocol import Execution, JobPhase, Operation

Bytes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]


class Report(Protocol):
    """How a backend tells where it is. Every call raises `pickup.errors.Cancelled` once the user
    has cancelled; a backend lets it pass."""

    def phase(self, phase: JobPhase, steps: int) -> None:
        """A phase of `steps` steps begins (0 = unknown)."""

    def step(self) -> None:
        """One more step of the current phase is done."""

    def look(self, picture: Bytes) -> None:
        """How it is going: one (h, w, 3) picture of what is being made."""


class Silent:
    """A `Report` that nobody reads."""

    def phase(self, phase: JobPhase, steps: int) -> None:
        """A phase begins."""

    def step(self) -> None:
        """A step is done."""

    def look(self, picture: Bytes) -> None:
        """A picture on the way."""


@dataclass(frozen=True)
class BrushStroke:
    """Where a thing goes. points: (x, y) in model pixels, the first is on the thing in the picture
    that is gone on from. radius: of the brush, in model pixels."""

    points: tuple[tuple[float, float], ...]
    radius: float


@dataclass(frozen=True)
class Cutout:
    """A thing to place into a shot as it is.

    picture: (h', w', 3), alpha: (h', w') 0..255, at any size. box: left, top, width and height of
    the place where it stands in frame 0, as shares of the shown picture's sides. aspect: width
    over height of the shown picture as it is displayed. keyed: its image had no transparency, an
    even background was taken out.
    """

    picture: Bytes
    alpha: Bytes
    box: tuple[float, float, float, float]
    aspect: float
    keyed: bool = False


@dataclass(frozen=True)
class Conditioning:
    """All that a model may know, at the model's size, 8-bit RGB, display-referred BT.709.

    Times are frame numbers counted from the first frame to make (negative = before it).

    known: (k, h, w, 3) real pictures and `known_times` their times. Extend: the context beside the
        new pictures. Bridge: that before them and that after them, from `frames` on. Inpaint and
        restyle: the whole source run, times 0..frames-1.
    matte: (k, h, w) bool, one per known picture, true = unknown, to generate; None = all known.
    keyframes: (m, h, w, 3) pictures that must appear at `keyframe_times`.
    references: pictures of people, things or looks, each (h', w', 3) at any size.
    cutout: the reference of an inpaint, where it is to be placed instead of something removed.
    negative: words for what must not be seen. execution: what the plan decided for this machine.
    take: 0-based number of the alternative; with the same seed another take differs.
    handle: how many of `frames` are for trims only, those farthest from the known pictures.
    """

    operation: Operation
    frames: int
    rate: Fraction
    known: Bytes
    known_times: tuple[int, ...]
    matte: NDArray[np.bool_] | None = None
    keyframes: Bytes | None = None
    keyframe_times: tuple[int, ...] = ()
    references: tuple[Bytes, ...] = ()
    cutout: Cutout | None = None
    prompt: str = ""
    negative: str = ""
    preset: str = ""
    strength: float = 1.0
    camera: str = ""
    strokes: tuple[BrushStroke, ...] = ()
    execution: Execution = Execution()
    seed: int = 0
    take: int = 0
    handle: int = 0

    @property
    def covers(self) -> bool:
        """Whether the known pictures are the frames themselves, to be changed; else they lie
        beside the frames, which are new."""
        return self.operation in (Operation.INPAINT, Operation.RESTYLE)

    @property
    def asked(self) -> range:
        """The frames that the user directs: all but the handle."""
        before = not self.known_times or min(self.known_times) < 0
        return range(self.frames - self.handle) if before else range(self.handle, self.frames)


PLAIN = (1.0, 1.0, 1.0)
"""The gain of pixels that stay as they are."""


@dataclass(frozen=True)
class View:
    """Where one new picture looks into one real picture.

    source: index into `known` followed by `keyframes`. x, y: (h, w) model pixel positions in it
    (pixel centres at integers). weight: (h, w), 0 = not used. Weights of the views of a frame are
    normalised by their sum where it exceeds 1; where it is less, the rest is a hole that finishing
    fills from the surroundings. made_up: what is read is no sight of the place but a likeness, and
    counts as invented. gain: factors of
    its R'G'B' codes, where the light was another.
    """

    source: int
    x: Floats
    y: Floats
    weight: Floats
    made_up: bool = False
    gain: tuple[float, float, float] = PLAIN


@dataclass(frozen=True)
class Warp:
    """For each new frame (for inpaint: for each of `frames`), the views that it is made of."""

    frames: Sequence[tuple[View, ...]]


@dataclass(frozen=True)
class Texture:
    """A filter over the source's own full-size pictures, after the colour table. It has no state:
    what is still in the source stays still. Lengths count in model pixels (1/256 of the longer
    side), amounts go from 0 (nothing) to 1 unless told otherwise.

    bands: factors on the luma detail around 1, 2, 4 and 8 model pixels, finest first. noise:
    amplitude of luma, of full scale 1, below which detail is never made stronger.
    lines: ink along edges. paper: what is no ink turns to paper. paint: patches of one colour that
    keep edges. levels: soft steps of luma (0 = none). night: skies and large bright areas go dark,
    lamps stay.
    """

    bands: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    noise: float = 0.0
    lines: float = 0.0
    paper: float = 0.0
    paint: float = 0.0
    levels: float = 0.0
    night: float = 0.0


@dataclass(frozen=True)
class Look:
    """Colour tables for the source's own pixels: (n, s, s, s, 3) float32 in 0..1, indexed r, g, b
    in display-referred BT.709; n is 1 or the number of frames. `texture` follows them. bars: shares
    of the height at top and bottom and of the width left and right that are black bars, left as
    they are."""

    tables: Floats
    texture: Texture = Texture()
    bars: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Follow:
    """Where one frame shows what an edited keyframe changed.

    keyframe: index into `Conditioning.keyframes`. x, y: (h, w) model pixel positions in it. weight:
    (h, w) 0..1, how far the frame follows the edit there (0 = the source's own pixels). light:
    (h, w), how much brighter the place is than in the keyframe, a factor.
    """

    keyframe: int
    x: Floats
    y: Floats
    weight: Floats
    light: Floats
    spread: Floats | None = None
    """(h, w) 0..1: where more of what the edit recoloured may come into sight (None = nowhere)."""


@dataclass(frozen=True)
class Edits:
    """For each frame, the edits that it follows, over the source's own pixels after `tables` (as
    in `Look`; None = as they are). Weights of a frame sum to at most 1. What an edit changed is the
    difference of its picture to the source frame that it is a copy of, after `tables`.

    recolours: per keyframe (s, s, s, 4) or None: for every colour (after `tables`) what the edit
    makes of it, and how surely, 0..1, a thing of that colour is the one that was recoloured.
    """

    frames: Sequence[tuple[Follow, ...]]
    tables: Floats | None = None
    recolours: tuple[Floats | None, ...] = ()


@dataclass(frozen=True)
class Placed:
    """Where and how a cut-out lies in one frame.

    matrix: (2, 3), from shares of the cut-out's sides (0..1, from edge to edge) to shares of the
    shown picture's. gain, offset: per channel, in linear light (codes 0..1 to the power 2.4).
    hidden: (h, w) 0..1 at the model's size, how much of it what passes in front covers.
    travel: (x, y) shares that it moves while the shutter is open.
    """

    matrix: Floats
    gain: tuple[float, float, float]
    offset: float
    hidden: Floats | None
    travel: tuple[float, float]


@dataclass(frozen=True)
class Overlay:
    """For each frame, the cut-out that lies over the source (None = it is out of the picture).

    shadow: 0..1, of the contact shadow. sharpness, grain: whether finishing fits them to the shot.
    """

    frames: Sequence[Placed | None]
    shadow: float
    fit_sharpness: bool
    fit_grain: bool
    seed: int


@dataclass(frozen=True)
class Frames:
    """(frames, h, w, 3) pictures at the model's size, 8-bit RGB or float32 in 0..1."""

    pictures: Bytes | Floats


@dataclass(frozen=True)
class Generated:
    """One take. `learned` is true only where switching the network off changes the output.
    `confidence` is 0..1 (None = not known). `details` (JSON values) goes into the recipe."""

    output: Warp | Look | Edits | Overlay | Frames
    learned: bool
    confidence: float | None = None
    details: Mapping[str, object] = field(default_factory=dict)


class Backend(Protocol):
    """A model family behind one door."""

    def load(self, report: Report) -> None:
        """Make ready; may be called again and then returns at once."""

    def generate(self, conditioning: Conditioning, report: Report) -> Generated:
        """Make one take. Deterministic for equal conditioning. Raises ModelError for what it
        cannot."""

    def expand(
        self, conditioning: Conditioning, takes: Sequence[int], report: Report
    ) -> Iterator[Generated]:
        """Make several takes of one conditioning, in the order of `takes`: each as `generate`
        makes it, with the common work done once."""

    def unload(self) -> None:
        """Free everything; `load` makes it ready again."""

    @property
    def sha256(self) -> str:
        """Hash of the weights in use."""
