"""The clip that an edit is about, and what its neighbourhood looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol import Operation, Side, SnapshotItem, without_take
from pickup.timeline.document import Document
from pickup.timeline.identity import made_of, uid_of
from pickup.timeline.record import Edge, Slot, edge_after, edge_before, layout
from pickup.timeline.refusal import refusal
from pickup.timeline.retime import speed_of
from pickup.timeline.snapshot import labels

_NEIGHBOURS = 3


@dataclass(frozen=True)
class Located:
    """A clip in its track: `number` is the track's place in the stack, `label` its name there."""

    number: int
    label: str
    slots: list[Slot]
    slot: Slot
    rate: Fraction

    @property
    def name(self) -> str:
        """How sentences call the clip."""
        return self.slot.item.name or f"{self.label}:{self.slot.number}"

    @property
    def base_name(self) -> str:
        """What new clips are named after: the name without the job of an earlier generation."""
        return without_take(self.name, made_of(self.slot.item).job)

    @property
    def uid(self) -> str:
        """The clip's uid."""
        return uid_of(self.slot.item)

    def edge(self, side: Side) -> Edge | None:
        """The transition at one end of the clip."""
        find = edge_after if side is Side.TAIL else edge_before
        return find(self.slots, self.slot.child, self.rate)

    def beside(self, side: Side) -> list[Slot]:
        """The items on one side of the clip, nearest first."""
        child = self.slot.child
        return self.slots[child + 1 :] if side is Side.TAIL else self.slots[:child][::-1]


def locate(timeline: Any, uid: str, rate: Fraction) -> Located | None:
    """The clip with this uid, wherever it now is."""
    return next(iter(locate_all(timeline, {uid}, rate)), None)


def locate_all(timeline: Any, uids: Collection[str], rate: Fraction) -> list[Located]:
    """The clips with these uids, as they come on the tracks, in one pass."""
    found: list[Located] = []
    left = set(uids)
    for number, track in enumerate(timeline.tracks):
        slots: list[Slot] = []
        for child, item in enumerate(track if left else ()):
            if isinstance(item, otio.schema.Gap | otio.schema.Transition):
                continue
            if (uid := uid_of(item)) in left:
                slots = slots or layout(track, rate)
                left.remove(uid)
                found.append(Located(number, labels(timeline)[number], slots, slots[child], rate))
                if not left:
                    break
    return found


def in_clone(timeline: Any, found: Located) -> Located:
    """The clip that was found, in a clone of its timeline that is still as it was: far cheaper than
    to look for it again."""
    slots = layout(timeline.tracks[found.number], found.rate)
    return replace(found, slots=slots, slot=slots[found.slot.child])


def located(document: Document, clip: SnapshotItem | str) -> Located:
    """The clip (an item or its uid). Raises TimelineError where the cut does not hold it."""
    uid = clip if isinstance(clip, str) else clip.uid
    found = locate(document.timeline, uid, document.rate)
    if found is None:
        raise TimelineError(
            "The clip is no longer in the timeline.",
            "Select a clip and try again.",
            code="timeline.no_clip",
        )
    return found


def locate_for_edit(document: Document, clip: SnapshotItem | str) -> Located:
    """The clip, which must be one that verbs work on. Raises TimelineError with the refusal.

    Whether its file exists is not looked at: the caller has probed it.
    """
    found = located(document, clip)
    track = document.timeline.tracks[found.number]
    sentence = refusal(track, found.slot.item, document.folder, exists=lambda _: True)
    if sentence:
        raise TimelineError(sentence, "Select another clip.", code="timeline.refused")
    return found


def fingerprint(found: Located, operation: Operation, side: Side) -> str:
    """`START:HASH`: where the clip was, and what an edit relies on, independent of where it was.

    An extension relies on the clip and on what follows (or precedes) it, a bridge on all up to the
    next clip and what follows that; an overlay on the clip and its transitions.
    """
    lines = [signature(found.slot)]
    match operation:
        case Operation.EXTEND | Operation.BRIDGE:
            beside = found.beside(side)
            gaps = sum(1 for _ in takewhile(lambda slot: slot.is_gap, beside))
            count = max(_NEIGHBOURS, gaps + 2) if operation is Operation.BRIDGE else _NEIGHBOURS
            lines += [signature(slot) for slot in beside[:count]]
        case _:
            lines += list(_edges(found))
    digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{found.slot.start}:{digest[:24]}"


def _edges(found: Located) -> Iterator[str]:
    for side in Side:
        yield f"{side.value} {found.edge(side)}"


def signature(slot: Slot) -> str:
    """What an edit relies on of one item, wherever that lies."""
    item = slot.item
    if slot.is_transition:
        return f"transition {item.in_offset} {item.out_offset}"
    if slot.is_gap:
        return f"gap {slot.frames}"
    reference = getattr(item, "media_reference", None)
    url = getattr(reference, "target_url", "") or getattr(reference, "name_prefix", "")
    parts = (item.name, slot.frames, item.source_range.start_time, url, speed_of(item))
    return " ".join(map(str, (*parts, item.enabled)))
