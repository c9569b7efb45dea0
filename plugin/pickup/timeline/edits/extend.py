"""Planning an extension: the clip's own unused frames first, generated ones for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
    HANDLE_FRAMES,
    ExtendRequest,
    Guidance,
    MediaRef,
    Mode,
    Operation,
    Origin,
    Output,
    Piece,
    Placement,
    Proposal,
    Sampling,
    Side,
    SnapshotItem,
    Source,
)
from pickup.timeline.document import Document
from pickup.timeline.edits.look import Reach, copy_warnings
from pickup.timeline.edits.plan import CONTEXT_FRAMES, check_keyframes, check_media, dry_run, total
from pickup.timeline.edits.room import Share, resolve_mode, share
from pickup.timeline.edits.sentence import extend_sentence, split_names
from pickup.timeline.edits.sound import continue_sound, is_locked, sounds_of
from pickup.timeline.locate import Located, fingerprint, locate_for_edit
from pickup.timeline.retime import MediaMap, media_map
from pickup.timeline.snapshot import labels


def propose_extend(
    document: Document,
    clip: SnapshotItem | str,
    *,
    side: Side,
    frames: int,
    media: MediaRef,
    output: Output,
    mode: Mode = Mode.AUTO,
    guidance: Guidance | None = None,
    model: str = "pickup-draft",
    seed: int = 0,
    takes: int = 1,
    sampling: Sampling = Sampling(),
    handle: int = HANDLE_FRAMES,
) -> Proposal:
    """Plan `frames` new record frames at one end of `clip` (an item or its uid).

    `media` is the probe of the clip's file. The request is None where the clip's own unused frames
    suffice; else its file has `handle` frames more at the free end, for trims and dissolves. Pinned
    images are counted from the first generated frame that is not handle. Raises TimelineError,
    MediaError or RequestError; nothing is changed.
    """
    if frames <= 0:
        raise RequestError(
            f"{frames} frames cannot be added.", "Ask for one or more.", code="request.length"
        )
    if handle < 0:
        raise RequestError(
            f"A handle of {handle} frames cannot be made.",
            "Ask for 0 or more.",
            code="request.handle",
        )
    found = locate_for_edit(document, clip)
    time_map = media_map(found.slot.item, found.slot.frames, found.rate, media)
    if time_map.step == 0:
        raise TimelineError(
            f"{found.name} is a still picture, which has no motion to continue.",
            "Drag its edge in the editor to hold it longer.",
            code="timeline.still",
        )
    check_media(found, time_map, media, 0, found.slot.frames)
    resolved = resolve_mode(found, side, frames, mode)
    parts = share(found, side, frames, time_map, handle)
    settings = guidance or Guidance()
    request = None
    if parts.generated:
        check_keyframes(settings, parts.generated + parts.under)
        request = ExtendRequest(
            source=_context(found, side, parts, time_map, media),
            side=side,
            frames=parts.made,
            output=output,
            guidance=_in_file(settings, handle if side is Side.HEAD else 0),
            model=model,
            seed=seed,
            takes=takes,
            sampling=sampling,
            handle=handle,
        )
    placement = _placement(found, side, resolved, parts)
    work = dry_run(document, found, placement, side)
    sounds = sounds_of(document.timeline, found)
    _, silent = continue_sound(work, found.uid, sounds, side, placement.pieces, "", document.rate)
    if media.has_audio and not sounds:
        silent.append(f"The new clips are picture only: the cut holds no sound of {found.name}.")
    sentence = extend_sentence(document.timeline, found, side, resolved, placement.record_in, parts)
    warnings = (*_warnings(document, found, placement, settings), *silent)
    return Proposal(request, placement, sentence, warnings)


def _context(
    found: Located, side: Side, parts: Share, time_map: MediaMap, media: MediaRef
) -> Source:
    """The pictures next to the new ones: the clip together with the handle that is used up."""
    frames = min(CONTEXT_FRAMES, found.slot.frames + parts.real)
    start = -parts.real if side is Side.HEAD else found.slot.frames + parts.real - frames
    first = time_map.first + start * time_map.step
    return Source(media, first, time_map.step, frames, found.rate)


def _in_file(guidance: Guidance, hidden: int) -> Guidance:
    """The pins as the file counts them, of which the first `hidden` frames are handle."""
    pins = tuple(replace(pin, frame=pin.frame + hidden) for pin in guidance.keyframes)
    return replace(guidance, keyframes=pins)


def _placement(found: Located, side: Side, mode: Mode, parts: Share) -> Placement:
    real = Piece(
        Origin.SOURCE,
        f"{found.base_name} handle",
        parts.real,
        found.slot.frames if side is Side.TAIL else -parts.real,
    )
    hidden = parts.under + parts.handle if side is Side.HEAD else 0
    made = Piece(Origin.GENERATED, f"{found.base_name} extend", parts.generated, hidden)
    order = (real, made) if side is Side.TAIL else (made, real)
    pieces = tuple(piece for piece in order if piece.frames)
    record_in = found.slot.end
    if side is Side.HEAD:
        record_in = found.slot.start - (0 if mode is Mode.RIPPLE else total(pieces))
    return Placement(
        operation=Operation.EXTEND,
        mode=mode,
        track=found.number,
        clip=found.uid,
        record_in=record_in,
        pieces=pieces,
        fingerprint=fingerprint(found, Operation.EXTEND, side),
    )


def _warnings(
    document: Document, found: Located, placement: Placement, guidance: Guidance
) -> Iterator[str]:
    start = found.slot.frames if placement.record_in >= found.slot.end else -total(placement.pieces)
    reach = Reach(start, start + total(placement.pieces), found.slot.frames)
    yield from copy_warnings(found, reach)
    if placement.mode is Mode.RIPPLE:
        for name in split_names(document.timeline, found, placement.record_in):
            yield f"The ripple splits {name}."
        for label, track in zip(labels(document.timeline), document.timeline.tracks, strict=True):
            if is_locked(track):
                yield f"{label} is locked in the editor; it moves too, to stay in step."
    if guidance.keyframes and all(p.origin is Origin.SOURCE for p in placement.pieces):
        yield "The keyframes are not used: the clip's own frames suffice."
