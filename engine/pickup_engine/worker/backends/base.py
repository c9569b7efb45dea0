"""The seam between a job and a model: `Backend` takes `Conditioning` and gives back `Generated`.

Backends open no media and know nothing of source size, colour or rate. A backend answers with
pictures at its own size (`Frames`), with a `Warp` that finishing renders from full-resolution
pixels, or with a `Look` that finishing applies to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pickup.protocol import JobPhase, Operation

Bytes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]


class Report(Protocol):
    """How a backend tells where it is. Every call raises `pickup.errors.Cancelled` once the user
    has cancelled; a backend lets it pass."""

    def phase(self, phase: JobPhase, steps: int) -> None:
        """A phase of `steps` steps begins (0 = unknown)."""

    def step(self) -> None:
        """One more step of the current phase is done."""


@dataclass(frozen=True)
class Conditioning:
    """All that a model may know, at the model's size, 8-bit RGB, display-referred BT.709.

    Times are frame numbers counted from the first frame to make (negative = before it).

    known: (k, h, w, 3) real pictures and `known_times` their times. Extend: the context beside the
        new pictures. Inpaint and restyle: the whole source run, times 0..frames-1.
    matte: (k, h, w) bool, one per known picture, true = unknown, to generate; None = all known.
    keyframes: (m, h, w, 3) pictures that must appear at `keyframe_times`.
    references: pictures of people, things or looks, each (h', w', 3) at any size.
    take: 0-based number of the alternative; with the same seed another take differs.
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
    prompt: str = ""
    preset: str = ""
    strength: float = 1.0
    camera: str = ""
    seed: int = 0
    take: int = 0


@dataclass(frozen=True)
class View:
    """Where one new picture looks into one real picture.

    source: index into `known` followed by `keyframes`. x, y: (h, w) model pixel positions in it
    (pixel centres at integers). weight: (h, w), 0 = not used. Weights of the views of a frame are
    normalised by their sum where it exceeds 1; where it is less, the rest is a hole that finishing
    fills from the surroundings.
    """

    source: int
    x: Floats
    y: Floats
    weight: Floats


@dataclass(frozen=True)
class Warp:
    """For each new frame (for inpaint: for each of `frames`), the views that it is made of."""

    frames: Sequence[tuple[View, ...]]


@dataclass(frozen=True)
class Look:
    """Colour tables for the source's own pixels: (n, s, s, s, 3) float32 in 0..1, indexed r, g, b
    in display-referred BT.709; n is 1 or the number of frames."""

    tables: Floats


@dataclass(frozen=True)
class Frames:
    """(frames, h, w, 3) pictures at the model's size, 8-bit RGB or float32 in 0..1."""

    pictures: Bytes | Floats


@dataclass(frozen=True)
class Generated:
    """One take. `learned` is true only where switching the network off changes the output.
    `confidence` is 0..1 (None = not known). `details` (JSON values) goes into the recipe."""

    output: Warp | Look | Frames
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

    def unload(self) -> None:
        """Free everything; `load` makes it ready again."""

    @property
    def sha256(self) -> str:
        """Hash of the weights in use."""
