"""Whatever the cut and whatever is asked: exactly the intended record frames change.

Hypothesis draws the cuts, `support.oracle` says what each record frame shows. The draws follow from
the test's code alone, so that every run is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError, TimelineError
from pickup.protocol import (
    ExtendRequest,
    ItemKind,
    Matte,
    MediaRef,
    Mode,
    Origin,
    Output,
    Placement,
    Proposal,
    Side,
    SnapshotItem,
    Take,
)
from pickup.timeline import (
    Document,
    place,
    propose_extend,
    propose_inpaint,
    propose_restyle,
    shown,
    snapshot,
)
from pickup.timeline.checks import MAX_DEPTH, check_text
from support.any_cut import AnyCut, any_cut
from support.oracle import Item, Mix, Picture, TrackMap, read_cut
from support.timeline import text_of

EXAMPLES = 220
STEPS = 3
MODES = (Mode.AUTO, Mode.RIPPLE, Mode.RIPPLE, Mode.OVERWRITE, Mode.GAP, Mode.ABOVE)
Frames = dict[int, Picture]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


def runs(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


def opened(cut: AnyCut, folder: Path) -> Document:
    path = folder / "any.otio"
    path.write_text(cut.timeline.to_json_string(), "utf-8")
    return Document.open(path)


def cut_of(document: Document) -> list[TrackMap]:
    return read_cut(text_of(document), document.rate)


def values(text: str) -> object:
    """A timeline as JSON: OTIO reads doubles wrong in the last bit, on which no frame depends."""
    return json.loads(text, parse_float=lambda number: round(float(number), 6))


def pictures(track: TrackMap) -> Frames:
    return {k: picture for k, picture in enumerate(track.base) if picture is not None}


def draw_step(draw: st.DrawFn, document: Document, files: dict[str, MediaRef]) -> Proposal:
    """A drawn verb on a drawn clip. Raises PickupError where it is refused."""
    view = snapshot(document)
    items = [i for t in view.tracks for i in t.items if i.kind is ItemKind.CLIP]
    gaps = [i.frames for t in view.tracks for i in t.items if i.kind is ItemKind.GAP and i.frames]
    working = [item for item in items if not item.refusal or "offline" in item.refusal]
    clip = draw(st.sampled_from(working or items or [_nothing()]))
    media = files.get(clip.media) or MediaRef(clip.media, "video", 9, document.rate, 64, 64)
    output = Output("/takes", "out")
    verb = draw(st.sampled_from(("extend", "extend", "extend", "inpaint", "restyle")))
    if verb == "extend":
        return propose_extend(
            document,
            clip,
            side=draw(st.sampled_from(Side)),
            frames=draw(st.sampled_from([*gaps, *gaps, *range(1, 41)])),
            media=media,
            output=output,
            mode=draw(st.sampled_from(MODES)),
        )
    begin = clip.record_in + draw(st.integers(0, 9))
    asked = draw(st.sampled_from((None, (begin, draw(st.integers(1, 20))))))
    if verb == "inpaint":
        box = Matte(box=(0, 0, 32, 32))
        return propose_inpaint(
            document, clip, media=media, matte=box, output=output, record_range=asked
        )
    return propose_restyle(document, clip, media=media, output=output, record_range=asked)


def _nothing() -> SnapshotItem:
    return SnapshotItem(ItemKind.CLIP, "none", 1, "none", 0, 1)


def made(folder: Path, plan: Proposal, job: str) -> Take | None:
    """The take that the engine would make, as an empty file of the right length."""
    request = plan.request
    if request is None:
        return None
    frames = request.frames if isinstance(request, ExtendRequest) else request.source.frames
    path = folder / f"out.{job}.t1.mov"
    path.touch()
    source = request.source
    media = replace(
        source.media, path=str(path), kind="video", frames=frames, rate=source.rate, timecode=0
    )
    return Take(job, 1, media, "", seed=1, learned=False, draft=True)


class Expected:
    """What a placement means, from its words and from what the cut showed before."""

    def __init__(self, before: list[TrackMap], plan: Proposal, take: Take | None) -> None:
        self.before, self.plan, self.take = before, plan, take
        place = plan.placement
        self.at, self.track = place.record_in, place.track
        self.total = sum(piece.frames for piece in place.pieces)
        self.clip = next(i for i in before[self.track].items if i.uid == place.clip)

    def new(self, offset: int) -> Picture | None:
        """The picture of the new clips at `offset`, outside them too, as a transition shows it."""
        pieces = self.plan.placement.pieces
        start = 0
        for number, piece in enumerate(pieces):
            if offset < start + piece.frames or number == len(pieces) - 1:
                within = piece.offset + offset - start
                if piece.origin is Origin.SOURCE:
                    return self.clip.picture(within)
                assert self.take is not None
                assert 0 <= within < self.take.media.frames, "the file is too short"
                return (self.take.media.path, within, "")
            start += piece.frames
        return None

    def frames(self) -> Frames:
        shown = {self.at + k: self.new(k) for k in range(self.total)}
        return {k: picture for k, picture in shown.items() if picture is not None}

    def check(self, after: list[TrackMap]) -> None:
        match self.plan.placement.mode:
            case Mode.RIPPLE:
                self._check_ripple(after)
            case Mode.ABOVE:
                self._check_above(after)
            case _:
                self._check_replaced(after)

    def _check_replaced(self, after: list[TrackMap]) -> None:
        assert len(after) == len(self.before)
        for number, (old, now) in enumerate(zip(self.before, after, strict=True)):
            if number != self.track:
                assert now == old
                continue
            assert pictures(now) == {**pictures(old), **self.frames()}
            assert now.mixes == old.mixes

    def _check_ripple(self, after: list[TrackMap]) -> None:
        assert len(after) == len(self.before)
        for number, (old, now) in enumerate(zip(self.before, after, strict=True)):
            moved = {self._moved(k): picture for k, picture in pictures(old).items()}
            mine = self.frames() if number == self.track else {}
            assert pictures(now) == {**moved, **mine}
            if number == self.track:
                assert now.mixes == self._source_mixes(old)
            else:
                assert now.mixes == {self._with(k, m): m for k, m in old.mixes.items()}

    def _moved(self, frame: int) -> int:
        return frame + self.total if frame >= self.at else frame

    def _with(self, frame: int, mix: Mix) -> int:
        """A transition moves whole, with the picture that it fades."""
        cut = frame - mix.phase + mix.lead
        moves = cut > self.at or (cut == self.at and mix.incoming is not None)
        return frame + self.total if moves else frame

    def _source_mixes(self, old: TrackMap) -> dict[int, Mix]:
        """The transition at the extended end plays over the new clips."""
        joined = dict[int, Mix]()
        is_tail = self.at == self.clip.start + self.clip.frames
        ends = self.clip.start + self.clip.frames if is_tail else self.clip.start
        for frame, mix in old.mixes.items():
            mine = _belongs(old, frame, ends)
            if not mine:
                joined[self._with(frame, mix)] = mix
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
        old: Frames = {}
        if len(after) == len(self.before):
            assert rest == self.before[:number] + self.before[number + 1 :]
            old = pictures(self.before[number])
            assert not set(old) & set(self.frames())
        else:
            assert rest == self.before
        assert pictures(now) == {**old, **self.frames()}
        covered = range(self.at, self.at + self.total)
        paints = self.at < self.clip.start + self.clip.frames and self.at + self.total > (
            self.clip.start
        )
        if not paints:
            tops = [t for t in _run_of_owned(after, self.track) if after.index(t) > number]
            assert not any(set(pictures(t)) & set(covered) for t in tops)


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
    clip, source = expected.clip, request.source
    real = sum(p.frames for p in plan.placement.pieces if p.origin is Origin.SOURCE)
    if not isinstance(request, ExtendRequest):
        begin = plan.placement.record_in - clip.start
    elif request.side is Side.HEAD:
        begin = -real
    else:
        begin = clip.frames + real - source.frames
    available = clip.data["media_references"]["DEFAULT_MEDIA"].get("available_range")
    zero = 0 if available else source.media.timecode
    shows = [source.media_frame(k) for k in range(source.frames)]
    assert shows == [_number(clip, begin + k) - zero for k in range(source.frames)]
    assert 0 <= min(shows) <= max(shows) < source.media.frames


def _number(clip: Item, offset: int) -> int:
    picture = clip.picture(offset)
    assert picture is not None and isinstance(picture[1], int)
    return picture[1]


def check_views(document: Document) -> None:
    """The snapshot and the preview say the same of the cut as the oracle."""
    view, cut = snapshot(document), cut_of(document)
    for seen, track in zip(view.tracks, cut, strict=True):
        items = [i for i in seen.items if i.kind is not ItemKind.TRANSITION]
        assert [(i.record_in, i.frames) for i in items] == [
            (i.start, i.frames) for i in track.items
        ]
    tops: Frames = {}
    for track in cut:
        if track.kind == "Video" and track.enabled:
            tops |= {k: p for k, p in pictures(track).items() if not p[2]}
    for run in shown(document, 0, view.frames):
        for k in range(run.record_in, run.record_in + run.frames):
            top = tops.get(k)
            assert bool(run.uid) == (top is not None)
            if top is not None and run.media and isinstance(top[1], int):
                j = k - run.record_in
                assert int((run.first + j * run.step) // 1) == top[1]


@runs(EXAMPLES)
@given(data=st.data())
def test_exactly_the_intended_frames_change(folder: Path, data: st.DataObject) -> None:
    cut = data.draw(any_cut(folder))
    document = opened(cut, folder)
    assert document.rate == cut.rate
    raw = read_cut(cut.timeline.to_json_string(), cut.rate)
    assert [(t.base, t.mixes) for t in cut_of(document)] == [(t.base, t.mixes) for t in raw]
    files = dict(cut.media)
    texts = [text_of(document)]
    placed: list[Placement] = []
    for step in range(STEPS):
        before, text = cut_of(document), text_of(document)
        job = f"job-{step:04d}"
        try:
            plan = draw_step(data.draw, document, files)
        except PickupError as refused:
            event(f"refused {refused.code}")
            assert text_of(document) == text
            continue
        assert text_of(document) == text
        take = made(folder, plan, job)
        expected = Expected(before, plan, take)
        check_source(plan, expected)
        media = take.media if take else None
        try:
            place(document, plan.placement, take)
        except PickupError as refused:
            assert refused.code == "timeline.already_placed"
            assert plan.placement in placed
            assert text_of(document) == text
            continue
        placed.append(plan.placement)
        if media is not None:
            files[media.path] = media
        event(f"{plan.placement.operation} {plan.placement.mode}")
        expected.check(cut_of(document))
        check_views(document)
        texts.append(text_of(document))
    saved = document.save(folder / "saved.otio")
    again = Document.open(saved)
    assert values(text_of(again)) == values(text_of(document))
    assert [(t.base, t.mixes) for t in cut_of(again)] == [
        (t.base, t.mixes) for t in cut_of(document)
    ]
    for text in texts[-2::-1]:
        document.undo()
        assert text_of(document) == text
    for text in texts[1:]:
        document.redo()
        assert text_of(document) == text
    assert isinstance(document.timeline, otio.schema.Timeline)
    assert isinstance(document.rate, Fraction)


TEXTS = st.text('[]{}"\\\\ a', max_size=6)
VALUES = st.recursive(
    TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
        case list():
            return 1 + max(map(depth, value), default=0)
    return 0


@runs(100)
@given(value=VALUES)
def test_nesting_is_counted_outside_of_strings_only(value: object) -> None:
    wrapped = value
    for _ in range(MAX_DEPTH - depth(value)):
        wrapped = {'"]': wrapped, "[": 1}
    check_text(json.dumps(wrapped).encode(), "any.otio")
    with pytest.raises(TimelineError) as caught:
        check_text(json.dumps([wrapped]).encode(), "any.otio")
    assert caught.value.code == "timeline.depth"
