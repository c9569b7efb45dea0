"""Generated files carry handles: frames beyond what the cut shows, at the end that is free."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pickup.errors import MediaError, RequestError
from pickup.protocol import (
    HANDLE_FRAMES,
    EditResult,
    ExtendRequest,
    Guidance,
    Keyframe,
    MediaRef,
    Mode,
    Origin,
    Output,
    Proposal,
    Side,
    SnapshotItem,
    Take,
)
from pickup.timeline import Document, find_clip, place, propose_extend, snapshot
from support.expected import Expected, cut_of
from support.oracle import read_cut
from support.timeline import (
    RATES,
    Shot,
    assert_files_hold_all,
    make_timeline,
    media_of_shot,
    open_timeline,
    take_for,
    text_of,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 100, first=7, total=107)
REAL, NEW = 10, 14
"""Of 24 frames after A."""


@dataclass(frozen=True)
class Edited:
    plan: Proposal
    take: Take
    result: EditResult

    @property
    def request(self) -> ExtendRequest:
        assert isinstance(self.plan.request, ExtendRequest)
        return self.plan.request


def cut(folder: Path, rate: Fraction = R, gap: int = 60) -> Document:
    return open_timeline(folder, make_timeline(folder, rate, [[A, gap, B]], [Shot("song", 300)]))


def plan(
    document: Document, media: MediaRef, clip: str, side: Side, frames: int, mode: Mode, **more: Any
) -> Proposal:
    return propose_extend(
        document, find_clip(document, clip), side=side, frames=frames, mode=mode, media=media,
        output=Output(str(Path(media.path).parent), "out"), **more,
    )  # fmt: skip


def extended(
    folder: Path, document: Document, shot: Shot, side: Side, mode: Mode, **more: Any
) -> Edited:
    """24 frames more, checked against the oracle: exactly the intended record frames changed."""
    media = media_of_shot(folder, shot, document.rate)
    proposal = plan(document, media, shot.name, side, 24, mode, **more)
    take, before = take_for(folder, proposal), cut_of(document)
    result = place(document, proposal.placement, take, media=media)
    Expected(before, proposal, take).check(cut_of(document))
    assert_files_hold_all(document)
    return Edited(proposal, take, result)


def generated(document: Document) -> SnapshotItem:
    items = [item for track in snapshot(document).tracks for item in track.items]
    (found,) = (item for item in items if item.generated)
    return found


def shown_of(document: Document, path: str, text: str = "") -> list[int]:
    """The frames of a file that the cut shows, in record order."""
    cut = read_cut(text or text_of(document), document.rate)
    found = (picture for track in cut for picture in track.base)
    return [int(str(picture[1])) for picture in found if picture and picture[0] == path]


def trimmed(document: Document, path: str, head: int, tail: int) -> str:
    """The cut's JSON after an editor has dragged the ends of the clip that shows `path` outward."""
    data = json.loads(text_of(document))
    for track in data["tracks"]["children"]:
        for item in track["children"]:
            reference = (item.get("media_references") or {}).get("DEFAULT_MEDIA") or {}
            if reference.get("target_url") == path:
                item["source_range"]["start_time"]["value"] -= head
                item["source_range"]["duration"]["value"] += head + tail
                start, available = item["source_range"], reference["available_range"]
                first = start["start_time"]["value"] - available["start_time"]["value"]
                assert first >= 0, "the file has no such frames"
                end = first + start["duration"]["value"]
                assert end <= available["duration"]["value"], "the file has no such frames"
    return json.dumps(data)


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE])
def test_a_tail_has_its_handle_after_what_the_cut_shows(tmp_path: Path, mode: Mode) -> None:
    document = cut(tmp_path)
    done = extended(tmp_path, document, A, Side.TAIL, mode)
    assert (done.request.frames, done.request.handle) == (NEW + HANDLE_FRAMES, HANDLE_FRAMES)
    real, made = done.plan.placement.pieces
    assert (real.origin, real.frames) == (Origin.SOURCE, REAL)
    assert (made.origin, made.frames, made.offset) == (Origin.GENERATED, NEW, 0)
    item, path = generated(document), done.take.media.path
    assert (item.head_handle, item.tail_handle) == (0, HANDLE_FRAMES)
    assert shown_of(document, path) == list(range(NEW))
    longer = trimmed(document, path, 0, HANDLE_FRAMES)
    assert shown_of(document, path, longer) == list(range(NEW + HANDLE_FRAMES))
    with pytest.raises(AssertionError, match="no such frames"):
        trimmed(document, path, 0, HANDLE_FRAMES + 1)


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE])
def test_a_head_has_its_handle_before_what_the_cut_shows(tmp_path: Path, mode: Mode) -> None:
    document = cut(tmp_path)
    done = extended(tmp_path, document, B, Side.HEAD, mode)
    made, real = done.plan.placement.pieces
    assert (real.frames, real.offset) == (7, -7)
    assert (made.frames, made.offset) == (17, HANDLE_FRAMES)
    assert (done.request.frames, done.request.handle) == (17 + HANDLE_FRAMES, HANDLE_FRAMES)
    item, path = generated(document), done.take.media.path
    assert (item.head_handle, item.tail_handle) == (HANDLE_FRAMES, 0)
    last = 17 + HANDLE_FRAMES
    assert shown_of(document, path) == list(range(HANDLE_FRAMES, last))
    longer = trimmed(document, path, HANDLE_FRAMES, 0)
    assert shown_of(document, path, longer) == list(range(last))
    with pytest.raises(AssertionError, match="no such frames"):
        trimmed(document, path, HANDLE_FRAMES + 1, 0)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("side", list(Side))
