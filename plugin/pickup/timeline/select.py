"""Finding the clip that a user means."""

from __future__ import annotations

import re

from pickup.errors import TimelineError
from pickup.protocol import ItemKind, Snapshot, SnapshotItem, SnapshotTrack
from pickup.protocol.timecode import format_timecode, looks_like_timecode, parse_timecode
from pickup.timeline.document import Document
from pickup.timeline.snapshot import snapshot

_TRACK_ITEM = re.compile(r"^([A-Za-z]\d+):(\d+)$")
_LISTED = 12


def find_clip(document: Document, text: str) -> SnapshotItem:
    """The clip that `text` names: `V1:2`, a uid, a name, a record timecode, or a frame number.

    Timecode counts from the start timecode of the timeline, a frame number from 0; both take the
    top-most enabled picture there. Raises TimelineError that lists what there is where `text` names
    nothing, or more than one clip.
    """
    text = text.strip()
    view = snapshot(document)
    if match := _TRACK_ITEM.match(text):
        return _by_index(view, match[1].upper(), int(match[2]))
    clips = [(t, i) for t in view.tracks for i in t.items if i.kind is ItemKind.CLIP]
    named = [pair for pair in clips if text and text in (pair[1].uid, pair[1].name)]
    if not named:
        if looks_like_timecode(text):
            return _at(view, parse_timecode(text, view.rate) - view.start, text)
        if text.isascii() and text.isdigit():
            return _at(view, int(text), f"frame {text}")
        named = [p for p in clips if text and p[1].name.casefold() == text.casefold()]
    pictures = [pair for pair in named if pair[0].kind == "video"] or named
    if len(pictures) == 1:
        return pictures[0][1]
    if pictures:
        found = _listed([_line(view, track, item) for track, item in pictures])
        raise TimelineError(
            f'{len(pictures)} clips are called "{text}": {found}.',
            "Name one by its track and number, such as V1:2.",
            code="timeline.ambiguous",
        )
    shown = [_line(view, track, item) for track, item in clips if track.kind == "video"]
    raise TimelineError(
        f'No clip is called "{text}". There is {_listed(shown)}.',
        "Name a clip by its name, its track and number (V1:2), or a record timecode.",
        code="timeline.no_clip",
    )


def record_frame(document: Document, text: str) -> int:
    """The record frame that a record timecode or a frame number (from 0) names, which may lie after
    the end. Raises TimelineError for other text and for what lies before the timeline begins."""
    text = text.strip()
    is_number = text.isascii() and text.isdigit()
    frame = int(text) if is_number else parse_timecode(text, document.rate) - document.start
    if frame < 0:
        begin = format_timecode(document.start, document.rate, document.drop_frame)
        raise TimelineError(
            f"{text} lies before the timeline, which begins at {begin}.",
            "Name a time in the timeline.",
            code="timeline.timecode",
        )
    return frame


def _by_index(view: Snapshot, label: str, number: int) -> SnapshotItem:
    track = next((track for track in view.tracks if track.label == label), None)
    if track is None:
        known = ", ".join(track.label for track in view.tracks) or "no track"
        raise TimelineError(
            f"There is no track {label}; there is {known}.",
            "Name a track of the timeline.",
            code="timeline.no_clip",
        )
    for item in track.items:
        if item.index == number and item.kind is not ItemKind.TRANSITION:
            if item.kind is ItemKind.CLIP:
                return item
            is_compound = item.kind is ItemKind.COMPOUND
            raise TimelineError(
                f"{label}:{number} is a {item.kind.value}, not a clip.",
                "Render it in the editor first." if is_compound else "Name the clip beside it.",
                code="timeline.no_clip",
            )
    there = _listed([_line(view, track, item) for item in track.items if item.index])
    raise TimelineError(
        f"{label} has no item {number}; there is {there}.",
        "Items count from 1, gaps included.",
        code="timeline.no_clip",
    )


def _at(view: Snapshot, frame: int, text: str) -> SnapshotItem:
    for track in reversed(view.tracks):
        if track.kind != "video" or not track.enabled:
            continue
        for item in track.items:
            is_here = item.record_in <= frame < item.record_in + item.frames
            if is_here and item.kind is ItemKind.CLIP and item.enabled:
                return item
    shown = [
        _line(view, track, item)
        for track in view.tracks
        for item in track.items
        if track.kind == "video" and item.kind is ItemKind.CLIP
    ]
    raise TimelineError(
        f"No clip is at {text}. There is {_listed(shown)}.",
        "Name a time inside a clip.",
        code="timeline.no_clip",
    )


def _line(view: Snapshot, track: SnapshotTrack, item: SnapshotItem) -> str:
    time = format_timecode(view.start + item.record_in, view.rate, view.drop_frame)
    return f'{track.label}:{item.index} "{item.name or item.kind.value}" at {time}'


def _listed(lines: list[str]) -> str:
    if not lines:
        return "no clip"
    rest = len(lines) - _LISTED
    return ", ".join(lines[:_LISTED]) + (f", and {rest} more" if rest > 0 else "")
