"""Taking the clips of one edit out again, which gives back what was at their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol import EditResult, Mode, Side, SnapshotItem
from pickup.timeline.document import Document
from pickup.timeline.edits.close import close_others, in_the_way
from pickup.timeline.edits.footprint import Footprint, edit_of, footprint_of
from pickup.timeline.edits.join import mend
from pickup.timeline.edits.restore import Run, Told, give_back, leave_gap, runs_of, trim_end
from pickup.timeline.identity import clips_of, is_owned, made_of, own_value, uid_of
from pickup.timeline.locate import Located, located
from pickup.timeline.record import layout
from pickup.timeline.records import records_of
from pickup.timeline.words import frames_text, listed


@dataclass(frozen=True)
class _Edit:
    """The clips of one edit: uids by track number, picture and linked sound apart."""

    clips: dict[int, set[str]]
    sound: dict[int, set[str]]
    footprint: Footprint


def remove(document: Document, clip: SnapshotItem | str, *, close: bool = True) -> EditResult:
    """Take the edit that made `clip` (an item or its uid) out of the cut, as one edit.

    All clips of it go: real frames, generated ones, sound. A gap is a gap again, what was
    overwritten comes back, and what a ripple moved moves back, unless something else lies there by
    now or `close` is False: then a gap stays, and the warnings name what is in the way. The result
    holds the clips that came back.

    Raises TimelineError for a clip that Pickup did not make.
    """
    found = located(document, clip)
    if not (made_of(found.slot.item).generated or edit_of(found.slot.item)):
        raise TimelineError(
            f"{found.name} was not made by Pickup.",
            "Remove it in the editor.",
            code="timeline.not_ours",
        )
    edit = _edit(document.timeline, found, document.rate)
    told = Told()

    def change(timeline: Any) -> list[str]:
        return _take_back(timeline, found, edit, document.rate, told, close=close)

    done = document.edit(f"Remove {found.name}", change)
    sentence = f"{_what(edit, found)}. {' '.join(done)}"
    return EditResult(records_of(document, told.uids), tuple(told.warnings), sentence)


def _edit(timeline: Any, found: Located, rate: Fraction) -> _Edit:
    """All clips of the edit that a clip belongs to; of copies that a host made only this one."""
    name = edit_of(found.slot.item)
    members = [(found.number, found.slot.item)]
    if name:
        members = [(n, item) for n, item in clips_of(timeline) if edit_of(item) == name]
    if len({_shows(n, item) for n, item in members}) < len(members):
        beside = runs_of(found.slots, {uid_of(item) for n, item in members if n == found.number})
        run = next(r for r in beside if r.first <= found.slot.child <= r.last)
        members = [(found.number, s.item) for s in found.slots[run.first : run.last + 1]]
        members = [(n, i) for n, i in members if not isinstance(i, otio.schema.Transition)]
    clips: dict[int, set[str]] = defaultdict(set)
    sound: dict[int, set[str]] = defaultdict(set)
    for number, item in members:
        kind = sound if own_value(item, "linked") is True else clips
        kind[number].add(uid_of(item))
    return _Edit(clips, sound, _footprint([item for _, item in members]))


def _shows(number: int, item: Any) -> tuple[object, ...]:
    reference = getattr(item, "media_reference", None)
    return (number, getattr(reference, "target_url", ""), str(item.source_range))


def _footprint(items: Sequence[Any]) -> Footprint:
    """The footprint of an edit: the first of its clips that still tells it."""
    found = [footprint_of(item) for item in items]
    known = [one for one in found if one.mode is not None and one.covered is not None]
    known += [one for one in found if one.mode is not None]
    return known[0] if known else found[0]


def _take_back(
    timeline: Any, found: Located, edit: _Edit, rate: Fraction, told: Told, *, close: bool
) -> list[str]:
    """Sentences about what was done to the cut around the clips."""
    done: dict[str, None] = {}
    for number, uids in edit.sound.items():
        track = timeline.tracks[number]
        for run in reversed(runs_of(layout(track, rate), uids)):
            leave_gap(track, run, rate, told)
    for number, uids in sorted(edit.clips.items(), reverse=True):
        track = timeline.tracks[number]
        for run in reversed(runs_of(layout(track, rate), uids)):
            if edit.footprint.mode is Mode.RIPPLE and close:
                done[_close(timeline, number, run, edit.footprint, rate, told)] = None
            else:
                done[_give_back(timeline, number, run, edit.footprint, rate, told)] = None
        if is_owned(track):
            trim_end(track)
            if not len(track):
                del timeline.tracks[number]
    return list(done)


def _give_back(
    timeline: Any, number: int, run: Run, footprint: Footprint, rate: Fraction, told: Told
) -> str:
    track = timeline.tracks[number]
    _keeps_its_transition(track, run, footprint)
    if footprint.mode is None and not is_owned(track):
        told.warnings.append(
            "The editor has dropped what Pickup noted on the clip: what was there before is not "
            "known, and only this clip was taken out."
        )
    if footprint.mode is Mode.OVERWRITE and footprint.covered is None:
        told.warnings.append(
            "What was there before does not come back: it was more than Pickup keeps with a clip."
        )
    if footprint.covered is None:
        leave_gap(track, run, rate, told)
    else:
        give_back(timeline, track, run, footprint.covered, rate, told)
    if told.back:
        names = dict.fromkeys(told.back)
        return f"{listed(list(names))} {'is' if len(names) == 1 else 'are'} back."
    return "Nothing else moved."


def _close(
    timeline: Any, number: int, run: Run, footprint: Footprint, rate: Fraction, told: Told
) -> str:
    """Close a ripple; where another track does not let it, leave a gap and say so."""
    openings = dict(footprint.openings)
    blocked = in_the_way(timeline, number, run.start, run.frames, rate, openings)
    if blocked:
        said = _give_back(timeline, number, run, footprint, rate, told)
        verb = "is" if len(blocked) == 1 else "are"
        told.warnings.append(
            f"A gap of {frames_text(run.frames)} stays: {listed(blocked)} {verb} in the way."
        )
        return said
    track = timeline.tracks[number]
    close_others(timeline, number, run.start, run.frames, rate, openings)
    first, last = run.first, run.last
    tail = footprint.side is Side.TAIL
    for child, is_far in ((last + 1, tail), (first - 1, not tail)):
        # The transition at the far end was there before the ripple; any other was made for it.
        if not _is_transition(track, child) or (is_far and footprint.edge):
            continue
        told.warnings.append(f'The transition "{track[child].name}" went with it.')
        last, first = max(last, child), min(first, child)
    track[first : last + 1] = []
    mend(track, run.start, rate)
    return f"Everything after it moved back by {frames_text(run.frames)} on all tracks."


def _is_transition(track: Any, child: int) -> bool:
    return 0 <= child < len(track) and isinstance(track[child], otio.schema.Transition)


def _keeps_its_transition(track: Any, run: Run, footprint: Footprint) -> None:
    """Raise TimelineError where a gap would part a clip from a transition that was its own."""
    child = run.last + 1 if footprint.side is Side.TAIL else run.first - 1
    if footprint.mode is Mode.RIPPLE and footprint.edge and _is_transition(track, child):
        raise TimelineError(
            f'A gap there would part the transition "{track[child].name}" from its clip.',
            "Make room on the other tracks, or remove the transition in the editor first.",
            code="timeline.transition",
        )


def _what(edit: _Edit, found: Located) -> str:
    count = sum(map(len, edit.clips.values())) + sum(map(len, edit.sound.values()))
    rest = f" and {count - 1} clip{'s' if count > 2 else ''} of the same edit" if count > 1 else ""
    return f"Removed {found.name}{rest}"
