"""Cuts for the timeline tests, and an oracle that shares no code with what it checks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.protocol import (
    EditResult,
    MediaKind,
    MediaRef,
    Mode,
    Output,
    Proposal,
    Side,
    Take,
    frames_of,
)
from pickup.timeline import Document, find_clip, place, propose_extend

RATES = tuple(
    Fraction(text)
    for text in (
        *("24000/1001", "24", "25", "30000/1001", "50", "60000/1001"),
        *("25/2", "48000/1001", "15"),
    )
)
"""The rates of the brief, and odd ones."""

FrameMap = dict[int, tuple[str, int]]


def time(frames: float | Fraction, rate: Fraction) -> Any:
    return otio.opentime.RationalTime(float(frames), float(rate))


def span(start: float | Fraction, frames: float | Fraction, rate: Fraction) -> Any:
    return otio.opentime.TimeRange(time(start, rate), time(frames, rate))


@dataclass(frozen=True)
class Shot:
    """A clip to be: `frames` record frames of a file of `total` from file frame `first` on."""

    name: str
    frames: int
    first: int = 20
    total: int = 400
    timecode: int = 0
    media_rate: Fraction | None = None
    speed: float = 1.0


def media_of_shot(folder: Path, shot: Shot, rate: Fraction) -> MediaRef:
    """The probe of the shot's file, which is made empty: nothing here decodes it."""
    path = folder / f"{shot.name}.mov"
    path.touch()
    own = shot.media_rate or rate
    return MediaRef(str(path), MediaKind.VIDEO, shot.total, own, 1280, 720, timecode=shot.timecode)


def clip_of(folder: Path, shot: Shot, rate: Fraction) -> Any:
    media = media_of_shot(folder, shot, rate)
    reference = otio.schema.ExternalReference(
        media.path, span(shot.timecode, shot.total, media.rate)
    )
    source = otio.opentime.TimeRange(
        time(shot.timecode + shot.first, media.rate), time(shot.frames, rate)
    )
    clip = otio.schema.Clip(shot.name, reference, source)
    if shot.speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=shot.speed))
    return clip


def gap(frames: int, rate: Fraction) -> Any:
    return otio.schema.Gap(source_range=span(0, frames, rate))


def transition(before: int, after: int, rate: Fraction, name: str = "dissolve") -> Any:
    return otio.schema.Transition(name, "SMPTE_Dissolve", time(before, rate), time(after, rate))


Part = Shot | int | tuple[int, int]
"""A shot, a gap of so many frames, or a transition (before, after)."""


def make_timeline(
    folder: Path, rate: Fraction, video: Iterable[Iterable[Part]], audio: Iterable[Part] = ()
) -> Any:
    """Video tracks bottom first, then one audio track; 01:00:00:00 is the first frame."""
    timeline = otio.schema.Timeline("test", global_start_time=time(3600 * math.ceil(rate), rate))
    kinds = [(list(parts), otio.schema.TrackKind.Video) for parts in video]
    if audio:
        kinds.append((list(audio), otio.schema.TrackKind.Audio))
    for parts, kind in kinds:
        track = otio.schema.Track(kind[0], kind=kind)
        for part in parts:
            match part:
                case Shot():
                    track.append(clip_of(folder, part, rate))
                case int() if part:
                    track.append(gap(part, rate))
                case (before, after):
                    track.append(transition(before, after, rate))
        timeline.tracks.append(track)
    return timeline


def open_timeline(folder: Path, timeline: Any, name: str = "cut.otio") -> Document:
    """Save with OTIO's own writer and open the file."""
    path = folder / name
    otio.adapters.write_to_file(timeline, str(path))
    return Document.open(path)


def frame_map(track: Any, rate: Fraction) -> FrameMap:
    """Record frame -> (file, 0-based media frame), from the OTIO objects alone."""
    shown: FrameMap = {}
    at = 0
    for item in track:
        if isinstance(item, otio.schema.Transition):
            continue
        duration = item.source_range.duration
        assert abs(Fraction(duration.rate) - rate) < Fraction(1, 1000), item.name
        frames = round(duration.value)
        assert frames == duration.value and frames > 0, item.name
        if isinstance(item, otio.schema.Clip):
            url, first, step = _media_frames(item, rate)
            shown |= {at + k: (url, math.floor(first + k * step)) for k in range(frames)}
        at += frames
    return shown


def _media_frames(clip: Any, rate: Fraction) -> tuple[str, Fraction, Fraction]:
    """File, media frame of the first record frame, media frames per record frame."""
    reference = clip.media_reference
    start = clip.source_range.start_time
    media_rate = Fraction(start.rate).limit_denominator(1001)
    speed = Fraction(1)
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= Fraction(effect.time_scalar).limit_denominator(1000)
    zero = reference.available_range.start_time.value if reference.available_range else 0
    first = Fraction(start.value - zero).limit_denominator(1_000_000)
    return reference.target_url, first, speed * media_rate / rate


def maps(document: Document) -> list[FrameMap]:
    return [frame_map(track, document.rate) for track in document.timeline.tracks]


def text_of(document: Document) -> str:
    return str(document.timeline.to_json_string())


def assert_files_hold_all(document: Document) -> None:
    """Every clip made by Pickup shows only frames that its reference has, by OTIO's own ranges."""
    for track in document.timeline.tracks:
        for item in track:
            if isinstance(item, otio.schema.Clip) and "placement" in item.metadata.get(
                "pickup", {}
            ):
                available = item.media_reference.available_range
                source = item.source_range
                assert source.start_time >= available.start_time, item.name
                if not len(item.effects):
                    late = source.end_time_exclusive() - available.end_time_exclusive()
                    assert late.to_seconds() < 1e-6, item.name


def take_for(folder: Path, proposal: Proposal, job: str = "job-0001", index: int = 0) -> Take:
    """What the engine would have made: an (empty) file of the right length."""
    request = proposal.request
    assert request is not None
    source, frames = request.source, frames_of(request)
    path = folder / f"{request.output.name}.{job}.t{index + 1}.mov"
    path.touch()
    media = replace(source.media, path=str(path), frames=frames, rate=source.rate, timecode=0)
    return Take(job, index, media, "", seed=1, learned=False, draft=True)


@dataclass(frozen=True)
class Extended:
    proposal: Proposal
    result: EditResult


def propose(
    document: Document, folder: Path, shot: Shot, side: Side, frames: int, mode: Mode
) -> Proposal:
    media = media_of_shot(folder, shot, document.rate)
    item = find_clip(document, shot.name)
    output = Output(str(folder), "out")
    return propose_extend(
        document, item, side=side, frames=frames, media=media, output=output, mode=mode
    )


def extend(
    document: Document, folder: Path, shot: Shot, side: Side, frames: int, mode: Mode
) -> Extended:
    """Plan, pretend that the engine made the take, and place it."""
    proposal = propose(document, folder, shot, side, frames, mode)
    take = take_for(folder, proposal) if proposal.request else None
    media = media_of_shot(folder, shot, document.rate)
    return Extended(proposal, place(document, proposal.placement, take, media=media))
