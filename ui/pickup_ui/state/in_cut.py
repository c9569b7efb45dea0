"""What of a cut's items is asked for again and again: which takes it shows, what follows a clip."""

from __future__ import annotations

from pickup.protocol import ItemKind, Snapshot, SnapshotItem, SnapshotTrack

TakeKey = tuple[str, int]
"""Job id and take index."""


def used_takes(snapshot: Snapshot | None) -> set[TakeKey]:
    """The takes that are in a cut."""
    return {(item.job, item.take) for item in _generated(snapshot)}


def clips_of_jobs(snapshot: Snapshot) -> dict[str, SnapshotItem]:
    """The first clip of each job that a cut shows a take of."""
    found: dict[str, SnapshotItem] = {}
    for item in _generated(snapshot):
        found.setdefault(item.job, item)
    return found


def _generated(snapshot: Snapshot | None) -> list[SnapshotItem]:
    tracks = snapshot.tracks if snapshot else ()
    return [item for track in tracks for item in track.items if item.generated and item.job]


def is_workable(item: SnapshotItem) -> bool:
    """Whether verbs work on an item."""
    return item.kind is ItemKind.CLIP and not item.refusal and bool(item.media)


def follower(track: SnapshotTrack, uid: str) -> SnapshotItem | None:
    """The clip that a bridge from the clip `uid` leads to; None where a transition, what no verb
    works on, or nothing comes next."""
    at = next((n for n, item in enumerate(track.items) if item.uid == uid), len(track.items))
    rest = (item for item in track.items[at + 1 :] if item.kind is not ItemKind.GAP)
    item = next(rest, None)
    return item if item is not None and is_workable(item) else None


def preceding(track: SnapshotTrack, uid: str) -> SnapshotItem | None:
    """The clip right before the gap `uid`; None where something else is, or no verb works on it."""
    at = next((n for n, item in enumerate(track.items) if item.uid == uid), 0)
    item = track.items[at - 1] if at else None
    return item if item is not None and is_workable(item) else None


def gap_after(track: SnapshotTrack, uid: str) -> int:
    """Free record frames right after the clip `uid`, up to the next item."""
    at = next((n for n, item in enumerate(track.items) if item.uid == uid), len(track.items))
    items = track.items[at + 1 : at + 2]
    return sum(item.frames for item in items if item.kind is ItemKind.GAP)
