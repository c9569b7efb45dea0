"""Cuts of every construct that an editor hands over, drawn by Hypothesis."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
from hypothesis import strategies as st

from pickup.protocol import MediaKind, MediaRef
from support.timeline import gap, span, time

RATES = tuple(map(Fraction, ("24", "24000/1001", "25", "30000/1001", "30", "50", "25/2")))
SPELLINGS = {Fraction(24000, 1001): (23.976, 23.98, 23.976024627685547)}
SPEEDS = tuple(map(Fraction, ("1", "1", "1", "1/2", "2", "3/4", "5/4", "13/10", "3/10")))
ODD = ("plain",) * 9 + (
    *("freeze", "reverse", "ramp", "still", "sequence", "compound"),
    *("missing", "generator", "off", "no range", "timecode from zero", "warp off", "remap"),
    "variable",
)


@dataclass
class AnyCut:
    """A timeline, its rate, and the probes of its files by path."""

    timeline: Any
    rate: Fraction
    media: dict[str, MediaRef] = field(default_factory=dict)


@st.composite
def any_cut(draw: st.DrawFn, folder: Path) -> AnyCut:
    """Up to three tracks of picture and one of sound, each of clips, gaps and transitions; the
    sound may be that of the lowest pictures."""
    rate = draw(st.sampled_from(RATES))
    start = draw(st.sampled_from((0, 3600 * math.ceil(rate))))
    cut = AnyCut(otio.schema.Timeline("any", global_start_time=time(start, rate)), rate)
    kinds = ["Video"] * draw(st.integers(1, 3))
    sound = draw(st.sampled_from(("none", "other", "its own", "its own")))
    kinds += ["Audio"] * (sound == "other")
    for number, kind in enumerate(kinds):
        track = otio.schema.Track(f"{kind} {number}", kind=kind)
        track.enabled = draw(st.integers(0, 9)) > 0
        for place in range(draw(st.integers(1, 5))):
            track.append(_item(draw, cut, folder, f"t{number}i{place}"))
        _join(draw, track, rate)
        cut.timeline.tracks.append(track)
    if sound == "its own":
        cut.timeline.tracks.append(_sound_of(draw, cut.timeline.tracks[0], rate))
    for at in draw(st.lists(st.integers(0, 60), max_size=2)):
        marker = otio.schema.Marker("note", span(at, 1, rate))
        cut.timeline.tracks.markers.append(marker)
    return cut


def _item(draw: st.DrawFn, cut: AnyCut, folder: Path, name: str) -> Any:
    frames = draw(st.sampled_from([10, 10, 10, 11, 20, 20, *range(1, 31)]))
    if draw(st.integers(0, 3)) == 0:
        return gap(frames, cut.rate)
    odd = draw(st.sampled_from(ODD))
    if odd == "compound":
        inner = otio.schema.Track("in", kind="Video")
        inner.append(otio.schema.Gap(source_range=span(0, frames + 9, cut.rate)))
        return otio.schema.Stack(name, [inner], source_range=span(3, frames, cut.rate))
    clip = _clip(draw, cut, folder, name, frames, odd)
    if draw(st.integers(0, 4)) == 0:
        clip.effects.append(otio.schema.Effect(name="blur", effect_name="Blur"))
    if draw(st.integers(0, 4)) == 0:
        begin = clip.source_range.start_time
        clip.markers.append(
            otio.schema.Marker("m", otio.opentime.TimeRange(begin, otio.opentime.RationalTime(1)))
        )
    return clip


def _clip(draw: st.DrawFn, cut: AnyCut, folder: Path, name: str, frames: int, odd: str) -> Any:
    rate = cut.rate
    own = draw(st.sampled_from((rate, rate, rate, *RATES)))
    speed = Fraction(1) if odd == "sequence" else draw(st.sampled_from(SPEEDS))
    speed = {"freeze": Fraction(0), "reverse": -speed, "still": Fraction(1)}.get(odd, speed)
    parts = (0, 0, 0, Fraction(2, 5), Fraction(99, 100))
    first = draw(st.integers(0, 12)) + draw(st.sampled_from(parts))
    length = abs(speed) * frames * own / rate
    total = math.ceil(first + length) + draw(st.integers(0, 12))
    total = 1 if odd == "still" else max(total, 2)
    timecode = 0 if odd == "timecode from zero" else draw(st.sampled_from((0, 86400, 2_589_408)))
    spelled = draw(st.sampled_from((float(own), *SPELLINGS.get(own, ()))))
    path = folder / f"{name}.mov"
    kind = MediaKind.STILL if odd == "still" else MediaKind.VIDEO
    probe = MediaRef(str(path), kind, total, own, 640, 360, timecode=timecode)
    probe = replace(probe, variable_rate=odd == "variable", has_audio=kind is MediaKind.VIDEO)
    if odd == "timecode from zero":
        probe = MediaRef(str(path), kind, total, own, 640, 360, timecode=86400)
    reference = _reference(odd, probe, otio.opentime.TimeRange(
        otio.opentime.RationalTime(timecode, spelled), otio.opentime.RationalTime(total, spelled)
    ))  # fmt: skip
    if odd == "sequence":
        file = str(path.with_name(f"{name}.%04d.png"))
        probe = MediaRef(file, MediaKind.SEQUENCE, total, own, 640, 360)
    cut.media[probe.path] = probe
    if draw(st.integers(0, 5)) == 0:
        duration = otio.opentime.RationalTime(frames + 0.004, float(rate))
    elif draw(st.integers(0, 5)) == 0:
        duration = otio.opentime.RationalTime(float(Fraction(frames) * own / rate), spelled)
    else:
        duration = time(frames, rate)
    begin = otio.opentime.RationalTime(float(timecode + (0 if odd == "still" else first)), spelled)
    clip = otio.schema.Clip(name, reference, otio.opentime.TimeRange(begin, duration))
    clip.enabled = odd != "off"
    if odd == "ramp":
        clip.effects.append(otio.schema.TimeEffect(name="ramp", effect_name="ramp"))
    elif speed == 0:
        clip.effects.append(otio.schema.FreezeFrame())
    elif speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(speed)))
    elif odd == "warp off":
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=3))
        clip.effects[0].enabled = False
    elif odd == "remap":
        remap = otio.schema.Effect(metadata={"fcp_xml": {"effectid": "timeremap"}})
        clip.effects.append(remap)
    return clip


def _reference(odd: str, probe: MediaRef, available: Any) -> Any:
    match odd:
        case "missing":
            return otio.schema.MissingReference(name="lost")
        case "generator":
            return otio.schema.GeneratorReference("bars", "SMPTEBars", available)
        case "sequence":
            name = Path(probe.path)
            return otio.schema.ImageSequenceReference(
                f"{name.parent}/", f"{name.stem}.", ".png", start_frame=1001,
                frame_zero_padding=4, rate=available.duration.rate, available_range=available,
            )  # fmt: skip
    shown = None if odd == "no range" else available
    return otio.schema.ExternalReference(probe.path, shown)


def _sound_of(draw: st.DrawFn, pictures: Any, rate: Fraction) -> Any:
    """The sound of a track's pictures, from the same files; some cuts are J or L cuts."""
    track = otio.schema.Track("sound", kind="Audio")
    for item in pictures:
        if isinstance(item, otio.schema.Transition):
            continue
        own = getattr(item, "media_reference", None)
        if isinstance(own, otio.schema.ExternalReference) and draw(st.integers(0, 5)):
            track.append(item.clone())
            track[-1].markers.clear()
        else:
            track.append(otio.schema.Gap(source_range=_whole_range(item, rate)))
    for child in range(len(track) - 1):
        before, after = track[child], track[child + 1]
        by = draw(st.sampled_from((0, 0, -3, -1, 2)))
        if by and _can_slide(before, by, rate) and _can_slide(after, -by, rate):
            before.source_range = _moved(before.source_range, 0, by, rate)
            after.source_range = _moved(after.source_range, by, -by, rate)
    return track


