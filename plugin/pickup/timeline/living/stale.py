"""Whether a generated clip still fits the cut around it, and if not, what has changed.

What it was made from is in its recipe; what the cut shows there now is compared with it. A clip
that the user only trimmed at a free end fits, and so does what cannot be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from pickup.errors import TimelineError
from pickup.protocol import BridgeRequest, ExtendRequest, Side, SnapshotItem
from pickup.timeline.around import REACH, Around, Shown, Wanted, is_clip
from pickup.timeline.document import Document
from pickup.timeline.edits.joins import Joins, joins_of, parted
from pickup.timeline.identity import clips_of, made_of, own_data, own_value, store, uid_of
from pickup.timeline.living.beside import Meeting, meet
from pickup.timeline.living.under import lies
from pickup.timeline.record import Slot, edge_after, edge_before
from pickup.timeline.retime import MediaMap
from pickup.timeline.takes.recipes import recipe_of
from pickup.timeline.words import are, frames_text


class Remedy(StrEnum):
    """What an update does. All but `remake` are edits alone; `none`: it can do nothing."""

    NONE = "none"
    TRIM = "trim"
    EXTEND = "extend"
    MOVE = "move"
    REMAKE = "remake"


@dataclass(frozen=True)
class Stale:
    """Why a generated clip no longer fits: one short sentence, and where it would. `wanted` is None
    exactly where the remedy is `none`."""

    reason: str
    remedy: Remedy
    wanted: Wanted | None = None


def staleness(document: Document, clip: SnapshotItem | str) -> Stale | None:
    """What has changed around a generated clip since it was made; None where it fits, where
    `keep` has accepted it, and for clips that Pickup did not make."""
    around = Around(document)
    slot = _find(around, clip if isinstance(clip, str) else clip.uid)
    return None if slot is None else stale_in(around, slot)


def keep(document: Document, clip: SnapshotItem | str) -> None:
    """Take a stale clip as it is: it is not called stale again until something else changes.

    One edit, which one undo takes back. Raises TimelineError where there is nothing to accept.
    """
    uid = clip if isinstance(clip, str) else clip.uid
    stale = staleness(document, uid)
    if stale is None:
        raise TimelineError(
            "The clip fits the cut around it.", "Nothing is to be done.", code="timeline.fits"
        )

    def change(timeline: Any) -> None:
        for _, item in clips_of(timeline):
            if uid_of(item) == uid:
                store(item, kept=stale.reason)

    document.edit("Keep", change)


def _find(around: Around, uid: str) -> Slot | None:
    for number in around.others(-1):
        for slot in around.slots(number):
            if is_clip(slot) and uid_of(slot.item) == uid:
                return slot
    return None


def stale_in(around: Around, slot: Slot) -> Stale | None:
    """As `staleness`, for a clip that has been found."""
    if not made_of(slot.item).generated:
        return None
    number = around.number_of(slot.item)
    recipe = recipe_of(slot.item, around.folder)
    if recipe is None or _is_inserted(slot):
        return None
    own = around.shown(number, slot)
    if own.map is None or own.map.step <= 0:
        return None
    joins, request = joins_of(slot.item), recipe.request
    match request:
        case ExtendRequest():
            stale = _extension(around, own, own.map, request, joins)
        case BridgeRequest():
            stale = _bridge(around, own, request)
        case _:
            reason, wanted = lies(around, own, request.source, joins)
            stale = _stale(own, own.map, reason, wanted) if reason else None
    if stale is not None and own_value(slot.item, "kept") == stale.reason:
        return None
    return stale


def _is_inserted(slot: Slot) -> bool:
    """Whether the user put the take there as a shot of its own."""
    own = own_data(slot.item)
    return "placement" in own and "of" not in own and "joins" not in own


def _stale(own: Shown, time_map: MediaMap, reason: str, wanted: Wanted | None) -> Stale:
    if wanted is None:
        return Stale(reason, Remedy.NONE)
    if wanted.offset is None:
        return Stale(reason, Remedy.REMAKE, wanted)
    frames = wanted.frames
    if time_map.step != 1:
        # Its own speed was changed: where a trimmed part of it begins cannot be written exactly.
        return Stale(reason, Remedy.NONE)
    if frames == own.slot.frames:
        return Stale(reason, Remedy.MOVE, wanted)
    remedy = Remedy.EXTEND if frames > own.slot.frames else Remedy.TRIM
    return Stale(reason, remedy, wanted)


def _extension(
    around: Around, own: Shown, time_map: MediaMap, request: ExtendRequest, joins: Joins
) -> Stale | None:
    slot = own.slot
    is_tail = request.side is Side.TAIL
    near, far = (Side.HEAD, Side.TAIL) if is_tail else (Side.TAIL, Side.HEAD)
    meeting = meet(around, own, near, request.source, request.frames)
    parting = _parting(around, own, time_map, far, joins)
    if not (meeting.reason or parting):
        return None
    if _is_lost(meeting) or (not meeting.same and _step(meeting) == 0):
        return Stale(meeting.reason, Remedy.NONE)
    where = "after" if is_tail else "before"
    reason = meeting.reason or f"{frames_text(parting)} {where} it {are(parting)} empty."
    start, end = (meeting.edge, slot.end) if is_tail else (slot.start, meeting.edge)
    if parting:
        start, end = (start, end + parting) if is_tail else (start - parting, end)
    elif meeting.same and _is_free(around, own, far):
        # Nothing holds the free end: the clip goes along as it is.
        away = (start, end) != (slot.start, slot.end)
        frames = slot.frames + (meeting.missing if away else 0)
        start, end = (start, start + frames) if is_tail else (end - frames, end)
    if start >= end:
        return Stale(reason, Remedy.NONE)
    offset = _offset(around, own, request, end - start) if meeting.same else None
    return _stale(own, time_map, reason, Wanted(start, end, offset, meeting.clip))


def _parting(around: Around, own: Shown, time_map: MediaMap, far: Side, joins: Joins) -> int:
    """Frames that have opened at the free end, beside the clip that it touched."""
    first, last = time_map.at(0), time_map.at(own.slot.frames - 1)
    as_placed = first == joins.first if far is Side.HEAD else last == joins.first + joins.frames - 1
    if not as_placed or time_map.step != 1:
        return 0
    gap = parted(around, own.number, own.slot, far, joins)
    return gap if gap <= REACH else 0


def _is_free(around: Around, own: Shown, side: Side) -> bool:
    """Whether nothing adjoins the clip there."""
    slots, child = around.slots(own.number), own.slot.child
    beside = slots[child + 1 :] if side is Side.TAIL else slots[:child][::-1]
    return not beside or beside[0].is_gap


def _offset(around: Around, own: Shown, request: ExtendRequest, frames: int) -> int | None:
    """The frame of the file that belongs at the first of `frames` record frames; None where the
    file is too short for them and for the transition at the free end."""
    slots, child = around.slots(own.number), own.slot.child
    if request.side is Side.TAIL:
        edge = edge_after(slots, child, around.rate)
        return 0 if frames + (edge.after if edge else 0) <= request.frames else None
    edge = edge_before(slots, child, around.rate)
    offset = request.frames - frames
    return offset if offset >= (edge.before if edge else 0) else None


def _bridge(around: Around, own: Shown, request: BridgeRequest) -> Stale | None:
    head = meet(around, own, Side.HEAD, request.source, request.frames)
    tail = meet(around, own, Side.TAIL, request.after, request.frames)
    reason = head.reason or tail.reason
    if not reason:
        return None
    lost = any(_is_lost(one) for one in (head, tail))
    if lost or head.edge >= tail.edge:
        return Stale(reason, Remedy.NONE)
    assert own.map is not None
    fits = head.same and tail.same and tail.edge - head.edge == request.frames
    wanted = Wanted(head.edge, tail.edge, 0 if fits else None, head.clip, tail.clip)
    return _stale(own, own.map, reason, wanted)


def _is_lost(meeting: Meeting) -> bool:
    """Whether nothing is there that pictures could go on from; not from what runs backwards."""
    return not meeting.same and (meeting.clip is None or _step(meeting) < 0)


def _step(meeting: Meeting) -> Fraction:
    """Media frames per record frame of what is met there."""
    known = meeting.clip.map if meeting.clip else None
    return known.step if known else Fraction(1)
