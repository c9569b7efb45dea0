"""What an end of a generated clip meets now, compared with what it was made to go on from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pickup.protocol import Side, Source
from pickup.timeline.around import REACH, Around, Shown, is_clip, is_same_file, same_place
from pickup.timeline.identity import is_owned
from pickup.timeline.record import Slot
from pickup.timeline.takes.naming import take_in
from pickup.timeline.words import are, frames_text

_LOOKED_AT: Final = 3
"""So many clips beside an end are looked at: a cutaway may lie between it and its shot."""


@dataclass(frozen=True)
class Meeting:
    """What one joined end of a generated clip meets. `reason` is "" where it fits.

    `missing`: frames of the generated file between its joined end and what the clip shows.
    `edge`: the record frame at which the generated pictures should begin (at their head) or end
    (exclusive, at their tail). `same`: what is seen there is the picture that they were made for.
    `clip`: what they would go on from; None where it is the recipe's own run, or nothing.
    """

    edge: int
    missing: int
    reason: str = ""
    same: bool = True
    clip: Shown | None = None


@dataclass(frozen=True)
class _Join:
    """An end of a generated clip as it was made. `place`: where in the file of the source the
    picture next to it is, which belongs at record frame `at`; `missing` frames of the generated
    file lie between it and what the clip shows."""

    around: Around
    own: Shown
    side: Side
    source: Source
    missing: int

    @property
    def edge(self) -> int:
        slot = self.own.slot
        return slot.start if self.side is Side.HEAD else slot.end

    @property
    def at(self) -> int:
        if self.side is Side.HEAD:
            return self.edge - 1 - self.missing
        return self.edge + self.missing

    @property
    def place(self) -> Fraction:
        last = self.source.frames - 1 if self.side is Side.HEAD else 0
        return self.source.first + last * self.source.step

    @property
    def pace(self) -> Fraction:
        return self.source.step * self.source.rate / self.around.rate

    @property
    def where(self) -> str:
        return "before" if self.side is Side.HEAD else "after"

    def outward(self) -> Iterator[Slot]:
        """The items of the clip's own track from this end on, nearest first."""
        slots, child = self.around.slots(self.own.number), self.own.slot.child
        beside = slots[:child][::-1] if self.side is Side.HEAD else slots[child + 1 :]
        return (slot for slot in beside if not slot.is_transition)

    def is_source(self, clip: Shown) -> bool:
        return is_same_file(clip.slot.item, clip.path, self.source.media)

    def is_aligned(self, clip: Shown) -> bool:
        """Whether a clip of the source lies as it did when the pictures were made."""
        return (
            clip.map is not None
            and clip.map.step == self.pace
            and same_place(clip.at(self.at), self.place, self.pace)
        )

    def seen(self, clip: Shown) -> int:
        """The record frame of `clip` that is next to this end."""
        return clip.slot.end - 1 if self.side is Side.HEAD else clip.slot.start


def meet(around: Around, own: Shown, side: Side, source: Source, total: int) -> Meeting:
    """What the `side` end of a generated clip meets.

    `source` is the run that its pictures adjoin there, `total` the frames of its file. What cannot
    be told, as behind a compound clip, counts as fitting.
    """
    assert own.map is not None
    first, last = own.map.at(0), own.map.at(own.slot.frames - 1)
    missing = first if side is Side.HEAD else total - 1 - last
    join = _Join(around, own, side, source, max(0, missing))
    if (missing and own.map.step != 1) or _fits(join):
        return Meeting(join.edge, join.missing)
    near, gap = _nearest(join)
    if near is not None and near.map is None:
        return Meeting(join.edge, join.missing)
    if near is not None and gap <= REACH and join.is_source(near):
        return _judged(join, near, near.slot.end if side is Side.HEAD else near.slot.start)
    is_apart = near is None or gap or is_owned(around.tracks[own.number])
    if is_apart and (elsewhere := _elsewhere(join)) is not None:
        return _judged(join, elsewhere, _edge_on_other_track(join, elsewhere))
    if near is None or gap:
        reason = f"The clip that it goes on from is no longer {join.where} it."
        return Meeting(join.edge, join.missing, reason, same=False)
    take, made = take_in(near.path), take_in(source.media.path)
    if take is not None and made is not None and take[0] == made[0]:
        reason = f"The clip {join.where} it now shows take {take[1] + 1}."
    else:
        reason = f"The clip {join.where} it is now {near.name}."
    return Meeting(join.edge, join.missing, reason, same=False, clip=near)


def _fits(join: _Join) -> bool:
    clips, is_open = 0, False
    for slot in join.outward():
        if slot.is_gap:
            is_open = is_open or not _is_filled(join, slot.start, slot.end)
            continue
        clip = join.around.shown(join.own.number, slot, join.source.media)
        if clip.path == join.own.path and (not clips or _comes_first(join, clip)):
            # The other half of it, or the user's own jump cut.
            return True
        clips += 1
        if join.is_source(clip):
            if not is_open and _goes_on(join, clip, clips > 1):
                return True
            break
        if clips == _LOOKED_AT:
            break
    return any(
        clip.number != join.own.number
        and clip.slot.start <= join.at < clip.slot.end
        and join.is_aligned(clip)
        and _is_covered(join)
        for clip in join.around.clips_of(join.source.media, join.at, join.at + 1)
    )


