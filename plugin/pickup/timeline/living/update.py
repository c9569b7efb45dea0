"""Bringing a stale clip up to date: an edit where its file still serves, else made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    InpaintRequest,
    Keyframe,
    MediaRef,
    Mode,
    Origin,
    Output,
    Piece,
    Placement,
    Proposal,
    Recipe,
    Request,
    Side,
    SnapshotItem,
    Source,
    asked_of,
)
from pickup.timeline.around import Around, Shown, Wanted, run_of
from pickup.timeline.document import Document
from pickup.timeline.edits.plan import CONTEXT_FRAMES, dry_run
from pickup.timeline.edits.replaced import replace_mark
from pickup.timeline.living.stale import Remedy, Stale, staleness
from pickup.timeline.locate import Located, located
from pickup.timeline.takes.recipes import recipe_of
from pickup.timeline.words import frames_text

_STILLS = frozenset(
    {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".exr", ".dpx", ".webp", ".tga", ".psd"}
)


def update_media(document: Document, clip: SnapshotItem | str) -> tuple[str, str]:
    """The files to probe for `propose_update`: of its `media` and of its `after`, "" where none is
    needed. Raises TimelineError as `propose_update` does."""
    _, stale, _ = _stale_clip(document, clip)
    wanted = stale.wanted
    if wanted is None or wanted.offset is not None:
        return "", ""
    return (
        wanted.source.path if wanted.source else "",
        wanted.after.path if wanted.after else "",
    )


def propose_update(
    document: Document,
    clip: SnapshotItem | str,
    *,
    media: MediaRef | None = None,
    after: MediaRef | None = None,
    output: Output | None = None,
) -> Proposal:
    """Plan what makes a stale clip fit the cut again.

    The request is None where its own file serves. Else it is the recipe's request, with the same
    seed, for what the cut shows now; all takes up to the one that the clip shows are made, because
    a seed gives each of them its own. `media` and `after` are the probes of the files that
    `update_media` names, `output` is the recipe's where left out.

    Raises TimelineError where the clip fits, or where nothing can be done; nothing is changed.
    """
    found, stale, recipe = _stale_clip(document, clip)
    wanted = stale.wanted
    if wanted is None:
        raise TimelineError(
            f"{found.name} cannot be brought up to date: {stale.reason}",
            "Put it back where it was, remove it, or keep it as it is.",
            code="timeline.no_update",
        )
    request = None
    offset = wanted.offset
    if offset is None:
        around = Around(document)
        request = _again(around, found, recipe, wanted, (media, after), output)
        offset = _hidden(found, request)
    name, started = found.base_name, wanted.start
    pieces = tuple(
        Piece(Origin.GENERATED, name, end - start, offset + start - started)
        for start, end in wanted.runs
    )
    placement = Placement(
        operation=recipe.request.operation,
        mode=Mode.REPLACE,
        track=found.number,
        clip=found.uid,
        record_in=wanted.start,
        pieces=pieces,
        fingerprint=replace_mark(found),
    )
    dry_run(document, found, placement, Side.TAIL)
    return Proposal(request, placement, _sentence(found, stale, wanted), _warnings(recipe, request))


def _stale_clip(document: Document, clip: SnapshotItem | str) -> tuple[Located, Stale, Recipe]:
    found = located(document, clip)
    recipe = recipe_of(found.slot.item, document.folder)
    stale = staleness(document, found.uid)
    if stale is None or recipe is None:
        raise TimelineError(
            f"{found.name} fits the cut around it.", "Nothing is to be done.", code="timeline.fits"
        )
    return found, stale, recipe


def _again(
    around: Around,
    found: Located,
    recipe: Recipe,
    wanted: Wanted,
    probes: tuple[MediaRef | None, MediaRef | None],
    output: Output | None,
) -> Request:
    """The recipe's request for what the cut shows now."""
    frames = wanted.end - wanted.start
    media, after = probes
    was = recipe.request
    old = replace(was, output=output or was.output, takes=recipe.take + 1)
    match old:
        case ExtendRequest():
            side = Side.HEAD if old.side is Side.TAIL else Side.TAIL
            run = _beside(around, wanted.source, wanted, side, media)
            source = run or _linked(around, old.source)
            under = _under_transition(found, old.side)
            length = frames + under + old.handle
            shift = length - old.frames if old.side is Side.HEAD else 0
            new: Request = replace(old, source=source, frames=length)
        case BridgeRequest():
            run = _beside(around, wanted.source, wanted, Side.HEAD, media)
            source = run or _linked(around, old.source)
            run = _beside(around, wanted.after, wanted, Side.TAIL, after)
            then = run or _linked(around, old.after)
            shift = 0
            new = replace(old, source=source, after=then, frames=frames)
        case _:
            source = _under(around, wanted, media)
            shift = _moved_by(old.source, source)
            if isinstance(old, InpaintRequest):
                _check_matte(old, source)
            new = replace(old, source=source)
    pins = (replace(pin, frame=pin.frame + shift) for pin in old.guidance.keyframes)
    kept: tuple[Keyframe, ...] = tuple(pin for pin in pins if pin.frame in asked_of(new))
    return replace(new, guidance=replace(old.guidance, keyframes=kept))


