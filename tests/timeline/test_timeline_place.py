"""Placing: one edit, one undo, nothing half done, and every new clip says who made it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import MediaError, PickupError, RequestError, TimelineError
from pickup.protocol import HANDLE_FRAMES, Mode, Origin, Output, Placement, Proposal, Side, Take
from pickup.timeline import Document, find_clip, place, propose_extend, propose_restyle
from support.takes import write_take
from support.timeline import (
    Shot,
    extend,
    make_timeline,
    maps,
    media_of_shot,
    open_timeline,
    propose,
    span,
    take_for,
    text_of,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)


def document_of(folder: Path, gap: int = 60) -> Document:
    return open_timeline(folder, make_timeline(folder, R, [[A, gap, B]], [Shot("song", 300)]))


def plan(document: Document, folder: Path, mode: Mode = Mode.AUTO) -> Proposal:
    return propose(document, folder, A, Side.TAIL, 24, mode)


def test_one_undo_takes_the_whole_edit_back_and_redo_brings_it(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    for mode in (Mode.GAP, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE):
        before = text_of(document)
        extend(document, tmp_path, A, Side.TAIL, 24, mode)
        after = text_of(document)
        assert after != before
        assert document.can_undo == "Extend A"
        assert document.undo() == "Extend A"
        assert text_of(document) == before
        assert document.redo() == "Extend A"
        assert text_of(document) == after
        document.undo()
    assert document.revision == 16
    assert document.can_redo == "Extend A"
    with pytest.raises(TimelineError):
        document.undo()


def test_a_new_clip_says_who_made_it(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    said = {"model": "the-model", "digital_source_type": "some-type", "learned": True}
    take = write_take(proposal, tmp_path, 3, "0b7f2c", **said)
    place(document, proposal.placement, take)
    clip = document.timeline.tracks[0][2]
    assert clip.name == "A extend 0b7f2c.t4"
    assert clip.media_reference.target_url == take.media.path
    expected = {
        "job": "0b7f2c",
        "take": 3,
        "operation": "extend",
        "model": "the-model",
        "learned": True,
        "draft": True,
        "digital_source_type": "some-type",
        "sidecar": f"{take.media.path}.pickup.json",
    }
    assert dict(clip.metadata["pickup"]["generated"]) == expected
    assert dict(clip.media_reference.metadata["pickup"]["generated"]) == expected
    assert clip.metadata["pickup"]["uid"]
    (marker,) = clip.markers
    assert (marker.name, marker.comment, marker.color) == (
        "AI-generated", "AI-generated", "PURPLE",
    )  # fmt: skip
    assert clip.media_reference.available_range == span(0, 14 + HANDLE_FRAMES, R)
    assert clip.source_range == span(0, 14, R)
    handle = document.timeline.tracks[0][1]
    assert "generated" not in handle.metadata["pickup"]
    assert not len(handle.markers)


def test_what_the_model_warned_of_is_said(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    take = write_take(proposal, tmp_path, details={"warnings": ["A shadow stays behind.", 3]})
    assert place(document, proposal.placement, take).warnings == ("A shadow stays behind.",)


def test_broken_sidecar_does_not_stop_the_edit(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    sidecar = tmp_path / "broken.mov.pickup.json"
    sidecar.write_text("{")
    take = replace(take_for(tmp_path, proposal), sidecar=str(sidecar))
    place(document, proposal.placement, take, model="told")
    assert document.timeline.tracks[0][2].metadata["pickup"]["generated"]["model"] == "told"


def test_effects_and_grade_come_along_and_time_effects_do_not(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[replace(A, speed=0.5, frames=60), 60, B]])
    clip = timeline.tracks[0][0]
    move = otio.schema.Effect("move", "Transform", {"Resolve_OTIO": {"Keyframes": {"1": 2}}})
    off = otio.schema.Effect("off", "Blur")
    off.enabled = False
    clip.effects.extend([move, off])
    clip.metadata["cdl"] = {"asc_sat": 0.9}
    clip.metadata["Resolve_OTIO"] = {"Link Group ID": 4, "Other": 1}
    document = open_timeline(tmp_path, timeline)
    shot = replace(A, speed=0.5, frames=60, total=85)
    done = extend(document, tmp_path, shot, Side.TAIL, 24, Mode.GAP)
    _, handle, made, *_ = document.timeline.tracks[0]
    assert [type(e).__name__ for e in handle.effects] == ["LinearTimeWarp", "Effect", "Effect"]
    assert [e.name for e in made.effects] == ["move"]
    assert made.metadata["cdl"]["asc_sat"] == 0.9
    assert "Link Group ID" not in handle.metadata["Resolve_OTIO"]
    assert document.timeline.tracks[0][0].metadata["Resolve_OTIO"]["Link Group ID"] == 4
    assert any("keyframes" in warning for warning in done.proposal.warnings)
    assert any("DaVinci Resolve" in warning for warning in done.proposal.warnings)


def test_the_spelling_of_paths_follows_the_timeline(tmp_path: Path) -> None:
    folder = tmp_path / "a b#c"
    folder.mkdir()
    timeline = make_timeline(folder, R, [[A, 60]])
    reference = timeline.tracks[0][0].media_reference
    reference.target_url = (folder / "A.mov").as_uri()
    document = open_timeline(folder, timeline)
    done = extend(document, folder, A, Side.TAIL, 24, Mode.GAP)
    url = document.timeline.tracks[0][2].media_reference.target_url
    assert url == (folder / "out.job-0001.t1.mov").as_uri()
    assert done.result.clips[1].media == str(folder / "out.job-0001.t1.mov")


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE])
def test_the_same_job_is_placed_once(tmp_path: Path, mode: Mode) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path, mode)
    take = take_for(tmp_path, proposal)
    place(document, proposal.placement, take)
    before = text_of(document)
    for again in (take, replace(take, index=2)):
        with pytest.raises(TimelineError) as caught:
            place(document, proposal.placement, again)
        assert caught.value.code == "timeline.already_placed"
    assert text_of(document) == before
    document.undo()
    place(document, proposal.placement, take)


def test_a_placed_job_is_known_again_when_only_its_file_name_is_left(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path, Mode.ABOVE)
    take = take_for(tmp_path, proposal)
    place(document, proposal.placement, take)
    stripped = document.timeline.clone()
    for clip in list(stripped.find_clips()):
        if "placement" in clip.metadata["pickup"]:
            del clip.metadata["pickup"]
            clip.name = "renamed"
    reopened = open_timeline(tmp_path, stripped, "host.otio")
    with pytest.raises(TimelineError) as caught:
        place(reopened, proposal.placement, take)
    assert caught.value.code == "timeline.already_placed"


def test_real_frames_are_placed_once_too(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = propose(document, tmp_path, A, Side.TAIL, 10, Mode.ABOVE)
    place(document, proposal.placement)
    with pytest.raises(TimelineError) as caught:
        place(document, proposal.placement)
    assert caught.value.code == "timeline.already_placed"


def changed_gap(timeline: Any) -> None:
    timeline.tracks[0][1].source_range = span(0, 59, R)


def changed_clip(timeline: Any) -> None:
    timeline.tracks[0][0].source_range = span(50, 99, R)


def replaced_clip(timeline: Any) -> None:
    timeline.tracks[0][0].media_reference.target_url = "other.mov"


def gone(timeline: Any) -> None:
    del timeline.tracks[0][0]


@pytest.mark.parametrize("change", [changed_gap, changed_clip, replaced_clip, gone])
def test_a_changed_neighbourhood_is_told_and_nothing_is_placed(tmp_path: Path, change: Any) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    document.edit("host", change)
    before = text_of(document)
    with pytest.raises(TimelineError) as caught:
        place(document, proposal.placement, take_for(tmp_path, proposal))
    assert caught.value.code == "timeline.moved"
    assert caught.value.hint
    assert text_of(document) == before


def test_a_clip_that_moved_with_its_neighbours_takes_its_extension_along(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    document.edit(
        "host",
        lambda t: t.tracks[0].insert(0, otio.schema.Gap(source_range=span(0, 7, R))),
    )
    result = place(document, proposal.placement, take_for(tmp_path, proposal))
    assert [clip.record_in for clip in result.clips] == [107, 117]


def test_an_overlay_survives_an_extension_of_the_same_clip(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    overlay = propose_restyle(
        document,
        find_clip(document, "A"),
        media=media_of_shot(tmp_path, A, R),
        output=Output(str(tmp_path), "look"),
    )
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    result = place(document, overlay.placement, take_for(tmp_path, overlay, "job-look"))
    assert (result.clips[0].record_in, result.clips[0].record_frames) == (0, 100)


def test_plan_survives_closing_and_opening_the_same_file(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    assert document.path is not None
    again = Document.open(document.path)
    place(again, proposal.placement, take_for(tmp_path, proposal))
    assert len(maps(again)[0]) == len(maps(document)[0]) + 24


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"path": "missing.mov"}, "media.missing"),
        ({"rate": Fraction(25)}, "media.rate"),
        ({"frames": 13}, "media.too_short"),
    ],
)
def test_a_take_that_does_not_fit_is_refused_whole(
    tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    document = document_of(tmp_path)
    proposal = plan(document, tmp_path)
    take = take_for(tmp_path, proposal)
    before = text_of(document)
    with pytest.raises(MediaError) as caught:
        place(document, proposal.placement, replace(take, media=replace(take.media, **change)))
    assert caught.value.code == code
    assert text_of(document) == before
    assert document.revision == 0


def test_generated_frames_need_a_take(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    with pytest.raises(RequestError, match="No take"):
        place(document, plan(document, tmp_path).placement)


def test_a_take_too_short_for_the_dissolve_is_refused(tmp_path: Path) -> None:
    """The clip alone would fit; what the transition shows beyond it would not. The handle may be
    missing."""
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, (6, 8), B]]))
    proposal = plan(document, tmp_path, Mode.RIPPLE)
    take = take_for(tmp_path, proposal)
    before = text_of(document)

    def of(frames: int) -> Take:
        return replace(take, media=replace(take.media, frames=frames))

    least = take.media.frames - HANDLE_FRAMES
    with pytest.raises(TimelineError) as caught:
        place(document, proposal.placement, of(least - 1))
    assert caught.value.code == "timeline.broken_edit"
    assert text_of(document) == before
    place(document, proposal.placement, of(least))


@pytest.mark.parametrize("fingerprint", ["", "x", "12", "12:wrong"])
def test_nonsense_fingerprints_are_refused(tmp_path: Path, fingerprint: str) -> None:
    document = document_of(tmp_path)
    placement: Placement = replace(plan(document, tmp_path).placement, fingerprint=fingerprint)
    with pytest.raises(PickupError) as caught:
        place(document, placement)
    assert caught.value.code == "timeline.moved"


def test_a_failed_change_leaves_the_document_to_the_byte(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    before = text_of(document)

    def fail(timeline: Any) -> None:
        del timeline.tracks[0][0]
        raise TimelineError("stop")

    def no_length(timeline: Any) -> None:
        timeline.tracks[0][0].source_range = span(50, 0, R)

    for change in (fail, no_length):
        with pytest.raises(TimelineError):
            document.edit("x", change)
    assert text_of(document) == before
    assert (document.revision, document.can_undo, document.modified) == (0, "", False)


def test_records_tell_what_the_timeline_holds(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    done = extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    real, made = done.result.clips
    assert (real.track, real.index, real.record_in, real.record_frames) == ("V1", 2, 100, 10)
    assert (real.media, real.media_start_frame, real.origin) == (
        str(tmp_path / "A.mov"), 150, Origin.SOURCE,
    )  # fmt: skip
    assert (made.index, made.record_in, made.record_frames) == (3, 110, 14)
    assert (made.media_start_frame, made.origin) == (0, Origin.GENERATED)


def test_extending_the_handle_of_a_generated_clip_stays_disclosed(tmp_path: Path) -> None:
    """A generated clip that a host trimmed has a handle of its own: still generated pictures."""
    document = document_of(tmp_path)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    document.edit("trim", lambda t: _trim(t.tracks[0], 2, 9))
    made = find_clip(document, "V1:3")
    proposal = propose(document, tmp_path, A, Side.HEAD, 5, Mode.RIPPLE)
    assert proposal.request is None
    shot = Shot(made.name, 9, first=0, total=14)
    media = replace(media_of_shot(tmp_path, shot, R), path=made.media)
    more = propose_extend(
        document, made, side=Side.TAIL, frames=5, media=media, output=Output(str(tmp_path), "o")
    )
    assert more.request is None
    (record,) = place(document, more.placement).clips
    assert record.origin is Origin.GENERATED
    assert document.timeline.tracks[0][3].markers[0].name == "AI-generated"


def _trim(track: Any, child: int, frames: int) -> None:
    clip = track[child]
    clip.source_range = otio.opentime.TimeRange(
        clip.source_range.start_time, otio.opentime.RationalTime(frames, 24)
    )
    gap = track[child + 1]
    missing = 14 - frames
    gap.source_range = span(0, gap.source_range.duration.value + missing, R)
