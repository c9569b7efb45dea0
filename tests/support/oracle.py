"""What every record frame of every track shows, read from OTIO's JSON with arithmetic of its own.

It shares no code with `pickup.timeline` and asks OpenTimelineIO for nothing: what it says of a cut
before and after an edit tells whether exactly the intended frames changed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import chain
from typing import Any
from urllib.parse import unquote

NOISE = Fraction(1, 100_000)
"""Doubles that mean a fraction of a frame miss it by less; no grid of a rate is as fine."""

Picture = tuple[str, object, str]
"""File, 0-based media frame (what is not linear in time: the item and the offset in it), flags."""


@dataclass(frozen=True)
class Mix:
    """A record frame within a transition: the frame of it, the frames of it before its cut and in
    all, the outgoing and the incoming picture (None at a gap or at an end of the track)."""

    name: str
    phase: int
    lead: int
    length: int
    outgoing: Picture | None
    incoming: Picture | None


@dataclass(frozen=True)
class Item:
    """An item of a track that has a length: where it lies, and its JSON."""

    start: int
    frames: int
    data: dict[str, Any]
    rate: Fraction

    @property
    def kind(self) -> str:
        return str(self.data["OTIO_SCHEMA"]).partition(".")[0]

    @property
    def uid(self) -> str:
        own = (self.data.get("metadata") or {}).get("pickup") or {}
        return str(own.get("uid", ""))

    def picture(self, offset: int) -> Picture | None:
        """What record offset `offset` shows, also outside the item; None for a gap."""
        return self._shown(offset)

    @cached_property
    def _shown(self) -> Callable[[int], Picture | None]:
        if self.kind == "Gap":
            return lambda _: None
        warps = [e for e in self.data.get("effects") or [] if e.get("enabled", True)]
        flags = "" if self.data.get("enabled", True) else "off"
        speed = _speed([e for e in warps if _is_time(e)])
        if self.kind in ("Stack", "Track") and speed == 1:
            inside = json.dumps(self.data["children"])
            start = _frames(self.data["source_range"]["start_time"], self.rate)
            return lambda offset: (inside, start + offset, flags)
        if self.kind != "Clip" or speed is None or speed < 0:
            whole = _opaque(self.data)
            return lambda offset: (whole, (self.frames, offset), flags)
        return self._linear(speed, flags)

    def _linear(self, speed: Fraction, flags: str) -> Callable[[int], Picture]:
        reference = _reference(self.data)
        url = _url(reference)
        start = self.data["source_range"]["start_time"]
        available = reference.get("available_range") if reference else None
        if available is not None and round(available["duration"]["value"]) == 1:
            return lambda _: (url, 0, flags)
        counted = available["start_time"] if available else start
        media_rate = exact_rate(counted["rate"])
        step = speed * media_rate / self.rate
        begin = _frames(start, media_rate, noisy=step.denominator == 1)
        zero = _frames(counted, media_rate) if available else Fraction(0)
        first = begin - zero + NOISE
        return lambda offset: (url, math.floor(first + offset * step), flags)


@dataclass(frozen=True)
class TrackMap:
    """A track: `base[k]` is the item's own picture at record frame k, `mixes` the transitions."""

    kind: str
    enabled: bool
    owned: bool
    base: tuple[Picture | None, ...]
    mixes: dict[int, Mix]
    items: tuple[Item, ...]


@lru_cache(maxsize=256)
def exact_rate(value: float) -> Fraction:
    """The fraction that a rate spells; NTSC rates are written with as little as two digits."""
    near = [Fraction(round(value)), Fraction(round(value) * 1000, 1001)]
    best = min(near, key=lambda rate: abs(rate - Fraction(value)))
    if abs(best - Fraction(value)) <= best / 5000:
        return best
    return Fraction(value).limit_denominator(1001)


def read_cut(text: str, rate: Fraction) -> list[TrackMap]:
    """The tracks of a timeline's JSON, bottom first, counted at `rate`."""
    return [_track(track, rate) for track in json.loads(text)["tracks"]["children"]]


