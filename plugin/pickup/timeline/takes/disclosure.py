"""The marker that says of a clip that it was generated."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio

from pickup.timeline.identity import KEY, SCHEMA, discloses, store
from pickup.timeline.rates import time_range

DISCLOSURE = "AI-generated"


def disclosure(start: Fraction | int, frames: int, rate: Fraction, record: object) -> Any:
    """A purple marker over the whole clip; name, comment and Resolve's own note all say it, because
    each host shows another one."""
    return _marker(time_range(start, frames, rate, rate), record)


def disclose_again(clip: Any, record: object) -> None:
    """Give a clip its marker back; one that a format kept by its name alone is ours again, and
    there is never a second one."""
    for marker in clip.markers:
        if discloses(marker) or (marker.name or "").casefold() == DISCLOSURE.casefold():
            store(marker, generated=record)
            return
    if clip.source_range is not None:
        clip.markers.append(_marker(clip.source_range, record))


def _marker(marked: Any, record: object) -> Any:
    marker = otio.schema.Marker(
        name=DISCLOSURE,
        marked_range=marked,
        color=otio.schema.MarkerColor.PURPLE,
        comment=DISCLOSURE,
    )
    marker.metadata[KEY] = {"schema": SCHEMA, "generated": record}
    marker.metadata["Resolve_OTIO"] = {"Keywords": [], "Note": DISCLOSURE}
    return marker