def _comes_first(join: _Join, clip: Shown) -> bool:
    """Whether `clip` shows what lies, in the file of both, between the source and this end: what
    is further away and does not is another use of the take."""
    if clip.map is None:
        return False
    one, other = (join.own, clip) if join.side is Side.TAIL else (clip, join.own)
    return one.at(one.slot.end - 1) < other.at(other.slot.start)


def _goes_on(join: _Join, clip: Shown, is_cutaway: bool) -> bool:
    """Whether the clip goes on from `clip`, on the same track; with a cutaway between them it does
    so in the record, or where the cutaway was inserted."""
    if join.is_aligned(clip):
        return True
    if not is_cutaway or join.missing or clip.map is None or clip.map.step != join.pace:
        return False
    return same_place(clip.at(join.seen(clip)), join.place, join.pace)


def _is_filled(join: _Join, start: int, end: int) -> bool:
    """Whether something on a lower track shows through a gap, all of it."""
    at = start
    lower = [n for n in join.around.others(join.own.number) if n < join.own.number]
    for number in reversed(lower):
        for slot in join.around.slots(number):
            if is_clip(slot) and slot.start <= at < slot.end:
                at = slot.end
    return at >= end


def _is_covered(join: _Join) -> bool:
    """Whether clips of the own track cover what is missing between the source and the clip."""
    left = join.missing
    for slot in join.outward():
        if left <= 0 or slot.is_gap:
            break
        left -= slot.frames
    return left <= 0


def _nearest(join: _Join) -> tuple[Shown | None, int]:
    """The next clip on the own track, and the empty frames up to it."""
    gap = 0
    for slot in join.outward():
        if not slot.is_gap:
            return join.around.shown(join.own.number, slot, join.source.media), gap
        gap += slot.frames
    return None, gap


def _elsewhere(join: _Join) -> Shown | None:
    """The clip of the source on another track that is nearest to where it was."""
    found: list[tuple[int, int, Shown]] = []
    order = join.around.others(join.own.number)
    for clip in join.around.clips_around(join.source.media, join.at, join.at + 1):
        if clip.number != join.own.number and clip.map is not None:
            away = max(0, clip.slot.start - join.at, join.at - clip.slot.end + 1)
            if away <= REACH:
                found.append((away, order.index(clip.number), clip))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _edge_on_other_track(join: _Join, clip: Shown) -> int:
    """Where pictures above `clip` belong: beside the picture that they were made for where it is
    still shown, else at its end."""
    assert clip.map is not None
    slot, pace = clip.slot, clip.map.step
    if pace == join.pace and pace:
        shown_at = slot.start + -((clip.map.first - join.place) // pace)
        if slot.start <= shown_at < slot.end:
            return int(shown_at) + (1 if join.side is Side.HEAD else 0)
    return slot.end if join.side is Side.HEAD else slot.start


def _judged(join: _Join, clip: Shown, edge: int) -> Meeting:
    """What has changed of the clip that the pictures were made for."""
    assert clip.map is not None
    if clip.map.step != join.pace:
        reason = f"The speed of the clip {join.where} it has changed."
        return Meeting(edge, join.missing, reason, same=False, clip=clip)
    place = clip.at(edge - 1 if join.side is Side.HEAD else edge)
    if not same_place(place, join.place, join.pace):
        return Meeting(edge, join.missing, _other_end(join, place), same=False, clip=clip)
    away = join.edge - edge if join.side is Side.HEAD else edge - join.edge
    is_cut = away == 0 or (away == join.missing and clip.number != join.own.number)
    if is_cut and join.side is Side.HEAD:
        reason = f"It begins {frames_text(join.missing)} into what was generated."
    elif is_cut:
        reason = f"It ends {frames_text(join.missing)} before the end of what was generated."
    elif away > 0 and clip.number == join.own.number:
        reason = f"{frames_text(away)} {join.where} it {are(away)} empty."
    else:
        direction = "later" if edge > join.edge else "earlier"
        reason = f"The clip {join.where} it was moved {frames_text(abs(away))} {direction}."
    return Meeting(edge, join.missing, reason, clip=clip)


def _other_end(join: _Join, place: Fraction) -> str:
    verb = "ends" if join.side is Side.HEAD else "begins"
    by = round((place - join.place) / join.pace) if join.pace else 0
    if by == 0:
        return f"The clip {join.where} it now {verb} on another picture."
    direction = "later" if by > 0 else "earlier"
    return f"The clip {join.where} it now {verb} {frames_text(abs(by))} {direction}."
