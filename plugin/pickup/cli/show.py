"""`pickup timeline show`: a cut as Pickup sees it, one line for each item.

Tracks come from the top down, as in an editor: pictures, then sound. Record and source timecodes
are those of the editor, the out points exclusive. With `--json` the last line is

    {"timeline": Snapshot, "notes": [str, …], "offline": {path: [address, …], …}}

where `Snapshot` is the wire form of `pickup.protocol.Snapshot` (times in frames, see
`SnapshotItem`; fractions as "24000/1001"), `notes` say what reading the file lost or assumed, and
`offline` names each file that is missing and the items that show it. The filters hold for both.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from pickup.cli.console import Console
from pickup.cli.listing import rate_text, rows, table
from pickup.cli.opening import opened
from pickup.errors import TimelineError
from pickup.protocol import ItemKind, Snapshot, SnapshotItem, SnapshotTrack, encode
from pickup.protocol.timecode import format_timecode
from pickup.timeline import snapshot

_ADDRESSES = 6
"""How many items of one missing file are named."""


def show(options: argparse.Namespace, console: Console) -> None:
    """List tracks and items with their addresses."""
    document = opened(options, console)
    whole = snapshot(document)
    view = _chosen(whole, options)
    offline = _offline(view)
    console.say("\n".join([*_head(whole), *_tracks(view), *_missing(offline)]))
    if console.json:
        console.result(
            {"timeline": encode(view), "notes": list(document.notes), "offline": offline}
        )


def _chosen(view: Snapshot, options: argparse.Namespace) -> Snapshot:
    """What the filters leave of a cut. Raises TimelineError for a track that it does not have."""
    tracks = view.tracks
    if options.track:
        label = options.track.upper()
        tracks = tuple(track for track in tracks if track.label == label)
        if not tracks:
            raise TimelineError(
                f"There is no track {label}; there is {', '.join(t.label for t in view.tracks)}.",
                "Name a track of the timeline.",
                code="timeline.no_track",
            )
    wanted: list[Callable[[SnapshotItem], bool]] = []
    if options.generated:
        wanted.append(lambda item: item.generated)
    if options.stale:
        wanted.append(lambda item: bool(item.stale))
    if options.offline:
        wanted.append(lambda item: not item.online)
    if wanted:
        kept = (
            replace(track, items=tuple(i for i in track.items if any(is_in(i) for is_in in wanted)))
            for track in tracks
        )
        tracks = tuple(track for track in kept if track.items)
    return replace(view, tracks=tracks)


def _head(view: Snapshot) -> list[str]:
    """What an editor wants to know of a cut as a whole, in two lines."""
    clips = [i for t in view.tracks for i in t.items if i.kind is ItemKind.CLIP]
    compounds = sum(i.kind is ItemKind.COMPOUND for t in view.tracks for i in t.items)
    kinds = Counter(sorted((track.kind for track in view.tracks), reverse=True))
    start = format_timecode(view.start, view.rate, view.drop_frame)
    length = format_timecode(view.frames, view.rate, view.drop_frame)
    drop = ", drop-frame" if view.drop_frame else ""
    first = (
        f"{view.name or 'Untitled'}: {length} ({_count(view.frames, 'frame')}) at "
        f"{rate_text(view.rate)} fps{drop}, from {start}"
    )
    tracks = ", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "no"
    parts = [f"{tracks} tracks" if len(view.tracks) != 1 else f"{tracks} track"]
    parts.append(_count(len(clips), "clip"))
    for number, what in (
        (compounds, "compound"),
        (sum(not clip.online for clip in clips), "offline"),
        (sum(clip.generated for clip in clips), "generated"),
        (sum(bool(clip.stale) for clip in clips), "stale"),
    ):
        if number:
            parts.append(f"{number} {what}")
    return [first, "; ".join(parts)]


def _tracks(view: Snapshot) -> list[str]:
    pictures = [track for track in view.tracks if track.kind != "audio"]
    sound = [track for track in view.tracks if track.kind == "audio"]
    order = [*reversed(pictures), *sound]
    if not order:
        return ["", "Nothing to list."]
    blocks = [rows(view, track) for track in order]
    head, *rest = table([row for block in blocks for row in block])
    lines, told = iter(rest), ["", head]
    for track, block in zip(order, blocks, strict=True):
        told += [_title(track), *islice(lines, len(block))]
    return told


def _title(track: SnapshotTrack) -> str:
    notes = [
        note
        for note, on in (
            ("made by Pickup", track.owned),
            ("switched off", not track.enabled),
            ("empty", not track.items),
        )
        if on
    ]
    name = f"  {track.name}" if track.name and track.name != track.label else ""
    return f"{track.label}{name}" + (f"  ({', '.join(notes)})" if notes else "")


def _offline(view: Snapshot) -> dict[str, list[str]]:
    """Each missing file ("" = none is named), and the addresses of the clips that show it."""
    missing: dict[str, list[str]] = {}
    for track in view.tracks:
        for item in track.items:
            if not item.online:
                missing.setdefault(item.media, []).append(f"{track.label}:{item.index}")
    return missing


def _missing(offline: dict[str, list[str]]) -> list[str]:
    if not offline:
        return []
    lines = ["", "Offline:"]
    for path, addresses in sorted(offline.items()):
        named = ", ".join(addresses[:_ADDRESSES])
        more = len(addresses) - _ADDRESSES
        named += f" and {more} more" if more > 0 else ""
        lines.append(f"  {path or 'no file is named'}  ({named})")
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