def test_handles_hold_at_every_rate(tmp_path: Path, rate: Fraction, side: Side) -> None:
    document = cut(tmp_path, rate)
    extended(tmp_path, document, A if side is Side.TAIL else B, side, Mode.GAP)
    item = generated(document)
    free = item.tail_handle if side is Side.TAIL else item.head_handle
    assert free == HANDLE_FRAMES


@pytest.mark.parametrize("offsets", [(6, 8), (0, 8), (6, 0)])
@pytest.mark.parametrize("side", list(Side))
def test_beyond_a_transition_the_handle_is_still_whole(
    tmp_path: Path, side: Side, offsets: tuple[int, int]
) -> None:
    """What the transition shows of the file is not counted as handle."""
    shot = A if side is Side.TAIL else B
    others = [Shot("C", 100, first=20), Shot("D", 100, first=20)]
    parts = [others[0], offsets, shot, offsets, others[1]]
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [parts]))
    done = extended(tmp_path, document, shot, side, Mode.RIPPLE)
    shown = sum(p.frames for p in done.plan.placement.pieces if p.origin is Origin.GENERATED)
    under = offsets[1] if side is Side.TAIL else offsets[0]
    assert done.request.frames == shown + under + HANDLE_FRAMES
    item = generated(document)
    free = item.tail_handle if side is Side.TAIL else item.head_handle
    assert free == HANDLE_FRAMES


@pytest.mark.parametrize("side", list(Side))
def test_handles_are_as_long_as_is_asked(tmp_path: Path, side: Side) -> None:
    shot, new = (A, NEW) if side is Side.TAIL else (B, 17)
    for handle in (0, 1, 30):
        document = cut(tmp_path)
        done = extended(tmp_path, document, shot, side, Mode.GAP, handle=handle)
        assert (done.request.frames, done.request.handle) == (new + handle, handle)
        item = generated(document)
        assert (item.tail_handle if side is Side.TAIL else item.head_handle) == handle
    with pytest.raises(RequestError) as caught:
        extended(tmp_path, cut(tmp_path), shot, side, Mode.GAP, handle=-1)
    assert caught.value.code == "request.handle"


def test_where_the_clips_own_frames_suffice_nothing_is_made_for_a_handle(tmp_path: Path) -> None:
    document = cut(tmp_path)
    media = media_of_shot(tmp_path, A, R)
    for frames, is_made in ((REAL, False), (REAL + 1, True)):
        proposal = plan(document, media, "A", Side.TAIL, frames, Mode.GAP)
        assert (proposal.request is not None) is is_made
    assert isinstance(proposal.request, ExtendRequest)
    assert proposal.request.frames == 1 + HANDLE_FRAMES


def test_the_file_needs_its_handle_nowhere_in_the_cut(tmp_path: Path) -> None:
    """A gap that holds what is asked for is enough, and nothing of the handle is overwritten."""
    document = cut(tmp_path, gap=24)
    done = extended(tmp_path, document, A, Side.TAIL, Mode.AUTO)
    assert done.plan.placement.mode is Mode.GAP
    assert done.plan.sentence == (
        "Fills 24 frames of the gap after A: 10 real, 14 generated. Nothing else moves."
    )


