"""Whatever the cut and whatever was placed: taking it out gives back exactly what was there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError
from pickup.protocol import (
    ExtendRequest,
    ItemKind,
    MediaRef,
    Mode,
    Output,
    Proposal,
    Side,
    SnapshotItem,
    Take,
)
from pickup.timeline import Document, place, propose_extend, propose_restyle, remove, snapshot
from pickup.timeline.locate import locate
from support.any_cut import any_cut
from support.expected import cut_of
from support.timeline import text_of

EXAMPLES = 100
MODES = (Mode.RIPPLE, Mode.RIPPLE, Mode.OVERWRITE, Mode.OVERWRITE, Mode.GAP, Mode.ABOVE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


def plan(draw: st.DrawFn, document: Document, files: dict[str, MediaRef]) -> Proposal:
    """A drawn verb on a drawn clip. Raises PickupError where it is refused."""
    view = snapshot(document)
    items = [i for t in view.tracks for i in t.items if i.kind is ItemKind.CLIP]
    gaps = [i.frames for t in view.tracks for i in t.items if i.kind is ItemKind.GAP and i.frames]
    working = [item for item in items if not item.refusal or "offline" in item.refusal]
    nothing = SnapshotItem(ItemKind.CLIP, "none", 1, "none", 0, 1)
    clip = draw(st.sampled_from(working or items or [nothing]))
    media = files.get(clip.media) or MediaRef(clip.media, "video", 9, document.rate, 64, 64)
    output = Output("/takes", "out")
    if draw(st.integers(0, 5)) == 0:
        return propose_restyle(document, clip, media=media, output=output)
    return propose_extend(
        document,
        clip,
        side=draw(st.sampled_from(Side)),
        frames=draw(st.sampled_from([*gaps, *range(1, 31)])),
        media=media,
        output=output,
        mode=draw(st.sampled_from(MODES)),
    )


def made(folder: Path, proposal: Proposal, job: str) -> Take | None:
    request = proposal.request
    if request is None:
        return None
    frames = request.frames if isinstance(request, ExtendRequest) else request.source.frames
    path = folder / f"out.{job}.t1.mov"
    path.touch()
    source = request.source
    media = replace(
        source.media, path=str(path), kind="video", frames=frames, rate=source.rate, timecode=0
    )
    return Take(job, 0, media, "", seed=1, learned=False, draft=True)


def looks(document: Document) -> list[Any]:
    """What every record frame of every track shows, without empty ends of tracks."""
    return [
        (_until_last(track.base), track.mixes, track.enabled, track.owned, track.kind)
        for track in cut_of(document)
    ]


def uids(document: Document) -> list[str]:
    return [i.uid for t in snapshot(document).tracks for i in t.items if i.kind is ItemKind.CLIP]


def is_ours(document: Document, uid: str) -> bool:
    """Whether Pickup placed the clip, which is no half of an earlier one that a ripple split."""
    found = locate(document.timeline, uid, document.rate)
    own = found.slot.item.metadata["pickup"] if found else {}
    return "placement" in own and "cut_from" not in own


def _until_last(base: Any) -> Any:
    end = max((k + 1 for k, picture in enumerate(base) if picture is not None), default=0)
    return base[:end]


def structure(document: Document) -> list[Any]:
    """Every item of every track with all that it says, but how its times are spelled, in which
    order its markers are, and of how many gaps an empty run is."""
    return [list(_items(track["children"])) for track in _tracks(document)]


def _tracks(document: Document) -> list[Any]:
    found: list[Any] = json.loads(text_of(document))["tracks"]["children"]
    return found


def _items(children: list[Any]) -> Iterator[Any]:
    for item in children:
        if item["OTIO_SCHEMA"] == "Gap.1":
            continue
        own = (item.get("metadata") or {}).get("pickup") or {}
        markers = sorted(json.dumps(m, sort_keys=True) for m in item.get("markers") or [])
        kept = {k: v for k, v in item.items() if k not in ("source_range", "markers", "metadata")}
        yield json.dumps([kept, markers, own.get("uid", "")], sort_keys=True)


def runs(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )


@runs(EXAMPLES)
@given(data=st.data())
def test_removing_what_was_placed_gives_the_cut_back(folder: Path, data: st.DataObject) -> None:
    cut = data.draw(any_cut(folder))
    path = folder / "any.otio"
    path.write_text(cut.timeline.to_json_string(), "utf-8")
    document = Document.open(path)
    files = dict(cut.media)
    states: list[tuple[list[Any], list[Any], str]] = []
    for step in range(3):
        before, known = (looks(document), structure(document)), uids(document)
        try:
            proposal = plan(data.draw, document, files)
            take = made(folder, proposal, f"job-{step:04d}")
            place(document, proposal.placement, take)
        except PickupError as refused:
            event(f"refused {refused.code}")
            continue
        if take is not None:
            files[take.media.path] = take.media
        ours = [uid for uid in uids(document) if uid not in known and is_ours(document, uid)]
        states.append((*before, data.draw(st.sampled_from(ours))))
    if data.draw(st.booleans()):
        document = Document.open(document.save(folder / "again.otio"))
    for shows, items, uid in reversed(states):
        text = text_of(document)
        result = remove(document, uid)
        event(" ".join(result.sentence.split()[-3:]))
        assert looks(document) == shows, result
        assert structure(document) == items
        assert not result.warnings
        document.undo()
        assert text_of(document) == text
        document.redo()
