"""What new clips take over from the clip that they continue or cover: transform, crop, opacity,
effects and grade, as far as the file carries them; and what the user has to copy in the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pickup.timeline.edits.keyframes import has_keyframes, held
from pickup.timeline.identity import plain
from pickup.timeline.locate import Located
from pickup.timeline.retime import is_time_effect

_GRADE: Final = "cdl"
"""Metadata of a clip that EDLs carry as ASC SOP and SAT."""

_FINAL_CUT: Final = ("compositemode", "colorinfo")
"""Metadata of a clip that Final Cut Pro 7 XML carries, besides its filters."""

_FADES: Final = {
    "fadein": True,
    "fade_from_black": True,
    "fadeout": False,
    "fade_to_black": False,
}
"""Kdenlive's effects that belong to one end of a clip, and whether that is its head."""

_HOSTS: Final = {
    "Resolve_OTIO": "DaVinci Resolve",
    "PremierePro_OTIO": "Premiere Pro",
    "fcp_xml": "Final Cut Pro XML",
    "AAF": "Avid",
}


@dataclass(frozen=True)
class Reach:
    """Where a new clip lies: record frames `start` to `end` (exclusive), counted from the first one
    of the clip that it belongs to, which is `frames` long."""

    start: int
    end: int
    frames: int

    @property
    def is_beside(self) -> bool:
        """Whether it lies before or after the clip, not over it."""
        return self.start >= self.frames or self.end <= 0

    @property
    def follows(self) -> bool:
        """Whether it lies after the clip."""
        return self.start >= self.frames

    def ends_with(self, *, head: bool) -> bool:
        """Whether it begins, or ends, on the very frame that the clip does."""
        return self.start == 0 if head else self.end == self.frames


def take_over(clip: Any, original: Any, reach: Reach) -> None:
    """Give a generated `clip` the look of `original`: its enabled effects but those that change
    time, and what else each format carries for a clip."""
    clip.effects.extend(
        dressed
        for effect in original.effects
        if is_enabled(effect) and not is_time_effect(effect)
        for dressed in _dressed(effect, reach)
    )
    stored = plain(original.metadata)
    if _GRADE in stored:
        clip.metadata[_GRADE] = stored[_GRADE]
    final_cut = stored.get("fcp_xml")
    if isinstance(final_cut, dict):
        kept = {key: final_cut[key] for key in _FINAL_CUT if final_cut.get(key)}
        if filters := list(_filters(final_cut, reach)):
            kept["filter"] = filters
        if kept:
            clip.metadata["fcp_xml"] = kept
    bounds = getattr(original.media_reference, "available_image_bounds", None)
    if bounds is not None:
        clip.media_reference.available_image_bounds = bounds


def continue_look(clip: Any, reach: Reach) -> None:
    """Let the effects of a copy of a clip, which goes on in its own media, go on as well: none
    begins again."""
    clip.effects[:] = [
        dressed
        for effect in [effect.clone() for effect in clip.effects]
        for dressed in ([effect] if is_time_effect(effect) else _dressed(effect, reach))
    ]
    stored = plain(clip.metadata).get("fcp_xml")
    if isinstance(stored, dict) and "filter" in stored:
        clip.metadata["fcp_xml"] = {**stored, "filter": list(_filters(stored, reach, whole=True))}


def is_enabled(effect: Any) -> bool:
    """Whether an effect is on; Resolve keeps that in its own metadata."""
    stored = plain(effect.metadata).get("Resolve_OTIO")
    return bool(effect.enabled) and not (
        isinstance(stored, dict) and stored.get("Enabled") is False
    )


def _dressed(effect: Any, reach: Reach) -> Iterator[Any]:
    """The effect as it is on the new clip; none where it belongs to an end that is elsewhere."""
    head = _FADES.get(effect.effect_name)
    if head is not None and not reach.ends_with(head=head):
        return
    copy = effect.clone()
    if reach.is_beside:
        for key, value in plain(effect.metadata).items():
            if has_keyframes({key: value}):
                copy.metadata[key] = held({key: value}, last=reach.follows)[key]
    yield copy


def _filters(
    final_cut: Mapping[str, Any], reach: Reach, *, whole: bool = False
) -> Iterator[dict[str, Any]]:
    """The filters that Final Cut Pro 7 XML lists for a clip; with `whole` also those that are off
    and those that change time."""
    stored = final_cut.get("filter")
    for one in stored if isinstance(stored, list) else [stored]:
        if not isinstance(one, dict) or not isinstance(one.get("effect"), dict):
            continue
        is_off = str(one.get("enabled", "TRUE")).upper() == "FALSE"
        is_time = one["effect"].get("effectid") == "timeremap"
        if whole or not (is_off or is_time):
            yield held(one, last=reach.follows) if reach.is_beside and not is_time else one


def copy_warnings(found: Located, reach: Reach | None = None) -> Iterator[str]:
    """What the new clips cannot take over from the original by themselves; `reach` says where they
    lie, beside it where left out."""
    item = found.slot.item
    kept = [effect for effect in item.effects if is_enabled(effect) and not is_time_effect(effect)]
    beside = reach is None or reach.is_beside
    if beside or (reach and reach.start != 0):
        animated = [_name(effect) for effect in kept if has_keyframes(plain(effect.metadata))]
        for name in dict.fromkeys(animated):
            does = "hold its value at the cut" if beside else "begin it anew"
            yield (
                f'"{name}" of {found.name} is animated with keyframes: the new clips {does}. '
                "Check it there."
            )
    for effect in kept if reach and reach.is_beside else ():
        head = _FADES.get(effect.effect_name)
        if head is not None and head is not (reach and reach.follows):
            way = "in at its beginning" if head else "out at its end"
            yield f"{found.name} fades {way}: take that fade off in the editor."
    hosts = [label for key, label in _HOSTS.items() if key in plain(item.metadata)]
    if hosts:
        yield (
            f"A grade that {found.name} has in {hosts[0]} is not part of the file: "
            "copy it to the new clips."
        )


def _name(effect: Any) -> str:
    stored = plain(effect.metadata).get("Resolve_OTIO")
    own = stored.get("Name") if isinstance(stored, dict) else ""
    return str(own or effect.name or effect.effect_name or "An effect")