def _track(data: dict[str, Any], rate: Fraction) -> TrackMap:
    items: list[Item] = []
    cuts: list[tuple[dict[str, Any], int]] = []
    position = Fraction(0)
    for child in data["children"]:
        if child["OTIO_SCHEMA"].startswith("Transition."):
            cuts.append((child, len(items)))
            continue
        start = _whole(position)
        position += _frames(child["source_range"]["duration"], rate)
        items.append(Item(start, _whole(position) - start, child, rate))
    base = tuple(chain.from_iterable(map(_run, items)))
    mixes: dict[int, Mix] = {}
    for transition, after in cuts:
        mixes |= _mixes(transition, items, after, rate)
    own = (data.get("metadata") or {}).get("pickup") or {}
    return TrackMap(
        data["kind"],
        data.get("enabled", True),
        own.get("owned") is True,
        base,
        mixes,
        tuple(items),
    )


_runs: dict[tuple[str, int, Fraction], tuple[Picture | None, ...]] = {}
"""Pictures of whole items: most are the same before and after an edit, and long."""


def _run(item: Item) -> tuple[Picture | None, ...]:
    key = (json.dumps(item.data), item.frames, item.rate)
    if key not in _runs:
        if len(_runs) > 5000:
            _runs.clear()
        _runs[key] = tuple(item.picture(k) for k in range(item.frames))
    return _runs[key]


def _mixes(
    transition: dict[str, Any], items: list[Item], after: int, rate: Fraction
) -> dict[int, Mix]:
    before = items[after - 1] if after else None
    later = items[after] if after < len(items) else None
    cut = later.start if later else before.start + before.frames if before else 0
    lead = _whole(_frames(transition["in_offset"], rate))
    trail = _whole(_frames(transition["out_offset"], rate))
    mixes = (
        Mix(
            transition.get("name") or "",
            j + lead,
            lead,
            lead + trail,
            before.picture(before.frames + j) if before else None,
            later.picture(j) if later else None,
        )
        for j in range(-lead, trail)
    )
    return {cut - lead + mix.phase: mix for mix in mixes if mix.outgoing or mix.incoming}


def _whole(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _frames(time: dict[str, Any], rate: Fraction, noisy: bool = True) -> Fraction:
    """A time in frames at `rate`; equal rates, however spelled, are not converted. `noisy`: a host
    that wrote nearly a whole frame meant it."""
    own = exact_rate(time["rate"])
    if own == rate and time["value"] == int(time["value"]):
        return Fraction(int(time["value"]))
    value = Fraction(time["value"])
    if noisy and abs(value - round(value)) <= Fraction(1, 50):
        value = Fraction(round(value))
    return value if abs(own - rate) <= rate / 5000 else value * rate / own


def _is_time(effect: dict[str, Any]) -> bool:
    name = effect["OTIO_SCHEMA"].partition(".")[0]
    final_cut = (effect.get("metadata") or {}).get("fcp_xml") or {}
    ramp = final_cut.get("effectid") == "timeremap"
    return ramp or name in ("TimeEffect", "LinearTimeWarp", "FreezeFrame")


def _speed(warps: list[dict[str, Any]]) -> Fraction | None:
    speed = Fraction(1)
    for warp in warps:
        match warp["OTIO_SCHEMA"].partition(".")[0]:
            case "FreezeFrame":
                speed = Fraction(0)
            case "LinearTimeWarp":
                speed *= Fraction(str(warp["time_scalar"]))
            case _:
                return None
    return speed


def _reference(clip: dict[str, Any]) -> dict[str, Any]:
    references = clip.get("media_references") or {}
    return references.get(clip.get("active_media_reference_key", "DEFAULT_MEDIA")) or {}


def _url(reference: dict[str, Any]) -> str:
    sequence = f"{reference.get('target_url_base', '')}{reference.get('name_prefix', '')}"
    url = str(reference.get("target_url") or sequence or reference.get("name") or "none")
    return unquote(url.removeprefix("file://")) if url.startswith("file:///") else url


def _opaque(data: dict[str, Any]) -> str:
    """All of an item that its pictures follow from."""
    dropped = ("metadata", "markers", "name", "source_range")
    kept = {key: value for key, value in data.items() if key not in dropped}
    return json.dumps([kept, data["source_range"]["start_time"]], sort_keys=True)
