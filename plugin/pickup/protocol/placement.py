"""Where new clips go, planned before generation and carried out once, when the user says Use."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pickup.protocol.requests import Operation, Request


class Mode(StrEnum):
    """How room is made. `auto` fills the neighbouring gap if it fits, else goes above; `replace`
    takes the place of the generated clip that the edit is about."""

    AUTO = "auto"
    GAP = "gap"
    ABOVE = "above"
    RIPPLE = "ripple"
    OVERWRITE = "overwrite"
    REPLACE = "replace"


class Origin(StrEnum):
    """Who made the pictures of a clip."""

    SOURCE = "source"
    GENERATED = "generated"


@dataclass(frozen=True)
class Piece:
    """One new clip: `frames` record frames.

    A `source` piece continues the original clip's media (`offset` = record frames from the original
    clip's in-point, may be negative), which may be a take itself: the `ClipRecord` says so. A
    `generated` piece shows the take's file from `offset`.
    """

    origin: Origin
    name: str
    frames: int
    offset: int = 0


@dataclass(frozen=True)
class Placement:
    """One edit, in words that survive until the take is finished.

    `clip` is the uid of the original clip and `fingerprint` what the neighbourhood looked like
    when the edit was planned; both are checked again before placing. `record_in` counts from the
    start of the timeline at its edit rate. `mode` is resolved: never `auto`.
    """

    operation: Operation
    mode: Mode
    track: int
    clip: str
    record_in: int
    pieces: tuple[Piece, ...]
    fingerprint: str


@dataclass(frozen=True)
class Proposal:
    """What would happen: the request for the engine (None where real handles suffice), the edit,
    and the one sentence that says it to the user. `warnings` name what a host must copy or
    check."""

    request: Request | None
    placement: Placement
    sentence: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClipRecord:
    """A clip as it stands in the timeline after an edit.

    `track` is its label (`V1`), `index` counts items from 1, gaps counted; `media_start_frame` is
    the 0-based media frame that the clip shows first.
    """

    track: str
    index: int
    name: str
    record_in: int
    record_frames: int
    media: str
    media_start_frame: int
    origin: Origin


@dataclass(frozen=True)
class EditResult:
    """The new clips of one edit, in record order. `sentence` says what was done, where no proposal
    has said it before."""

    clips: tuple[ClipRecord, ...]
    warnings: tuple[str, ...] = ()
    sentence: str = ""
