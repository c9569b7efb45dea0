"""Cutting a generated clip in two."""

from __future__ import annotations

from typing import Any

from pickup.errors import TimelineError
from pickup.protocol import EditResult, SnapshotItem
from pickup.protocol.timecode import format_timecode
from pickup.timeline.document import Document
from pickup.timeline.edits.tracks import cut
from pickup.timeline.identity import CUT_FROM, KEY, all_uids, fresh_uid, made_of, own_data, store
from pickup.timeline.locate import Located, located
from pickup.timeline.record import edges
from pickup.timeline.records import records_of
from pickup.timeline.retime import speed_of


def split(document: Document, clip: SnapshotItem | str, record_frame: int) -> EditResult:
    """Cut a generated `clip` (an item or its uid) in two, so that the second half begins at
    `record_frame` (counted from the start of the timeline). Nothing moves, and the cut shows the
    same frames.

    Both halves stay takes of the same job and clips of the same edit. Raises TimelineError for a
    clip that Pickup did not generate, and where it cannot be cut.
    """
    found = located(document, clip)
    uid = found.uid
    _check(document, found, record_frame)
    halves = [uid]

    def change(timeline: Any) -> None:
        track = timeline.tracks[found.number]
        second = track[cut(track, record_frame, document.rate)]
        own = {name: value for name, value in own_data(second).items() if name != CUT_FROM}
        second.metadata[KEY] = own
        halves.append(fresh_uid(second, all_uids(timeline)))
        store(second, uid=halves[1], split_from=uid)

    document.edit(f"Split {found.name}", change)
    first = record_frame - found.slot.start
    return EditResult(
        records_of(document, halves),
        sentence=f"Split {found.name} into {first} and {found.slot.frames - first} frames.",
    )


def _check(document: Document, found: Located, frame: int) -> None:
    def at(record: int) -> str:
        return format_timecode(document.start + record, document.rate, document.drop_frame)

    slot = found.slot
    if not made_of(slot.item).generated:
        raise TimelineError(
            f"{found.name} was not generated.", "Cut it in the editor.", code="timeline.not_ours"
        )
    if not slot.start < frame < slot.end:
        raise TimelineError(
            f"{found.name} cannot be cut at {at(frame)}: it is from {at(slot.start)} to "
            f"{at(slot.end)} in the timeline.",
            "Choose a frame inside of it, so that both halves show something.",
            code="timeline.range",
        )
    for mix, edge in edges(found.slots, found.rate):
        if mix.start - edge.before < frame < mix.start + edge.after:
            raise TimelineError(
                f'{at(frame)} is inside the transition "{edge.name}".',
                f"Choose a frame outside of it: {at(mix.start - edge.before)} or before, "
                f"{at(mix.start + edge.after)} or after.",
                code="timeline.transition",
            )
    if (speed := speed_of(slot.item)) is None or speed < 0:
        kind = "has a speed ramp" if speed is None else "runs backwards"
        raise TimelineError(
            f"{found.name} {kind}, so the picture at the cut is not known.",
            "Render that clip in the editor first.",
            code="timeline.cut",
        )
