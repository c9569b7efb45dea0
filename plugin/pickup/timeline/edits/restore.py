"""Giving back what an edit took away, in the place of the clips that are removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.edits.footprint import Covered
from pickup.timeline.edits.join import is_plain_gap, mend
from pickup.timeline.edits.tracks import lift, new_gap
from pickup.timeline.identity import all_uids, fresh_uid, store, uid_of
from pickup.timeline.rates import at_rate
from pickup.timeline.record import Slot, end_of, layout


@dataclass
class Told:
    """What a removal did, for its sentence: what came back, and what the user must know."""

    back: list[str] = field(default_factory=list)
    uids: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """Clips of one edit that touch each other on one track: children `first` to `last`, record
    frames `start` to `end` (exclusive)."""

    first: int
    last: int
    start: int
    end: int

    @property
    def frames(self) -> int:
        """Record frames of all of them."""
        return self.end - self.start


def runs_of(slots: list[Slot], uids: set[str]) -> list[Run]:
    """The clips with these uids as runs, in record order."""
    runs: list[Run] = []
    for slot in slots:
        if slot.is_gap or slot.is_transition or uid_of(slot.item) not in uids:
            continue
        if runs and runs[-1].end == slot.start:
            runs[-1] = Run(runs[-1].first, slot.child, runs[-1].start, slot.end)
        else:
            runs.append(Run(slot.child, slot.child, slot.start, slot.end))
    return runs


def take_out(track: Any, run: Run, items: list[Any], told: Told) -> None:
    """Put `items` in the place of a run. Transitions at its ends were made for it, and go too."""
    first, last = run.first, run.last
    if last + 1 < len(track) and isinstance(track[last + 1], otio.schema.Transition):
        last += 1
    if first > 0 and isinstance(track[first - 1], otio.schema.Transition):
        first -= 1
    for item in list(track[first : last + 1]):
        if isinstance(item, otio.schema.Transition):
            told.warnings.append(f'The transition "{item.name or "transition"}" went with it.')
    track[first : last + 1] = items


def leave_gap(track: Any, run: Run, rate: Fraction, told: Told) -> None:
    """A gap in the place of a run; at the end of the track nothing."""
    is_last = run.end >= end_of(layout(track, rate))
    take_out(track, run, [] if is_last else [new_gap(run.frames, rate)], told)
    for frame in (run.end, run.start):
        mend(track, frame, rate)


def give_back(
    timeline: Any, track: Any, run: Run, covered: Covered, rate: Fraction, told: Told
) -> None:
    """What the edit covered in the place of a run, as far as it still fits there."""
    items = _fitting(layout(track, rate), run, covered, rate)
    if items is None:
        if any(not isinstance(item, otio.schema.Gap) for item in _items(covered)):
            told.warnings.append(
                "What was there before does not come back: the cut around it has changed."
            )
        leave_gap(track, run, rate, told)
        return
    there = all_uids(timeline)
    rest = run.frames - sum(int(at_rate(item.source_range.duration, rate)) for item in items)
    if rest and run.end < end_of(layout(track, rate)):
        items.append(new_gap(rest, rate))
    take_out(track, run, items, told)
    told.back += [item.name or "an unnamed clip" for item in items if not _is_gap(item)]
    for frame in (run.end, run.start):
        mend(track, frame, rate)
    for item in items:
        if item.parent() is not None and uid_of(item) in there:
            # A part that could not be joined with the rest, which keeps the uid.
            store(item, uid=fresh_uid(item, there))
        if isinstance(item, otio.schema.Clip):
            told.uids.append(uid_of(item))


def _is_gap(item: Any) -> bool:
    return isinstance(item, otio.schema.Gap)


def _items(covered: Covered) -> list[Any]:
    return [otio.core.deserialize_json_from_string(text) for text in covered.items]


def _fitting(slots: list[Slot], run: Run, covered: Covered, rate: Fraction) -> list[Any] | None:
    """The covered items that belong to the record frames of `run`; None where that is not known.

    They hang on the clips beside them: where the run was trimmed, on the one whose picture goes on.
    """
    before = _uid_at(slots, run.first, -1)
    after = _uid_at(slots, run.last, 1)
    held_before = bool(covered.before) and before == covered.before
    held_after = bool(covered.after) and after == covered.after
    if not (covered.before or covered.after):
        if (run.start, run.frames) != (covered.at, covered.frames):
            return None
        held_before = True
    if run.frames == covered.frames and (held_before or held_after):
        return _items(covered)
    if held_after and (not held_before or _goes_on(slots, run, covered, rate)):
        spare = run.frames - covered.frames
        items = _trimmed(covered, max(0, -spare), covered.frames, rate)
        return [new_gap(spare, rate), *items] if items is not None and spare > 0 else items
    if held_before:
        return _trimmed(covered, 0, run.frames, rate)
    return None


def _uid_at(slots: list[Slot], child: int, step: int) -> str:
    """The uid of the item beside a child; transitions do not count."""
    child += step
    while 0 <= child < len(slots) and slots[child].is_transition:
        child += step
    return uid_of(slots[child].item) if 0 <= child < len(slots) else ""


def _goes_on(slots: list[Slot], run: Run, covered: Covered, rate: Fraction) -> bool:
    """Whether the clip after the run begins where the last covered picture ends."""
    items = _items(covered)
    after = next((s for s in slots[run.last + 1 :] if not s.is_transition), None)
    if after is None or not items:
        return False
    trial = otio.schema.Track("", [items[-1], after.item.clone()])
    frames = int(at_rate(items[-1].source_range.duration, rate))
    mend(trial, frames, rate)
    return len(trial) == 1


def _trimmed(covered: Covered, start: int, end: int, rate: Fraction) -> list[Any] | None:
    """Frames `start` to `end` of what was covered; None where that cannot be cut."""
    track = otio.schema.Track("", _items(covered))
    try:
        lift(track, end, max(end, end_of(layout(track, rate))), rate)
        lift(track, 0, start, rate)
    except TimelineError:
        return None
    return [item.clone() for item in track]


def trim_end(track: Any) -> None:
    """Take gaps off the end of a track of ours; there is nothing for them to hold."""
    while len(track) and is_plain_gap(track[-1]):
        del track[-1]
