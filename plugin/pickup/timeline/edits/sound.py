"""Continuing the sound of a picture that goes on in its own media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pickup.protocol import Origin, Piece, Side
from pickup.timeline.edits.clips import continued_clip
from pickup.timeline.edits.linked import sound_of
from pickup.timeline.edits.tracks import overwrite
from pickup.timeline.identity import plain, uid_of, whole_of
from pickup.timeline.locate import Located, locate
from pickup.timeline.record import Slot, edge_after, edge_before, layout
from pickup.timeline.retime import media_map, speed_of


@dataclass(frozen=True)
class Sound:
    """A sound of a clip: its uid, and whether it is in the clip's own file."""

    uid: str
    same_file: bool


def sounds_of(timeline: Any, found: Located) -> tuple[Sound, ...]:
    """The sound that belongs to a clip."""
    url = getattr(found.slot.item.media_reference, "target_url", "")
    return tuple(
        Sound(uid_of(sound.slot.item), bool(url) and sound.file == url)
        for sound in sound_of(timeline, found.number, found.slot, found.rate)
    )


def continue_sound(
    timeline: Any,
    clip: str,
    sounds: Sequence[Sound],
    side: Side,
    pieces: Sequence[Piece],
    digest: str,
    rate: Fraction,
) -> tuple[list[Any], list[str]]:
    """Let the `sounds` of the clip with uid `clip` go on for as long as its own frames do, after
    `pieces` were put beside it on `side`.

    Only empty room on the sound's own track is used. Returns the new items, and sentences about
    what is silent, and why.
    """
    made: list[Any] = []
    told: list[str] = []
    picture = locate(timeline, clip, rate)
    real = sum(piece.frames for piece in pieces if piece.origin is Origin.SOURCE)
    if picture is None or not sounds:
        return made, told
    for sound in sounds if real else ():
        there = _half(timeline, sound.uid, picture)
        if there is None:
            continue
        missing = real - _reach(there.slot, picture.slot, side)
        if not 0 < missing <= real:
            continue
        refusal = _refusal(timeline, there, side, missing, sound.same_file)
        if refusal:
            told.append(f'The sound "{there.name}" on {there.label} does not go on: {refusal}.')
            continue
        slot = there.slot
        offset = slot.frames if side is Side.TAIL else -missing
        piece = Piece(Origin.SOURCE, f"{there.base_name} handle", missing, offset)
        item = continued_clip(there, piece, digest)
        overwrite(timeline.tracks[there.number], slot.start + offset, [item], rate)
        made.append(item)
    return made, [*told, *_silent(pieces)]


def _silent(pieces: Sequence[Piece]) -> Iterator[str]:
    frames = sum(piece.frames for piece in pieces if piece.origin is Origin.GENERATED)
    if frames:
        many = f"{frames} generated frames have" if frames > 1 else "generated frame has"
        yield f"The {many} no sound."


def _half(timeline: Any, uid: str, picture: Located) -> Located | None:
    """The sound with this uid; of the halves that a ripple made of it the one beside the
    picture."""
    found = locate(timeline, uid, picture.rate)
    if found is None:
        return None
    whole = whole_of(found.slot.item)
    for slot in found.slots:
        touches = slot.start < picture.slot.end and slot.end > picture.slot.start
        if touches and not (slot.is_gap or slot.is_transition) and whole_of(slot.item) == whole:
            return Located(found.number, found.label, found.slots, slot, found.rate)
    return found


def _reach(sound: Slot, picture: Slot, side: Side) -> int:
    """How far a sound goes beyond the end of its picture; negative where it ends earlier."""
    return sound.end - picture.end if side is Side.TAIL else picture.start - sound.start


def _refusal(timeline: Any, sound: Located, side: Side, frames: int, same_file: bool) -> str:
    """Why the sound cannot go on for `frames` record frames; "" where it can."""
    slot, track = sound.slot, timeline.tracks[sound.number]
    edge = edge_after if side is Side.TAIL else edge_before
    if edge(sound.slots, slot.child, sound.rate) is not None:
        return "it ends in a fade" if side is Side.TAIL else "it begins in a fade"
    if is_locked(track):
        return "its track is locked"
    start = slot.end if side is Side.TAIL else slot.start - frames
    there = _in_room(layout(track, sound.rate), start, start + frames)
    if there is not None or start < 0:
        return f'"{there}" is in the way' if there else "the timeline begins there"
    first = slot.frames if side is Side.TAIL else -frames
    time_map = media_map(slot.item, slot.frames, sound.rate)
    if (speed_of(slot.item) or 0) <= 0:
        return "its speed is not steady"
    known = time_map.total is not None or same_file
    if not known or not (same_file or time_map.holds(first, first + frames)):
        return "its file is not known to hold more"
    return ""


def _in_room(slots: list[Slot], start: int, end: int) -> str | None:
    for slot in slots:
        if not slot.is_gap and slot.start < end and slot.end > start:
            return slot.item.name or "an unnamed clip"
    return None


def is_locked(track: Any) -> bool:
    """Whether the host says that a track must not be changed."""
    stored = plain(track.metadata) if len(track.metadata) else {}
    resolve, final_cut = stored.get("Resolve_OTIO"), stored.get("fcp_xml")
    if isinstance(resolve, dict) and resolve.get("Locked") is True:
        return True
    return isinstance(final_cut, dict) and str(final_cut.get("locked", "")).upper() == "TRUE"
