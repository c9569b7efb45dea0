"""Whatever the cut: what was just placed fits, and an update touches nothing but its own clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError
from pickup.protocol import ItemKind, Matte, Mode, Output, Proposal, Side, SnapshotItem
from pickup.timeline import (
    Document,
    following,
    propose_bridge,
    propose_extend,
    propose_inpaint,
    propose_restyle,
    snapshot,
)
from support.any_cut import AnyCut, any_cut
from support.living import Scene, resize, slip, trim_head, trim_tail
from support.oracle import TrackMap, read_cut
from support.timeline import Shot as Other
from support.timeline import clip_of, gap, text_of

EXAMPLES = 100
MODES = (Mode.AUTO, Mode.RIPPLE, Mode.OVERWRITE, Mode.GAP, Mode.ABOVE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


def opened(cut: AnyCut, folder: Path) -> Scene:
    for old in folder.glob("out.*"):
        old.unlink()
    path = folder / "any.otio"
    path.write_text(cut.timeline.to_json_string(), "utf-8")
    return Scene(folder, Document.open(path), probes=dict(cut.media))


def clips(made: Scene) -> list[SnapshotItem]:
    items = [i for t in snapshot(made.document).tracks for i in t.items if t.kind == "video"]
    return [item for item in items if item.kind is ItemKind.CLIP and item.media in made.probes]


def propose(draw: st.DrawFn, made: Scene, clip: SnapshotItem) -> Proposal:
    """A drawn verb; raises PickupError where it is refused."""
    document, media = made.document, made.probes[clip.media]
    how: dict[str, Any] = {"media": media, "output": Output(str(made.folder), "out")}
    begin = clip.record_in + draw(st.integers(0, 9))
    part = draw(st.sampled_from((None, (begin, draw(st.integers(1, 20))))))
    match draw(st.sampled_from(("extend", "extend", "bridge", "inpaint", "restyle"))):
        case "extend":
            how |= {"side": draw(st.sampled_from(Side)), "frames": draw(st.integers(1, 40))}
            return propose_extend(document, clip, mode=draw(st.sampled_from(MODES)), **how)
        case "bridge":
            uid = following(document, clip)
            after = next(item.media for item in clips(made) if item.uid == uid)
            return propose_bridge(
                document, clip, after=made.probes[after], mode=draw(st.sampled_from(MODES)), **how
            )
        case "inpaint":
            box = Matte(box=(0, 0, 32, 32))
            return propose_inpaint(document, clip, matte=box, record_range=part, **how)
        case _:
            return propose_restyle(document, clip, record_range=part, **how)


def host_edit(draw: st.DrawFn, folder: Path, timeline: Any, rate: Fraction) -> None:
    """What an editor does in the host, on a drawn item of a drawn track of pictures."""
    tracks = [track for track in timeline.tracks if track.kind == "Video" and len(track)]
    track = draw(st.sampled_from(tracks))
    child = draw(st.integers(0, len(track) - 1))
    item, by = track[child], draw(st.integers(1, 6))
    if isinstance(item, otio.schema.Transition):
        return
    is_clip = isinstance(item, otio.schema.Clip)
    long_enough = item.source_range.duration.value > by + 1
    match draw(st.sampled_from(("gap", "trim", "head", "slip", "other", "off", "remove"))):
        case "gap":
            track.insert(child, gap(by, rate))
        case "trim" if long_enough and is_clip:
            trim_tail(item, by)
        case "head" if long_enough and is_clip:
            trim_head(item, by)
        case "slip" if is_clip:
            slip(item, by)
        case "other":
            track.insert(child, clip_of(folder, Other("other", 5 + by), rate))
        case "off" if is_clip:
            item.enabled = not item.enabled
        case "remove":
            del track[child]
        case _ if isinstance(item, otio.schema.Gap):
            resize(item, by)


def outside(track: TrackMap, frames: set[int]) -> list[Any]:
    """What a track shows but in `frames`, and without the empty end."""
    shown = [None if k in frames else picture for k, picture in enumerate(track.base)]
    while shown and shown[-1] is None:
        shown.pop()
    return shown


def only_changed(old: list[TrackMap], new: list[TrackMap], frames: set[int]) -> bool:
    """Whether one track at most shows something else, in `frames` alone; another one may have been
    put in, for what had no room."""
    if len(new) > len(old):
        return any(
            is_only_in(new[k], frames) and only_changed(old, new[:k] + new[k + 1 :], frames)
            for k in range(len(new))
        )
    pairs = list(zip(old, new, strict=True))
    others = [pair for pair in pairs if outside(pair[0], set()) != outside(pair[1], set())]
    return len(others) <= 1 and all(outside(a, frames) == outside(b, frames) for a, b in others)


def is_only_in(track: TrackMap, frames: set[int]) -> bool:
    return not outside(track, frames)


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_new_clips_fit_and_updates_touch_nothing_else(folder: Path, data: st.DataObject) -> None:
    draw = data.draw
    made = opened(draw(any_cut(folder)), folder)
    candidates = clips(made)
    if not candidates:
        return
    try:
        proposal = propose(draw, made, draw(st.sampled_from(candidates)))
    except PickupError as error:
        event(f"refused {error.code}")
        return
    if proposal.request is None:
        return
    made.use(proposal)
    assert made.stale() == [""], proposal.placement
    made.change(lambda timeline: None, bare=draw(st.booleans()))
    assert made.stale() == [""], proposal.placement
    made.probes[str(folder / "other.mov")] = made.media(Other("other", 9))

    def edits(timeline: Any) -> None:
        for _ in range(draw(st.integers(1, 3))):
            host_edit(draw, folder, timeline, made.rate)

    try:
        made.change(edits, bare=draw(st.booleans()))
    except PickupError as error:
        event(f"not opened {error.code}")
        return
    for clip in made.generated():
        if clip.stale:
            event(clip.stale.rstrip("0123456789 "))
            update(made, clip)


def update(made: Scene, clip: SnapshotItem) -> None:
    before = text_of(made.document)
    try:
        made.proposed_update(clip)
    except PickupError as error:
        event(f"no update {error.code}")
        assert text_of(made.document) == before
        return
    made.update(clip)
    event("updated")
    after = text_of(made.document)
    now = [item for item in made.generated() if item.uid == clip.uid]
    assert [item.stale for item in now] == [""], clip.stale
    own = {k for one in (clip, *now) for k in range(one.record_in, one.record_in + one.frames)}
    assert only_changed(read_cut(before, made.rate), read_cut(after, made.rate), own)
    assert made.document.undo()
    assert text_of(made.document) == before
    made.document.redo()
