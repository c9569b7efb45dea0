"""`pickup timeline insert` and `fill`: finished takes and other files, put into a cut by hand.

The engine is only asked to measure files that Pickup did not make.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.opening import opened
from pickup.cli.values import Part
from pickup.client.blocking import Engine
from pickup.errors import EngineError, MediaError
from pickup.protocol import EditResult, MediaRef, PlacementState, Take, encode
from pickup.protocol.timecode import looks_like_timecode, parse_timecode
from pickup.timeline import (
    Document,
    Fit,
    Shot,
    fill_gap,
    insert_shots,
    record_frame,
    take_of_file,
)


def insert(options: argparse.Namespace, console: Console) -> None:
    """Lay files one after another into a track."""
    document = opened(options, console)
    target = document.check_target(options.output)
    at = record_frame(document, options.at)
    shots = _shots(options.files, document.rate)
    done = insert_shots(document, shots, track=options.track, record_in=at, mode=options.mode)
    _finish(document, target, done, shots, console)


def fill(options: argparse.Namespace, console: Console) -> None:
    """Fill a gap, or a range of one."""
    document = opened(options, console)
    target = document.check_target(options.output)
    span = None
    if options.range:
        start, length = options.range
        span = (record_frame(document, start), length.at(document.rate))
    shots = _shots([options.file], document.rate)
    done = fill_gap(
        document,
        options.gap,
        shots[0],
        record_range=span,
        fit=Fit(options.fit),
        leave_rest=options.leave_rest,
    )
    _finish(document, target, done, shots, console)


def _shots(parts: Sequence[Part], rate: Fraction) -> list[Shot]:
    """Takes by the recipe beside them, other files as the engine measures them."""
    paths = [str(part.file.absolute()) for part in parts]
    takes = {path: take for path in paths if (take := take_of_file(path))}
    others = list(dict.fromkeys(path for path in paths if path not in takes))
    sources: dict[str, Take | MediaRef] = {**takes, **_measured(others)}
    return [_shot(part, sources[path], rate) for part, path in zip(parts, paths, strict=True)]


def _measured(paths: Sequence[str]) -> dict[str, MediaRef]:
    for path in paths:
        # A printf pattern names the pictures of a sequence, not a file.
        if "%" not in path and not Path(path).exists():
            raise MediaError(f"{path} does not exist.", "Check the path.", code="media.missing")
    if not paths:
        return {}
    engine = Engine.connect()
    engine.allow(sorted({str(Path(path).parent) for path in paths}))
    return dict(zip(paths, engine.probe(paths), strict=True))


def _shot(part: Part, source: Take | MediaRef, rate: Fraction) -> Shot:
    media = source.media if isinstance(source, Take) else source
    first = None
    if looks_like_timecode(part.start):
        first = parse_timecode(part.start, media.rate) - media.timecode
    elif part.start:
        first = int(part.start)
    return Shot(source, part.length.at(rate), first)


def _finish(
    document: Document, target: Path, done: EditResult, shots: Sequence[Shot], console: Console
) -> None:
    console.say(done.sentence)
    for sentence in done.warnings:
        console.warn(sentence)
    document.save(target)
    _tell_engine([shot.source for shot in shots if isinstance(shot.source, Take)])
    for clip in done.clips:
        where = f"{clip.track}:{clip.index}".ljust(6)
        console.say(f"  {where}{clip.record_frames} frames {clip.origin.value}  {clip.name}")
    console.say(f"Wrote {target}")
    console.result({"timeline": str(target), "clips": [encode(clip) for clip in done.clips]})


def _tell_engine(takes: Sequence[Take]) -> None:
    """An engine that runs and knows a take does not offer it any more; the cut is right without."""
    for take in takes:
        with contextlib.suppress(EngineError):
            engine = Engine.connect(start=False)
            engine.set_placement(take.job, take.index, PlacementState.PLACED)
