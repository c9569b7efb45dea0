"""Where a ripple opens the tracks of sound, so that no sound parts from its picture.

In a J or an L cut the sound changes earlier or later than the picture. Where the picture stays in
its place the sound that belongs to it stays whole, and where it moves the sound moves whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.timeline.edits.linked import Placed, is_linked, placed, placed_between
from pickup.timeline.record import Slot, layout


def openings(timeline: Any, source: int, frame: int, rate: Fraction) -> dict[int, int]:
    """Track number -> record frame, for each track that a ripple at `frame` of track `source` opens
    elsewhere than there."""
    here = placed_between(timeline, otio.schema.TrackKind.Audio, rate, frame, frame + 1)
    split = [sound for sound in here if sound.number != source and sound.slot.start < frame]
    if not split:
        return {}
    pictures = list(_pictures(timeline, split, rate))
    found: dict[int, int] = {}
    for sound in split:
        at, track = _whole(timeline, sound, pictures, frame), timeline.tracks[sound.number]
        if at != frame and not _has_transition(track, sound.slot, after=at > frame):
            found[sound.number] = at
    return found


def _pictures(timeline: Any, sounds: list[Placed], rate: Fraction) -> Iterator[Placed]:
    """The pictures that one of the `sounds` may belong to: those at its place in the record, and
    those anywhere that the host groups with it."""
    kind = otio.schema.TrackKind.Video
    start, end = min(s.slot.start for s in sounds), max(s.slot.end for s in sounds)
    groups = frozenset[str]().union(*(sound.group for sound in sounds))
    if not groups:
        yield from placed_between(timeline, kind, rate, start, end)
        return
    for picture in placed(timeline, kind, rate):
        slot = picture.slot
        if (slot.start < end and slot.end > start) or picture.group & groups:
            yield picture


def _whole(timeline: Any, sound: Placed, pictures: list[Placed], frame: int) -> int:
    """The end of `sound` that leaves it whole; `frame` where it has to be cut."""
    mine = [picture for picture in pictures if is_linked(picture, sound)]
    if mine and all(picture.slot.end <= frame for picture in mine):
        at = sound.slot.end
    elif mine and all(picture.slot.start >= frame for picture in mine):
        at = sound.slot.start
    else:
        return frame
    is_told = any(picture.group & sound.group for picture in mine)
    return at if is_told or _is_split_edit(timeline, mine, frame, at) else frame


def _is_split_edit(timeline: Any, mine: list[Placed], frame: int, at: int) -> bool:
    """Whether the sound reaches over the very cut, and no further than the next picture: sound that
    runs on under other pictures, of one camera of many, say, is no J or L cut."""
    for picture in mine:
        slots = layout(timeline.tracks[picture.number], picture.rate)
        if at > frame and picture.slot.end == frame:
            after = [s for s in slots[picture.slot.child + 1 :] if not s.is_transition]
            return not after or at <= after[0].end
        if at < frame and picture.slot.start == frame:
            before = [s for s in slots[: picture.slot.child] if not s.is_transition]
            return bool(before) and at >= before[-1].start
    return False


def _has_transition(track: Any, slot: Slot, *, after: bool) -> bool:
    child = slot.child + (1 if after else -1)
    return 0 <= child < len(track) and isinstance(track[child], otio.schema.Transition)
