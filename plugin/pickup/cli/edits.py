"""`pickup timeline remove` and `split`: edits of clips that Pickup made, which need no engine."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.opening import opened
from pickup.client.blocking import Engine
from pickup.errors import EngineError
from pickup.protocol import EditResult, PlacementState, encode
from pickup.timeline import Document, find_clip, record_frame, snapshot, split
from pickup.timeline import remove as take_out


def remove(options: argparse.Namespace, console: Console) -> None:
    """Take the edit that made a clip out of the cut, and save."""
    document = opened(options, console)
    target = document.check_target(options.output)
    clip = find_clip(document, options.clip)
    before = _takes(document)
    result = take_out(document, clip, close=not options.keep_gap)
    _finish(document, target, result, console)
    _dismiss(before - _takes(document))


def cut_in_two(options: argparse.Namespace, console: Console) -> None:
    """Split a generated clip, and save."""
    document = opened(options, console)
    target = document.check_target(options.output)
    clip = find_clip(document, options.clip)
    result = split(document, clip, record_frame(document, options.at))
    _finish(document, target, result, console)


def _finish(document: Document, target: Path, result: EditResult, console: Console) -> None:
    document.save(target)
    console.say(result.sentence)
    for warning in result.warnings:
        console.warn(warning)
    for clip in result.clips:
        console.say(f"  {clip.track}:{clip.index}  {clip.record_frames} frames  {clip.name}")
    console.say(f"Wrote {target}")
    console.result(
        {
            "timeline": str(target),
            "sentence": result.sentence,
            "clips": [encode(clip) for clip in result.clips],
            "warnings": list(result.warnings),
        }
    )


def _takes(document: Document) -> set[tuple[str, int]]:
    """(job, take) of all generated clips."""
    tracks = snapshot(document).tracks
    return {(i.job, i.take) for track in tracks for i in track.items if i.generated}


def _dismiss(takes: set[tuple[str, int]]) -> None:
    """Tell an engine that runs and knows the jobs that these takes are not wanted: they are kept,
    and not offered again as if nobody had seen them. The cut is right without."""
    if not takes:
        return
    with contextlib.suppress(EngineError):
        engine = Engine.connect(start=False)
        for job, take in takes:
            # What is in a cut can only be opened; and it may be of another machine's engine.
            with contextlib.suppress(EngineError):
                engine.set_placement(job, take, PlacementState.OPEN)
                engine.set_placement(job, take, PlacementState.DISMISSED)
