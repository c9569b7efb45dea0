"""What an exchange format lost: the cut as it was meant against the written file read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, Final

import opentimelineio as otio

from pickup.timeline.files.compared import ComparedClip, Side, shift_between, side_of
from pickup.timeline.identity import KEY, made_of
from pickup.timeline.retime import speed_of

_NEAR: Final = Fraction(1, 100_000)
"""Seconds by which formats that count nanoseconds, or doubles, may miss a time."""

_NAMED: Final = 4
"""How many clips a sentence names before it counts the rest."""


def losses(meant: Any, written: Any, rate: Fraction, folder: str) -> tuple[str, ...]:
    """Sentences that name what `written` lacks or has otherwise than `meant`, worst first.

    Both are normalised timelines at `rate`; `folder` is where relative media paths start.
    """
    found: dict[str, list[str]] = defaultdict(list)
    shift = shift_between(meant, written, rate)
    for kind, letter in ((otio.schema.TrackKind.Video, "V"), (otio.schema.TrackKind.Audio, "A")):
        mine = side_of(meant, kind, letter, rate, folder)
        theirs = side_of(written, kind, letter, rate, folder, shift)
        _compare_clips(mine, theirs, found)
        _compare_transitions(mine, theirs, letter, found)
        if theirs.tracks < mine.tracks:
            found[_TRACKS].append(f"{mine.tracks - theirs.tracks} of {mine.tracks} {letter} tracks")
    _compare_whole(meant, written, found)
    return tuple(_sentence(what, found[what]) for what in _ORDER if found[what])


_LOST: Final = "Lost clips"
_MOVED: Final = "Moved clips"
_LENGTH: Final = "Another length"
_FIRST: Final = "Other pictures (the first frame moved)"
_MEDIA: Final = "The media file is lost or another one"
_TRANSITIONS: Final = "Lost transitions"
_OFFSETS: Final = "Transitions that lie otherwise"
_RETIMES: Final = "Lost retimes"
_EFFECTS: Final = "Lost effects"
_ENABLED: Final = "Clips that were off are on"
_TRACKS: Final = "Lost tracks"
_COMPOUNDS: Final = "Compound clips that are no longer whole"
_NAMES: Final = "Other names"
_MARKERS: Final = "Lost markers"
_TAKES: Final = "Other takes in the clip are lost"
_START: Final = "The start timecode is lost"
_METADATA: Final = "Lost metadata"
_ORDER: Final = (
    *(_LOST, _MOVED, _LENGTH, _FIRST, _MEDIA, _COMPOUNDS, _TRANSITIONS, _OFFSETS, _RETIMES),
    *(_EFFECTS, _ENABLED, _TRACKS, _START, _NAMES, _TAKES, _MARKERS, _METADATA),
)


_KEYS: Final[tuple[Callable[[ComparedClip], object], ...]] = (
    lambda clip: (clip.start, clip.path) if clip.path else None,
    lambda clip: (clip.start, clip.name.casefold()),
    lambda clip: clip.start,
    lambda clip: (clip.path, clip.frames) if clip.path else None,
    lambda clip: clip.name.casefold() or None,
)


def _sentence(what: str, names: list[str]) -> str:
    unique = list(dict.fromkeys(names))
    rest = len(unique) - _NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{what}: {', '.join(unique[:_NAMED])}{more}."


def _compare_clips(mine: Side, theirs: Side, found: dict[str, list[str]]) -> None:
    for clip, other in _pairs(mine.clips, theirs.clips):
        if other is None:
            found[_LOST].append(clip.label)
            continue
        for what in _differences(clip, other):
            found[what].append(clip.label)


def _pairs(
    mine: Iterable[ComparedClip], theirs: Iterable[ComparedClip]
) -> list[tuple[ComparedClip, ComparedClip | None]]:
    """Each clip with the one that is most likely the same, surest pairs first: by place and media
    or name, by place, by media or name alone. None where there is none."""
    partner: dict[str, ComparedClip] = {}
    wanted, free = list(mine), list(theirs)
    for key in _KEYS:
        pool: dict[object, list[ComparedClip]] = defaultdict(list)
        for other in reversed(free):
            pool[key(other)].append(other)
        for clip in wanted:
            if clip.label not in partner and key(clip) is not None and pool[key(clip)]:
                partner[clip.label] = pool[key(clip)].pop()
        taken = {id(other) for other in partner.values()}
        free = [other for other in free if id(other) not in taken]
    return [(clip, partner.get(clip.label)) for clip in wanted]


def _differences(clip: ComparedClip, other: ComparedClip) -> Iterable[str]:
    if clip.start != other.start:
        yield _MOVED
    if clip.frames != other.frames:
        yield _LENGTH
    if clip.path != other.path or _is_generated(clip.item) != _is_generated(other.item):
        yield _MEDIA
    if abs(clip.first - other.first) > _NEAR and not _is_generated(clip.item):
        yield _FIRST
    if type(clip.item) is not type(other.item):
        yield _COMPOUNDS
    if clip.name != other.name:
        yield _NAMES
    yield from _lost_parts(clip.item, other.item)


def _lost_parts(item: Any, other: Any) -> Iterable[str]:
    if speed_of(item) != speed_of(other):
        yield _RETIMES
    if len(_looks(item)) > len(_looks(other)):
        yield _EFFECTS
    if item.enabled != other.enabled:
        yield _ENABLED
    if len(item.markers) > len(other.markers):
        yield _MARKERS
    if _references(item) > _references(other):
        yield _TAKES
    if _fields(item) - _fields(other):
        yield _METADATA


def _references(item: Any) -> int:
    return len(item.media_references()) if isinstance(item, otio.schema.Clip) else 0


def _fields(item: Any) -> set[str]:
    """Names of the metadata that says something: our uid alone does not."""
    made = made_of(item)
    ours = {KEY} if made.generated or made.placement else set()
    return (set(item.metadata) - {KEY}) | ours


def _is_generated(item: Any) -> bool:
    """Whether the host makes the picture (bars, colours): it is the same from any frame on."""
    return isinstance(item, otio.schema.Clip) and isinstance(
        item.media_reference, otio.schema.GeneratorReference
    )


def _looks(item: Any) -> list[Any]:
    return [fx for fx in item.effects if not isinstance(fx, otio.schema.TimeEffect)]


def _compare_transitions(
    mine: Side, theirs: Side, letter: str, found: dict[str, list[str]]
) -> None:
    there = {start: edge for (_, start), edge in theirs.transitions.items()}
    spans = {(at - e.before, e.before + e.after) for (_, at), e in theirs.transitions.items()}
    for (track, start), edge in mine.transitions.items():
        label = f"“{edge.name}” ({letter}{track + 1} at frame {start})"
        other = theirs.transitions.get((track, start)) or there.get(start)
        if other is not None:
            if (edge.before, edge.after) != (other.before, other.after):
                found[_OFFSETS].append(label)
        elif (start - edge.before, edge.before + edge.after) in spans:
            found[_OFFSETS].append(label)
        else:
            found[_TRANSITIONS].append(label)


def _compare_whole(meant: Any, written: Any, found: dict[str, list[str]]) -> None:
    start, other = meant.global_start_time, written.global_start_time
    if (
        start is not None
        and start.value
        and (other is None or abs(start.to_seconds() - other.to_seconds()) > 1e-3)
    ):
        found[_START].append(f"frame {start.value:g}")
    if len(meant.tracks.markers) > len(written.tracks.markers):
        found[_MARKERS].append("of the timeline")
    for track, again in zip(meant.tracks, written.tracks, strict=False):
        if not track.enabled and again.enabled:
            found[_ENABLED].append(f"track “{track.name}”")
