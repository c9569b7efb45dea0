"""Which sound belongs to which picture: the host says so, or both show one file in step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import takewhile
from typing import Any, Final

import opentimelineio as otio

from pickup.timeline.identity import plain
from pickup.timeline.record import Slot, layout, slots_of
from pickup.timeline.retime import media_map, speed_of

_HOSTS: Final = ("Resolve_OTIO", "fcp_xml")
_TICKS: Final = {"pproTicksIn", "pproTicksOut"}


@dataclass(frozen=True)
class Placed:
    """An item of a track, and what its belonging to others is told by."""

    number: int
    slot: Slot
    rate: Fraction

    @cached_property
    def group(self) -> frozenset[str]:
        """Names of the host's groups of picture and sound that the item is in."""
        return groups_of(self.slot.item)

    @cached_property
    def file(self) -> str:
        """The file's address as the host wrote it, "" where there is none."""
        reference = getattr(self.slot.item, "media_reference", None)
        return str(getattr(reference, "target_url", "") or "")

    @cached_property
    def pace(self) -> Fraction:
        """Media seconds per record frame."""
        speed = speed_of(self.slot.item)
        return Fraction(0) if speed is None else speed / self.rate

    def seconds(self, frame: int) -> Fraction:
        """The time in the file at a record frame."""
        time_map = media_map(self.slot.item, self.slot.frames, self.rate)
        return time_map.first / time_map.rate + (frame - self.slot.start) * self.pace


def groups_of(item: Any) -> frozenset[str]:
    """The host's groups that an item is in: Resolve numbers them, Final Cut Pro XML lists the ids
    of all members in each one."""
    stored = {key: plain(item.metadata[key]) for key in item.metadata if key in _HOSTS}
    resolve, final_cut = stored.get("Resolve_OTIO"), stored.get("fcp_xml")
    names: list[str] = []
    if isinstance(resolve, dict) and resolve.get("Link Group ID") is not None:
        names.append(f"resolve {resolve['Link Group ID']}")
    if isinstance(final_cut, dict) and final_cut.get("link"):
        links = final_cut["link"] if isinstance(final_cut["link"], list) else [final_cut["link"]]
        names += [str(final_cut.get("@id", ""))]
        names += [str(link.get("linkclipref", "")) for link in links if isinstance(link, dict)]
    return frozenset(filter(None, names))


def unlink(item: Any) -> None:
    """Take a copy out of the host's groups: it must not join the original's."""
    stored = plain(item.metadata)
    for host, names in (("Resolve_OTIO", ("Link Group ID",)), ("fcp_xml", ("link", "@id"))):
        data = stored.get(host)
        if isinstance(data, dict) and any(name in data for name in names):
            item.metadata[host] = {key: data[key] for key in data if key not in names}


def forget_range(item: Any) -> None:
    """Take out what Premiere writes of the part of the media that is shown, in its own ticks: it
    would go before the frames of a copy that shows another part."""
    stored = plain(item.metadata).get("fcp_xml") if len(item.metadata) else None
    if isinstance(stored, dict) and _TICKS & stored.keys():
        item.metadata["fcp_xml"] = {key: stored[key] for key in stored if key not in _TICKS}


def placed(timeline: Any, kind: str, rate: Fraction) -> Iterator[Placed]:
    """The clips on all tracks of a kind (`Video` or `Audio`)."""
    for number, track in enumerate(timeline.tracks):
        if track.kind == kind:
            for slot in layout(track, rate):
                if isinstance(slot.item, otio.schema.Clip):
                    yield Placed(number, slot, rate)


def placed_between(
    timeline: Any, kind: str, rate: Fraction, start: int, end: int
) -> Iterator[Placed]:
    """Those of them that lie, in part at least, in record frames `start` to `end` (exclusive)."""
    for number, track in enumerate(timeline.tracks):
        if track.kind == kind:
            for slot in takewhile(lambda slot: slot.start < end, slots_of(track, rate)):
                if slot.end > start and isinstance(slot.item, otio.schema.Clip):
                    yield Placed(number, slot, rate)


def is_linked(picture: Placed, sound: Placed) -> bool:
    """Whether a sound belongs to a picture. Where the host groups both, it decides."""
    if sound.group and picture.group:
        return bool(sound.group & picture.group)
    if not picture.file or picture.file != sound.file or picture.pace != sound.pace:
        return False
    frame = max(picture.slot.start, sound.slot.start)
    if frame >= min(picture.slot.end, sound.slot.end) or not picture.pace:
        return False
    return abs(picture.seconds(frame) - sound.seconds(frame)) <= abs(picture.pace) / 2


def sound_of(timeline: Any, number: int, slot: Slot, rate: Fraction) -> list[Placed]:
    """The sound of a picture that lies at the same place of the record, on any track."""
    picture = Placed(number, slot, rate)
    sounds = placed_between(timeline, otio.schema.TrackKind.Audio, rate, slot.start, slot.end)
    return [sound for sound in sounds if is_linked(picture, sound)]
