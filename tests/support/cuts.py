"""Small real cuts: real media files and an .otio file that uses them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio

from pickup.protocol import Codec, Colour
from pickup_engine.media.writer import TakeWriter

WIDTH, HEIGHT = 128, 72


@dataclass(frozen=True)
class Cut:
    """V1 = shot A, a gap of 40 frames, shot B. A has 6 unused frames after its out-point."""

    path: Path
    rate: Fraction
    width: int = WIDTH
    height: int = HEIGHT
    first_clip_frames: int = 18
    tail_handle: int = 6
    gap: int = 40
    second_clip_frames: int = 12


def make_cut(folder: Path, rate: Fraction) -> Cut:
    """Write the media and the timeline into `folder`."""
    cut = Cut(folder / "cut.otio", rate)
    shots = []
    for name, frames, seed in (("A", 24, 1), ("B", 12, 2)):
        path = folder / f"{name}.mp4"
        write_shot(path, frames, rate, seed)
        shots.append(path)
    float_rate = float(rate)

    def span(start: int, frames: int) -> otio.opentime.TimeRange:
        time = otio.opentime.RationalTime
        return otio.opentime.TimeRange(time(start, float_rate), time(frames, float_rate))

    def clip(path: Path, available: int, used: int) -> otio.schema.Clip:
        reference = otio.schema.ExternalReference(path.as_uri(), span(0, available))
        return otio.schema.Clip(f"shot {path.stem}", reference, span(0, used))

    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    track.append(clip(shots[0], 24, cut.first_clip_frames))
    track.append(otio.schema.Gap(source_range=span(0, cut.gap)))
    track.append(clip(shots[1], 12, cut.second_clip_frames))
    timeline = otio.schema.Timeline("cut")
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(cut.path))
    return cut


def write_shot(
    path: Path, frames: int, rate: Fraction, seed: int, codec: Codec = Codec.H264
) -> None:
    """A slow pan over a smooth texture: something that can be followed."""
    noise = np.random.default_rng(seed).random((HEIGHT // 4 + 1, (WIDTH + 4 * frames) // 4 + 1, 3))
    world = np.kron(noise, np.ones((4, 4, 1)))
    for axis in (0, 1):
        world = sum(np.roll(world, shift, axis) for shift in range(-3, 4)) / 7
    picture16 = (world * 50000 + 5000).astype(np.uint16)
    with TakeWriter(path, WIDTH, HEIGHT, rate, codec, Colour()) as writer:
        for k in range(frames):
            left = 2 * k
            writer.write(np.ascontiguousarray(picture16[:HEIGHT, left : left + WIDTH]))
