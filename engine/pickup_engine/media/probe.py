"""Measure a media file: `probe(path)`, or `python -m pickup_engine.media.probe PATH...`.

Frames are counted from the times of packets, never from duration times rate, and only the first
picture is decoded.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pickup.errors import PickupError
from pickup.protocol import Colour, MediaKind, MediaRef, encode
from pickup_engine.media import colour, failures, rates, sequences, streams

STILL_RATE = Fraction(24)
"""Stills and image sequences carry no rate; the timeline decides, this is only a default."""


def probe(path: str, rate: Fraction | None = None) -> MediaRef:
    """What `path` holds: a video file, a still, a printf pattern or a folder of numbered images.

    `rate` is used for image sequences and stills only. Raises MediaError: media.missing,
    media.permission, media.unreadable (corrupt or truncated), media.no_video.
    """
    sequence = sequences.find(path)
    if sequence is not None:
        first = _probe_image(sequences.file_of(sequence.pattern, sequence.first))
        return _replace(
            first,
            path=sequence.pattern,
            kind=MediaKind.SEQUENCE,
            frames=sequence.last - sequence.first + 1,
            rate=rate or STILL_RATE,
            first_number=sequence.first,
        )
    absolute = str(Path(path).absolute())
    if streams.is_image(absolute):
        return _replace(_probe_image(absolute), rate=rate or STILL_RATE)
    with streams.open_video(absolute) as container:
        return _probe_video(container, absolute)


def _replace(media: MediaRef, **changes: object) -> MediaRef:
    fields = {**media.__dict__, **changes}
    return MediaRef(**fields)


def _probe_image(path: str) -> MediaRef:
    with streams.open_video(path) as container:
        stream = streams.video_stream(container, path)
        frame = _first_frame(container, stream, path)
        return _describe(stream, frame, path, MediaKind.STILL, rates.Grid(STILL_RATE, 1, False))


def _probe_video(container: InputContainer, path: str) -> MediaRef:
    stream = streams.video_stream(container, path)
    frame = _first_frame(container, stream, path)
    base = stream.time_base or Fraction(1, 90_000)
    times, last_duration = _times(container, stream, path)
    grid = rates.fit(times, base, last_duration, (stream.average_rate, stream.base_rate))
    kind = MediaKind.STILL if grid.frames == 1 and _is_single(container) else MediaKind.VIDEO
    return _replace(
        _describe(stream, frame, path, kind, grid),
        timecode=_timecode(container, stream, grid.rate),
        has_audio=bool(container.streams.audio),
        variable_rate=grid.variable,
    )


def _is_single(container: InputContainer) -> bool:
    return container.format.name.endswith("_pipe") or container.format.name == "image2"


def _first_frame(container: InputContainer, stream: VideoStream, path: str) -> VideoFrame:
    with failures.decoding(path):
        for frame in container.decode(stream):
            return frame
    raise failures.truncated(path, "it holds no complete picture")


def _times(container: InputContainer, stream: VideoStream, path: str) -> tuple[list[int], int]:
    """Presentation times of all pictures, sorted, and the last one's duration (0 = unknown)."""
    entries = list(stream.index_entries)
    size = Path(path).stat().st_size
    if entries and "mov" in container.format.name:
        end = max(entry.pos + entry.size for entry in entries)
        if end > size:
            raise failures.truncated(path, f"{size} of at least {end} bytes are there")
        if stream.codec_context.name in streams.INTRA and len(entries) == stream.frames:
            return sorted({e.timestamp for e in entries if not e.is_discard}), 0
    times: dict[int, int] = {}
    with failures.decoding(path):
        container.seek(0)
        for packet in container.demux(stream):
            time = packet.pts if packet.pts is not None else packet.dts
            if packet.size and time is not None and not packet.is_discard:
                times[time] = packet.duration or 0
    if not times:
        raise failures.truncated(path, "it holds no complete picture")
    last = max(times)
    _check_complete(container, stream, last + times[last], path)
    return sorted(times), times[last]


def _check_complete(container: InputContainer, stream: VideoStream, end: int, path: str) -> None:
    """Matroska files say how long each stream should be; more than a second short is truncated."""
    text = stream.metadata.get("DURATION", "")
    parts = text.split(":")
    if "matroska" not in container.format.name or len(parts) != 3:
        return
    try:
        promised = int(parts[0]) * 3600 + int(parts[1]) * 60 + Fraction(parts[2])
    except ValueError:
        return
    reached = end * (stream.time_base or Fraction(1, 1000))
    if promised - reached > 1:
        raise failures.truncated(
            path, f"{float(reached):.1f} of {float(promised):.1f} seconds are there"
        )


def _timecode(container: InputContainer, stream: VideoStream, rate: Fraction) -> int:
    others = (other.metadata for other in container.streams if other is not stream)
    for metadata in (stream.metadata, *others, container.metadata):
        if text := metadata.get("timecode"):
            return rates.timecode_frames(text, rate)
    return 0


def _describe(
    stream: VideoStream, frame: VideoFrame, path: str, kind: MediaKind, grid: rates.Grid
) -> MediaRef:
    turned = streams.quarter_turns(frame) % 2 == 1
    width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
    bits = max((component.bits for component in frame.format.components), default=8)
    return MediaRef(
        path=path,
        kind=kind,
        frames=grid.frames,
        rate=grid.rate,
        width=width,
        height=height,
        pixel_aspect=streams.pixel_aspect(stream, turned),
        bit_depth=8 if frame.format.name == "pal8" else bits,
        colour=frame_colour(frame),
        interlaced=frame.interlaced_frame or stream.codec_context.field_order > 1,
        codec=stream.codec_context.codec.canonical_name,
    )


def frame_colour(frame: VideoFrame) -> Colour:
    """The colour of a decoded frame by its tags, with the untagged case decided."""
    name = frame.format.name
    full = frame.color_range == 2 or name.startswith("yuvj")
    rgb = streams.is_rgb(name)
    if name.startswith(("gray", "ya")):
        full = frame.color_range != 1
    return colour.tags(
        frame.color_primaries,
        frame.color_trc,
        frame.colorspace,
        full,
        frame.width,
        frame.height,
        rgb,
    )


def main(paths: list[str]) -> int:
    """Print one JSON line per path: a MediaRef, or {"error": {...}}; 1 where any failed."""
    failed = 0
    for path in paths:
        try:
            answer = encode(probe(path))
        except PickupError as error:
            answer = {"error": error.to_json()}
            failed = 1
        print(json.dumps(answer), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