def pinned(frame: int) -> Guidance:
    return Guidance(keyframes=(Keyframe(frame, "end.png"),))


@pytest.mark.parametrize("frame", [0, 5, 13])
def test_pins_count_from_the_first_frame_that_is_asked_for(tmp_path: Path, frame: int) -> None:
    document = cut(tmp_path)
    tail = plan(
        document, media_of_shot(tmp_path, A, R), "A", Side.TAIL, 24, Mode.GAP,
        guidance=pinned(frame),
    ).request  # fmt: skip
    head = plan(
        document, media_of_shot(tmp_path, B, R), "B", Side.HEAD, 24, Mode.GAP,
        guidance=pinned(frame),
    ).request  # fmt: skip
    assert tail is not None and head is not None
    assert tail.guidance.keyframes[0].frame == frame
    assert head.guidance.keyframes[0].frame == frame + HANDLE_FRAMES


@pytest.mark.parametrize(("shot", "side", "new"), [(A, Side.TAIL, NEW), (B, Side.HEAD, 17)])
def test_a_pin_in_the_handle_is_refused(tmp_path: Path, shot: Shot, side: Side, new: int) -> None:
    media = media_of_shot(tmp_path, shot, R)
    for frame in (new, -1):
        with pytest.raises(RequestError, match=f"there are {new} generated frames") as caught:
            plan(cut(tmp_path), media, shot.name, side, 24, Mode.GAP, guidance=pinned(frame))
        assert caught.value.code == "request.keyframe"


def made_name(document: Document) -> str:
    return generated(document).name


@pytest.mark.parametrize("side", list(Side))
def test_the_handle_of_a_generated_clip_is_not_called_real(tmp_path: Path, side: Side) -> None:
    shot = A if side is Side.TAIL else B
    document = cut(tmp_path, gap=90)
    first = extended(tmp_path, document, shot, side, Mode.GAP)
    media, before = first.take.media, cut_of(document)
    proposal = plan(document, media, made_name(document), side, 48, Mode.GAP)
    assert "12 from its handle, 36 generated" in proposal.sentence
    take = take_for(tmp_path, proposal, "job-0002")
    result = place(document, proposal.placement, take, media=media)
    Expected(before, proposal, take).check(cut_of(document))
    assert_files_hold_all(document)
    assert [clip.origin for clip in result.clips] == [Origin.GENERATED] * 2
    own = result.clips[0 if side is Side.TAIL else 1]
    assert own.media == media.path
    assert own.media_start_frame == (NEW if side is Side.TAIL else 0)
    clip = next(c for c in document.timeline.find_clips() if c.name == own.name)
    assert clip.name == f"{shot.name} extend handle job-0001.t{first.take.index + 1}"
    assert dict(clip.metadata["pickup"]["generated"])["job"] == "job-0001"
    (marker,) = clip.markers
    assert marker.name == "AI-generated"
    assert marker.marked_range == clip.source_range


def test_a_handle_alone_needs_no_take(tmp_path: Path) -> None:
    document = cut(tmp_path)
    first = extended(tmp_path, document, A, Side.TAIL, Mode.GAP)
    text, before = text_of(document), cut_of(document)
    proposal = plan(
        document, first.take.media, made_name(document), Side.TAIL, HANDLE_FRAMES, Mode.GAP
    )
    assert proposal.request is None
    assert "all 12 from its handle" in proposal.sentence
    (clip,) = place(document, proposal.placement, media=first.take.media).clips
    Expected(before, proposal, None).check(cut_of(document))
    assert (clip.origin, clip.media_start_frame) == (Origin.GENERATED, NEW)
    assert shown_of(document, first.take.media.path) == list(range(NEW + HANDLE_FRAMES))
    document.undo()
    assert text_of(document) == text


def test_a_file_that_came_without_its_head_is_refused(tmp_path: Path) -> None:
    """The offset of a head lies behind the handle: a shorter file would show other frames."""
    document = cut(tmp_path)
    media = media_of_shot(tmp_path, B, R)
    proposal = plan(document, media, "B", Side.HEAD, 24, Mode.GAP)
    short = plan(document, media, "B", Side.HEAD, 24, Mode.GAP, handle=0)
    before = text_of(document)
    with pytest.raises(MediaError, match="29 are needed"):
        place(document, proposal.placement, take_for(tmp_path, short), media=media)
    assert text_of(document) == before
