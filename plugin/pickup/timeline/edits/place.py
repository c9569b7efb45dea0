"""Carrying a placement out: one edit, one undo, after a look whether the cut is still the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
    EditResult,
    MediaRef,
    Mode,
    Operation,
    Origin,
    Piece,
    Placement,
    Side,
    Take,
    encode,
)
from pickup.timeline.document import Document
from pickup.timeline.edits.arrange import arrange
from pickup.timeline.edits.clips import continued_clip, generated_clip
from pickup.timeline.edits.footprint import footprint_beside
from pickup.timeline.edits.joins import remember_joins
from pickup.timeline.edits.look import Reach, copy_warnings
from pickup.timeline.edits.plan import total
from pickup.timeline.edits.replaced import replace_clip
from pickup.timeline.edits.sound import continue_sound, sounds_of
from pickup.timeline.identity import (
    all_uids,
    clips_of,
    fresh_uid,
    made_of,
    names_job,
    own_value,
    store,
)
from pickup.timeline.locate import Located, fingerprint, in_clone, locate
from pickup.timeline.records import records_of
from pickup.timeline.takes.taken import check_take, take_record, told
from pickup.timeline.urls import UrlStyle, common_style


def place(
    document: Document,
    placement: Placement,
    take: Take | None = None,
    *,
    model: str = "",
    media: MediaRef | None = None,
) -> EditResult:
    """Write the new clips of `placement` into the document, as one edit that one undo takes back.

    `take` is the generated file (None where the placement holds real frames only), `model` its id
    (read from the take's sidecar where left out), `media` the probe of the original's file, which
    makes `media_start_frame` of continued clips exact where the timeline has no available range.

    Raises TimelineError `timeline.moved` where the neighbourhood is not the planned one,
    `timeline.already_placed` for a second time, MediaError where the file is missing or too short.
    """
    _not_placed(document, placement, take)
    if placement.mode is Mode.REPLACE:
        return replace_clip(document, placement, placement_digest(placement), take, model)
    found, side, record_in = _still_there(document, placement)
    frames = total(placement.pieces)
    reach = _reach(found, placement.mode, side, record_in, frames)
    uids: list[str] = []

    def change(timeline: Any) -> None:
        there = in_clone(timeline, found)
        style = common_style(timeline)
        taken = all_uids(timeline)
        edit = take.job if take else placement_digest(placement)
        items, start = [], reach.start
        for piece in placement.pieces:
            item = _new_clip(document, there, placement, piece, take, model, style, start)
            start += piece.frames
            uid = fresh_uid(item, taken)
            store(item, uid=uid, of=placement.clip)
            taken.add(uid)
            uids.append(uid)
            items.append(item)
        marks = footprint_beside(timeline, there, placement.mode, side, record_in, frames)
        sounds = sounds_of(timeline, there) if placement.operation is Operation.EXTEND else ()
        arrange(timeline, there, placement.mode, side, record_in, items)
        remember_joins(there.slot, items, placement.pieces, record_in)
        if sounds:
            digest = placement_digest(placement)
            heard, _ = continue_sound(
                timeline, there.uid, sounds, side, placement.pieces, digest, document.rate
            )
            for item in heard:
                uid = fresh_uid(item, taken)
                kept = {name: mark for name, mark in marks.items() if name != "covered"}
                store(item, uid=uid, of=own_value(item, "continues"), linked=True, edit=edit)
                store(item, **kept)
                taken.add(uid)
                uids.append(uid)
        for item in items:
            store(item, **{"edit": edit, **marks})

    document.edit(f"{placement.operation.value.capitalize()} {found.name}", change)
    warnings = (*copy_warnings(found, reach), *told(take))
    return EditResult(records_of(document, uids, media), warnings)


def _still_there(document: Document, placement: Placement) -> tuple[Located, Side, int]:
    """The clip, the side that is extended, and where the new clips go now."""
    found = locate(document.timeline, placement.clip, document.rate)
    if found is None:
        raise _moved("The clip is no longer in the timeline.")
    planned = placement.fingerprint.partition(":")[0]
    if not planned.isdigit():
        raise _moved(f"The edit of {found.name} was planned by another version.")
    begun = int(planned)
    is_head = placement.operation is Operation.EXTEND and placement.record_in <= begun
    side = Side.HEAD if is_head else Side.TAIL
    now = fingerprint(found, placement.operation, side)
    if now.partition(":")[2] != placement.fingerprint.partition(":")[2]:
        raise _moved(f"The cut around {found.name} has changed since this was planned.")
    return found, side, placement.record_in + found.slot.start - begun


def _reach(found: Located, mode: Mode, side: Side, record_in: int, frames: int) -> Reach:
    """Where the new clips lie, as the original counts."""
    is_before = side is Side.HEAD and mode is Mode.RIPPLE
    start = record_in - found.slot.start - (frames if is_before else 0)
    return Reach(start, start + frames, found.slot.frames)


def _moved(message: str) -> TimelineError:
    return TimelineError(
        message,
        "Plan it again; the take itself is kept.",
        code="timeline.moved",
    )


def _not_placed(document: Document, placement: Placement, take: Take | None) -> None:
    digest = placement_digest(placement)
    there = [i for _, i in clips_of(document.timeline) if _is_placed(i, digest, take)]
    if not there:
        return
    shown = next((item for item in there if made_of(item).generated), there[0])
    made, hint = made_of(shown), "Undo that edit first to carry it out anew."
    if take is not None and made.generated and made.take != take.index:
        hint = f"Switch that clip to take {take.index + 1} instead (`pickup timeline take`)."
    raise TimelineError(
        f'This is already in the cut, as "{shown.name}".', hint, code="timeline.already_placed"
    )


def _is_placed(item: Any, digest: str, take: Take | None) -> bool:
    made = made_of(item)
    if take is None:
        return made.placement == digest
    is_part = made.placement == digest and made.job in ("", take.job)
    return is_part or names_job(item, take.job)


def placement_digest(placement: Placement) -> str:
    """A short name of a placement, kept on its clips so that it is not carried out twice."""
    text = json.dumps(encode(placement), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _new_clip(
    document: Document,
    found: Located,
    placement: Placement,
    piece: Piece,
    take: Take | None,
    model: str,
    style: UrlStyle,
    start: int,
) -> Any:
    digest = placement_digest(placement)
    if piece.origin is Origin.SOURCE:
        return continued_clip(found, piece, digest)
    if take is None:
        raise RequestError(
            f"No take is given for the generated frames of {found.name}.",
            "Choose a finished take.",
            code="request.take",
        )
    check_take(take, piece.offset + piece.frames, document.rate)
    record = take_record(take, placement.operation.value, model)
    clip = generated_clip(found, piece, take, style, record, start)
    store(clip, placement=digest, generated=record)
    return clip
