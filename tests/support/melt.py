"""Rendering a timeline with melt, which knows nothing of OpenTimelineIO or of Pickup.

The writer below translates what OTIO objects say into MLT's own words with the plainest reading of
the format, and shares no code with what it checks.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import av
import opentimelineio as otio
import pytest
from av.video.stream import VideoStream

from support.burnt import HEIGHT, WIDTH, Grey, read_film

_SECONDS: Final = 30
_TRIES: Final = 3
_LONG: Final = 1000
"""Where a black picture that stands for a gap begins: a fade needs some of it on either side."""
needs_melt = pytest.mark.skipif(
    shutil.which("melt") is None,
    reason="melt, the independent renderer, is not installed (Debian package `melt`)",
)


def render(timeline: Any, rate: Fraction, folder: Path, name: str = "film") -> list[Grey]:
    """The picture that melt shows at each record frame of the video tracks."""
    tracks = [list(track) for track in timeline.tracks if track.kind == "Video"]
    frames = max(sum(_frames(item, rate) for item in track) for track in tracks)
    project, film = folder / f"{name}.mlt", folder / f"{name}.mkv"
    _Project(rate, tracks, frames).write(project)
    command = [
        *("melt", f"xml:{project}", "in=0", f"out={frames - 1}"),
        *("-consumer", f"avformat:{film}", "vcodec=ffv1", "f=matroska", "an=1", "real_time=-1"),
    ]
    shown = _rendered(command, film)
    assert len(shown) == frames
    return shown


def _rendered(command: list[str], film: Path) -> list[Grey]:
    """Run melt, again where it failed: it has been seen to hang, once in about 70 runs, and on a
    busy machine to end well with a film that nobody can read."""
    for attempt in range(1, _TRIES + 1):
        film.unlink(missing_ok=True)
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
            return read_film(film)
        except (subprocess.TimeoutExpired, av.error.InvalidDataError, FileNotFoundError):
            if attempt == _TRIES:
                raise
    raise AssertionError("the last try raises")


def _frames(item: Any, rate: Fraction) -> int:
    if isinstance(item, otio.schema.Transition):
        return 0
    return _whole(item.source_range.duration, rate)


def _whole(time: Any, rate: Fraction) -> int:
    assert abs(Fraction(time.rate) - rate) < Fraction(1, 1000), time
    assert time.value == round(time.value), time
    return round(time.value)


class _Project:
    """An MLT project: a black track, then one playlist a track, each composed over those below."""

    def __init__(self, rate: Fraction, tracks: list[list[Any]], frames: int) -> None:
        self._rate = rate
        self._names = 0
        self._root = ET.Element("mlt", LC_NUMERIC="C", producer="main")
        self._profile()
        black = self._service("producer", mlt_service="color", resource="black")
        below = ET.SubElement(self._root, "playlist", id="below")
        _span(below, "entry", black, 0, frames)
        main = ET.Element("tractor", id="main")
        ET.SubElement(main, "track", producer="below")
        for items in tracks:
            ET.SubElement(main, "track", producer=self._track(items))
        for number in range(1, len(tracks) + 1):
            over = ET.SubElement(main, "transition")
            _properties(over, mlt_service="composite", a_track=0, b_track=number, always_active=1)
        self._root.append(main)

    def write(self, path: Path) -> None:
        ET.ElementTree(self._root).write(path, encoding="utf-8", xml_declaration=True)

    def _profile(self) -> None:
        values = {"width": WIDTH, "height": HEIGHT, "progressive": 1, "colorspace": 709}
        values |= {"sample_aspect_num": 1, "sample_aspect_den": 1}
        values |= {"display_aspect_num": WIDTH, "display_aspect_den": HEIGHT}
        values |= {"frame_rate_num": self._rate.numerator, "frame_rate_den": self._rate.denominator}
        ET.SubElement(self._root, "profile", {key: str(value) for key, value in values.items()})

    def _service(self, kind: str, **values: object) -> str:
        self._names += 1
        name = f"{kind}{self._names}"
        _properties(ET.SubElement(self._root, kind, id=name), **values)
        return name

    def _track(self, items: list[Any]) -> str:
        """Write a track as a playlist; a transition takes its frames from both its neighbours."""
        playlist = ET.Element("playlist", id=f"track{self._names}")
        taken = 0
        for k, item in enumerate(items):
            if isinstance(item, otio.schema.Transition):
                before, after = (
                    _whole(time, self._rate) for time in (item.in_offset, item.out_offset)
                )
                mix = self._mix(items[k - 1], items[k + 1], before, after)
                _span(playlist, "entry", mix, 0, before + after)
                taken = after
                continue
            follows = items[k + 1] if k + 1 < len(items) else None
            frames = _frames(item, self._rate) - taken
            if isinstance(follows, otio.schema.Transition):
                frames -= _whole(follows.in_offset, self._rate)
            if isinstance(item, otio.schema.Clip):
                producer, first = self._clip(item)
                _span(playlist, "entry", producer, first + taken, frames)
            else:
                ET.SubElement(playlist, "blank", length=str(frames))
            taken = 0
        self._root.append(playlist)
        return str(playlist.get("id"))

    def _mix(self, left: Any, right: Any, before: int, after: int) -> str:
        """A dissolve: `left` goes on past its end, `right` begins before its start."""
        self._names += 1
        mix = ET.Element("tractor", id=f"mix{self._names}")
        producer, first = self._clip(left)
        start = first + _frames(left, self._rate) - before
        _span(mix, "track", producer, start, before + after)
        producer, first = self._clip(right)
        _span(mix, "track", producer, first - before, before + after)
        luma = ET.SubElement(mix, "transition", {"in": "0", "out": str(before + after - 1)})
        _properties(luma, mlt_service="luma", a_track=0, b_track=1)
        self._root.append(mix)
        return str(mix.get("id"))

    def _clip(self, clip: Any) -> tuple[str, int]:
        """Write the clip's file as a producer; with its in-point in record frames of that."""
        if isinstance(clip, otio.schema.Gap):
            return self._service("producer", mlt_service="color", resource="black"), _LONG
        reference, start = clip.media_reference, clip.source_range.start_time
        speed = Fraction(1)
        for effect in clip.effects:
            assert isinstance(effect, otio.schema.LinearTimeWarp), "the writer knows no more"
            speed *= Fraction(effect.time_scalar).limit_denominator(1000)
        if isinstance(reference, otio.schema.ImageSequenceReference):
            zero = Fraction(reference.available_range.start_time.value)
            counted = self._rate
        else:
            path = Path(unquote(urlsplit(reference.target_url).path))
            zero, counted = _timecode(path)
        assert abs(Fraction(start.rate) - counted) < Fraction(1, 1000), "counted in another rate"
        frames = Fraction(start.value).limit_denominator(10_000) - zero
        first = frames / counted * self._rate / speed
        assert first.denominator == 1, f"{clip.name} begins between two frames of melt: {first}"
        if isinstance(reference, otio.schema.ImageSequenceReference):
            return self._sequence(reference), int(first)
        resource = _with_alpha_of_8_bits(path)
        if speed == 1:
            return self._service("producer", mlt_service="avformat", resource=resource), int(first)
        warped = f"{float(speed)}:{resource}"
        return self._service("producer", mlt_service="timewarp", resource=warped), int(first)

    def _sequence(self, reference: Any) -> str:
        folder = unquote(urlsplit(reference.target_url_base).path)
        number = f"%0{reference.frame_zero_padding}d"
        name = f"{reference.name_prefix}{number}{reference.name_suffix}"
        begin = reference.start_frame
        length = round(reference.available_range.duration.value)
        resource = f"{Path(folder) / name}?begin={begin}"
        return self._service(
            "producer", mlt_service="pixbuf", resource=resource, ttl=1, length=length
        )


