"""What an edit leaves on its clips so that it can be taken back later: `remove` reads it.

Stored under our key on each new clip: `mode` and `side` of the edit, `edit` (what all clips of it
share: the job of its take, else its placement), and, where they apply:

    covered   {items, before, after, at, frames}: what was at its place, as OTIO JSON, between which
              clips, at which record frame
    edge      true: a ripple put the clips between the original and the transition at its end
    openings  {"A1": n}: tracks that a ripple opened n frames after (before) where the clips begin
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Final, TypeVar

from pickup.protocol import Mode, Side
from pickup.timeline.edits.sync import openings
from pickup.timeline.edits.tracks import part_of
from pickup.timeline.identity import CUT_FROM, made_of, own_data, own_value, store, uid_of, whole_of
from pickup.timeline.locate import Located
from pickup.timeline.record import Slot, layout
from pickup.timeline.snapshot import labels

MAX_COVERED: Final = 1_000_000
"""Characters of JSON that are kept of what an edit covered; the undo history keeps all of it."""

T = TypeVar("T", bound=Enum)

_INHERITED: Final[tuple[str, ...]] = ("mode", "side", "covered", "edge", "openings", "edit")


@dataclass(frozen=True)
class Covered:
    """What an edit took away: OTIO items as JSON. `before` and `after` are the uids of the clips at
    both sides of it ("" for none), `at` its first record frame, `frames` the edit's length."""

    items: tuple[str, ...]
    before: str
    after: str
    at: int
    frames: int


@dataclass(frozen=True)
class Footprint:
    """What a clip's metadata tells of the edit that made it; `mode` None where it tells nothing."""

    edit: str = ""
    mode: Mode | None = None
    side: Side = Side.TAIL
    covered: Covered | None = None
    edge: bool = False
    openings: tuple[tuple[str, int], ...] = ()


def footprint_for(
    timeline: Any, number: int, mode: Mode, side: Side, start: int, frames: int, rate: Fraction
) -> dict[str, object]:
    """What to store on the clips of an edit of `frames` record frames from `start` on of track
    `number`; to be called before the timeline is changed.

    Raises TimelineError where the edit would cut what cannot be cut.
    """
    marks: dict[str, object] = {"mode": mode.value, "side": side.value}
    match mode:
        case Mode.GAP | Mode.OVERWRITE:
            slots = layout(timeline.tracks[number], rate)
            covered = _covered(slots, start, start + frames, rate)
            if covered is not None:
                marks["covered"] = covered
        case Mode.RIPPLE:
            names = labels(timeline)
            elsewhere = openings(timeline, number, start, rate)
            if elsewhere:
                marks["openings"] = {names[n]: at - start for n, at in elsewhere.items()}
        case _:
            pass
    return marks


def footprint_beside(
    timeline: Any, found: Located, mode: Mode, side: Side, start: int, frames: int
) -> dict[str, object]:
    """The same for an edit that belongs to the clip that was found: beside it, or in its place."""
    if mode is Mode.REPLACE:
        return inherited(found.slot.item)
    marks = footprint_for(timeline, found.number, mode, side, start, frames, found.rate)
    if mode is Mode.RIPPLE and found.edge(side) is not None:
        marks["edge"] = True
    return marks


def _covered(slots: list[Slot], start: int, end: int, rate: Fraction) -> dict[str, object] | None:
    """None where more is taken than can be kept."""
    items: list[str] = []
    before = after = ""
    for slot in slots:
        if slot.is_transition:
            continue
        if slot.start < start <= slot.end:
            before = uid_of(slot.item)
        elif slot.start <= end < slot.end:
            after = uid_of(slot.item)
        first, last = max(start, slot.start), min(end, slot.end)
        if first < last:
            items.append(_text(slot, first - slot.start, last - slot.start, rate))
    if sum(map(len, items)) > MAX_COVERED:
        return None
    found = {"items": items, "before": before, "after": after, "at": start}
    return {**found, "frames": end - start}


def _text(slot: Slot, first: int, last: int, rate: Fraction) -> str:
    """The part of an item between two record offsets, as JSON."""
    if (first, last) == (0, slot.frames):
        return str(slot.item.to_json_string(indent=0))
    part = part_of(slot, first, last, rate)
    if first > 0 and not slot.is_gap:
        store(part, **{CUT_FROM: whole_of(slot.item)})
    return str(part.to_json_string(indent=0))


def inherited(item: Any) -> dict[str, object]:
    """What a clip that takes the place of `item` stores: it belongs to the same edit."""
    own = own_data(item)
    kept = {name: own[name] for name in _INHERITED if name in own}
    return {"edit": edit_of(item), **kept}


def edit_of(item: Any) -> str:
    """The edit that a clip belongs to, "" where none is told."""
    placement = made_of(item).placement
    return str(own_value(item, "edit") or placement) if placement else ""


def footprint_of(item: Any) -> Footprint:
    """What is stored on a clip; nonsense counts as nothing."""
    own = own_data(item)
    mode, side = own.get("mode"), own.get("side")
    openings = own.get("openings")
    return Footprint(
        edit_of(item),
        _one_of(Mode, mode),
        _one_of(Side, side) or Side.TAIL,
        _read(own.get("covered")),
        own.get("edge") is True,
        tuple((str(label), int(by)) for label, by in openings.items() if isinstance(by, int))
        if isinstance(openings, dict)
        else (),
    )


def _one_of(kind: type[T], value: object) -> T | None:
    return next((member for member in kind if member.value == value), None)


def _read(stored: object) -> Covered | None:
    if not isinstance(stored, dict) or not isinstance(stored.get("items"), list):
        return None
    at, frames = stored.get("at"), stored.get("frames")
    if not (isinstance(at, int) and isinstance(frames, int)):
        return None
    texts = tuple(map(str, stored["items"]))
    return Covered(texts, str(stored.get("before")), str(stored.get("after")), at, frames)
