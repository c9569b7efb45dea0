"""The takes of a generated clip, and putting another one into its place.

A switch is one edit that changes which file is shown and nothing else: record range, the offset
into the file, effects, transitions, neighbours and identity stay.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol import EditResult, PlacementState, SnapshotItem, Take
from pickup.timeline.document import Document
from pickup.timeline.identity import (
    KEY,
    SCHEMA,
    Made,
    clips_of,
    discloses,
    made_of,
    own_value,
    store,
    uid_of,
)
from pickup.timeline.locate import Located, locate_all, located
from pickup.timeline.rates import at_rate, rational
from pickup.timeline.record import edge_after, edge_before
from pickup.timeline.records import records_of
from pickup.timeline.retime import media_map
from pickup.timeline.takes.naming import renumbered, take_in_file
from pickup.timeline.takes.recipes import Sidecar, read_recipe, sidecar_of, takes_beside
from pickup.timeline.takes.taken import check_take, take_from, take_record, told
from pickup.timeline.urls import url_beside


def takes_of(document: Document, clip: SnapshotItem | str) -> tuple[Take, ...]:
    """All takes of the job that made a clip whose file and recipe are there, in their order.

    `Take.placement` is PLACED for the one that the clip shows. Empty for a clip that Pickup did not
    make, and where no recipe is left. Raises TimelineError where there is no such clip.
    """
    found = located(document, clip)
    made = made_of(found.slot.item)
    sidecar = sidecar_of(found.slot.item, document.folder) if made.generated else None
    if sidecar is None:
        return ()
    takes = []
    for index, path in sorted(takes_beside(sidecar).items()):
        recipe = read_recipe(path)
        if recipe is not None and (recipe.job, recipe.take) == (made.job, index):
            shown = PlacementState.PLACED if index == made.take else PlacementState.OPEN
            takes.append(replace(take_from(Sidecar(path, recipe)), placement=shown))
    return tuple(takes)


def switch_take(document: Document, clip: SnapshotItem | str, take: Take) -> EditResult:
    """Show `take` instead of the take of the same job that a clip shows, as one edit.

    All parts of the clip's edit that show the same file go along: a clip that was split, what
    continues it, and what it continues. Raises TimelineError for a clip that Pickup did not make,
    another job, or the take that is there already; MediaError where the file is missing, runs at
    another rate or is too short for what the clips and their transitions show. The cut is then as
    it was.
    """
    found = located(document, clip)
    made = made_of(found.slot.item)
    _check_job(found, made, take)
    parts = _parts(document, found.slot.item, made)
    for part in parts:
        _check_file(document, part, take)
    uids = [part.uid for part in parts]
    record = take_record(take, made.operation)

    def change(timeline: Any) -> None:
        for _, item in clips_of(timeline):
            if uid_of(item) in uids:
                _show(item, take, record, document)

    document.edit(f"Switch {found.base_name} to take {take.index + 1}", change)
    sentence = f"{found.base_name} shows take {take.index + 1} now."
    return EditResult(records_of(document, uids), tuple(told(take)), sentence)


def _check_job(found: Located, made: Made, take: Take) -> None:
    if not made.generated:
        raise TimelineError(
            f"{found.name} was not made by Pickup: it has no other takes.",
            "Select a generated clip.",
            code="timeline.not_ours",
        )
    if take.job != made.job:
        raise TimelineError(
            f"Take {take.index + 1} of job {take.job} is no take of {found.name}, "
            f"which job {made.job} made.",
            "Choose a take of the same job, or place the other job as an edit of its own.",
            code="timeline.other_job",
        )
    if take.index == made.take:
        raise TimelineError(
            f"{found.name} shows take {take.index + 1} already.",
            "Choose another take.",
            code="timeline.same_take",
        )


def _parts(document: Document, item: Any, made: Made) -> list[Located]:
    """The clip and all that shows the same take beside it: the other parts of its edit, what
    continues any of these with frames of the same file, and what they continue."""
    same = {
        uid_of(other): other
        for _, other in clips_of(document.timeline)
        if isinstance(other, otio.schema.Clip)
        and (made_of(other).job, made_of(other).take) == (made.job, made.take)
    }
    bonds = {uid: _bonds(other) for uid, other in same.items()}
    chosen, reached = set[str](), _bonds(item)
    while more := {uid for uid, own in bonds.items() if own & reached} - chosen:
        chosen |= more
        reached = reached.union(*(bonds[uid] for uid in more))
    return locate_all(document.timeline, chosen, document.rate)


def _bonds(item: Any) -> frozenset[tuple[str, str]]:
    """What a clip has in common with those that it goes along with."""
    continued = own_value(item, "continues")
    clips = {uid_of(item), continued if isinstance(continued, str) else uid_of(item)}
    return frozenset({("edit", made_of(item).placement), *(("clip", uid) for uid in clips)})


def _check_file(document: Document, part: Located, take: Take) -> None:
    item, slot = part.slot.item, part.slot
    sidecar = sidecar_of(item, document.folder)
    now = media_map(item, slot.frames, document.rate)
    had = sidecar.recipe.plan.frames if sidecar else now.total
    if had and now.total and abs(now.total - had) > 1 and take_in_file(item) is None:
        raise TimelineError(
            f"The file of {part.name} holds {now.total} of the {had} frames that were made: "
            "another program has cut it down.",
            f"Link the clip to the whole take first{f': {sidecar.media}' if sidecar else ''}.",
            code="timeline.other_file",
        )
    rate = sidecar.recipe.plan.rate if sidecar else document.rate
    longer = had is not None and take.media.frames >= had
    check_take(take, 0 if longer else _needed(part, take, document.rate), rate)


def _needed(part: Located, take: Take, rate: Fraction) -> int:
    """How many frames of the file the clip and the transitions at its ends show."""
    slot = part.slot
    before = edge_before(part.slots, slot.child, rate)
    after = edge_after(part.slots, slot.child, rate)
    time_map = media_map(slot.item, slot.frames, rate, take.media)
    first = time_map.at(-before.before if before else 0)
    last = time_map.at(slot.frames - 1 + (after.after if after else 0))
    return max(first, last) + 1


def _show(item: Any, take: Take, record: dict[str, object], document: Document) -> None:
    """Link a clip to the take's file. The available range keeps the numbers that the host gave to
    the frames, so that the source range goes on meaning the same ones."""
    old = item.media_reference
    available = old.available_range
    if available is not None:
        time_map = media_map(item, 1, document.rate, take.media)
        length = take.media.frames / time_map.scale
        if abs(at_rate(available.duration, time_map.rate) - length) > 1:
            available = otio.opentime.TimeRange(
                rational(time_map.origin, time_map.rate), rational(length, time_map.rate)
            )
    url = url_beside(getattr(old, "target_url", "") or "", take.media.path, document.folder)
    reference = otio.schema.ExternalReference(url, available)
    reference.name = PurePath(take.media.path).name
    reference.metadata[KEY] = {"schema": SCHEMA, "generated": record}
    item.media_reference = reference
    item.name = renumbered(item.name or "", take.job, take.index)
    store(item, generated=record)
    for marker in item.markers:
        if discloses(marker):
            store(marker, generated=record)
