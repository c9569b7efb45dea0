"""What the cut shows in a record range, for a preview that loops around a join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.errors import MediaError, TimelineError
from pickup.protocol import MediaRef, SnapshotItem
from pickup.timeline.document import Document
from pickup.timeline.identity import own_data, uid_of
from pickup.timeline.locate import located
from pickup.timeline.record import Slot, layout
from pickup.timeline.refusal import refusal
from pickup.timeline.retime import media_map
from pickup.timeline.snapshot import labels
from pickup.timeline.urls import first_file, reference_path


@dataclass(frozen=True)
class Segment:
    """A run of record frames with one source.

    Record frame `record_in + k` shows media frame `floor(first + k * step)` of `media` (0-based).
    `media` and `uid` are "" for a gap, `media` alone for what has no file. `operation` is set for a
    generated clip: an `inpaint` may be a patch, whose outside shows the tracks below `track`.
    """

    record_in: int
    frames: int
    track: str = ""
    uid: str = ""
    name: str = ""
    media: str = ""
    first: Fraction = Fraction(0)
    step: Fraction = Fraction(0)
    operation: str = ""


def shown(
    document: Document,
    start: int,
    frames: int,
    track: str = "",
    media: Sequence[MediaRef] = (),
) -> tuple[Segment, ...]:
    """The top-most enabled picture of each record frame from `start` on, as runs in record order.

    `track` (`V1`) leaves out all tracks above it. `media` are probes of files, which settle where
    their first frame is; without one the timeline's available range does. Transitions show as cuts.
    """
    runs = [Segment(max(0, start), frames + min(0, start))] if frames + min(0, start) > 0 else []
    names = labels(document.timeline)
    if track and track not in names:
        raise TimelineError(
            f"There is no track {track}.",
            "Name one of " + ", ".join(names) + ".",
            code="timeline.no_clip",
        )
    probes = {probe.path: probe for probe in media}
    below = names.index(track) + 1 if track else len(names)
    for number in reversed(range(below)):
        stack = document.timeline.tracks[number]
        if stack.kind == otio.schema.TrackKind.Video and stack.enabled:
            runs = _fill(document, runs, stack, names[number], probes)
    return tuple(runs)


def _fill(
    document: Document, runs: list[Segment], track: Any, label: str, probes: dict[str, MediaRef]
) -> list[Segment]:
    """Replace empty runs by what `track` shows there."""
    slots = [
        slot
        for slot in layout(track, document.rate)
        if not (slot.is_gap or slot.is_transition) and slot.item.enabled and slot.frames
    ]
    filled: list[Segment] = []
    for run in runs:
        at, end = run.record_in, run.record_in + run.frames
        for slot in slots if not run.uid else ():
            begin, stop = max(at, slot.start), min(end, slot.end)
            if begin >= stop:
                continue
            if begin > at:
                filled.append(replace(run, record_in=at, frames=begin - at))
            filled.append(_segment(document, slot, label, begin, stop - begin, probes))
            at = stop
        if at < end:
            filled.append(replace(run, record_in=at, frames=end - at))
    return filled


def _segment(
    document: Document,
    slot: Slot,
    label: str,
    begin: int,
    frames: int,
    probes: dict[str, MediaRef],
) -> Segment:
    item = slot.item
    blank = Segment(begin, frames, label, uid_of(item), item.name or "")
    path = reference_path(getattr(item, "media_reference", None), document.folder)
    if not path:
        return blank
    time_map = media_map(item, slot.frames, document.rate, probes.get(path))
    generated = own_data(item).get("generated")
    return replace(
        blank,
        media=path,
        first=time_map.first + (begin - slot.start) * time_map.step,
        step=time_map.step,
        operation=str(generated.get("operation", "")) if isinstance(generated, dict) else "",
    )


def media_of(document: Document, clip: SnapshotItem | str) -> str:
    """The absolute path of the clip's file, to be probed; a printf pattern for a sequence.

    Raises TimelineError for an item that no verb works on, MediaError where the file is missing.
    """
    found = located(document, clip)
    item = found.slot.item
    reference = getattr(item, "media_reference", None)
    path = reference_path(reference, document.folder)
    if path and not Path(first_file(reference, document.folder)).exists():
        raise MediaError(
            f"{found.name} needs {path}, which is missing.",
            "Relink the clip in the editor, or bring the file back.",
            code="media.missing",
        )
    sentence = refusal(document.timeline.tracks[found.number], item, document.folder)
    if sentence:
        raise TimelineError(sentence, "Select another clip.", code="timeline.refused")
    return path
