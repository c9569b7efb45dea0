"""What differs between the two clips that a bridge joins, for the user to look at there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from pickup.protocol import MediaRef
from pickup.timeline.edits.look import is_enabled
from pickup.timeline.identity import plain
from pickup.timeline.locate import Located
from pickup.timeline.retime import is_time_effect

_BENT: Final = Fraction(1, 100)
"""Shapes that differ by less fill each other."""

_USUAL_PRIMARIES: Final = frozenset({"bt709", "smpte170m", "smpte240m", "bt470bg", "bt470m"})
_USUAL_TRANSFERS: Final = frozenset(
    {"bt709", "smpte170m", "smpte240m", "bt470bg", "bt470m", "bt1361e", "iec61966-2-1"}
    | {"iec61966-2-4", "bt2020-10", "bt2020-12"}
)
"""Colours of ordinary video. What differs among them is hardly seen."""


def differences(first: Located, second: Located, media: MediaRef, after: MediaRef) -> Iterator[str]:
    """Sentences about a new clip that has the look, size and colours of `first` and leads to
    `second`; `media` and `after` are the probes of their files."""
    if _look(first.slot.item) != _look(second.slot.item):
        yield (
            f"{first.name} and {second.name} have different effects or grades: the new clip takes"
            f" those of {first.name}."
        )
    if _form(media) != _form(after):
        size = f"the size of {first.name}, {media.width} x {media.height}"
        yield f"{second.name} is scaled to {size}."
    if abs(_shape(after) / _shape(media) - 1) > _BENT:
        yield (
            f"{second.name} has another shape than {first.name}: the new clip shows it with black"
            " beside it. Check it where it joins."
        )
    if _colours(media) != _colours(after):
        yield (
            f"{second.name} is in another colour space than {first.name}: the colours of the new"
            f" clip will not match those of {second.name}."
        )


def _look(item: Any) -> tuple[list[tuple[str, str, object]], object]:
    """What the host does to the picture of a clip, as far as the file tells."""
    effects = [
        (effect.schema_name(), effect.effect_name, plain(effect.metadata))
        for effect in item.effects
        if is_enabled(effect) and not is_time_effect(effect)
    ]
    return effects, plain(item.metadata).get("cdl")


def _form(media: MediaRef) -> tuple[int, int, Fraction]:
    return media.width, media.height, media.pixel_aspect


def _shape(media: MediaRef) -> Fraction:
    return media.width * media.pixel_aspect / media.height


def _colours(media: MediaRef) -> tuple[str, str]:
    """Primaries and transfer, those of ordinary video as one: they look alike."""
    primaries, transfer = media.colour.primaries, media.colour.transfer
    return (
        "" if primaries in _USUAL_PRIMARIES else primaries,
        "" if transfer in _USUAL_TRANSFERS else transfer,
    )
