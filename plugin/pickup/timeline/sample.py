"""A demo cut from given files: what the first start shows, and what tests edit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol import MediaRef
from pickup.protocol.timecode import base_of
from pickup.timeline.edits.tracks import new_gap
from pickup.timeline.files.saving import write_whole
from pickup.timeline.rates import rational, time_range
from pickup.timeline.urls import target_url

START_SECONDS = 3600


def sample_timeline(folder: str | Path, clips: Sequence[MediaRef], audio: bool = True) -> Path:
    """Write `sample.otio` into `folder` and return its path.

    V1 holds the clips in order, each with a quarter of its frames unused at either end (at most
    12), and a gap of two seconds after the first. `audio` adds a track with the sound of clips that
    have it. The rate is that of the first clip, the start timecode 01:00:00:00. Raises
    TimelineError where a clip is too short to be cut, StorageError where nothing can be written.
    """
    if not clips:
        raise TimelineError("A sample cut needs at least one clip.", code="timeline.sample")
    rate = clips[0].rate
    timeline = otio.schema.Timeline(
        "Pickup sample", global_start_time=rational(START_SECONDS * base_of(rate), rate)
    )
    video = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    sound = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
    for number, media in enumerate(clips, 1):
        clip = _clip(f"shot {number}", media, rate)
        video.append(clip)
        frames = int(clip.source_range.duration.value)
        sound.append(clip.clone() if media.has_audio else new_gap(frames, rate))
        if number == 1:
            video.append(new_gap(round(2 * rate), rate))
            sound.append(new_gap(round(2 * rate), rate))
    timeline.tracks.append(video)
    if audio and any(media.has_audio for media in clips):
        timeline.tracks.append(sound)
    path = Path(folder).absolute() / "sample.otio"
    write_whole(path, timeline.to_json_string(indent=4))
    return path


def _clip(name: str, media: MediaRef, rate: Any) -> Any:
    handle = min(12, media.frames // 4)
    frames = int((media.frames - 2 * handle) * rate / media.rate)
    if frames < 1:
        raise TimelineError(
            f"{media.path} is too short for a sample cut.",
            "Use a file of a few frames or more.",
            code="timeline.sample",
        )
    reference = otio.schema.ExternalReference(
        target_url(media.path), time_range(media.timecode, media.frames, media.rate, media.rate)
    )
    reference.name = Path(media.path).name
    return otio.schema.Clip(
        name, reference, time_range(media.timecode + handle, frames, media.rate, rate)
    )
