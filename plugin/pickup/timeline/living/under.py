"""What lies under a generated overlay now, compared with what it was painted on."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from pickup.protocol import Operation, Source
from pickup.timeline.around import Around, Shown, Wanted, is_clip, same_place
from pickup.timeline.edits.joins import Joins
from pickup.timeline.identity import made_of
from pickup.timeline.takes.naming import take_in
from pickup.timeline.words import are, frames_text

_OVERLAYS: Final = (Operation.INPAINT, Operation.RESTYLE)


def lies(around: Around, own: Shown, source: Source, joins: Joins) -> tuple[str, Wanted | None]:
    """Why an overlay no longer fits what is under it ("" where it does), and where it belongs.

    `source` is the run that it was painted on, `joins` what it covered when it was placed. Without
    a second value nothing can be done.
    """
    assert own.map is not None
    whole = joins.whole
    start, end = own.slot.start, own.slot.end
    place = source.first + own.at(start) * source.step
    pace = own.map.step * source.step
    under = [clip for clip in around.clips_of(source.media, start, end) if clip.number < own.number]
    fitting = [clip for clip in under if _is_at(clip, start, place, pace)]
    runs = _merged((max(c.start, start), min(c.end, end)) for c in fitting)
    if runs == [(start, end)]:
        return (
            _lengthened(own, source, fitting) if whole and joins.are_shown(own.map) else ("", None)
        )
    if runs:
        return _trimmed(around, own, runs)
    clips = around.clips_around(source.media, start, end)
    clips = [clip for clip in clips if clip.number < own.number]
    if (moved := _moved(own, clips, place, pace, whole)) is not None:
        return moved
    if under:
        clip = max(under, key=lambda clip: _overlap(clip, start, end))
        return "The speed of the clip under it has changed.", _again(own, clip, whole)
    return _replaced(around, own, source)


def is_overlay(item: Any) -> bool:
    """Whether a clip was painted on what lies under it."""
    return made_of(item).operation in _OVERLAYS


def _merged(runs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(run for run in runs if run[0] < run[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_at(clip: Shown, frame: int, place: Fraction, pace: Fraction) -> bool:
    """Whether a clip shows that place of its file at a record frame, at that pace."""
    has_pace = clip.map is not None and clip.map.step == pace
    return has_pace and same_place(clip.at(frame), place, pace)


def _overlap(clip: Shown, start: int, end: int) -> int:
    return max(0, min(clip.end, end) - max(clip.start, start))


def _lengthened(own: Shown, source: Source, fitting: list[Shown]) -> tuple[str, Wanted | None]:
    """A clip that was covered as a whole shows more now; not where the user trimmed the overlay."""
    start, end = own.slot.start, own.slot.end
    first = min((c for c in fitting if c.end > start), key=lambda clip: clip.start)
    last = max((c for c in fitting if c.start < end), key=lambda clip: clip.end)
    lead, trail = max(0, start - max(0, first.start)), max(0, last.end - end)
    if lead and trail:
        reason = f"The clip under it now shows {frames_text(lead + trail)} more."
    elif lead:
        reason = f"The clip under it now begins {frames_text(lead)} earlier."
    elif trail:
        reason = f"The clip under it now ends {frames_text(trail)} later."
    else:
        return "", None
    begin = own.media_frame(start) - lead
    holds = begin >= 0 and own.media_frame(end - 1) + trail < source.frames
    return reason, Wanted(start - lead, end + trail, begin if holds else None, first)


def _trimmed(around: Around, own: Shown, runs: list[tuple[int, int]]) -> tuple[str, Wanted | None]:
    start, end = own.slot.start, own.slot.end
    (first, _), (_, last) = runs[0], runs[-1]
    holes = [(one[1], other[0]) for one, other in pairwise(runs)]
    wanted = Wanted(first, last, own.media_frame(first), holes=tuple(holes))
    lead, trail = first - start, end - last
    if holes:
        hidden = end - start - wanted.frames
        what = f"{frames_text(hidden)} of what it was made for"
        return f"{what} {are(hidden)} no longer under it.", wanted
    if lead and trail:
        return f"The clip under it now shows {frames_text(lead + trail)} less.", wanted
    if lead:
        return f"The clip under it now begins {frames_text(lead)} later.", wanted
    return f"The clip under it now ends {frames_text(trail)} earlier.", wanted


def _moved(
    own: Shown, clips: list[Shown], place: Fraction, pace: Fraction, whole: bool
) -> tuple[str, Wanted | None] | None:
    """Where a clip now shows elsewhere in the record what the overlay was painted on."""
    start, end = own.slot.start, own.slot.end
    shifts = []
    for clip in clips if pace else ():
        if clip.map is None or clip.map.step != pace:
            continue
        shift = round((place - clip.at(start)) / pace)
        is_there = _is_at(clip, start + shift, place, pace)
        if is_there and clip.is_in(start + shift, end + shift):
            covers = (clip.start, clip.end) == (start + shift, end + shift)
            hidden = end - start - _overlap(clip, start + shift, end + shift)
            shifts.append((not covers, hidden, abs(shift), shift, clip))
    if not shifts:
        return None
    *_, shift, clip = min(shifts, key=lambda one: one[:3])
    direction = "later" if shift > 0 else "earlier"
    if whole and (clip.start, clip.end) == (start, end):
        reason = f"The clip under it was slipped by {frames_text(abs(shift))}."
        return reason, _again(own, clip, whole)
    first, last = max(clip.start, start + shift), min(clip.end, end + shift)
    wanted = Wanted(first, last, own.media_frame(first - shift))
    if (clip.start, clip.end) == (start + shift, end + shift):
        return f"The clip under it was moved {frames_text(abs(shift))} {direction}.", wanted
    return f"What it was made for is now {frames_text(abs(shift))} {direction}.", wanted


def _again(own: Shown, clip: Shown, whole: bool) -> Wanted | None:
    """The overlay made anew over `clip`; no verb works on what runs backwards."""
    if clip.map is None or clip.map.step < 0:
        return None
    if whole:
        return Wanted(clip.start, clip.end, None, clip)
    return Wanted(max(clip.start, own.slot.start), min(clip.end, own.slot.end), None, clip)


def _replaced(around: Around, own: Shown, source: Source) -> tuple[str, Wanted | None]:
    start, end = own.slot.start, own.slot.end
    for number in around.others(own.number):
        if number > own.number:
            break
        here = [
            around.shown(number, slot)
            for slot in around.slots(number)
            if is_clip(slot) and slot.start < end and slot.end > start and not is_overlay(slot.item)
        ]
        if here:
            clip = max(here, key=lambda clip: _overlap(clip, start, end))
            if clip.map is None:
                return "", None
            take, made = take_in(clip.path), take_in(source.media.path)
            shows = f"is now {clip.name}"
            if take is not None and made is not None and take[0] == made[0]:
                shows = f"now shows take {take[1] + 1}"
            return f"The clip under it {shows}.", _again(own, clip, whole=False)
    return "Nothing is under it any more.", None
