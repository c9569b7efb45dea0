"""Whatever the cut and whatever is asked: exactly the intended record frames change.

Hypothesis draws the cuts, `support.oracle` says what each record frame shows. The draws follow from
the test's code alone, so that every run is the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError, TimelineError
from pickup.protocol import (
    ItemKind,
    Matte,
    MediaRef,
    Mode,
    Output,
    Placement,
    Proposal,
    Side,
    SnapshotItem,
)
from pickup.timeline import (
    Document,
    place,
    propose_extend,
    propose_inpaint,
    propose_restyle,
    snapshot,
)
from pickup.timeline.files.checks import MAX_DEPTH, check_text
from support.any_cut import AnyCut, any_cut
from support.expected import Expected, check_source, check_views, cut_of
from support.oracle import read_cut
from support.timeline import take_for, text_of

EXAMPLES = 220
STEPS = 3
MODES = (Mode.AUTO, Mode.RIPPLE, Mode.RIPPLE, Mode.OVERWRITE, Mode.GAP, Mode.ABOVE)


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


def values(text: str) -> object:
    """A timeline as JSON: OTIO reads doubles wrong in the last bit, on which no frame depends."""
    return json.loads(text, parse_float=lambda number: round(float(number), 6))


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
        take = take_for(folder, plan, job) if plan.request else None
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
