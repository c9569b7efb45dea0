"""Putting a generated clip where it belongs now, as it is or made again: `Mode.REPLACE`.

Nothing else of the cut moves. The clip stays who it is: its uid, the edit that it belongs to and
what that edit would restore.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol import EditResult, Piece, Placement, Side, Take
from pickup.timeline.around import is_clip
from pickup.timeline.document import Document
from pickup.timeline.edits.clips import take_clip
from pickup.timeline.edits.footprint import inherited
from pickup.timeline.edits.in_place import put_in_place
from pickup.timeline.edits.joins import joins_now, joins_of
from pickup.timeline.edits.look import Reach, take_over
from pickup.timeline.edits.tracks import new_gap
from pickup.timeline.identity import KEY, all_uids, discloses, fresh_uid, own_data, own_value, store
from pickup.timeline.locate import Located, in_clone, locate, signature
from pickup.timeline.rates import rational
from pickup.timeline.record import layout
from pickup.timeline.records import records_of
from pickup.timeline.retime import media_map
from pickup.timeline.takes.taken import check_take, take_record, told
from pickup.timeline.urls import common_style


def replace_mark(found: Located) -> str:
    """`START:HASH` of a clip and of what is next to it on both sides."""
    beside = [slot for side in Side for slot in found.beside(side)[:1]]
    text = "\n".join(signature(slot) for slot in (found.slot, *beside))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{found.slot.start}:{digest[:24]}"


def replace_clip(
    document: Document, placement: Placement, digest: str, take: Take | None, model: str
) -> EditResult:
    """Carry out a placement of the mode `replace`: with a take its file is shown, without one the
    clip's own file from another frame on. `digest` names the placement.

    Raises TimelineError `timeline.moved` where the clip is no longer where the update was planned.
    """
    found = locate(document.timeline, placement.clip, document.rate)
    if found is None or _kind(replace_mark(found)) != _kind(placement.fingerprint):
        name = "The clip" if found is None else found.name
        raise TimelineError(
            f"{name} or the cut around it has changed since this was planned.",
            "Plan it again; the take itself is kept.",
            code="timeline.moved",
        )
    start = placement.record_in + found.slot.start - int(placement.fingerprint.partition(":")[0])
    uids = [placement.clip]

    def change(timeline: Any) -> None:
        there = in_clone(timeline, found)
        old, taken = there.slot.item, all_uids(timeline)
        if take is None:
            items = [_reshown(there, piece) for piece in placement.pieces]
        else:
            items = [_retaken(timeline, there, placement, digest, take, model)]
        for item in items[1:]:
            uids.append(fresh_uid(item, taken))
            taken.add(uids[-1])
            store(item, uid=uids[-1], split_from=there.uid)
        put_in_place(timeline, there, start, list(_spaced(placement.pieces, items, there.rate)))
        whole = joins_of(old).whole and (take is None or _covers_a_clip(timeline, there, items[0]))
        for item, piece in zip(items, placement.pieces, strict=True):
            joins = joins_now(item.parent(), item, piece.offset, piece.frames, whole)
            store(item, joins=joins.stored())

    document.edit(f"Update {found.base_name}", change)
    return EditResult(records_of(document, uids), tuple(told(take)))


def _retaken(
    timeline: Any, found: Located, placement: Placement, digest: str, take: Take, model: str
) -> Any:
    """A new clip of another take in the place of the old one: part of the same edit."""
    (piece,) = placement.pieces
    old = found.slot.item
    check_take(take, piece.offset + piece.frames, found.rate)
    record = take_record(take, placement.operation.value, model)
    item = take_clip(piece, take, found.rate, common_style(timeline), record)
    frames = found.slot.frames
    take_over(item, old, Reach(0, frames, frames))
    item.enabled = old.enabled
    item.markers.extend(_kept_markers(found, item))
    of = own_value(old, "of")
    own = {**inherited(old), **({"of": of} if of else {})}
    store(item, **own, uid=found.uid, placement=digest, generated=record)
    return item


def _kept_markers(found: Located, item: Any) -> Iterator[Any]:
    """The user's own markers for `item`, as far as they were from the end that adjoins the shot."""
    old, new = found.slot.item, item.source_range
    shift = new.start_time - old.source_range.start_time
    if own_value(old, "side") == Side.HEAD.value:
        shift += new.duration - old.source_range.duration
    for marker in old.markers:
        if not discloses(marker):
            kept, marked = marker.clone(), marker.marked_range
            kept.marked_range = otio.opentime.TimeRange(marked.start_time + shift, marked.duration)
            yield kept


def _spaced(pieces: Sequence[Piece], items: Sequence[Any], rate: Fraction) -> Iterator[Any]:
    """The items with gaps between them: they lie as far apart in the record as in the file."""
    at = pieces[0].offset
    for piece, item in zip(pieces, items, strict=True):
        if piece.offset > at:
            yield new_gap(piece.offset - at, rate)
        yield item
        at = piece.offset + piece.frames


def _covers_a_clip(timeline: Any, found: Located, item: Any) -> bool:
    """Whether a clip that was laid over another one covers all of it."""
    number, own = next(
        (number, slot)
        for number, track in enumerate(timeline.tracks)
        for slot in layout(track, found.rate)
        if slot.item is item
    )
    for below in reversed(list(timeline.tracks)[:number]):
        for slot in layout(below, found.rate):
            if is_clip(slot) and slot.start < own.end and slot.end > own.start:
                return own.start <= slot.start and slot.end <= own.end
    return False


def _kind(mark: str) -> str:
    return mark.partition(":")[2]


def _reshown(found: Located, piece: Piece) -> Any:
    """The clip itself, showing its file from frame `piece.offset` on."""
    slot, rate = found.slot, found.rate
    item = slot.item.clone()
    time_map = media_map(slot.item, slot.frames, rate)
    start = time_map.source_start(piece.offset - time_map.at(0))
    item.source_range = otio.opentime.TimeRange(
        rational(start, time_map.rate), rational(piece.frames, rate)
    )
    for marker in item.markers:
        if discloses(marker):
            marker.marked_range = item.source_range
    own = own_data(item)
    own.pop("kept", None)
    item.metadata[KEY] = own
    return item
