"""What lies beside and under a generated clip now: the pictures of a cut, laid out once.

Comparing goes by file and media frame, which survives hosts that drop metadata.
"""

from __future__ import annotations

import os
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import PurePath
from typing import Any, Final

import opentimelineio as otio

from pickup.protocol import MediaRef, Source
from pickup.timeline.document import Document
from pickup.timeline.rates import rate_of
from pickup.timeline.record import Slot, edge_after, edge_before, layout
from pickup.timeline.retime import MediaMap, media_map, speed_of
from pickup.timeline.urls import reference_path

REACH: Final = 240
"""Record frames: what has gone further away than this has been put elsewhere."""


_FURTHER: Final = 16
"""So many clips of the same file are looked at beyond REACH on each side."""


@dataclass(frozen=True)
class Shown:
    """A clip in its track. `map` says what it shows of the file `path`; it is None where that
    cannot be told: a compound, a speed ramp, no file."""

    number: int
    slot: Slot
    path: str
    map: MediaMap | None
    start: int
    end: int
    """First record frame that shows it and the first that does not: with the transitions at its
    ends."""

    @property
    def name(self) -> str:
        """How sentences call the clip."""
        return f'"{self.slot.item.name}"' if self.slot.item.name else "another one"

    def at(self, frame: int) -> Fraction:
        """Where in its file the clip would be at record frame `frame`, which may lie outside it."""
        assert self.map is not None
        return self.map.first + (frame - self.slot.start) * self.map.step

    def is_in(self, start: int, end: int) -> bool:
        """Whether some of record frames `start` to `end` (exclusive) show it."""
        return self.start < end and self.end > start

    def media_frame(self, frame: int) -> int:
        """The media frame at record frame `frame`."""
        return int(self.at(frame) // 1)


@dataclass(frozen=True)
class Wanted:
    """Where a generated clip belongs now: record frames `start` to `end` (exclusive).

    `offset` is the frame of its own file that belongs at `start`. It is None where the pictures
    must be made again, from what `source` shows (and `after`, of a bridge); None there means the
    run that the recipe names. `holes`: record frames in between (first, and first after) that must
    not be covered.
    """

    start: int
    end: int
    offset: int | None
    source: Shown | None = None
    after: Shown | None = None
    holes: tuple[tuple[int, int], ...] = ()

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The record frames to cover: first ones, and first ones after."""
        ends = [self.start, *(frame for hole in self.holes for frame in hole), self.end]
        return list(zip(ends[::2], ends[1::2], strict=True))

    @property
    def frames(self) -> int:
        """How many record frames are covered."""
        return sum(end - start for start, end in self.runs)


class Around:
    """The picture tracks of a document as they are now; made anew after an edit."""

    def __init__(self, document: Document) -> None:
        self.rate, self.folder = document.rate, document.folder
        self.tracks = list(document.timeline.tracks)
        self._slots: dict[int, list[Slot]] = {}
        self._known: dict[tuple[int, int, str], Shown | None] = {}

    def slots(self, number: int) -> list[Slot]:
        """The items of a track."""
        if number not in self._slots:
            self._slots[number] = layout(self.tracks[number], self.rate)
        return self._slots[number]

    def number_of(self, item: Any) -> int:
        """The number of the track that an item is on."""
        track = item.parent()
        return next(number for number, other in enumerate(self.tracks) if other is track)

    def others(self, number: int) -> list[int]:
        """The other tracks of pictures: those below `number` from the top down, then those
        above."""
        order = [*range(number - 1, -1, -1), *range(number + 1, len(self.tracks))]
        return [n for n in order if self.tracks[n].kind == otio.schema.TrackKind.Video]

    def shown(self, number: int, slot: Slot, media: MediaRef | None = None) -> Shown:
        """What a clip shows; `media` is the probe of a file that it may be a clip of."""
        item = slot.item
        path = reference_path(getattr(item, "media_reference", None), self.folder)
        probe = media if media and is_same_file(item, path, media) else None
        time_map = None
        if path and speed_of(item) is not None:
            time_map = media_map(item, slot.frames, self.rate, probe)
        slots = self.slots(number)
        before = edge_before(slots, slot.child, self.rate)
        after = edge_after(slots, slot.child, self.rate)
        lead, trail = before.before if before else 0, after.after if after else 0
        if time_map is not None:
            lead = lead if time_map.head is None else min(lead, time_map.head)
            trail = trail if time_map.tail is None else min(trail, time_map.tail)
        return Shown(number, slot, path, time_map, slot.start - lead, slot.end + trail)

    def clips_of(self, media: MediaRef, start: int, end: int) -> list[Shown]:
        """The clips that show a file in record frames `start` to `end`, in them or in the
        transitions at their ends."""
        return [clip for clip in self._near(media, start, end, 0) if clip.is_in(start, end)]

    def clips_around(self, media: MediaRef, start: int, end: int) -> list[Shown]:
        """The clips that show a file within REACH of record frames `start` to `end`, and the next
        ones further away (what moved may have moved far)."""
        return self._near(media, start - REACH, end + REACH, _FURTHER)

    def path_of(self, media: MediaRef) -> str:
        """Where the cut links a file, which may have been moved; "" where it does not use it."""
        clips = (
            self.shown(number, slot)
            for number, slots in self._by_name[_plain(media.path)].items()
            for slot in slots
        )
        same = [clip.path for clip in clips if is_same_file(clip.slot.item, clip.path, media)]
        return media.path if media.path in same else next(iter(same), "")

    def _near(self, media: MediaRef, start: int, end: int, further: int) -> list[Shown]:
        found: list[Shown] = []
        for number, slots in self._by_name[_plain(media.path)].items():
            first = bisect_left(slots, start, key=lambda slot: slot.end) - max(1, further)
            last = bisect_right(slots, end, key=lambda slot: slot.start) + max(1, further)
            for slot in slots[max(0, first) : last]:
                clip = self._of_file(number, slot, media)
                if clip is not None:
                    found.append(clip)
        return found

    def _of_file(self, number: int, slot: Slot, media: MediaRef) -> Shown | None:
        """A clip if it is one of that file; looked at once."""
        key = (number, slot.child, media.path)
        if key not in self._known:
            clip = self.shown(number, slot, media)
            same = is_same_file(slot.item, clip.path, media)
            self._known[key] = clip if same else None
        return self._known[key]

    @cached_property
    def _by_name(self) -> dict[str, dict[int, list[Slot]]]:
        """The clips by the name of their file and by track, in record order."""
        names: dict[str, dict[int, list[Slot]]] = defaultdict(lambda: defaultdict(list))
        for number in self.others(-1):
            for slot in self.slots(number):
                if isinstance(slot.item, otio.schema.Clip):
                    path = reference_path(slot.item.media_reference, self.folder)
                    names[_plain(path)][number].append(slot)
        return names


def is_clip(slot: Slot) -> bool:
    """Whether a slot shows something."""
    return not (slot.is_gap or slot.is_transition)


def is_same_file(item: Any, path: str, media: MediaRef) -> bool:
    """Whether a clip's file is the measured one, or a copy that it was relinked to: one of the same
    name, and of the same length as far as the timeline tells."""
    if os.path.normpath(path or ".") == os.path.normpath(media.path):
        return True
    if not path or _plain(path) != _plain(media.path):
        return False
    available = item.media_reference.available_range
    if available is None:
        return True
    length = available.duration
    frames = Fraction(length.value) * media.rate / rate_of(length.rate)
    return abs(frames - media.frames) <= 1 or abs(Fraction(length.value) - media.frames) <= 1


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", PurePath(path).name).casefold()


def same_place(one: Fraction, other: Fraction, pace: Fraction) -> bool:
    """Whether two places in a file are one picture. Where `pace` (media frames per record frame)
    is no whole number, hosts round; anything less than half a record frame is then the same."""
    if pace.denominator == 1:
        return one // 1 == other // 1
    return abs(one - other) < abs(pace) / 2


def run_of(around: Around, clip: Shown, start: int, end: int, media: MediaRef) -> Source:
    """What `clip` shows in record frames `start` to `end` (exclusive), as a run of pictures of the
    measured file."""
    slot = clip.slot
    time_map = media_map(slot.item, slot.frames, around.rate, media)
    first = time_map.first + (start - slot.start) * time_map.step
    return Source(media, first, time_map.step, end - start, around.rate)
