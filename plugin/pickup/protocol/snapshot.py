"""A timeline as plain data: what the dock draws and what hosts deliver. No OpenTimelineIO
needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class ItemKind(StrEnum):
    """What an item of a track is."""

    CLIP = "clip"
    GAP = "gap"
    TRANSITION = "transition"
    COMPOUND = "compound"


@dataclass(frozen=True)
class SnapshotItem:
    """One item. `index` counts from 1 with gaps counted and transitions not.

    `record_in`, `frames`: integer frames at the edit rate. `media` is the absolute path ("" =
    none), `media_first` the file frame shown first as far as the timeline says. `head_handle` and
    `tail_handle`: unused record frames of the media beyond the clip's ends (None = unknown).
    `generated`: made by Pickup. `job` and `take` (0-based) name the recipe, `operation` its verb,
    `takes` counts the takes of it that can be switched to, and `stale` is a sentence that says what
    has changed around it since it was made ("" = it fits).
    `online`: its file is there (what the editor itself generates needs none). `source_in` and
    `source_out` (exclusive): what the clip shows of its media, lowest first, in frames of the
    media's own timecode at `source_rate` (None = not known, as the end of a ramp), which is
    drop-frame where `source_drop`. `speed` is 0 for a freeze and negative in reverse; of a `ramp`
    it says nothing. `still`: the media is one picture.
    `refusal`: why no verb works on it ("" = all do).
    """

    kind: ItemKind
    uid: str
    index: int
    name: str
    record_in: int
    frames: int
    media: str = ""
    media_first: int = 0
    enabled: bool = True
    generated: bool = False
    job: str = ""
    take: int = 0
    speed: Fraction = Fraction(1)
    head_handle: int | None = None
    tail_handle: int | None = None
    refusal: str = ""
    operation: str = ""
    takes: int = 0
    stale: str = ""
    online: bool = True
    source_in: int | None = None
    source_out: int | None = None
    source_rate: Fraction | None = None
    source_drop: bool = False
    ramp: bool = False
    still: bool = False

    @property
    def base_name(self) -> str:
        """What new clips and files are named after: the name without an earlier take's mark."""
        return without_take(self.name, self.job)


def without_take(name: str, job: str) -> str:
    """A clip's name without the mark of the `job` that made it ("" = none did)."""
    mark = re.search(rf" {re.escape(job)}\.t[1-9]", name, re.IGNORECASE) if job else None
    return name[: mark.start()] if mark else name


@dataclass(frozen=True)
class SnapshotTrack:
    """One track. `label` is `V1`, `A2`, ...; `kind` is `video`, `audio` or what the file says;
    `owned` tracks were made by Pickup."""

    label: str
    name: str
    kind: str
    enabled: bool
    owned: bool
    items: tuple[SnapshotItem, ...]


@dataclass(frozen=True)
class Snapshot:
    """A whole timeline. `start` is the frame number of the start timecode; `revision` changes with
    every edit and undo; `can_undo`/`can_redo` are the label of the edit, or "". `notes` are
    sentences about what was lost or assumed when the file was read."""

    name: str
    path: str
    rate: Fraction
    start: int
    drop_frame: bool
    frames: int
    revision: int
    tracks: tuple[SnapshotTrack, ...]
    can_undo: str = ""
    can_redo: str = ""
    modified: bool = False
    notes: tuple[str, ...] = ()
