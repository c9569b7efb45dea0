"""The one sentence that tells what an edit will do, in the user's own frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pickup.protocol import Delivery, InpaintRequest, Mode, Request, Side
from pickup.timeline.edits.ripple import split_by
from pickup.timeline.edits.room import Share
from pickup.timeline.identity import made_of
from pickup.timeline.locate import Located
from pickup.timeline.snapshot import labels
from pickup.timeline.words import frames_text, listed


def extend_sentence(
    timeline: Any, found: Located, side: Side, mode: Mode, record_in: int, share: Share
) -> str:
    """`Fills 48 frames of the gap after shot 12: 14 real, 34 generated. Nothing else moves.`

    Unused frames of a clip that was generated itself are `14 from its handle`, not real.
    """
    frames = share.real + share.generated
    where = f"{'after' if side is Side.TAIL else 'before'} {found.base_name}"
    made = _made_of(found, share)
    span = frames_text(frames)
    match mode:
        case Mode.GAP if not found.beside(side):
            lead = f"Adds {span} {where}, at the end of {found.label}"
        case Mode.GAP:
            lead = f"Fills {span} of the gap {where}"
        case Mode.RIPPLE:
            lead = f"Inserts {span} {where}"
        case Mode.OVERWRITE:
            lead = f"Overwrites {span} {where}"
        case _:
            lead = f"Lays {span} {where} on a track above {found.label}"
    rest = _what_else(timeline, found, mode, record_in, frames)
    return f"{lead}: {made}. {rest}"


def bridge_sentence(
    timeline: Any, found: Located, after: Located, mode: Mode, record_in: int, frames: int
) -> str:
    """`Bridges shot 3 and shot 4 with 16 generated frames in the gap between them. Nothing else
    moves.`"""
    span = f"{frames} generated frame{'' if frames == 1 else 's'}"
    lead = f"Bridges {found.base_name} and {after.base_name} with {span}"
    match mode:
        case Mode.GAP:
            lead += " in the gap between them"
        case Mode.RIPPLE:
            lead += " between them"
        case Mode.ABOVE:
            lead += f" on a track above {found.label}"
    return f"{lead}. {_what_else(timeline, found, mode, record_in, frames)}"


def _made_of(found: Located, share: Share) -> str:
    own = "from its handle" if made_of(found.slot.item).generated else "real"
    if share.generated == 0:
        return f"all {share.real} {own}"
    if share.real == 0:
        return f"all {share.generated} generated"
    return f"{share.real} {own}, {share.generated} generated"


def _what_else(timeline: Any, found: Located, mode: Mode, start: int, frames: int) -> str:
    if mode is Mode.RIPPLE:
        moves = f"Everything from there on moves by {frames_text(frames)} on all tracks"
        names = split_names(timeline, found, start)
        return f"{moves}, which splits {listed(names)}." if names else f"{moves}."
    covered = _overlapped(found, start, start + frames)
    if mode is Mode.OVERWRITE and covered:
        return f"Takes {listed(covered)}. Nothing else moves."
    if mode is Mode.ABOVE and covered:
        return f"Covers {listed(covered)}. Nothing moves."
    return "Nothing else moves."


def split_names(timeline: Any, found: Located, frame: int) -> list[str]:
    """`"music" on A1` for every item that a ripple at `frame` cuts in two."""
    names = labels(timeline)
    split = split_by(timeline, found.number, frame, found.rate)
    return [f'"{name}" on {names[number]}' for number, name in split]


def _overlapped(found: Located, start: int, end: int) -> list[str]:
    texts = []
    for slot in found.slots:
        frames = min(end, slot.end) - max(start, slot.start)
        if frames > 0 and not slot.is_gap and not slot.is_transition:
            name = slot.item.name or "an unnamed clip"
            if frames == slot.frames:
                texts.append(f"the whole of {name}")
            else:
                texts.append(f"{frames_text(frames)} of {name}")
    return texts


def overlay_sentence(found: Located, request: Request) -> str:
    """What an inpaint or a restyle will do."""
    frames = request.source.frames
    span = f"{frames_text(frames)} of {found.base_name}"
    where = f"on a track above {found.label}"
    if not isinstance(request, InpaintRequest):
        return f"Restyles {span} {where}. Nothing else moves."
    if request.guidance.references and not request.guidance.prompt:
        name = Path(request.guidance.references[0]).name
        form = "a patch" if request.delivery is Delivery.PATCH else "full frames"
        return f"Puts {name} into {span}, as {form} {where}. Nothing else moves."
    verb = "Fills the masked region in" if request.guidance.prompt else "Removes the masked region"
    verb = verb if request.guidance.prompt else f"{verb} from"
    form = "a patch" if request.delivery is Delivery.PATCH else "full frames"
    return f"{verb} {span}, as {form} {where}. Nothing else moves."