def _beside(
    around: Around, clip: Shown | None, wanted: Wanted, side: Side, media: MediaRef | None
) -> Source | None:
    """The pictures of `clip` and of what it continues, next to the new ones."""
    if clip is None:
        return None
    probe = _needed(media, clip)
    edge = wanted.start if side is Side.HEAD else wanted.end
    first = around.shown(clip.number, clip.slot, probe)
    start = end = edge
    slots = around.slots(clip.number)
    step = -1 if side is Side.HEAD else 1
    child = clip.slot.child
    while 0 <= child < len(slots) and end - start < CONTEXT_FRAMES:
        other = around.shown(clip.number, slots[child], probe)
        if other.map is None or first.map is None or other.path != clip.path:
            break
        at = start if side is Side.HEAD else end
        if other.map.step != first.map.step or other.at(at) != first.at(at):
            break
        start = min(start, other.slot.start)
        end = max(end, other.slot.end)
        child += step
    if side is Side.HEAD:
        start = max(start, edge - CONTEXT_FRAMES)
        return run_of(around, clip, start, edge, probe)
    return run_of(around, clip, edge, min(end, edge + CONTEXT_FRAMES), probe)


def _linked(around: Around, source: Source) -> Source:
    """The recipe's own run, at the path to which the cut links its file now."""
    path = around.path_of(source.media)
    return replace(source, media=replace(source.media, path=path)) if path else source


def _under(around: Around, wanted: Wanted, media: MediaRef | None) -> Source:
    assert wanted.source is not None
    probe = _needed(media, wanted.source)
    return run_of(around, wanted.source, wanted.start, wanted.end, probe)


def _needed(media: MediaRef | None, clip: Shown) -> MediaRef:
    if media is None:
        raise RequestError(
            f"The measures of {clip.path} are needed to make the clip again.",
            "Probe the files that `update_media` names.",
            code="request.media",
        )
    return media


def _under_transition(found: Located, side: Side) -> int:
    """Generated frames that the transition at the free end shows beyond the cut."""
    edge = found.edge(side)
    if edge is None:
        return 0
    return edge.after if side is Side.TAIL else edge.before


def _hidden(found: Located, request: Request) -> int:
    """The frame of the new file that the clip shows first."""
    if isinstance(request, ExtendRequest) and request.side is Side.HEAD:
        return request.handle + _under_transition(found, Side.HEAD)
    return 0


def _moved_by(old: Source, new: Source) -> int:
    """How much later in the new run the pictures of the old one come."""
    if old.media.path != new.media.path or old.step != new.step or not new.step:
        return 0
    return round((old.first - new.first) / new.step)


def _check_matte(request: InpaintRequest, source: Source) -> None:
    """A matte that was drawn frame by frame fits no other run of pictures."""
    path = request.matte.path
    is_still = not path or (PurePath(path).suffix.lower() in _STILLS and "%" not in path)
    old = request.source
    is_same = (old.media.path, old.step) == (source.media.path, source.step)
    if not is_still and (not is_same or _moved_by(old, source) or source.frames > old.frames):
        raise TimelineError(
            f"The matte {path} was drawn for other frames.",
            "Inpaint the clip again with a matte for all of its frames.",
            code="timeline.matte",
        )


def _sentence(found: Located, stale: Stale, wanted: Wanted) -> str:
    name, old, frames = found.base_name, found.slot.frames, wanted.frames
    match stale.remedy:
        case Remedy.MOVE if wanted.start == found.slot.start:
            done = f"Slips {name} in its place to where it fits"
        case Remedy.MOVE:
            done = f"Moves {name} to where it fits"
        case Remedy.TRIM:
            done = f"Trims {name} by {frames_text(old - frames)}"
            done += f", into {len(wanted.runs)} parts" if wanted.holes else ""
        case Remedy.EXTEND:
            done = f"Shows {frames_text(frames - old)} more of what was generated for {name}"
        case _:
            length = f"{frames_text(frames)}" + (f" instead of {old}" if frames != old else "")
            return f"Makes {name} again, {length}, with the same seed. Nothing else moves."
    return f"{done}. Nothing is generated, and nothing else moves."


def _warnings(recipe: Recipe, request: Request | None) -> tuple[str, ...]:
    if request is None:
        return ()
    lost = len(recipe.request.guidance.keyframes) - len(request.guidance.keyframes)
    told = []
    if lost:
        verb = "lies" if lost == 1 else "lie"
        told.append(f"{lost} of the pinned images {verb} outside the clip now: not used.")
    if recipe.take:
        told.append(
            f"The clip shows take {recipe.take + 1}: takes 1 to {recipe.take + 1} are made again."
        )
    return tuple(told)
