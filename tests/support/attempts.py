"""Every edit that can be tried on a clip, each with what it must do to the cut by the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pickup.protocol import Matte, MediaRef, Mode, Output, Proposal, Side, SnapshotItem
from pickup.timeline import (
    Document,
    place,
    propose_extend,
    propose_inpaint,
    propose_restyle,
    snapshot,
)
from support.expected import Expected, check_source, check_views, cut_of
from support.oracle import Item, TrackMap
from support.takes import write_take
from support.timeline import text_of

JOB: Final = "proof0job0"
NEW: Final = 10
"""Frames beyond the clip's own that an extension asks for."""

Check = Callable[[list[TrackMap]], None]


@dataclass
class Bench:
    """An open cut with stand-ins for its media: `media` is what the engine's probe would say."""

    document: Document
    folder: Path
    media: Callable[[str], MediaRef]
    job: str = JOB
    knows_media: bool = False
    """Whether `media` says of every file what the timeline says of it, too."""
    before: list[TrackMap] = field(default_factory=list)
    text: str = ""
    original: list[TrackMap] = field(default_factory=list)
    """What the cut was before the last take was placed."""

    def look(self) -> None:
        """Remember what the cut is now."""
        self.before, self.text = cut_of(self.document), text_of(self.document)

    @property
    def output(self) -> Output:
        return Output(str(self.folder), "out")


@dataclass(frozen=True)
class Attempt:
    """One edit. `run` makes it and returns what must then hold; it raises PickupError where it is
    refused. `prepare` makes the edits that must be there before, and tells whether they are."""

    kind: str
    run: Callable[[Bench], Check]
    prepare: Callable[[Bench], bool] = lambda _: True


@dataclass(frozen=True)
class Spot:
    """A clip and what lies beside it, by the oracle."""

    track: int
    item: SnapshotItem
    before: Item | None
    after: Item | None
    leads_on: bool
    """Whether another clip follows on the track."""

    def room(self, side: Side) -> int | None:
        """Free frames beside the clip; None behind the last one."""
        beside = self.after if side is Side.TAIL else self.before
        if beside is None:
            return None if side is Side.TAIL else 0
        return beside.frames if beside.kind == "Gap" else 0


def made_by_job(bench: Bench) -> list[SnapshotItem]:
    """The clips of the job that was placed last."""
    items = [item for track in snapshot(bench.document).tracks for item in track.items]
    return [item for item in items if item.job == bench.job]


def spot_of(bench: Bench, track: int, item: SnapshotItem) -> Spot:
    items = [other for other in bench.before[track].items if other.frames]
    at = next(k for k, other in enumerate(items) if other.uid == item.uid)
    return Spot(
        track,
        item,
        items[at - 1] if at else None,
        items[at + 1] if at + 1 < len(items) else None,
        any(other.kind != "Gap" for other in items[at + 1 :]),
    )


def attempts(spot: Spot) -> Iterator[Attempt]:
    """The edits that make sense on a clip, whether or not they will be refused."""
    for side in Side:
        for mode in (Mode.AUTO, Mode.GAP, Mode.ABOVE, Mode.OVERWRITE, Mode.RIPPLE):
            frames = _length(spot, side, mode)
            if frames:
                yield Attempt(f"extend {side} {mode}", _extend(spot, side, mode, frames))
    yield Attempt("inpaint", _inpaint(spot))
    yield Attempt("restyle", _restyle(spot, None))
    part = (spot.item.record_in + spot.item.frames // 3, max(1, spot.item.frames // 2))
    yield Attempt("restyle a range", _restyle(spot, part))


def _length(spot: Spot, side: Side, mode: Mode) -> int:
    """How many frames to ask for: real ones and `NEW` made ones, as far as there is room."""
    handle = (spot.item.tail_handle if side is Side.TAIL else spot.item.head_handle) or 0
    frames = NEW + (handle if handle <= 30 * NEW else 0)
    room = spot.room(side)
    if mode is Mode.GAP and room is not None:
        frames = min(frames, room)
    if side is Side.HEAD and mode is not Mode.RIPPLE:
        frames = min(frames, spot.item.record_in)
    return frames


def _extend(spot: Spot, side: Side, mode: Mode, frames: int) -> Callable[[Bench], Check]:
    return lambda bench: _extend_by(bench, spot, side, mode, frames)


def extend_clip(bench: Bench, spot: Spot, side: Side, mode: Mode) -> Check:
    """Extend the clip as far as there is room. Raises PickupError."""
    return _extend_by(bench, spot, side, mode, _length(spot, side, mode))


def _extend_by(bench: Bench, spot: Spot, side: Side, mode: Mode, frames: int) -> Check:
    plan = propose_extend(
        bench.document,
        spot.item,
        side=side,
        frames=frames,
        media=bench.media(spot.item.uid),
        output=bench.output,
        mode=mode,
    )
    return carry_out(bench, plan)


def _inpaint(spot: Spot) -> Callable[[Bench], Check]:
    def run(bench: Bench) -> Check:
        plan = propose_inpaint(
            bench.document,
            spot.item,
            media=bench.media(spot.item.uid),
            matte=Matte(box=(0, 0, 32, 32)),
            output=bench.output,
        )
        return carry_out(bench, plan)

    return run


def _restyle(spot: Spot, part: tuple[int, int] | None) -> Callable[[Bench], Check]:
    def run(bench: Bench) -> Check:
        plan = propose_restyle(
            bench.document,
            spot.item,
            media=bench.media(spot.item.uid),
            output=bench.output,
            record_range=part,
        )
        return carry_out(bench, plan)

    return run


def carry_out(bench: Bench, plan: Proposal) -> Check:
    """Place a proposal with a take of the right length standing in."""
    assert text_of(bench.document) == bench.text, "planning changed the cut"
    take = write_take(plan, bench.folder, job=bench.job) if plan.request else None
    expected = Expected(bench.before, plan, take)
    if bench.knows_media:
        check_source(plan, expected)
    media = plan.request.source.media if plan.request else None
    place(bench.document, plan.placement, take, media=media)
    bench.original = bench.before

    def check(after: list[TrackMap]) -> None:
        expected.check(after)
        check_views(bench.document, max(0, plan.placement.record_in - 100), expected.at + 200)
        stale = [item.stale for item in made_by_job(bench) if item.stale]
        assert not stale, f"stale when it is new: {stale}"

    return check
