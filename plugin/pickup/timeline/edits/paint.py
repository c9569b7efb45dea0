"""Planning an inpaint or a restyle: one generated clip directly above what the clip shows."""

from __future__ import annotations

from collections.abc import Iterator

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
    Control,
    Delivery,
    Guidance,
    InpaintRequest,
    Matte,
    MediaRef,
    Mode,
    Origin,
    Output,
    Piece,
    Placement,
    Proposal,
    RestyleRequest,
    Sampling,
    Side,
    SnapshotItem,
    Source,
)
from pickup.timeline.document import Document
from pickup.timeline.edits.look import Reach, copy_warnings
from pickup.timeline.edits.plan import check_keyframes, check_media, dry_run
from pickup.timeline.edits.sentence import overlay_sentence
from pickup.timeline.locate import Located, fingerprint, locate_for_edit
from pickup.timeline.retime import MediaMap, media_map

RecordRange = tuple[int, int]
"""First record frame and number of frames."""


def propose_inpaint(
    document: Document,
    clip: SnapshotItem | str,
    *,
    media: MediaRef,
    matte: Matte,
    output: Output,
    delivery: Delivery = Delivery.PATCH,
    guidance: Guidance | None = None,
    model: str = "pickup-draft",
    seed: int = 0,
    takes: int = 1,
    sampling: Sampling = Sampling(),
    record_range: RecordRange | None = None,
) -> Proposal:
    """Plan filling `matte` over all that `clip` shows, or over `record_range` of it.

    Raises TimelineError, MediaError or RequestError; nothing is changed.
    """
    _check_matte(matte, media)
    found = locate_for_edit(document, clip)
    source, record_in = _run(found, media, record_range)
    settings = guidance or Guidance()
    check_keyframes(settings, source.frames)
    request = InpaintRequest(
        source=source,
        matte=matte,
        output=output,
        delivery=delivery,
        guidance=settings,
        model=model,
        seed=seed,
        takes=takes,
        sampling=sampling,
    )
    return _proposal(document, found, request, record_in)


def propose_restyle(
    document: Document,
    clip: SnapshotItem | str,
    *,
    media: MediaRef,
    output: Output,
    preset: str = "",
    strength: float = 1.0,
    control: Control = Control.AUTO,
    guidance: Guidance | None = None,
    model: str = "pickup-draft",
    seed: int = 0,
    takes: int = 1,
    sampling: Sampling = Sampling(),
    record_range: RecordRange | None = None,
) -> Proposal:
    """Plan a new look for all that `clip` shows, or for `record_range` of it.

    Raises TimelineError, MediaError or RequestError; nothing is changed.
    """
    if not 0 <= strength <= 1:
        raise RequestError(
            f"The strength {strength} is outside 0 to 1.",
            "0 leaves the picture as it is, 1 is the full look.",
            code="request.strength",
        )
    found = locate_for_edit(document, clip)
    source, record_in = _run(found, media, record_range)
    settings = guidance or Guidance()
    check_keyframes(settings, source.frames)
    request = RestyleRequest(
        source=source,
        output=output,
        preset=preset,
        strength=strength,
        control=control,
        guidance=settings,
        model=model,
        seed=seed,
        takes=takes,
        sampling=sampling,
    )
    return _proposal(document, found, request, record_in)


def _check_matte(matte: Matte, media: MediaRef) -> None:
    if bool(matte.path) == (matte.box is not None):
        raise RequestError(
            "The region is given by a matte file or by a box, and by one of them only.",
            "Choose one.",
            code="request.matte",
        )
    if matte.box is None:
        return
    x, y, width, height = matte.box
    inside = x < media.width and y < media.height and x + width > 0 and y + height > 0
    if width <= 0 or height <= 0 or not inside:
        raise RequestError(
            f"The box {x},{y},{width},{height} lies outside the picture of {media.path}, "
            f"which is {media.width}x{media.height}.",
            "Give x, y, width and height in pixels of the source.",
            code="request.box",
        )


def visible_range(found: Located, time_map: MediaMap) -> tuple[int, int]:
    """First record frame that the clip shows and the first after it.

    Transitions at its ends show more of it than its own length, as far as its media reaches.
    """
    before, after = found.edge(Side.HEAD), found.edge(Side.TAIL)
    lead, trail = (before.before if before else 0), (after.after if after else 0)
    if time_map.head is not None:
        lead = min(lead, time_map.head)
    if time_map.tail is not None:
        trail = min(trail, time_map.tail)
    return max(0, found.slot.start - lead), found.slot.end + trail


def _run(found: Located, media: MediaRef, record_range: RecordRange | None) -> tuple[Source, int]:
    time_map = media_map(found.slot.item, found.slot.frames, found.rate, media)
    check_media(found, time_map, media, 0, found.slot.frames)
    start, end = visible_range(found, time_map)
    if record_range is not None:
        asked, frames = record_range
        if frames <= 0 or asked < start or asked + frames > end:
            raise TimelineError(
                f"Frames {asked} to {asked + frames - 1} are not all of {found.name}, "
                f"which shows in frames {start} to {end - 1} of the timeline.",
                "Choose a range inside the clip.",
                code="timeline.range",
            )
        start, end = asked, asked + frames
    first = time_map.first + (start - found.slot.start) * time_map.step
    return Source(media, first, time_map.step, end - start, found.rate), start


def _proposal(
    document: Document, found: Located, request: InpaintRequest | RestyleRequest, record_in: int
) -> Proposal:
    operation = request.operation
    name = f"{found.base_name} {operation.value}"
    placement = Placement(
        operation=operation,
        mode=Mode.ABOVE,
        track=found.number,
        clip=found.uid,
        record_in=record_in,
        pieces=(Piece(Origin.GENERATED, name, request.source.frames),),
        fingerprint=fingerprint(found, operation, Side.TAIL),
    )
    dry_run(document, found, placement, Side.TAIL)
    warnings = tuple(_warnings(found, record_in, request.source.frames))
    return Proposal(request, placement, overlay_sentence(found, request), warnings)


def _warnings(found: Located, record_in: int, frames: int) -> Iterator[str]:
    start = record_in - found.slot.start
    yield from copy_warnings(found, Reach(start, start + frames, found.slot.frames))
    for side in Side:
        edge = found.edge(side)
        if edge is None:
            continue
        at = found.slot.start if side is Side.HEAD else found.slot.end
        if record_in < at + edge.after and record_in + frames > at - edge.before:
            yield f'The new clip lies above the transition "{edge.name}": check it there.'
