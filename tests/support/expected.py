"""What an edit must do to a cut, from the words of its placement and from what the cut showed
before; judged by the oracle, with no code of the core that made the edit.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    ItemKind,
    Mode,
    Origin,
    Proposal,
    Side,
    Source,
    Take,
)
from pickup.timeline import Document, shown, snapshot
from support.oracle import Item, Mix, Picture, TrackMap, read_cut
from support.runs import Run, laid, moved_frame, moved_mixes, opened_up, seen
from support.sound import check_sound, pictures_of
from support.timeline import text_of


@lru_cache(maxsize=8)
def _read(text: str, rate: Fraction) -> list[TrackMap]:
    return read_cut(text, rate)


def cut_of(document: Document) -> list[TrackMap]:
    return _read(text_of(document), document.rate)


class Expected:
    """What a placement means, from its words and from what the cut showed before."""

    def __init__(self, before: list[TrackMap], plan: Proposal, take: Take | None) -> None:
        self.all, self.plan, self.take = before, plan, take
        self.before = pictures_of(before)
        place = plan.placement
        self.at, self.track = place.record_in, len(pictures_of(before[: place.track]))
        self.total = sum(piece.frames for piece in place.pieces)
        self.clip = next(i for i in before[place.track].items if i.uid == place.clip)

    def following(self) -> Item:
        """The next clip on the track of the clip."""
        items = self.before[self.track].items
        return next(i for i in items if i.start > self.clip.start and i.kind != "Gap")

    def new(self, offset: int) -> Picture | None:
        """The picture of the new clips at `offset`, outside them too, as a transition shows it."""
        pieces = self.plan.placement.pieces
        start = 0
        for number, piece in enumerate(pieces):
            if offset < start + piece.frames or number == len(pieces) - 1:
                within = piece.offset + offset - start
                if piece.origin is Origin.SOURCE:
                    return self.clip.picture(within)
                if self.take is None:
                    assert self.plan.placement.mode is Mode.REPLACE
                    return self.clip.picture(within - self._shown_first())
                assert 0 <= within < self.take.media.frames, "the file is too short"
                return (self.take.media.path, within, "")
            start += piece.frames
        return None

    def _shown_first(self) -> int:
        """The frame of its file that the replaced clip begins with."""
        picture = self.clip.picture(0)
        assert picture is not None and isinstance(picture[1], int)
        return picture[1]

    def run(self) -> Run:
        return tuple(self.new(k) for k in range(self.total))

    def check(self, after: list[TrackMap]) -> None:
        mode, origins = self.plan.placement.mode, self.plan.placement.pieces
        real = sum(piece.frames for piece in origins if piece.origin is Origin.SOURCE)
        check_sound(self.all, after, self.at, self.total if mode is Mode.RIPPLE else 0, real)
        after = pictures_of(after)
        match mode:
            case Mode.RIPPLE:
                self._check_ripple(after)
            case Mode.ABOVE:
                self._check_above(after)
            case Mode.REPLACE:
                self._check_in_place(after)
            case _:
                self._check_replaced(after)

    def _check_replaced(self, after: list[TrackMap]) -> None:
        assert len(after) == len(self.before)
        for number, (old, now) in enumerate(zip(self.before, after, strict=True)):
            if number != self.track:
                assert now == old
                continue
            assert seen(now.base) == laid(old.base, self.at, self.run())
            assert now.mixes == old.mixes

    def _check_in_place(self, after: list[TrackMap]) -> None:
        """The new clips show instead of the one that they replace, however long that was."""
        assert len(after) == len(self.before)
        for number, (old, now) in enumerate(zip(self.before, after, strict=True)):
            if number != self.track:
                assert now == old
                continue
            without = laid(old.base, self.clip.start, (None,) * self.clip.frames)
            assert seen(now.base) == laid(without, self.at, self.run())

    def _check_ripple(self, after: list[TrackMap]) -> None:
        assert len(after) == len(self.before)
        for number, (old, now) in enumerate(zip(self.before, after, strict=True)):
            moved = opened_up(old.base, self.at, self.total)
            if number == self.track:
                moved = laid(moved, self.at, self.run())
            assert seen(now.base) == moved
            if number == self.track:
                assert now.mixes == self._source_mixes(old)
            else:
                assert now.mixes == moved_mixes(old, self.at, self.total)

    def _source_mixes(self, old: TrackMap) -> dict[int, Mix]:
        """The transition at the extended end plays over the new clips."""
        joined = dict[int, Mix]()
        is_tail = self.at == self.clip.start + self.clip.frames
        ends = self.clip.start + self.clip.frames if is_tail else self.clip.start
        for frame, mix in old.mixes.items():
            mine = _belongs(old, frame, ends)
            if not mine:
                joined[moved_frame(frame, mix, self.at, self.total)] = mix
            elif is_tail:
                new = self.new(self.total + frame - ends)
                joined[frame + self.total] = replace(mix, outgoing=new)
            else:
                joined[frame] = replace(mix, incoming=self.new(frame - ends))
        return joined

    def _check_above(self, after: list[TrackMap]) -> None:
        news = [n for n, track in enumerate(after) if track not in self.before]
        assert len(news) == 1, "one track is changed or new"
        number = news[0]
        rest = after[:number] + after[number + 1 :]
        now = after[number]
        assert now.owned and now.enabled and not now.mixes and number > self.track
        assert all(track.owned for track in after[self.track + 1 : number + 1])
        old: Run = ()
        if len(after) == len(self.before):
            assert rest == self.before[:number] + self.before[number + 1 :]
            old = self.before[number].base
            assert not any(old[self.at : self.at + self.total])
        else:
            assert rest == self.before
        assert seen(now.base) == laid(old, self.at, self.run())
        if self.at >= self.clip.start + self.clip.frames or self.at + self.total <= self.clip.start:
            tops = [t for t in _run_of_owned(after, self.track) if after.index(t) > number]
            assert not any(any(t.base[self.at : self.at + self.total]) for t in tops)


def _run_of_owned(tracks: list[TrackMap], source: int) -> list[TrackMap]:
    found = []
    for track in tracks[source + 1 :]:
        if not track.owned:
            break
        found.append(track)
    return found


def _belongs(track: TrackMap, frame: int, cut: int) -> bool:
    """Whether the transition over `frame` is the one at `cut`."""
    mix = track.mixes[frame]
    return frame - mix.phase + mix.lead == cut


def check_source(plan: Proposal, expected: Expected) -> None:
    """The request shows the engine the pictures that the timeline shows beside the new ones."""
    request = plan.request
    if request is None:
        return
    clip, source, at = expected.clip, request.source, plan.placement.record_in
    real = sum(p.frames for p in plan.placement.pieces if p.origin is Origin.SOURCE)
    match request:
        case ExtendRequest(side=Side.HEAD):
            begin = -real
        case ExtendRequest():
            begin = clip.frames + real - source.frames
        case BridgeRequest():
            begin = at - clip.start - source.frames
            second = expected.following()
            ripples = plan.placement.mode is Mode.RIPPLE
            covered = at + (0 if ripples else request.frames) - second.start
            _check_run(second, request.after, covered)
        case _:
            begin = at - clip.start
    _check_run(clip, source, begin)


def _check_run(clip: Item, source: Source, begin: int) -> None:
    """`source` is what the clip shows from record offset `begin` on."""
    available = clip.data["media_references"]["DEFAULT_MEDIA"].get("available_range")
    zero = 0 if available else source.media.timecode
    shows = [source.media_frame(k) for k in range(source.frames)]
    assert shows == [_number(clip, begin + k) - zero for k in range(source.frames)]
    assert 0 <= min(shows) <= max(shows) < source.media.frames


def _number(clip: Item, offset: int) -> int:
    picture = clip.picture(offset)
    assert picture is not None and isinstance(picture[1], int)
    return picture[1]


def check_views(document: Document, start: int = 0, end: int | None = None) -> None:
    """The snapshot and the preview say the same of the cut as the oracle, the preview from frame
    `start` on."""
    view, cut = snapshot(document), cut_of(document)
    for shown_track, track in zip(view.tracks, cut, strict=True):
        items = [i for i in shown_track.items if i.kind is not ItemKind.TRANSITION]
        assert [(i.record_in, i.frames) for i in items] == [
            (i.start, i.frames) for i in track.items
        ]
    end = view.frames if end is None else min(end, view.frames)
    tops: dict[int, Picture] = {}
    for track in cut:
        if track.kind == "Video" and track.enabled:
            run = enumerate(track.base[start:end], start)
            tops |= {k: p for k, p in run if p is not None and not p[2]}
    for segment in shown(document, start, end - start):
        for j in range(segment.frames):
            top = tops.get(segment.record_in + j)
            assert bool(segment.uid) == (top is not None)
            if top is not None and segment.media and isinstance(top[1], int):
                assert int((segment.first + j * segment.step) // 1) == top[1]
