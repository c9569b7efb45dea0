"""Synthetic media for cuts whose files are elsewhere: made of what the timeline says of each clip.

Nothing is decoded: a stand-in is a probe result, and an empty file where a path must exist.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Final

import opentimelineio as otio

from pickup.protocol import MediaKind, MediaRef
from pickup.timeline import Document
from pickup.timeline.files.relink import with_absolute_media
from pickup.timeline.urls import reference_path
from support.oracle import exact_rate
from support.timeline import span

HANDLE: Final = 10
"""Unused frames on either side of a clip whose file the timeline says nothing of."""


def with_media(document: Document) -> Document:
    """The same cut with absolute paths, and a file linked to every clip of pictures without one."""
    timeline = with_absolute_media(document.timeline.clone(), document.folder)
    for track in timeline.tracks:
        for item in track:
            if isinstance(item, otio.schema.Clip) and _is_offline(item, document.folder):
                start, frames, rate = _shown(item)
                first = math.floor(start) - HANDLE
                available = item.media_reference.available_range
                item.media_reference = otio.schema.ExternalReference(
                    f"/stand-ins/{item.name or 'unnamed'}.mov".replace("\n", " "),
                    available or span(first, frames + 2 * HANDLE, rate),
                )
    return Document(timeline, document.path)


def probe_of(document: Document, clip: Any) -> MediaRef:
    """A file that holds what its reference says, and all that the clip shows."""
    if not isinstance(clip, otio.schema.Clip):
        return MediaRef("/stand-ins/compound.mov", MediaKind.VIDEO, 1, document.rate, 1920, 1080)
    reference = clip.media_reference
    path = reference_path(reference, document.folder) or ""
    start, frames, rate = _shown(clip)
    low, high = math.floor(start), math.floor(start) + frames + 1
    kind = MediaKind.VIDEO
    if isinstance(reference, otio.schema.ImageSequenceReference):
        kind = MediaKind.SEQUENCE
    if (available := reference.available_range) is not None:
        rate = exact_rate(available.start_time.rate)
        first, length = (
            round(time.rescaled_to(available.start_time.rate).value)
            for time in (available.start_time, available.duration)
        )
        if length == 1:
            return MediaRef(path, MediaKind.STILL, 1, rate, 1920, 1080)
        low, high = min(low, first), max(high, first + length)
    else:
        low, high = _used(document, path)
    return MediaRef(path, kind, high - low, rate, 1920, 1080, timecode=max(0, low))


def _used(document: Document, path: str) -> tuple[int, int]:
    """What all clips of a file show of it: the probes of a file must agree on where it begins."""
    spans = [
        (math.floor(start), math.floor(start) + frames + 1)
        for clip in list(document.timeline.find_clips())
        if clip.source_range is not None
        and reference_path(clip.media_reference, document.folder) == path
        for start, frames, _ in [_shown(clip)]
    ]
    return min(first for first, _ in spans), max(end for _, end in spans)


def _is_offline(clip: Any, folder: str) -> bool:
    reference = clip.media_reference
    if isinstance(reference, otio.schema.GeneratorReference):
        return False
    return not reference_path(reference, folder)


def _shown(clip: Any) -> tuple[float, int, Fraction]:
    """First media frame, media frames that are shown, and their rate; in the media's own count."""
    time = clip.source_range
    available = clip.media_reference.available_range
    own = time.start_time if available is None else available.start_time
    speed = 1.0
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= abs(effect.time_scalar)
    seconds = time.duration.value / float(exact_rate(time.duration.rate))
    rate = exact_rate(own.rate)
    same = exact_rate(time.start_time.rate) == rate
    start = time.start_time.value if same else time.start_time.to_seconds() * float(rate)
    return start, math.ceil(seconds * float(rate) * speed - 1e-6), rate
