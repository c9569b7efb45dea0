"""Making the new clips. The user's clips are copied from, never changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import opentimelineio as otio

from pickup.protocol import Piece, Take
from pickup.timeline.identity import KEY, SCHEMA, made_of, own_data, plain
from pickup.timeline.locate import Located
from pickup.timeline.rates import at_rate, rate_of, rational, time_range
from pickup.timeline.retime import is_time_effect, media_map
from pickup.timeline.urls import UrlStyle, target_url

DISCLOSURE = "AI-generated"
TEST_LABEL = "(test model, noise) "
"""In the name of a clip whose model has random weights: it must never be taken for a picture."""
_GRADE_KEYS = ("cdl",)
_HOSTS = {
    "Resolve_OTIO": "DaVinci Resolve",
    "PremierePro_OTIO": "Premiere Pro",
    "fcp_xml": "Final Cut Pro XML",
    "AAF": "Avid",
}


def continued_clip(found: Located, piece: Piece, placement: str) -> Any:
    """The original clip's own media, shown further: same speed, effects and references.

    The reference's available range is widened where it leaves out frames that the file holds.
    """
    slot, rate = found.slot, found.rate
    clip = slot.item.clone()
    time_map = media_map(slot.item, slot.frames, rate)
    start = time_map.source_start(piece.offset)
    clip.name = piece.name
    clip.source_range = otio.opentime.TimeRange(
        rational(start, time_map.rate), rational(piece.frames, rate)
    )
    clip.markers[:] = []
    own = {"schema": SCHEMA, "placement": placement, "continues": own_data(slot.item).get("uid")}
    if made_of(slot.item).generated:
        own["generated"] = own_data(slot.item)["generated"]
        clip.markers.append(_disclosure(start, piece.frames, time_map.rate, own["generated"]))
    clip.metadata[KEY] = own
    _unlink(clip)
    _widen(clip, time_map.source_start(piece.offset + piece.frames))
    return clip


def _unlink(clip: Any) -> None:
    """A copy must not join the original's group of picture and sound."""
    resolve = plain(clip.metadata).get("Resolve_OTIO")
    if isinstance(resolve, dict) and "Link Group ID" in resolve:
        del resolve["Link Group ID"]
        clip.metadata["Resolve_OTIO"] = resolve


def _widen(clip: Any, end: Fraction) -> None:
    reference = clip.media_reference
    available = reference.available_range
    if available is None:
        return
    rate = rate_of(available.start_time.rate)
    first = at_rate(available.start_time, rate)
    last = first + at_rate(available.duration, rate)
    start = at_rate(clip.source_range.start_time, rate)
    if start < first or end > last:
        first = min(first, Fraction(math.floor(start)))
        last = max(last, Fraction(math.ceil(end)))
        reference.available_range = otio.opentime.TimeRange(
            rational(first, rate), rational(last - first, rate)
        )


def generated_clip(
    found: Located, piece: Piece, take: Take, style: UrlStyle, record: dict[str, object]
) -> Any:
    """A clip that shows `piece.frames` frames of the take's file from `piece.offset` on.

    The file counts from 0. Name and file carry the job, because nothing else survives every
    exchange format. Enabled effects of the original that do not change time come along.
    """
    rate, file_rate = found.rate, take.media.rate
    reference = otio.schema.ExternalReference(
        target_url(take.media.path, style),
        time_range(0, take.media.frames, file_rate, file_rate),
    )
    reference.name = PurePath(take.media.path).name
    reference.metadata[KEY] = {"schema": SCHEMA, "generated": record}
    clip = otio.schema.Clip(
        f"{piece.name} {TEST_LABEL if take.test else ''}{take.job}.t{take.index + 1}",
        reference,
        time_range(piece.offset, piece.frames, file_rate, rate),
    )
    for effect in found.slot.item.effects:
        if effect.enabled and not is_time_effect(effect):
            clip.effects.append(effect.clone())
    stored = plain(found.slot.item.metadata)
    for key in _GRADE_KEYS:
        if key in stored:
            clip.metadata[key] = stored[key]
    clip.markers.append(_disclosure(piece.offset, piece.frames, file_rate, record))
    return clip


def _disclosure(start: Any, frames: int, rate: Any, record: object) -> Any:
    """A purple marker over the whole clip; name, comment and Resolve's own note all say it, because
    each host shows another one."""
    marker = otio.schema.Marker(
        name=DISCLOSURE,
        marked_range=time_range(start, frames, rate, rate),
        color=otio.schema.MarkerColor.PURPLE,
        comment=DISCLOSURE,
    )
    marker.metadata[KEY] = {"schema": SCHEMA, "generated": record}
    marker.metadata["Resolve_OTIO"] = {"Keywords": [], "Note": DISCLOSURE}
    return marker


def copy_warnings(found: Located) -> Iterator[str]:
    """What the new clips cannot take over from the original by themselves."""
    item = found.slot.item
    kept = [effect for effect in item.effects if effect.enabled and not is_time_effect(effect)]
    if any(_has_keyframes(plain(effect.metadata)) for effect in kept):
        yield f"The effects of {found.name} have keyframes: check them on the new clips."
    hosts = [label for key, label in _HOSTS.items() if key in plain(item.metadata)]
    if hosts:
        yield (
            f"A grade that {found.name} has in {hosts[0]} is not part of the file: "
            "copy it to the new clips."
        )


def _has_keyframes(value: object) -> bool:
    if isinstance(value, dict):
        return any(
            ("keyframe" in key.casefold() and bool(item)) or _has_keyframes(item)
            for key, item in value.items()
        )
    return isinstance(value, list) and any(map(_has_keyframes, value))