def _timecode(path: Path) -> tuple[Fraction, Fraction]:
    """(number of a file's first frame, as hosts read it from the file itself; its rate)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None, path
        rate = Fraction(stream.average_rate)
        text = stream.metadata.get("timecode") or container.metadata.get("timecode") or "0:0:0:0"
    hours, minutes, seconds, frames = map(int, text.split(":"))
    return Fraction((hours * 3600 + minutes * 60 + seconds) * math.ceil(rate) + frames), rate


def _with_alpha_of_8_bits(path: Path) -> str:
    """Melt 7.12 takes a file whose alpha has more than 8 bits for opaque: another file with the
    same pictures stands in for it."""
    with av.open(str(path)) as container:
        shape = container.streams.video[0].codec_context.format
        if shape is None or not (shape.name.startswith("yuva") and shape.components[3].bits > 8):
            return str(path)
        other = path.with_name(f"{path.stem} 8 bits.mov")
        with av.open(str(other), "w") as copy:
            stream = copy.add_stream("png", rate=container.streams.video[0].average_rate)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgba"
            for k, frame in enumerate(container.decode(video=0)):
                picture = av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgba"), "rgba")
                picture.pts = k
                copy.mux(stream.encode(picture))
            copy.mux(stream.encode(None))
    return str(other)


def _span(parent: ET.Element, kind: str, producer: str, first: int, frames: int) -> None:
    last = first + frames - 1
    ET.SubElement(parent, kind, {"producer": producer, "in": str(first), "out": str(last)})


def _properties(element: ET.Element, **values: object) -> None:
    for key, value in values.items():
        ET.SubElement(element, "property", name=key).text = str(value)
