"""Measures how the editorial core copes with a very large cut on this machine.

    python packaging/benchmark_timeline.py [--clips 10000] [--tracks 20] [--laps 3]

Builds a cut of that size (transitions, gaps, retimes, markers, a host's metadata), opens it, reads
it, lists it as `pickup timeline show` does, plans and places an extension above and one that
ripples, undoes it and saves, each as the dock does. Prints the best lap in milliseconds of CPU,
which other programs change less than the clock, and how many times a plain read or clone by
OpenTimelineIO in the same run that is.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import opentimelineio as otio

from pickup.cli.listing import rows, table
from pickup.protocol import ItemKind, MediaKind, MediaRef, Mode, Output, Proposal, Side, Snapshot
from pickup.timeline import Document, place, propose_extend, snapshot

RATE = 24.0
FRAMES = 400
TIMECODE = 86400
LIMITS = {"open": 1500, "edit above": 1000, "edit ripple": 1000}
"""Milliseconds that an editor does not mind, for 10,000 clips on 20 tracks."""

T = TypeVar("T")


def span(start: float, frames: float) -> Any:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, RATE), otio.opentime.RationalTime(frames, RATE)
    )


def build(clips: int, tracks: int, media: str = "/media") -> Any:
    """A cut whose media lies below `media`."""
    chance = random.Random(1)
    timeline = otio.schema.Timeline(
        "large", global_start_time=otio.opentime.RationalTime(TIMECODE, RATE)
    )
    for number in range(tracks):
        kind = "Video" if number < (tracks + 1) // 2 else "Audio"
        track = otio.schema.Track(f"{kind} {number}", kind=kind)
        for place_ in range(clips // tracks):
            track.append(clip(chance, number, place_, media))
            if place_ % 20 == 5:
                track.append(otio.schema.Gap(source_range=span(0, 120)))
            if place_ % 20 == 10 and number == 0:
                five = otio.opentime.RationalTime(5, RATE)
                track.append(otio.schema.Transition("mix", "SMPTE_Dissolve", five, five))
        timeline.tracks.append(track)
    return timeline


def clip(chance: random.Random, track: int, place_: int, media: str) -> Any:
    file = f"{media}/day {place_ % 30}/shot_{(track * 500 + place_) % 300:04d}.mov"
    reference = otio.schema.ExternalReference(file, span(TIMECODE, FRAMES))
    reference.metadata["host"] = {"reel": "A001", "codec": "ProRes 422"}
    start = TIMECODE + chance.randint(20, 100)
    made = otio.schema.Clip(
        f"shot {track}.{place_}", reference, span(start, chance.randint(24, 96))
    )
    made.metadata["host"] = {"label": 1, "note": "take two", "keys": [1, 2, 3]}
    if place_ % 10 == 0:
        made.markers.append(otio.schema.Marker("look", span(start, 1)))
    if place_ % 25 == 0:
        made.effects.append(otio.schema.LinearTimeWarp(time_scalar=2.0))
    return made


class Clock:
    """The best CPU time of each step over all laps, in milliseconds."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def time(self, name: str, step: Callable[[], T]) -> T:
        begin = time.process_time()
        result = step()
        spent = 1000 * (time.process_time() - begin)
        self.best[name] = min(spent, self.best.get(name, spent))
        return result


def plan(document: Document, view: Snapshot, mode: Mode) -> Proposal:
    track = view.tracks[0]
    clips = [i for i in track.items if i.kind is ItemKind.CLIP and i.speed == 1]
    chosen = clips[len(clips) // 2]
    media = MediaRef(
        chosen.media, MediaKind.VIDEO, FRAMES, Fraction(24), 1920, 1080, timecode=TIMECODE
    )
    return propose_extend(
        document,
        chosen,
        side=Side.TAIL,
        frames=8,
        media=media,
        output=Output("/takes", "take"),
        mode=mode,
    )


def lap(clock: Clock, file: Path) -> None:
    plain = clock.time("OTIO read", lambda: otio.adapters.read_from_file(str(file)))
    clock.time("OTIO clone", plain.clone)
    document = clock.time("open", lambda: Document.open(file))
    view = clock.time("snapshot", lambda: snapshot(document))
    clock.time("list", lambda: table([row for track in view.tracks for row in rows(view, track)]))
    for mode in (Mode.ABOVE, Mode.RIPPLE):
        proposal = clock.time(f"propose {mode}", lambda mode=mode: plan(document, view, mode))
        clock.time(f"edit {mode}", lambda p=proposal: place(document, p.placement))
    clock.time("undo", document.undo)
    clock.time("save", lambda: document.save(file.with_name("saved.otio")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--laps", type=int, default=3)
    arguments = parser.parse_args()
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.otio"
        otio.adapters.write_to_file(build(arguments.clips, arguments.tracks), str(file))
        megabytes = file.stat().st_size / 1e6
        print(f"{arguments.clips} clips on {arguments.tracks} tracks, {megabytes:.0f} MB")
        for _ in range(arguments.laps):
            lap(clock, file)
    read, clone = clock.best["OTIO read"], clock.best["OTIO clone"]
    print(f"{'':16}{'ms CPU':>8}{'x read':>8}{'x clone':>8}{'limit':>8}")
    for name, spent in clock.best.items():
        limit = LIMITS.get(name, "")
        print(f"{name:16}{spent:8.0f}{spent / read:8.1f}{spent / clone:8.1f}{limit:>8}")


if __name__ == "__main__":
    main()