def _whole_range(item: Any, rate: Fraction) -> Any:
    return otio.opentime.TimeRange(time(0, rate), item.source_range.duration)


def _can_slide(item: Any, longer: int, rate: Fraction) -> bool:
    """Whether an end of a sound can be moved by whole frames and shows what lies there."""
    times = item.source_range
    if isinstance(item, otio.schema.Gap):
        return False
    steady = {times.start_time.rate, times.duration.rate} == {float(rate)}
    whole = times.duration.value == round(times.duration.value)
    return steady and whole and not item.effects and times.duration.value + longer >= 4


def _moved(times: Any, later: int, longer: int, rate: Fraction) -> Any:
    return otio.opentime.TimeRange(
        times.start_time + time(later, rate), times.duration + time(longer, rate)
    )


def _join(draw: st.DrawFn, track: Any, rate: Fraction) -> None:
    """Put transitions and fades in, none of them longer than what it lies over."""
    items = list(track)
    free = [math.floor(item.source_range.duration.to_seconds() * float(rate)) for item in items]
    child = 0
    for number in range(len(items) + 1):
        before = free[number - 1] if number else 0
        after = free[number] if number < len(items) else 0
        if draw(st.integers(0, 3)) == 0 and before + after > 0:
            lead, trail = draw(st.integers(0, min(before, 8))), draw(st.integers(0, min(after, 8)))
            if lead + trail:
                mix = otio.schema.Transition(
                    f"mix {number}", "SMPTE_Dissolve", time(lead, rate), time(trail, rate)
                )
                track.insert(child, mix)
                child += 1
                if number < len(items):
                    free[number] -= trail
        child += 1
