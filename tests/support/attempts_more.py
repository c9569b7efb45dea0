"""Edits beyond the verbs on one clip: bridges, shots, and what is done to a generated clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import opentimelineio as otio

from pickup.protocol import MediaKind, MediaRef, Mode, Side, Take
from pickup.timeline import (
    Fit,
    Shot,
    fill_gap,
    following,
    insert_shots,
    propose_bridge,
    propose_update,
    remove,
    snapshot,
    split,
    switch_take,
    update_media,
)
from support.attempts import (
    NEW,
    Attempt,
    Bench,
    Check,
    Spot,
    carry_out,
    extend_clip,
    made_by_job,
)
from support.expected import cut_of
from support.oracle import Picture, TrackMap
from support.runs import Run, laid, moved_mixes, opened_up, seen

OTHER: Final = "proof0plain"
"""The job of a take that is inserted by itself."""

UPDATED: Final = "proof0update"
TRIMMED: Final = 3
"""How many frames a host takes away before a generated clip."""


def more_attempts(spot: Spot) -> Iterator[Attempt]:
    """Edits at a clip and the one that follows it."""
    if spot.leads_on:
        yield Attempt("bridge auto", _bridge(spot, Mode.AUTO, None))
        if spot.after is not None and spot.after.kind != "Gap":
            eaten = 2 * min(NEW // 2, spot.item.frames - 1, spot.after.frames - 1)
            yield Attempt("bridge ripple", _bridge(spot, Mode.RIPPLE, NEW))
            for mode in (Mode.OVERWRITE, Mode.ABOVE) if eaten > 0 else ():
                yield Attempt(f"bridge {mode}", _bridge(spot, mode, eaten))
    for mode in (Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE):
        yield Attempt(f"insert shots {mode}", _insert(spot, mode))
    if spot.after is not None and spot.after.kind == "Gap":
        yield Attempt("fill the gap", _fill(spot))


def undoing_attempts(spot: Spot) -> Iterator[Attempt]:
    """Edits of a clip that an extension has made."""
    for side, mode in ((Side.TAIL, Mode.AUTO), (Side.HEAD, Mode.RIPPLE), (Side.TAIL, Mode.RIPPLE)):
        prepare = _extended(spot, side, mode)
        yield Attempt("switch take", switch_made, prepare)
        yield Attempt("split", split_made, prepare)
    yield Attempt("update", _update(spot), _made_stale(spot))
    for side in Side:
        for mode in (Mode.GAP, Mode.ABOVE, Mode.OVERWRITE, Mode.RIPPLE):
            yield Attempt(f"remove {mode}", remove_last, _extended(spot, side, mode))


def _bridge(spot: Spot, mode: Mode, frames: int | None) -> Callable[[Bench], Check]:
    def run(bench: Bench) -> Check:
        document = bench.document
        plan = propose_bridge(
            document,
            spot.item,
            media=bench.media(spot.item.uid),
            after=bench.media(following(document, spot.item)),
            output=bench.output,
            frames=frames,
            mode=mode,
        )
        return carry_out(bench, plan)

    return run


def _shots(bench: Bench) -> tuple[list[Shot], Run]:
    """A take and a part of a plain file, and what they show."""
    rate = bench.document.rate
    paths = [bench.folder / f"shot.{OTHER}.t1.mov", bench.folder / "plain.mov"]
    for path in paths:
        path.touch()
    media = [MediaRef(str(path), MediaKind.VIDEO, 40, rate, 64, 36) for path in paths]
    take = Take(OTHER, 0, media[0], "", seed=1, learned=False, draft=True)
    shots = [Shot(take, 7), Shot(media[1], 5, first=30)]
    return shots, tuple(
        (media[number].path, first + k, "")
        for number, first, frames in ((0, 0, 7), (1, 30, 5))
        for k in range(frames)
    )


def _insert(spot: Spot, mode: Mode) -> Callable[[Bench], Check]:
    at = spot.item.record_in

    def run(bench: Bench) -> Check:
        before = bench.before
        shots, shown = _shots(bench)
        label = snapshot(bench.document).tracks[spot.track].label
        insert_shots(bench.document, shots, track=label, record_in=at, mode=mode)
        return lambda after: _check_laid(before, after, spot.track, at, shown, mode)

    return run


def _check_laid(
    before: list[TrackMap], after: list[TrackMap], track: int, at: int, shown: Run, mode: Mode
) -> None:
    if mode is Mode.ABOVE:
        changed = [n for n, now in enumerate(after) if now not in before]
        assert len(changed) == 1 and changed[0] > track and after[changed[0]].owned
        assert [now for n, now in enumerate(after) if n != changed[0]] == before
        assert seen(after[changed[0]].base) == laid((), at, shown)
        return
    assert len(after) == len(before)
    for number, (old, now) in enumerate(zip(before, after, strict=True)):
        base, mixes = seen(old.base), old.mixes
        if mode is Mode.RIPPLE:
            base, mixes = opened_up(old.base, at, len(shown)), moved_mixes(old, at, len(shown))
        assert seen(now.base) == (laid(base, at, shown) if number == track else base)
        assert now.mixes == mixes


def _fill(spot: Spot) -> Callable[[Bench], Check]:
    def run(bench: Bench) -> Check:
        gap = spot.after
        assert gap is not None
        before, path = bench.before, bench.folder / "long.mov"
        path.touch()
        rate = bench.document.rate
        shot = Shot(MediaRef(str(path), MediaKind.VIDEO, gap.frames + 9, rate, 64, 36), first=3)
        label = snapshot(bench.document).tracks[spot.track].label
        fill_gap(bench.document, f"gap:{label}:{gap.start}", shot, fit=Fit.TRIM)
        shown = tuple((str(path), 3 + k, "") for k in range(gap.frames))
        return lambda after: _check_laid(before, after, spot.track, gap.start, shown, Mode.GAP)

    return run


def _extended(spot: Spot, side: Side, mode: Mode) -> Callable[[Bench], bool]:
    """Whether the extension has a generated clip: a long handle needs none."""

    def prepare(bench: Bench) -> bool:
        extend_clip(bench, spot, side, mode)
        return bool(made_by_job(bench))

    return prepare


def _made_stale(spot: Spot) -> Callable[[Bench], bool]:
    """Extend the tail, then take the last frames before the generated clip away as a host would,
    where nothing else is seen in their place."""

    def prepare(bench: Bench) -> bool:
        extend_clip(bench, spot, Side.TAIL, Mode.GAP)
        made = made_by_job(bench)
        if not made or not bench.document.edit("trim", lambda cut: _shorten(cut, made[0].uid)):
            return False
        hole = made[0].record_in - 1
        return not any(
            any(track.base[hole : hole + 1])
            for track in cut_of(bench.document)
            if track.kind == "Video"
        )

    return prepare


def _shorten(timeline: Any, uid: str) -> bool:
    for track in timeline.tracks:
        for child in range(1, len(track)):
            before, item = track[child - 1], track[child]
            if item.metadata.get("pickup", {}).get("uid") != uid:
                continue
            length = getattr(before, "source_range", None) and before.source_range.duration
            if not isinstance(before, otio.schema.Clip) or length.value <= TRIMMED:
                return False
            less = otio.opentime.RationalTime(TRIMMED, length.rate)
            start = before.source_range.start_time
            before.source_range = otio.opentime.TimeRange(start, length - less)
            track.insert(child, otio.schema.Gap(duration=less))
            return True
    return False


def _update(spot: Spot) -> Callable[[Bench], Check]:
    def run(bench: Bench) -> Check:
        document, (clip, *_) = bench.document, made_by_job(bench)
        assert clip.stale, "what was before it is gone, and it is not stale"
        path, _ = update_media(document, clip)
        media = bench.media(spot.item.uid) if path else None
        plan = propose_update(document, clip, media=media)
        bench.job = UPDATED
        return carry_out(bench, plan)

    return run


def switch_made(bench: Bench) -> Check:
    """Show another take of the job that was placed last."""
    before, made = bench.before, made_by_job(bench)
    old, new = (str(bench.folder / f"out.{bench.job}.t{number}.mov") for number in (1, 2))
    Path(new).touch()
    media = MediaRef(new, MediaKind.VIDEO, 500, bench.document.rate, 1920, 1080)
    take = Take(bench.job, 1, media, "", seed=2, learned=False, draft=True)
    switch_take(bench.document, made[0], take)

    def check(after: list[TrackMap]) -> None:
        assert _visible(after) == _visible(before, lambda p: _renamed(p, old, new))

    return check


def _renamed(picture: Picture | None, old: str, new: str) -> Picture | None:
    return (new, *picture[1:]) if picture is not None and picture[0] == old else picture


def _visible(
    cut: list[TrackMap], change: Callable[[Picture | None], Picture | None] = lambda p: p
) -> list[object]:
    """All that is seen of a cut; which of its items has which part of it left aside."""
    return [
        (
            track.enabled,
            seen(tuple(map(change, track.base))),
            {
                k: replace(mix, outgoing=change(mix.outgoing), incoming=change(mix.incoming))
                for k, mix in track.mixes.items()
            },
        )
        for track in cut
    ]


def split_made(bench: Bench) -> Check:
    """Cut the clip that was generated last in two."""
    before, items = _visible(bench.before), sum(len(track.items) for track in bench.before)
    clip = made_by_job(bench)[0]
    split(bench.document, clip, clip.record_in + max(1, clip.frames // 2))

    def check(after: list[TrackMap]) -> None:
        assert _visible(after) == before
        assert sum(len(track.items) for track in after) == items + 1

    return check


def remove_last(bench: Bench) -> Check:
    """Take what was placed last out again: the cut is seen as it was before."""
    original = bench.original
    remove(bench.document, made_by_job(bench)[0])

    def check(after: list[TrackMap]) -> None:
        assert _visible(after) == _visible(original)

    return check
