"""The timeline as plain data for dock and command."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import opentimelineio as otio

from pickup.protocol import ItemKind, Snapshot, SnapshotItem, SnapshotTrack
from pickup.timeline.around import Around
from pickup.timeline.document import Document
from pickup.timeline.identity import is_owned, made_of, uid_of
from pickup.timeline.living.stale import stale_in
from pickup.timeline.record import Slot, edge_after, edge_before, edge_of, layout
from pickup.timeline.refusal import kind_of, refusal
from pickup.timeline.retime import media_map, speed_of
from pickup.timeline.takes.recipes import count_takes
from pickup.timeline.urls import first_file, reference_path
from pickup.timeline.used import counts_drop, used_range


@dataclass(frozen=True)
class _Reading:
    """What is asked once for a whole snapshot: where relative paths start, whether a file exists,
    and how the cut counts."""

    document: Document
    folder: str
    exists: Callable[[str], bool]
    drop_frame: bool
    around: Around


def labels(timeline: Any) -> list[str]:
    """`V1`, `V2`, `A1`, ... of the tracks in stack order, each kind counted from the bottom."""
    count: dict[str, int] = {}
    found = []
    for track in timeline.tracks:
        letter = "V" if track.kind == otio.schema.TrackKind.Video else (track.kind or "?")[0]
        count[letter] = count.get(letter, 0) + 1
        found.append(f"{letter}{count[letter]}")
    return found


def snapshot(document: Document) -> Snapshot:
    """The whole timeline. Tracks come in stack order, so that a track's place is its number in
    `Placement.track`."""
    timeline = document.timeline
    drop_frame = document.drop_frame
    exists = lru_cache(maxsize=None)(os.path.exists)
    reading = _Reading(document, document.folder, exists, drop_frame, Around(document))
    tracks = tuple(
        _track(reading, track, label)
        for track, label in zip(timeline.tracks, labels(timeline), strict=True)
    )
    ends = (i.record_in + i.frames for t in tracks for i in t.items if i.index)
    return Snapshot(
        name=timeline.name or "",
        path=str(document.path or ""),
        rate=document.rate,
        start=document.start,
        drop_frame=drop_frame,
        frames=max(ends, default=0),
        revision=document.revision,
        tracks=tracks,
        can_undo=document.can_undo,
        can_redo=document.can_redo,
        modified=document.modified,
        notes=document.notes,
    )


def _track(reading: _Reading, track: Any, label: str) -> SnapshotTrack:
    slots = layout(track, reading.document.rate)
    return SnapshotTrack(
        label=label,
        name=track.name or "",
        kind="video" if track.kind == otio.schema.TrackKind.Video else str(track.kind).lower(),
        enabled=track.enabled,
        owned=is_owned(track),
        items=tuple(_item(reading, track, label, slots, slot) for slot in slots),
    )


def _item(reading: _Reading, track: Any, label: str, slots: list[Slot], slot: Slot) -> SnapshotItem:
    kind = kind_of(slot.item)
    sentence = refusal(track, slot.item, reading.folder, reading.exists)
    if kind is ItemKind.TRANSITION:
        edge = edge_of(slot, reading.document.rate)
        start, frames = slot.start - edge.before, edge.before + edge.after
        uid = f"transition:{label}:{slot.start}"
        return SnapshotItem(kind, uid, 0, edge.name, start, frames, refusal=sentence)
    if kind is ItemKind.GAP:
        uid = f"gap:{label}:{slot.start}"
        return SnapshotItem(
            kind, uid, slot.number, slot.item.name or "", slot.start, slot.frames, refusal=sentence
        )
    uid, name = uid_of(slot.item), slot.item.name or ""
    if kind is ItemKind.COMPOUND:
        return SnapshotItem(
            kind, uid, slot.number, name, slot.start, slot.frames, refusal=sentence,
            enabled=slot.item.enabled,
        )  # fmt: skip
    return _clip(reading, slots, slot, sentence)


def _clip(reading: _Reading, slots: list[Slot], slot: Slot, sentence: str) -> SnapshotItem:
    document = reading.document
    item, rate = slot.item, document.rate
    reference = item.media_reference
    speed = speed_of(item)
    time_map = media_map(item, slot.frames, rate)
    head, tail = time_map.head, time_map.tail
    before, after = edge_before(slots, slot.child, rate), edge_after(slots, slot.child, rate)
    made = made_of(item)
    stale = stale_in(reading.around, slot) if made.generated else None
    media = reference_path(reference, reading.folder)
    source_in, source_out = used_range(time_map, speed)
    return SnapshotItem(
        kind=ItemKind.CLIP,
        uid=uid_of(item),
        index=slot.number,
        name=item.name or "",
        record_in=slot.start,
        frames=slot.frames,
        media=media,
        media_first=time_map.at(0),
        enabled=item.enabled,
        generated=made.generated,
        job=made.job,
        take=made.take,
        speed=Fraction(1) if speed is None else speed,
        head_handle=None
        if head is None or reference.available_range is None
        else max(0, head - (before.before if before else 0)),
        tail_handle=None if tail is None else max(0, tail - (after.after if after else 0)),
        refusal=sentence,
        online=_is_online(reading, reference, media),
        source_in=source_in,
        source_out=source_out,
        source_rate=time_map.rate,
        source_drop=counts_drop(reference, time_map.rate, reading.drop_frame),
        ramp=speed is None,
        still=time_map.total == 1,
        operation=made.operation,
        takes=count_takes(item, reading.folder) if made.generated else 0,
        stale=stale.reason if stale else "",
    )


def _is_online(reading: _Reading, reference: Any, media: str) -> bool:
    if isinstance(reference, otio.schema.GeneratorReference):
        return True
    file = media
    if isinstance(reference, otio.schema.ImageSequenceReference):
        file = first_file(reference, reading.folder)
    return bool(file) and reading.exists(file)
