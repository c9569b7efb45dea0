"""Filling a gap exactly."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

from pickup.errors import MediaError, TimelineError
from pickup.protocol import EditResult, Mode
from pickup.timeline.document import Document
from pickup.timeline.edits.shot import Cutting, Shot, own_rate, settle
from pickup.timeline.edits.shots import carry_out
from pickup.timeline.edits.spot import Spot, spot_at
from pickup.timeline.record import Edge, Slot

_ITEM = re.compile(r"^([A-Za-z]\d+):(\d+)$")
_UID = re.compile(r"^gap:([A-Za-z]\d+):(\d+)$")


class Fit(StrEnum):
    """What is shown of a shot that is longer than the gap: `trim` its first frames, `centre` its
    middle. `exact` refuses any length but the gap's."""

    EXACT = "exact"
    TRIM = "trim"
    CENTRE = "centre"


def fill_gap(
    document: Document,
    gap: str,
    shot: Shot,
    *,
    record_range: tuple[int, int] | None = None,
    fit: Fit = Fit.EXACT,
    leave_rest: bool = False,
) -> EditResult:
    """Fill a gap with `shot`, as one edit; of a gap that is filled nothing is left.

    `gap` is `V1:3` or the uid of a gap; with `record_range` (first record frame, frames) it is a
    track, and that part of its empty room is filled. With `leave_rest` a shot that is too short
    lies at the head of the gap. `trim` and `centre` use the handle at the end of a take where they
    need it.

    Raises TimelineError where there is no gap, and for one that a fade reaches into, which would
    become a dissolve; MediaError and RequestError for a shot that does not fit.
    """
    spot = _of_range(document, gap, *record_range) if record_range else _of_gap(document, gap)
    cutting = _fitted(settle(shot, document.rate), spot, fit, leave_rest)
    spot = replace(spot, frames=cutting.frames)
    _check_fades(spot)
    return carry_out(document, f"Fill with {cutting.name}", spot, Mode.GAP, [cutting])


def _of_gap(document: Document, text: str) -> Spot:
    match = _ITEM.match(text.strip()) or _UID.match(text.strip())
    if match is None:
        raise TimelineError(
            f'"{text}" names no gap.',
            "Name it by its track and number, such as V1:3.",
            code="timeline.no_gap",
        )
    spot = spot_at(document, match[1], 0, 0)
    number, by_uid = int(match[2]), text.strip().startswith("gap:")
    for slot in spot.slots:
        at = slot.start if by_uid else slot.number
        if slot.is_gap and at == number:
            return replace(spot, start=slot.start, frames=slot.frames)
    gaps = ", ".join(f"{spot.label}:{s.number}" for s in spot.slots if s.is_gap) or "none"
    raise TimelineError(
        f"{text} is no gap; the gaps of {spot.label} are: {gaps}.",
        "Items count from 1, gaps included.",
        code="timeline.no_gap",
    )


def _of_range(document: Document, label: str, start: int, frames: int) -> Spot:
    spot = spot_at(document, label, start, frames)
    if frames < 1 or any(spot.overlapped()):
        there = ", ".join(f'"{slot.item.name or "a clip"}"' for slot in spot.overlapped())
        raise TimelineError(
            f"Frames {start} to {spot.end - 1} of {spot.label} are not empty: there is "
            f"{there or 'no frame'}.",
            "Choose a range inside a gap.",
            code="timeline.no_gap",
        )
    return spot


def _fitted(cutting: Cutting, spot: Spot, fit: Fit, leave_rest: bool) -> Cutting:
    """The part of a shot that is shown, with the frames of the gap."""
    wanted, given = spot.frames, cutting.frames
    if given == wanted:
        return cutting
    if fit is Fit.EXACT and given > wanted:
        raise MediaError(
            f"{cutting.name} has {given} frames, {given - wanted} more than the gap.",
            f"Choose {wanted} of its frames, or trim or centre it.",
            code="media.too_long",
        )
    if fit is Fit.CENTRE and given > wanted:
        media = cutting.shot.media
        skipped = (given - wanted) // 2 * own_rate(media, spot.rate) // spot.rate
        return replace(cutting, first=cutting.first + int(skipped), frames=wanted)
    held = given if fit is Fit.EXACT or cutting.shot.frames else cutting.most
    if held >= wanted:
        return replace(cutting, frames=wanted)
    if leave_rest:
        return replace(cutting, frames=held)
    raise MediaError(
        f"{cutting.name} has {held} frames, {wanted - held} too few for the gap.",
        "Choose a longer shot, or leave the rest of the gap empty.",
        code="media.too_short",
    )


def _check_fades(spot: Spot) -> None:
    """A fade at an end of the gap would mix the new clip in: it must keep its frames."""
    fades = list(spot.transitions())
    if not fades:
        return
    slot, _ = fades[0]
    start, end = _between(spot, fades)
    raise TimelineError(
        f'The transition "{slot.item.name or "fade"}" at the end of the gap on {spot.label} would '
        "become a dissolve with the new clip.",
        f"Fill record frames {start} to {end - 1} instead, {end - start} of them."
        if start < end
        else "Remove the transition in the editor first.",
        code="timeline.fade",
    )


def _between(spot: Spot, fades: list[tuple[Slot, Edge]]) -> tuple[int, int]:
    """The record frames of the gap that can be filled while its fades stay fades."""
    start, end = spot.start, spot.end
    for slot, edge in fades:
        if slot.start <= spot.start:
            start = max(start, slot.start + max(1, edge.after))
        else:
            end = min(end, slot.start - max(1, edge.before))
    return start, end
