"""A place in a cut that belongs to no clip: a run of record frames of one track."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from pickup.errors import RequestError, TimelineError
from pickup.timeline.document import Document
from pickup.timeline.normalise import MAX_FRAMES
from pickup.timeline.record import Edge, Slot, edges, layout
from pickup.timeline.snapshot import labels
from pickup.timeline.words import frames_text


@dataclass(frozen=True)
class Spot:
    """`frames` record frames from `start` on of track `number`, which is called `label`; `slots`
    are all items of the track."""

    number: int
    label: str
    slots: list[Slot]
    start: int
    frames: int
    rate: Fraction

    @property
    def end(self) -> int:
        """The first record frame after it."""
        return self.start + self.frames

    def overlapped(self) -> Iterator[Slot]:
        """The items that show something here."""
        for slot in self.slots:
            shows = not (slot.is_gap or slot.is_transition)
            if shows and slot.start < self.end and slot.end > self.start:
                yield slot

    def transitions(self) -> Iterator[tuple[Slot, Edge]]:
        """The transitions over these frames, and those at the ends, which new clips would join."""
        for slot, edge in edges(self.slots, self.rate):
            reaches = slot.start - edge.before < self.end and slot.start + edge.after > self.start
            if reaches or self.start <= slot.start <= self.end:
                yield slot, edge

    @property
    def is_free(self) -> bool:
        """Whether new clips can lie here and change nothing else."""
        return not any(self.overlapped()) and not any(self.transitions())


def spot_at(document: Document, label: str, start: int, frames: int) -> Spot:
    """A run of record frames of the track `label` (`V1`).

    Raises TimelineError where there is no such track of pictures, or it is switched off;
    RequestError for frames that no timeline has.
    """
    names = labels(document.timeline)
    label = label.strip().upper()
    if label not in names:
        raise TimelineError(
            f"There is no track {label}; there is {', '.join(names) or 'no track'}.",
            "Name a track of the timeline.",
            code="timeline.no_track",
        )
    number = names.index(label)
    track = document.timeline.tracks[number]
    if track.kind != otio.schema.TrackKind.Video:
        raise TimelineError(
            f"{label} is a track of sound.", "Name a track of pictures.", code="timeline.no_track"
        )
    if not track.enabled:
        raise TimelineError(
            f"{label} is switched off.", "Enable it in the editor first.", code="timeline.refused"
        )
    if not 0 <= start <= start + frames <= MAX_FRAMES:
        raise RequestError(
            f"No timeline holds {frames_text(frames)} from frame {start} on.",
            f"Frames count from 0 and end at {MAX_FRAMES}; timecode from the timeline's start.",
            code="request.range",
        )
    return Spot(number, label, layout(track, document.rate), start, frames, document.rate)
