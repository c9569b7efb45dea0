"""`pickup timeline show`, `export` and `relink`: a cut as Pickup sees it, in another format, and
with its media found again."""

from __future__ import annotations

import argparse

from pickup.cli.console import Console
from pickup.protocol import ItemKind, Snapshot, SnapshotItem, encode
from pickup.protocol.timecode import format_timecode
from pickup.timeline import Document, snapshot


def show(options: argparse.Namespace, console: Console) -> None:
    """List tracks and items with their addresses."""
    document = _opened(options, console)
    view = snapshot(document)
    rate = f"{float(view.rate):.3f}".rstrip("0").rstrip(".")
    console.say(f"{view.name}: {view.frames} frames at {rate} frames a second")
    for track in reversed(view.tracks):
        notes = [
            note for note, on in (("made by Pickup", track.owned), ("off", not track.enabled)) if on
        ]
        console.say(f"{track.label} {track.name}" + (f" ({', '.join(notes)})" if notes else ""))
        for item in track.items:
            console.say("  " + _line(view, track.label, item))
    console.result({"timeline": encode(view), "notes": list(document.notes)})


def export(options: argparse.Namespace, console: Console) -> None:
    """Write the cut in the format of the output's suffix, and name all that is lost by it."""
    document = _opened(options, console)
    made = document.export(options.output.absolute())
    for loss in made.losses:
        console.warn(loss)
    console.say(f"Wrote {made.path}")
    console.result({"timeline": str(made.path), "losses": list(made.losses)})


def relink(options: argparse.Namespace, console: Console) -> None:
    """Link offline media to the files below a folder; what is not certain stays as it is."""
    document = _opened(options, console)
    done = document.relink(options.search.absolute())
    for path in done.missing:
        console.warn(f"{path} was not found below {options.search}.")
    for path in done.doubtful:
        console.warn(f"More than one file below {options.search} could be {path}: not linked.")
    written = document.save(options.output)
    for old, new in done.found.items():
        console.say(f"  {old} is {new}")
    console.say(f"Wrote {written}")
    console.result(
        {
            "timeline": str(written),
            "found": done.found,
            "missing": list(done.missing),
            "doubtful": list(done.doubtful),
        }
    )


def _opened(options: argparse.Namespace, console: Console) -> Document:
    document = Document.open(options.timeline.absolute(), options.rate)
    for note in document.notes:
        console.warn(note)
    return document


def _line(view: Snapshot, label: str, item: SnapshotItem) -> str:
    start = format_timecode(view.start + item.record_in, view.rate, view.drop_frame)
    if item.kind is ItemKind.TRANSITION:
        return f"{'':<8}{start}  {item.name or 'transition'}"
    line = f"{label}:{item.index}".ljust(8) + f"{start}  {item.frames:>6}  "
    if item.kind is ItemKind.GAP:
        return line + "gap"
    line += item.name
    if item.generated:
        line += "  (generated)"
    if item.head_handle is not None and item.tail_handle is not None:
        line += f"  handles {item.head_handle}/{item.tail_handle}"
    if item.refusal:
        line += f"  [{item.refusal}]"
    return line
