"""Putting several shots into a cut, one after another, as one edit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from pickup.errors import RequestError, TimelineError
from pickup.protocol import EditResult, Mode, Side, Take
from pickup.protocol.timecode import format_timecode
from pickup.timeline.document import Document
from pickup.timeline.edits.arrange import arrange_at
from pickup.timeline.edits.footprint import footprint_for
from pickup.timeline.edits.ripple import split_by
from pickup.timeline.edits.shot import Cutting, Shot, settle, shot_clip
from pickup.timeline.edits.spot import Spot, spot_at
from pickup.timeline.identity import all_uids, clips_of, fresh_uid, made_of, names_job, store
from pickup.timeline.records import records_of
from pickup.timeline.snapshot import labels
from pickup.timeline.takes.taken import told
from pickup.timeline.urls import common_style
from pickup.timeline.words import frames_text


def insert_shots(
    document: Document,
    shots: Sequence[Shot],
    *,
    track: str,
    record_in: int,
    mode: Mode = Mode.AUTO,
) -> EditResult:
    """Lay `shots` one after another into `track` (`V1`) from record frame `record_in` on.

    `ripple` moves everything from there on, on all tracks; `gap` needs empty room, and `auto` is
    that where there is some and else `above`. A shot may be in the cut already. Raises
    TimelineError where something is in the way, MediaError and RequestError for a shot that cannot
    be used; the document is then what it was.
    """
    if not shots:
        raise RequestError("No shot is given.", "Name one or more.", code="request.shots")
    cuttings = [settle(shot, document.rate) for shot in shots]
    spot = spot_at(document, track, record_in, sum(cutting.frames for cutting in cuttings))
    if mode is Mode.AUTO:
        mode = Mode.GAP if spot.is_free else Mode.ABOVE
    if mode is Mode.GAP:
        _check_empty(spot)
    one = cuttings[0].name if len(cuttings) == 1 else f"{len(cuttings)} shots"
    return carry_out(document, f"Insert {one}", spot, mode, cuttings)


def _check_empty(spot: Spot) -> None:
    first = next(spot.overlapped(), None)
    if first is not None:
        room = max(0, first.start - spot.start)
        raise TimelineError(
            f"There is room for {frames_text(room)} from frame {spot.start} of {spot.label} on, "
            f'before "{first.item.name or "an unnamed clip"}", not for {spot.frames}.',
            "Choose fewer frames, or the mode above, ripple or overwrite.",
            code="timeline.no_room",
        )


def carry_out(
    document: Document, label: str, spot: Spot, mode: Mode, cuttings: Sequence[Cutting]
) -> EditResult:
    """Make the clips and lay them into `spot`, as one edit that one undo takes back.

    All of them carry one digest of the edit, by which it can be taken away as a whole. Raises
    TimelineError.
    """
    warnings = tuple(_warnings(document, spot, mode, cuttings))
    digest = _digest(document, spot, mode, cuttings)
    uids: list[str] = []

    def change(timeline: Any) -> None:
        style, taken = common_style(timeline), all_uids(timeline)
        marks = footprint_for(
            timeline, spot.number, mode, Side.TAIL, spot.start, spot.frames, spot.rate
        )
        items = []
        for cutting in cuttings:
            item = shot_clip(cutting, document.rate, style)
            uid = fresh_uid(item, taken)
            store(item, uid=uid, placement=digest, **marks)
            taken.add(uid)
            uids.append(uid)
            items.append(item)
        arrange_at(timeline, spot.number, document.rate, mode, spot.start, items)

    document.edit(label, change)
    return EditResult(records_of(document, uids), warnings, _sentence(document, spot, mode))


def _sentence(document: Document, spot: Spot, mode: Mode) -> str:
    at = format_timecode(document.start + spot.start, document.rate, document.drop_frame)
    span = frames_text(spot.frames)
    match mode:
        case Mode.RIPPLE:
            moved = f"Everything from there on moved by {span} on all tracks"
            return f"Inserted {span} at {at} on {spot.label}. {moved}."
        case Mode.ABOVE:
            return f"Laid {span} at {at} on a track above {spot.label}. Nothing else moved."
        case Mode.OVERWRITE:
            return f"Overwrote {span} at {at} on {spot.label}. Nothing else moved."
        case _:
            return f"Filled {span} at {at} on {spot.label}. Nothing else moved."


def _digest(document: Document, spot: Spot, mode: Mode, cuttings: Sequence[Cutting]) -> str:
    """A short name of the edit; the same one done again is another."""
    known = {made_of(item).placement for _, item in clips_of(document.timeline)}
    what: list[object] = [spot.label, spot.start, mode.value]
    what += [(cutting.path, cutting.first, cutting.frames) for cutting in cuttings]
    for again in count():
        text = json.dumps([*what, again])
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        if digest not in known:
            return digest
    raise AssertionError("count() does not end")


def _warnings(
    document: Document, spot: Spot, mode: Mode, cuttings: Sequence[Cutting]
) -> Iterator[str]:
    if mode is Mode.RIPPLE:
        yield from (f"The ripple splits {name}." for name in _split(document, spot))
    if mode is Mode.OVERWRITE:
        for slot in spot.overlapped():
            frames = min(spot.end, slot.end) - max(spot.start, slot.start)
            part = "the whole" if frames == slot.frames else frames_text(frames)
            yield f'It takes {part} of "{slot.item.name or "an unnamed clip"}".'
    present = [item for _, item in clips_of(document.timeline)]
    for cutting in cuttings:
        source = cutting.shot.source
        if cutting.is_patch and mode is not Mode.ABOVE:
            yield f"{cutting.name} is a patch: outside its matte it shows nothing."
        if not isinstance(source, Take):
            if source.has_audio:
                yield f"Only the picture of {cutting.name} is placed, not its sound."
            continue
        yield from told(source)
        twice = next((item for item in present if names_job(item, source.job)), None)
        if twice is not None:
            yield f'{cutting.name} is in the cut already, as "{twice.name}".'


def _split(document: Document, spot: Spot) -> Iterator[str]:
    """`"music" on A1` for every clip that a ripple cuts in two."""
    names = labels(document.timeline)
    for slot in spot.overlapped():
        if slot.start < spot.start < slot.end:
            yield f'"{slot.item.name or "an unnamed clip"}" on {spot.label}'
    for number, name in split_by(document.timeline, spot.number, spot.start, spot.rate):
        yield f'"{name}" on {names[number]}'
