"""Measures how fast and how large the engine is on this machine.

    python packaging/benchmark.py [--size 854x480|1920x1080|3840x2160] [--frames 48] [--json]

Extends a moving clip of its own making with the real engine (service and worker, as `pickup` does),
once cold and once warm, and prints seconds by phase, the worker's peak memory, and how many times
the floor that is: decoding the same pictures and encoding as many frozen ones.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from pickup.client import Engine, new_job_id
from pickup.protocol import (
    Codec,
    Colour,
    ExtendRequest,
    JobState,
    JobStatus,
    JobSubmission,
    MediaRef,
    Output,
    Side,
    Source,
)
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.samples.scenes import Valley
from pickup_engine.media.writer import TakeWriter
from pickup_engine.models.draft import CONTEXT

RATE = Fraction(24)
_GRAIN = 1.5 / 255
"""Film grain, as strong as the samples' own."""


@dataclass(frozen=True)
class Lap:
    """One job. wall: seconds from submitting to the finished take. cpu: seconds of all cores that
    the worker spent, which other programs change less; None where this system does not tell.
    phases: the worker's own."""

    name: str
    wall: float
    cpu: float | None
    phases: Mapping[str, float]


@dataclass(frozen=True)
class Result:
    """Of one size. floor: seconds of decoding and encoding alone. peak_bytes: of the worker; None
    where this system does not tell. load: processes that waited for a core when it began."""

    size: str
    frames: int
    floor: float
    laps: tuple[Lap, ...]
    peak_bytes: int | None
    load: float


def main() -> int:
    options = arguments()
    width, height = options.size
    with tempfile.TemporaryDirectory(prefix="pickup-benchmark-") as folder:
        os.environ["PICKUP_HOME"] = str(Path(folder) / "home")
        result = measure(Path(folder), width, height, options.frames)
    print(json.dumps(asdict(result)) if options.json else told(result))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=size, default=(854, 480), metavar="WIDTHxHEIGHT")
    parser.add_argument("--frames", type=int, default=48, help="new frames")
    parser.add_argument("--json", action="store_true", help="one line for programs")
    return parser.parse_args()


def size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is no size; write for instance 1920x1080")
    return int(match[1]), int(match[2])


def measure(folder: Path, width: int, height: int, frames: int) -> Result:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    media = make_clip(folder / "clip.mp4", width, height)
    floor = seconds_of_floor(media, folder / "floor.mov", frames)
    engine = Engine.connect()
    try:
        engine.allow([folder])
        laps = tuple(
            lap(engine, media, folder, frames, name, first)
            for first, name in enumerate(("cold", "warm"))
        )
        worker = worker_of(engine.health().pid)
        peak = peak_of(worker) if worker else None
    finally:
        engine.shutdown(force=True)
    return Result(f"{width}x{height}", frames, floor, laps, peak, load)


def make_clip(path: Path, width: int, height: int) -> MediaRef:
    """As many pictures of the sample's pan as two extensions read, with grain of this size: each
    goes on from another picture, for the worker remembers what it found out about the last one."""
    scene, chance = Valley(), np.random.default_rng(0)
    grain = chance.standard_normal((height, width, 3), np.float32) * np.float32(_GRAIN)
    with TakeWriter(path, width, height, RATE, Codec.H264, Colour()) as writer:
        for k in range(CONTEXT + 1):
            plate = cv2.resize(scene.picture(k), (width, height), interpolation=cv2.INTER_CUBIC)
            moved = np.roll(grain, chance.integers(0, height), axis=0)
            writer.write(np.rint(np.clip(plate + moved, 0, 1) * WHITE).astype(np.uint16))
    return probe(str(path))


def seconds_of_floor(media: MediaRef, path: Path, frames: int) -> float:
    """Read what an extension reads, write what it writes, and do nothing in between."""
    started = time.perf_counter()
    with open_reader(media) as reader:
        last: Picture = reader.frame(0)
        for k in range(CONTEXT):
            last = reader.frame(k)
    with TakeWriter(
        path, media.width, media.height, media.rate, Codec.PRORES, media.colour
    ) as writer:
        for _ in range(frames):
            writer.write(last)
    return time.perf_counter() - started


def lap(engine: Engine, media: MediaRef, folder: Path, frames: int, name: str, first: int) -> Lap:
    request = ExtendRequest(
        source=Source(media, Fraction(first), Fraction(1), CONTEXT, media.rate),
        side=Side.TAIL,
        frames=frames,
        output=Output(str(folder), name),
    )
    service = engine.health().pid
    before = cpu_of(worker_of(service)) or 0.0
    started = time.perf_counter()
    status = finished(engine, engine.submit(JobSubmission(new_job_id(), request)))
    wall = time.perf_counter() - started
    after = cpu_of(worker_of(service))
    for take in status.takes:
        Path(take.media.path).unlink()
    return Lap(name, wall, None if after is None else after - before, status.timing)


def finished(engine: Engine, status: JobStatus) -> JobStatus:
    status = engine.wait(status.id)
    if status.state is not JobState.SUCCEEDED:
        raise SystemExit(f"The job ended as {status.state}: {status.error}")
    return status


def worker_of(service: int) -> Path | None:
    """What Linux tells about the worker, the service's child that is largest; None elsewhere."""
    found: dict[int, Path] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = fields_of(entry)
        if fields.get("PPid") == str(service):
            found[int(fields.get("VmHWM", "0").split()[0])] = entry
    return found[max(found)] if found else None


def fields_of(process: Path) -> dict[str, str]:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return {}  # it ended meanwhile
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def peak_of(process: Path) -> int | None:
    """The largest memory that a process ever held, in bytes."""
    held = fields_of(process).get("VmHWM")
    return int(held.split()[0]) << 10 if held else None


def cpu_of(process: Path | None) -> float | None:
    """Seconds of all cores that a process has spent."""
    if process is None:
        return None
    after_name = (process / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def told(result: Result) -> str:
    lines = [
        f"{result.frames} new frames at {result.size}, {os.cpu_count()} cores,"
        f" load {result.load:.1f}, Python {sys.version.split()[0]}",
        f"  floor (decode, encode frozen pictures)  {result.floor:6.1f} s",
    ]
    for each in result.laps:
        cpu = "" if each.cpu is None else f", {each.cpu:.1f} s of a core"
        lines.append(
            f"  {each.name}                                    {each.wall:6.1f} s"
            f"   {each.wall / result.floor:4.1f} x floor{cpu}"
        )
        lines += [f"      {name:<34}{value:6.1f} s" for name, value in each.phases.items()]
    peak = "not told by this system"
    if result.peak_bytes is not None:
        peak = f"{result.peak_bytes / 1e9:.2f} GB"
    lines.append(f"  peak memory of the worker               {peak}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
