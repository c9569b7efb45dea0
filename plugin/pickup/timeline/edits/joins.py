"""What a generated clip adjoins where it is free, kept with it since nothing else tells it later.

Stored under our key as `joins`: `before` and `after` are the uids of the clips that it touches
("" = none), `first` and `frames` what it shows of its file, `whole` that it covers all of what is
under it. It says who changed: where the clip itself is shorter, the user trimmed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pickup.protocol import Piece, Side
from pickup.timeline.around import Around
from pickup.timeline.identity import made_of, own_value, store, uid_of
from pickup.timeline.record import Slot
from pickup.timeline.retime import MediaMap


@dataclass(frozen=True)
class Joins:
    """What was around a generated clip when it was placed."""

    before: str = ""
    after: str = ""
    first: int = 0
    frames: int = 0
    whole: bool = False

    def are_shown(self, own: MediaMap) -> bool:
        """Whether a clip still shows what it did then, and was not trimmed by the user."""
        return own.step == 1 and (own.at(0), own.frames) == (self.first, self.frames)

    def stored(self) -> dict[str, object]:
        """As it is kept in metadata."""
        return asdict(self)

    def touched(self, side: Side) -> str:
        """The uid of the clip that it touched at its head or tail, "" for none."""
        return self.before if side is Side.HEAD else self.after


def joins_of(item: Any) -> Joins:
    """What is stored on a clip; nothing and nonsense tell nothing."""
    stored = own_value(item, "joins")
    if not isinstance(stored, dict):
        return Joins()
    try:
        return Joins(
            str(stored["before"]),
            str(stored["after"]),
            int(stored["first"]),
            int(stored["frames"]),
            stored["whole"] is True,
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return Joins()


def remember_joins(
    original: Slot, items: Sequence[Any], pieces: Sequence[Piece], start: int
) -> None:
    """Store on each generated one of the new `items` what it touches, now that they are placed.

    `pieces` are what they show and `start` their first record frame; `original` is the clip that
    they were made of, as it was before.
    """
    at = start
    for item, piece in zip(items, pieces, strict=True):
        end = at + piece.frames
        if made_of(item).generated:
            whole = at <= original.start and end >= original.end
            joins = joins_now(item.parent(), item, piece.offset, piece.frames, whole)
            store(item, joins=joins.stored())
        at = end


def joins_now(track: Any, item: Any, first: int, frames: int, whole: bool) -> Joins:
    """What `item` of `track` touches; it shows `frames` frames of its file from `first` on."""
    child = track.index(item)
    before = track[child - 1] if child else None
    after = track[child + 1] if child + 1 < len(track) else None
    return Joins(_uid(before), _uid(after), first, frames, whole)


def _uid(item: Any) -> str:
    """A transition touches, too, and a gap does not."""
    return uid_of(item) if item is not None else ""


def parted(around: Around, number: int, slot: Slot, side: Side, joins: Joins) -> int:
    """The empty frames between a clip and the one that it touched at its free `side`; 0 where it
    touches something, where the user trimmed it there, and where the other one has gone."""
    uid = joins.touched(side)
    slots, child = around.slots(number), slot.child
    gap = 0
    for other in slots[:child][::-1] if side is Side.HEAD else slots[child + 1 :]:
        if other.is_gap:
            gap += other.frames
            continue
        return gap if uid and uid_of(other.item) == uid else 0
    return 0
