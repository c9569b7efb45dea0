"""Planning a bridge: new frames that lead from a clip to the next one on its track."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
    BridgeRequest,
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
from pickup.timeline.edits.differences import differences
from pickup.timeline.edits.look import Reach, copy_warnings
from pickup.timeline.edits.plan import CONTEXT_FRAMES, check_keyframes, check_media, dry_run
from pickup.timeline.edits.sentence import bridge_sentence, split_names
from pickup.timeline.identity import uid_of
from pickup.timeline.locate import Located, fingerprint, locate_for_edit
from pickup.timeline.retime import media_map

_USUAL_SECONDS: Final = Fraction(2, 3)
"""Length of a bridge where there is no gap and none was asked for: 16 frames at 24."""


def following(document: Document, clip: SnapshotItem | str) -> str:
    """The uid of the clip that a bridge from `clip` leads to, for its media to be probed.

    Raises TimelineError where there is none, or a transition in between, or one of both is no clip
    that verbs work on.
    """
    found = locate_for_edit(document, clip)
    return _next(document, found).uid


@dataclass(frozen=True)
class _Cut:
    """Where a bridge goes: `gap` free record frames lie between both clips, and it shows instead of
    `taken` frames of the first one and `begun` frames of the second."""

    first: Located
    second: Located
    gap: int
    mode: Mode
    frames: int
    taken: int = 0
    begun: int = 0

    @property
    def record_in(self) -> int:
        return self.first.slot.end - self.taken


def propose_bridge(
    document: Document,
    clip: SnapshotItem | str,
    *,
    media: MediaRef,
    after: MediaRef,
    output: Output,
    frames: int | None = None,
    mode: Mode = Mode.AUTO,
    guidance: Guidance | None = None,
    model: str = "pickup-draft",
    seed: int = 0,
    takes: int = 1,
    sampling: Sampling = Sampling(),
) -> Proposal:
    """Plan new frames that lead from `clip` (an item or its uid) to the next clip on its track.

    `media` is the probe of the clip's file, `after` that of the next clip's (see `following`).
    `frames` left out fills the gap between them, or is two thirds of a second where there is none,
    less where the clips are too short for that.
    A gap is filled whole; `ripple` puts the frames into the cut; `overwrite` and `above` show them
    instead of half as many frames of either side. Raises TimelineError, MediaError or RequestError;
    nothing is changed.
    """
    found = locate_for_edit(document, clip)
    cut = _cut(found, _next(document, found), frames, mode)
    settings = guidance or Guidance()
    check_keyframes(settings, cut.frames)
    request = BridgeRequest(
        source=_before(cut, media),
        after=_after(cut, after),
        frames=cut.frames,
        output=output,
        guidance=settings,
        model=model,
        seed=seed,
        takes=takes,
        sampling=sampling,
    )
    placement = Placement(
        operation=Operation.BRIDGE,
        mode=cut.mode,
        track=found.number,
        clip=found.uid,
        record_in=cut.record_in,
        pieces=(Piece(Origin.GENERATED, f"{found.base_name} bridge", cut.frames),),
        fingerprint=fingerprint(found, Operation.BRIDGE, Side.TAIL),
    )
    dry_run(document, found, placement, Side.TAIL)
    sentence = bridge_sentence(
        document.timeline, found, cut.second, cut.mode, cut.record_in, cut.frames
    )
    warnings = dict.fromkeys(_warnings(document, cut, media, after))
    return Proposal(request, placement, sentence, tuple(warnings))


def _next(document: Document, found: Located) -> Located:
    """The clip on the other side. Raises TimelineError where a bridge cannot lead there."""
    for slot in found.beside(Side.TAIL):
        if slot.is_gap:
            continue
        if not slot.is_transition:
            return locate_for_edit(document, uid_of(slot.item))
        raise TimelineError(
            f'The transition "{slot.item.name or "transition"}" follows {found.name}: a bridge'
            " takes the place of a hard cut or of a gap.",
            "Remove the transition in the editor first.",
            code="timeline.transition",
        )
    raise TimelineError(
        f"{found.name} is the last clip on {found.label}: there is nothing to lead to.",
        "Extend it, or select a clip that another one follows.",
        code="timeline.no_next",
    )


def _cut(found: Located, second: Located, frames: int | None, mode: Mode) -> _Cut:
    """Raises TimelineError or RequestError where the length does not go with the cut."""
    gap = second.slot.start - found.slot.end
    if frames is None:
        frames = gap or _usual(found, second, mode)
    if frames <= 0:
        raise RequestError(
            f"A bridge of {frames} frames cannot be made.",
            "Ask for one or more.",
            code="request.length",
        )
    if mode is Mode.AUTO:
        mode = Mode.GAP if gap == frames else Mode.ABOVE
    match mode:
        case Mode.GAP if gap == 0:
            raise TimelineError(
                f"There is no gap between {found.name} and {second.name}.",
                "Choose the mode ripple, overwrite or above.",
                code="timeline.no_room",
            )
        case Mode.RIPPLE if gap > 0:
            raise TimelineError(
                f"There is a gap of {gap} frames between {found.name} and {second.name}.",
                "Fill it with the mode gap, or close it in the editor first.",
                code="timeline.gap",
            )
        case Mode.GAP | Mode.RIPPLE if gap in (0, frames):
            return _Cut(found, second, gap, mode, frames)
        case Mode.OVERWRITE | Mode.ABOVE if frames >= gap:
            return _taking(found, second, gap, mode, frames)
        case Mode.REPLACE:
            raise TimelineError(
                "A bridge takes the place of no clip when it is new.",
                "Choose the mode gap, ripple, overwrite or above.",
                code="timeline.mode",
            )
    raise TimelineError(
        f"The gap between {found.name} and {second.name} has {gap} frames, and a bridge fills it"
        " whole.",
        f"Ask for {gap} frames, or leave the length out.",
        code="timeline.no_room",
    )


def _usual(found: Located, second: Located, mode: Mode) -> int:
    """The length where none was asked for, less between clips that are too short for it."""
    usual = max(1, round(_USUAL_SECONDS * found.rate))
    most = _most(found, second, 0)
    return usual if mode is Mode.RIPPLE or not most else min(usual, most)


def _most(found: Located, second: Located, gap: int) -> int:
    """The longest bridge that leaves a frame of either side."""
    return gap + min(2 * found.slot.frames - 1, 2 * second.slot.frames - 2)


def _taking(found: Located, second: Located, gap: int, mode: Mode, frames: int) -> _Cut:
    """What the gap does not hold is taken from both sides, of which at least a frame stays."""
    taken = (frames - gap) // 2
    begun = frames - gap - taken
    if taken >= found.slot.frames or begun >= second.slot.frames:
        clip = found if taken >= found.slot.frames else second
        most = _most(found, second, gap)
        raise TimelineError(
            f"A bridge of {frames} frames would leave nothing of {clip.name}.",
            f"Ask for {most} or fewer." if most else "Choose the mode ripple, which takes nothing.",
            code="timeline.no_room",
        )
    return _Cut(found, second, gap, mode, frames, taken, begun)


def _before(cut: _Cut, media: MediaRef) -> Source:
    """The pictures of the first clip that are seen up to the bridge."""
    end = cut.first.slot.frames - cut.taken
    frames = min(CONTEXT_FRAMES, end)
    return _run(cut.first, media, end - frames, frames)


def _after(cut: _Cut, media: MediaRef) -> Source:
    """The pictures of the second clip that are seen after the bridge."""
    return _run(
        cut.second, media, cut.begun, min(CONTEXT_FRAMES, cut.second.slot.frames - cut.begun)
    )


def _run(found: Located, media: MediaRef, start: int, frames: int) -> Source:
    time_map = media_map(found.slot.item, found.slot.frames, found.rate, media)
    check_media(found, time_map, media, 0, found.slot.frames)
    first = time_map.first + start * time_map.step
    return Source(media, first, time_map.step, frames, found.rate)


def _warnings(document: Document, cut: _Cut, media: MediaRef, after: MediaRef) -> Iterator[str]:
    first, second = cut.first, cut.second
    begin = cut.record_in - first.slot.start
    yield from copy_warnings(first, Reach(begin, begin + cut.frames, first.slot.frames))
    yield from differences(first, second, media, after)
    if cut.mode is Mode.RIPPLE:
        for name in split_names(document.timeline, first, cut.record_in):
            yield f"The ripple splits {name}."
    for found, side, frames in ((first, Side.HEAD, cut.taken), (second, Side.TAIL, cut.begun)):
        edge = found.edge(side)
        reach = 0 if edge is None else edge.after if side is Side.HEAD else edge.before
        if edge is not None and frames + reach > found.slot.frames:
            yield f'The new clip lies above the transition "{edge.name}": check it there.'
    if media.has_audio or after.has_audio:
        yield "The new clip is picture only: no sound is made for it."
