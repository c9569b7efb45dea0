"""A cut as it can be compared with another: clips, transitions and tracks of one kind."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.timeline.rates import at_rate, rate_of
from pickup.timeline.record import Edge, Slot, edge_of, layout
from pickup.timeline.retime import media_map
from pickup.timeline.urls import reference_path


@dataclass(frozen=True)
class ComparedClip:
    """An item as it can be compared: place in the cut, media file, media seconds at its start."""

    label: str
    name: str
    start: int
    frames: int
    path: str
    first: Fraction
    item: Any


@dataclass(frozen=True)
class Side:
    """One of the two cuts: clips and transitions of one kind of track."""

    clips: tuple[ComparedClip, ...]
    transitions: dict[tuple[int, int], Edge]
    tracks: int


def side_of(
    timeline: Any, kind: str, letter: str, rate: Fraction, folder: str, shift: int = 0
) -> Side:
    """The clips and transitions on tracks of `kind` that hold anything, `shift` frames later.

    `letter` begins the labels of the tracks, `folder` is where relative media paths start.
    """
    clips: list[ComparedClip] = []
    edges: dict[tuple[int, int], Edge] = {}
    tracks = [track for track in timeline.tracks if track.kind == kind and len(track)]
    for number, track in enumerate(tracks):
        for slot in layout(track, rate):
            if slot.is_transition:
                edges[number, slot.start + shift] = edge_of(slot, rate)
            elif not slot.is_gap:
                clips.append(_clip(slot, f"{letter}{number + 1}", folder, rate, shift))
    return Side(tuple(clips), edges, len(tracks))


def _clip(slot: Slot, track: str, folder: str, rate: Fraction, shift: int) -> ComparedClip:
    item = slot.item
    path = reference_path(getattr(item, "media_reference", None), folder)
    name = item.name or ""
    label = f"“{name}” ({track}:{slot.number})"
    return ComparedClip(
        label, name, slot.start + shift, slot.frames, path, _first(slot, rate), item
    )


def _first(slot: Slot, rate: Fraction) -> Fraction:
    """Media seconds at which the clip begins, fractions of a frame included where they decide what
    it shows."""
    begin = slot.item.source_range.start_time
    time_map = media_map(slot.item, slot.frames, rate)
    if time_map.step > 0:
        return time_map.source_start(0) / time_map.rate
    return at_rate(begin, rate_of(begin.rate)) / rate_of(begin.rate)


def shift_between(meant: Any, written: Any, rate: Fraction) -> int:
    """Frames to add to places in `written`: a leading gap may have become start timecode."""
    starts = [cut.global_start_time for cut in (meant, written)]
    mine, theirs = (0 if start is None else round(at_rate(start, rate)) for start in starts)
    gaps = [_lead(cut, rate) for cut in (meant, written)]
    return theirs - mine if mine + gaps[0] == theirs + gaps[1] else 0


def _lead(timeline: Any, rate: Fraction) -> int:
    """Record frames before the first clip of the video tracks that are not empty."""
    starts = [
        slot.start
        for track in timeline.tracks
        if track.kind == otio.schema.TrackKind.Video
        for slot in layout(track, rate)
        if not slot.is_gap and not slot.is_transition
    ]
    return min(starts, default=0)
