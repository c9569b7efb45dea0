"""Carrying a placement out: one edit, one undo, after a look whether the cut is still the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pickup.errors import MediaError, RequestError, TimelineError
from pickup.protocol import (
    EditResult,
    MediaRef,
    Operation,
    Origin,
    Piece,
    Placement,
    Recipe,
    Side,
    Take,
    encode,
)
from pickup.timeline.arrange import arrange
from pickup.timeline.clips import continued_clip, copy_warnings, generated_clip
from pickup.timeline.document import Document
from pickup.timeline.identity import all_uids, clips_of, fresh_uid, made_of, names_job, store
from pickup.timeline.locate import Located, fingerprint, locate
from pickup.timeline.rates import same_rate
from pickup.timeline.records import records_of
from pickup.timeline.urls import UrlStyle, common_style

_MAX_SIDECAR = 16 * 1024 * 1024


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
    found, side, record_in = _still_there(document, placement)
    uids: list[str] = []

    def change(timeline: Any) -> None:
        there = locate(timeline, placement.clip, document.rate)
        if there is None:
            raise _moved("The clip is no longer in the timeline.")
        style = common_style(timeline)
        taken = all_uids(timeline)
        items = []
        for piece in placement.pieces:
            item = _new_clip(document, there, placement, piece, take, model, style)
            uid = fresh_uid(item, taken)
            store(item, uid=uid, of=placement.clip)
            taken.add(uid)
            uids.append(uid)
            items.append(item)
        arrange(timeline, there, placement.mode, side, record_in, items)

    document.edit(f"{placement.operation.value.capitalize()} {found.name}", change)
    told = (*copy_warnings(found), *_told(take))
    return EditResult(records_of(document, uids, media), told)


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


def _moved(message: str) -> TimelineError:
    return TimelineError(
        message,
        "Plan it again; the take itself is kept.",
        code="timeline.moved",
    )


def _not_placed(document: Document, placement: Placement, take: Take | None) -> None:
    digest = placement_digest(placement)
    for _, item in clips_of(document.timeline):
        made = made_of(item)
        again = made.placement == digest and (take is None or made.job in ("", take.job))
        if again or (take is not None and names_job(item, take.job)):
            raise TimelineError(
                f'This is already in the cut, as "{item.name}".',
                "Undo that edit first to place another take.",
                code="timeline.already_placed",
            )


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
    _check_take(take, piece, document)
    record = _record(take, placement.operation, model)
    clip = generated_clip(found, piece, take, style, record)
    store(clip, placement=digest, generated=record)
    return clip


def _check_take(take: Take, piece: Piece, document: Document) -> None:
    media = take.media
    if not Path(media.path).is_file():
        raise MediaError(
            f"The take {media.path} is missing.", "Make it again.", code="media.missing"
        )
    if not same_rate(media.rate, document.rate):
        raise MediaError(
            f"The take {media.path} runs at {float(media.rate):.6g} frames per second, "
            f"the timeline at {float(document.rate):.6g}.",
            "Make it again for this timeline.",
            code="media.rate",
        )
    if piece.offset + piece.frames > media.frames:
        raise MediaError(
            f"The take {media.path} has {media.frames} frames, "
            f"and {piece.offset + piece.frames} are needed.",
            "Make it again.",
            code="media.too_short",
        )


def _record(take: Take, operation: Operation, model: str) -> dict[str, object]:
    """What is kept on a generated clip and its reference: enough to find the whole recipe."""
    recipe = _sidecar(take.sidecar)
    kind = recipe.get("digital_source_type") or Recipe.digital_source_type
    return {
        "job": take.job,
        "take": take.index,
        "operation": operation.value,
        "model": model or str(recipe.get("model", "")),
        "learned": take.learned,
        "draft": take.draft,
        **({"test": True} if take.test else {}),
        "digital_source_type": str(kind),
        "sidecar": take.sidecar,
    }


def _told(take: Take | None) -> list[str]:
    """What the model warned of when it made the take, such as a shadow that stays behind."""
    details = _sidecar(take.sidecar).get("details") if take else None
    warnings = details.get("warnings") if isinstance(details, dict) else None
    return (
        [text for text in warnings if isinstance(text, str)] if isinstance(warnings, list) else []
    )


def _sidecar(path: str) -> dict[str, Any]:
    """The take's recipe as JSON; empty where there is none that can be read: it only adds to what
    the take itself tells."""
    try:
        file = Path(path)
        if not path or file.stat().st_size > _MAX_SIDECAR:
            return {}
        data = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
