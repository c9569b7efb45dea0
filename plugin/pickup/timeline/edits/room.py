"""Where an extension can go, and which of its frames are real."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

from pickup.errors import TimelineError
from pickup.protocol import Mode, Side
from pickup.timeline.locate import Located
from pickup.timeline.record import Slot, edge_of
from pickup.timeline.retime import MediaMap


@dataclass(frozen=True)
class Share:
    """How an extension is made: `real` frames of the clip's own media, then `generated` ones.

    `under` more generated frames are hidden in the file, for the transition over its end, and
    beyond them `handle` more for trims and dissolves. Both are 0 where nothing is generated.
    """

    real: int
    generated: int
    under: int
    handle: int

    @property
    def made(self) -> int:
        """Frames of the generated file."""
        return self.generated + self.under + self.handle


def resolve_mode(found: Located, side: Side, frames: int, mode: Mode) -> Mode:
    """The mode that is carried out. Raises TimelineError with the remedy where it cannot be."""
    edge = found.edge(side)
    if edge is not None and mode is not Mode.RIPPLE:
        end = "ends" if side is Side.TAIL else "begins"
        raise TimelineError(
            f'{found.name} {end} in the transition "{edge.name}".',
            "Choose the mode ripple, or remove the transition in the editor first.",
            code="timeline.transition",
        )
    room = gap_room(found, side)
    fits = room is None or room >= frames
    if mode is Mode.AUTO:
        return Mode.GAP if fits else Mode.ABOVE
    if mode is Mode.GAP and not fits:
        where = "after" if side is Side.TAIL else "before"
        is_fade = any(slot.is_transition for slot in found.beside(side)[1:2])
        fade = " beside the fade that follows" if is_fade else ""
        raise TimelineError(
            f"There is room for {room} frames {where} {found.name}{fade}, not for {frames}.",
            "Ask for fewer frames, or choose the mode above, ripple or overwrite.",
            code="timeline.no_room",
        )
    return mode


def gap_room(found: Located, side: Side) -> int | None:
    """Free record frames beside the clip; None after the last clip of a track.

    A fade at the far end of the gap keeps the frames that it needs, and at least one: without a gap
    beside it, it would become a dissolve.
    """
    beside = found.beside(side)
    gaps = list(takewhile(lambda slot: slot.is_gap, beside))
    room = sum(gap.frames for gap in gaps)
    if len(gaps) == len(beside):
        return None if side is Side.TAIL else room
    beyond = beside[len(gaps)]
    if not gaps or not beyond.is_transition:
        return room
    return max(0, room - max(1, _reach(found, beyond, side)))


def _reach(found: Located, slot: Slot, side: Side) -> int:
    edge = edge_of(slot, found.rate)
    return edge.before if side is Side.TAIL else edge.after


def share(found: Located, side: Side, frames: int, time_map: MediaMap, handle: int) -> Share:
    """Real frames first. Raises TimelineError where the clip's transition needs a longer extension.

    `handle` generated frames are wanted beyond what is seen. A transition at the extended end will
    play over the last new item: over `inner` frames of it, and `under` frames beyond its cut.
    """
    unused = (time_map.tail if side is Side.TAIL else time_map.head) or 0
    edge = found.edge(side)
    if edge is None:
        real = min(unused, frames)
        return Share(real, frames - real, 0, handle if real < frames else 0)
    inner, under = edge.before, edge.after
    if side is Side.HEAD:
        inner, under = under, inner
    if frames < max(inner, 1):
        raise TimelineError(
            f'The transition "{edge.name}" of {found.name} needs at least {inner} new frames.',
            f"Ask for {inner} frames or more, or remove the transition in the editor first.",
            code="timeline.transition",
        )
    if unused >= frames + under:
        return Share(frames, 0, 0, 0)
    real = min(unused, frames - max(inner, 1))
    return Share(real, frames - real, under, handle)
