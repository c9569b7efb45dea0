"""Reads MLT XML (melt, Shotcut): OpenTimelineIO's own adapter can only write it.

Times are frames or clocks at the profile's rate; `in` and `out` are both shown. What this reader
does not know (a dissolve that is no plain one, a nested tractor) becomes an offline item of the
right length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.rates import rate_of, rational

_STILLS: Final = ("qimage", "pixbuf")
_COLOURS: Final = ("color", "colour")
_BACKGROUND: Final = "background"
_DEFAULT: Final = Fraction(25)


@dataclass(frozen=True)
class _Mix:
    """The second side of a dissolve: its first frame and how long the dissolve is."""

    producer: Element | None
    first: int
    frames: int


@dataclass
class _Reader:
    root: Element
    path: Path
    rate: Fraction
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by_id = {e.get("id"): e for e in self.root.iter() if e.get("id")}

    def frames(self, text: str | None) -> int | None:
        """A time in frames: `75`, `00:00:03.000` or `00:00:03:00`; None where there is none.

        OpenTimelineIO's own writer of MLT spells frames `75.0`.
        """
        if text is None or not text.strip():
            return None
        if count := re.fullmatch(r"(-?\d+)(?:\.0*)?", text.strip()):
            return int(count[1])
        match = re.fullmatch(r"(?:(\d+):)?(\d+):(\d+)(?:([.,:;])(\d+))?", text.strip())
        if match is None:
            raise ValueError(f"the time {text}")
        hours, minutes, seconds, sign, rest = match.groups()
        whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        if sign in (":", ";"):
            return whole * round(self.rate) + int(rest)
        return round((whole + Fraction(f"0.{rest or 0}")) * self.rate)

    def timeline(self) -> Any:
        timeline = otio.schema.Timeline(self.root.get("title") or self.path.stem)
        for number, (playlist, kind, shown) in enumerate(self.tracks()):
            name = _property(playlist, "shotcut:name") or playlist.get("id") or str(number)
            track = otio.schema.Track(name, kind=kind)
            track.enabled = shown
            self.fill(track, playlist)
            timeline.tracks.append(track)
        filters = sum(1 for _ in self.root.iter("filter"))
        if filters:
            self.notes.append(f"{filters} filter{'s' if filters > 1 else ''} could not be read.")
        return timeline

    def tracks(self) -> list[tuple[Element, str, bool]]:
        """(playlist, kind, enabled) of each track of the main tractor, or the last playlist."""
        named = self.by_id.get(self.root.get("producer") or "")
        main = named if named is not None and named.tag == "tractor" else None
        tractors = self.root.findall("tractor")
        main = tractors[-1] if main is None and tractors else main
        if main is None:
            playlists = self.root.findall("playlist")[-1:]
            return [(p, otio.schema.TrackKind.Video, True) for p in playlists]
        found = []
        for track in main.iter("track"):
            name = track.get("producer") or ""
            playlist = self.by_id.get(name)
            if name == _BACKGROUND or self.is_colour(playlist):
                continue
            if playlist is None or playlist.tag != "playlist":
                raise ValueError(f'the track "{name}" is no playlist')
            hide = track.get("hide", "")
            audio = _property(playlist, "shotcut:audio") == "1" or (
                hide == "video" and _property(playlist, "shotcut:video") != "1"
            )
            kind = otio.schema.TrackKind.Audio if audio else otio.schema.TrackKind.Video
            found.append((playlist, kind, hide != "both"))
        return found

    def is_colour(self, producer: Element | None) -> bool:
        """Whether a track is nothing but a colour under all others."""
        return producer is not None and _property(producer, "mlt_service") in _COLOURS

    def fill(self, track: Any, playlist: Element) -> None:
        """Add the parts of a playlist. `mix` is the dissolve that waits for its second clip."""
        mix: _Mix | None = None
        for part in playlist:
            if part.tag not in ("blank", "entry"):
                continue
            producer = self.by_id.get(part.get("producer") or "")
            if mix is not None and part.tag == "entry" and self.continues(mix, part, producer):
                self.dissolve(track, mix)
                self.append(track, producer, mix.first, self.span(part, producer)[1])
                mix = None
                continue
            if mix is not None:
                self.dissolve(track, mix)
                self.append(track, mix.producer, mix.first, mix.first + mix.frames - 1)
                mix = None
            if part.tag == "blank":
                if frames := self.frames(part.get("length")):
                    track.append(otio.schema.Gap(duration=rational(frames, self.rate)))
                continue
            mix = self.mix(track, producer)
            if mix is None:
                self.append(track, producer, *self.span(part, producer))
        if mix is not None:
            self.dissolve(track, mix)
            self.append(track, mix.producer, mix.first, mix.first + mix.frames - 1)

    def mix(self, track: Any, tractor: Element | None) -> _Mix | None:
        """The dissolve of Shotcut that `tractor` is, if it goes on from the track's last clip."""
        if tractor is None or tractor.tag != "tractor" or tractor.find("transition") is None:
            return None
        sides = list(tractor.iter("track"))
        if len(sides) != 2 or not len(track) or not isinstance(track[-1], otio.schema.Clip):
            return None
        out, into = (self.by_id.get(side.get("producer") or "") for side in sides)
        begin, end = self.frames(sides[1].get("in")), self.frames(sides[1].get("out"))
        after = self.frames(sides[0].get("in"))
        before = track[-1]
        url = getattr(before.media_reference, "target_url", None)
        shown = before.source_range.end_time_exclusive().value
        if begin is None or end is None or len(before.effects) or self.speed(out) != 1:
            return None
        if after != shown or url is None or self.resource(out) != url:
            return None
        return _Mix(into, begin, end - begin + 1)

    def continues(self, mix: _Mix, entry: Element, producer: Element | None) -> bool:
        """Whether an entry shows on what the dissolve before it brought in."""
        same = self.resource(mix.producer) == self.resource(producer)
        same = same and self.speed(mix.producer) == self.speed(producer)
        return same and self.span(entry, producer)[0] == mix.first + mix.frames

    def dissolve(self, track: Any, mix: _Mix) -> None:
        """A dissolve lies wholly on its second clip, as in an EDL: the cut is where it begins."""
        zero, length = rational(0, self.rate), rational(mix.frames, self.rate)
        track.append(otio.schema.Transition("dissolve", "SMPTE_Dissolve", zero, length))

    def append(self, track: Any, producer: Element | None, first: int, last: int) -> None:
        """Add a clip of the frames `first` to `last` of a producer, both shown."""
        clip = otio.schema.Clip(self.name(producer), self.reference(producer))
        speed = self.speed(producer)
        if speed is None:
            clip.effects.append(otio.schema.TimeEffect("retime", "timewarp"))
        elif speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(speed)))
        clip.source_range = otio.opentime.TimeRange(
            rational(first * (speed or 1), self.rate), rational(last - first + 1, self.rate)
        )
        track.append(clip)

    def span(self, entry: Element, producer: Element | None) -> tuple[int, int]:
        own = producer if producer is not None else Element("producer")
        first = self.frames(entry.get("in") or own.get("in")) or 0
        last = self.frames(entry.get("out") or own.get("out"))
        if last is None:
            length = self.frames(_property(own, "length"))
            if length is None:
                raise ValueError(f'the length of "{entry.get("producer")}"')
            last = length - 1
        return first, last

    def speed(self, producer: Element | None) -> Fraction | None:
        """The speed of a retimed producer, 1 for others; None where it runs backwards."""
        if producer is None or _property(producer, "mlt_service") != "timewarp":
            return Fraction(1)
        speed = Fraction(_property(producer, "warp_speed") or "1").limit_denominator(100_000)
        return speed if speed > 0 else None

    def resource(self, producer: Element | None) -> str:
        """The media path; one that is relative counts from the file's own folder where it is there,
        else from the folder that the file names."""
        if producer is None:
            return ""
        service = _property(producer, "mlt_service")
        text = _property(producer, "warp_resource" if service == "timewarp" else "resource")
        base = self.root.get("root") or ""
        if not text or text.startswith(("/", "<")) or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
            return text
        return text if not base or (self.path.parent / text).exists() else f"{base}/{text}"

    def name(self, producer: Element | None) -> str:
        if producer is None:
            return ""
        caption = _property(producer, "shotcut:caption")
        file = self.resource(producer).replace("\\", "/").rpartition("/")[2]
        return caption or file or producer.get("id") or ""

    def reference(self, producer: Element | None) -> Any:
        service = _property(producer, "mlt_service") if producer is not None else ""
        resource = self.resource(producer)
        if producer is None or producer.tag == "tractor" or not resource:
            return otio.schema.MissingReference()
        if service in (*_COLOURS, "noise", "count"):
            return otio.schema.GeneratorReference(resource, service)
        reference = otio.schema.ExternalReference(resource)
        length = self.frames(_property(producer, "length"))
        if length and service not in _STILLS:
            speed = self.speed(producer) or 1
            reference.available_range = otio.opentime.TimeRange(
                rational(0, self.rate), rational(int(length * speed), self.rate)
            )
        return reference


def _property(element: Element, name: str) -> str:
    return element.findtext(f"property[@name='{name}']") or ""


def read_mlt(root: Element, path: Path) -> tuple[Any, tuple[str, ...]]:
    """The timeline in MLT XML, and sentences about what was not read.

    Raises ValueError that names what is not understood, TimelineError where it is no timeline.
    """
    if root.tag != "mlt":
        raise TimelineError(
            f"{path.name} is XML, but no MLT project (it begins with <{root.tag}>).",
            "Export the timeline again, or as .otio.",
            code="timeline.no_timeline",
        )
    profile = root.find("profile")
    notes = []
    if profile is None:
        rate = _DEFAULT
        notes.append(f"It does not state its rate; it was read at {rate} frames a second.")
    else:
        below = int(profile.get("frame_rate_den") or 1)
        rate = rate_of(int(profile.get("frame_rate_num") or 0) / max(1, below))
    reader = _Reader(root, path, rate, notes)
    return reader.timeline(), tuple(reader.notes)
