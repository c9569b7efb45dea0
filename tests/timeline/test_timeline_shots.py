"""Shots put into a cut by themselves: in a row, or into a gap; judged by the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import PickupError
from pickup.protocol import (
    Delivery,
    ExtendRequest,
    InpaintRequest,
    Matte,
    MediaKind,
    Mode,
    Origin,
    Output,
    Side,
    Source,
)
from pickup.timeline import Document, Fit, fill_gap, insert_shots, remove, snapshot
from pickup.timeline import Shot as NewShot
from support.inserting import (
    A,
    B,
    R,
    cut_of,
    document_of,
    file,
    moved,
    pictures,
    shown,
    take,
    undone,
)
from support.timeline import Shot, make_timeline, open_timeline, span, text_of


@pytest.mark.parametrize("at", [0, 40, 100, 130, 160, 240, 300])
def test_a_ripple_moves_all_tracks_and_keeps_every_frame(tmp_path: Path, at: int) -> None:
    document = document_of(tmp_path, audio=[Shot("song", 300)])
    text, before = text_of(document), cut_of(document)
    shots = [NewShot(take(tmp_path)), NewShot(file(tmp_path, "b.mov"), 17, 5)]
    done = insert_shots(document, shots, track="V1", record_in=at, mode=Mode.RIPPLE)
    after = cut_of(document)
    assert pictures(after[0]) == moved(before[0], at, 57) | shown(shots, at, (40, 17))
    for number in (1, 2):
        assert pictures(after[number]) == moved(before[number], at, 57)
    assert [clip.record_in for clip in done.clips] == [at, at + 40]
    assert [clip.origin for clip in done.clips] == [Origin.GENERATED, Origin.SOURCE]
    assert document.can_undo == "Insert 2 shots"
    undone(document, text)


def test_a_ripple_names_all_that_it_splits(tmp_path: Path) -> None:
    document = document_of(tmp_path, audio=[Shot("song", 300)])
    done = insert_shots(
        document, [NewShot(take(tmp_path))], track="V1", record_in=40, mode=Mode.RIPPLE
    )
    assert done.warnings == tuple(
        f"The ripple splits {name}." for name in ('"A" on V1', '"title" on V2', '"song" on A1')
    )


@pytest.mark.parametrize("at", [0, 20, 60, 90, 100, 130, 160, 230, 240, 300])
def test_overwriting_takes_just_these_frames(tmp_path: Path, at: int) -> None:
    document = document_of(tmp_path)
    text, before = text_of(document), cut_of(document)
    shots = [NewShot(file(tmp_path, "a.mov"), 30), NewShot(take(tmp_path), 21, 3)]
    insert_shots(document, shots, track="v1", record_in=at, mode=Mode.OVERWRITE)
    after = cut_of(document)
    assert pictures(after[0]) == pictures(before[0]) | shown(shots, at, (30, 21))
    assert after[1:] == before[1:]
    undone(document, text)


def test_what_is_overwritten_is_said(tmp_path: Path) -> None:
    document = document_of(tmp_path, Shot("x", 10), Shot("y", 5), Shot("z", 100))
    done = insert_shots(
        document,
        [NewShot(file(tmp_path, "a.mov", has_audio=True), 12)],
        track="V1",
        record_in=9,
        mode=Mode.OVERWRITE,
    )
    assert done.warnings == (
        'It takes 1 frame of "x".', 'It takes the whole of "y".', 'It takes 6 frames of "z".',
        "Only the picture of a is placed, not its sound.",
    )  # fmt: skip


def test_above_goes_under_the_titles_and_over_what_is_there(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    before = cut_of(document)
    for height, job in ((1, "jobone"), (2, "jobtwo")):
        shots = [NewShot(take(tmp_path, job))]
        insert_shots(document, shots, track="V1", record_in=80, mode=Mode.ABOVE)
        after = cut_of(document)
        assert after[0] == before[0] and after[-1] == before[1]
        assert pictures(after[height]) == shown(shots, 80, (40,))
        assert after[height].owned and len(after) == 2 + height
    insert_shots(
        document, [NewShot(take(tmp_path, "job3"))], track="V1", record_in=0, mode=Mode.ABOVE
    )
    assert len(cut_of(document)) == 4


@pytest.mark.parametrize("at", [100, 110, 120, 240, 260])
def test_a_gap_is_used_only_where_there_is_room(tmp_path: Path, at: int) -> None:
    document = document_of(tmp_path)
    before = cut_of(document)
    shots = [NewShot(take(tmp_path))]
    for mode in (Mode.GAP, Mode.AUTO):
        insert_shots(document, shots, track="V1", record_in=at, mode=mode)
        after = cut_of(document)
        assert pictures(after[0]) == pictures(before[0]) | shown(shots, at, (40,))
        assert after[1:] == before[1:]
        document.undo()


def test_a_gap_that_is_too_short(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    shots = [NewShot(take(tmp_path))]
    refused(document, "timeline.no_room", shots, record_in=121, mode=Mode.GAP)
    insert_shots(document, shots, track="V1", record_in=121)
    assert cut_of(document)[1].owned


def test_a_filled_gap_is_gone(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    shots = [NewShot(take(tmp_path), 20), NewShot(take(tmp_path, "jobtwo"))]
    insert_shots(document, shots, track="V1", record_in=100, mode=Mode.GAP)
    assert [type(item).__name__ for item in document.timeline.tracks[0]] == ["Clip"] * 4


def refused(document: Document, code: str, shots: Sequence[NewShot], **where: Any) -> PickupError:
    before = text_of(document)
    with pytest.raises(PickupError) as error:
        insert_shots(document, shots, **{"track": "V1", "record_in": 100, **where})
    assert error.value.code == code and error.value.message and error.value.hint
    assert text_of(document) == before and not document.can_undo
    return error.value


@pytest.mark.parametrize("mode", [Mode.RIPPLE, Mode.OVERWRITE])
@pytest.mark.parametrize(
    ("parts", "at"),
    [
        ((A, (6, 8), B), 100),
        ((A, (6, 8), B), 95),
        ((A, (6, 8), B), 107),
        ((A, 60, (0, 8), B), 160),
        ((A, 60, (5, 0), B), 158),
        ((A, (9, 0), 60, B), 100),
        (((0, 9), A), 0),
    ],
)
def test_no_transition_is_broken_and_no_fade_made_a_dissolve(
    tmp_path: Path, mode: Mode, parts: Any, at: int
) -> None:
    document = document_of(tmp_path, *parts)
    shots = [NewShot(take(tmp_path))]
    refused(document, "timeline.transition", shots, record_in=at, mode=mode)
    assert insert_shots(document, shots, track="V1", record_in=at).clips[0].track == "V2"


def test_a_ripple_leaves_transitions_elsewhere_as_they_are(tmp_path: Path) -> None:
    document = document_of(tmp_path, A, (6, 8), B)
    before = cut_of(document)
    shots = [NewShot(take(tmp_path))]
    insert_shots(document, shots, track="V1", record_in=20, mode=Mode.RIPPLE)
    after = cut_of(document)
    assert after[0].mixes == {k + 40: mix for k, mix in before[0].mixes.items()}


def test_shots_that_cannot_be_used(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    other = replace(take(tmp_path, "slow"), media=file(tmp_path, "slow.mov", rate=Fraction(25)))
    refused(document, "media.rate", [NewShot(other)])
    assert "fewer" in refused(document, "media.too_short", [NewShot(take(tmp_path), 41)]).hint
    refused(document, "media.too_short", [NewShot(take(tmp_path), 0, 40)])
    refused(document, "media.too_short", [NewShot(file(tmp_path, "a.mov"), 31, 10)])
    refused(document, "media.too_short", [NewShot(file(tmp_path, "a.mov"), 0, 40)])
    refused(document, "request.length", [NewShot(file(tmp_path, "a.mov"), -1)])
    still = replace(file(tmp_path, "a.png"), kind=MediaKind.STILL, frames=1)
    refused(document, "request.length", [NewShot(still)])
    refused(document, "request.shots", [])
    gone = take(tmp_path, "gone")
    Path(gone.media.path).unlink()
    refused(document, "media.missing", [NewShot(take(tmp_path)), NewShot(gone)])
    refused(document, "media.missing", [NewShot(replace(still, path="/no/such.mov"), 5)])


def test_tracks_that_cannot_be_used(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A], [B]], [Shot("song", 9)])
    timeline.tracks[1].enabled = False
    document = open_timeline(tmp_path, timeline)
    shots = [NewShot(take(tmp_path))]
    assert "V1, V2, A1" in refused(document, "timeline.no_track", shots, track="V3").message
    refused(document, "timeline.no_track", shots, track="A1")
    refused(document, "timeline.refused", shots, track="V2")
    for nowhere in (-1, 10**12):
        refused(document, "request.range", shots, record_in=nowhere)
    card = replace(file(tmp_path, "card.png"), kind=MediaKind.STILL, frames=1)
    for frames in (10**9 - 99, 10**14):
        endless = [NewShot(card, frames)]
        refused(document, "request.range", endless, record_in=100, mode=Mode.ABOVE)
    refused(document, "timeline.mode", shots, mode=Mode.REPLACE)


def test_a_clip_of_a_take_says_who_made_it_and_a_file_does_not(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    source = Source(file(tmp_path, "A.mov"), Fraction(0), Fraction(1), 9, R)
    request = ExtendRequest(source, Side.TAIL, 40, Output(str(tmp_path), "dog runs"))
    made, file_of = take(tmp_path, request=request), file(tmp_path, "street.mov")
    shots = [NewShot(made), NewShot(file_of), NewShot(file_of, name="again")]
    insert_shots(document, shots, track="V1", record_in=100, mode=Mode.RIPPLE)
    first, second, third = document.timeline.tracks[0][1:4]
    assert [clip.name for clip in (first, second, third)] == [
        "dog runs jobone.t1", "street", "again",
    ]  # fmt: skip
    own = [clip.metadata["pickup"] for clip in (first, second, third)]
    assert own[0]["generated"]["operation"] == "extend"
    assert own[0]["generated"]["model"] == "the-model"
    assert "generated" in first.media_reference.metadata["pickup"]
    assert [marker.comment for marker in first.markers] == ["AI-generated"]
    assert not len(second.markers) and "generated" not in own[1]
    assert {data["placement"] for data in own} == {own[0]["placement"]} != {""}
    assert {data["mode"] for data in own} == {"ripple"}
    assert len({data["uid"] for data in own}) == 3
    insert_shots(document, shots[:1], track="V1", record_in=0, mode=Mode.RIPPLE)
    again = insert_shots(document, shots[:1], track="V1", record_in=0, mode=Mode.RIPPLE)
    assert again.warnings == ('dog runs is in the cut already, as "dog runs jobone.t1".',)
    edits = [item.metadata["pickup"]["placement"] for item in document.timeline.tracks[0][:2]]
    assert edits[0] != edits[1]


@pytest.mark.parametrize(("side", "first"), [(Side.HEAD, 12), (Side.TAIL, 0)])
def test_the_handle_of_a_take_stays_outside_the_cut(tmp_path: Path, side: Side, first: int) -> None:
    document = document_of(tmp_path)
    source = Source(file(tmp_path, "A.mov"), Fraction(0), Fraction(1), 9, R)
    request = ExtendRequest(source, side, 40, Output(str(tmp_path), "dog"), handle=12)
    shot = NewShot(take(tmp_path, request=request))
    (clip,) = insert_shots(document, [shot], track="V1", record_in=100).clips
    assert (clip.record_frames, clip.media_start_frame) == (28, first)
    document.undo()
    fill_gap(document, "V1", shot, record_range=(100, 35), fit=Fit.TRIM, leave_rest=True)
    frames = document.timeline.tracks[0][1].source_range.duration.value
    assert frames == (28 if side is Side.HEAD else 35)


def test_a_patch_shows_nothing_outside_its_matte(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    source = Source(file(tmp_path, "A.mov"), Fraction(0), Fraction(1), 40, R)
    output = Output(str(tmp_path), "A inpaint")
    request = InpaintRequest(source, Matte(box=(0, 0, 9, 9)), output, Delivery.PATCH)
    shots = [NewShot(take(tmp_path, request=request))]
    done = insert_shots(document, shots, track="V1", record_in=100, mode=Mode.GAP)
    assert done.warnings == ("A inpaint is a patch: outside its matte it shows nothing.",)
    document.undo()
    assert not insert_shots(document, shots, track="V1", record_in=100, mode=Mode.ABOVE).warnings
    document.undo()
    whole = replace(request, delivery=Delivery.FULL)
    shots = [NewShot(take(tmp_path, "whole", request=whole))]
    assert not insert_shots(document, shots, track="V1", record_in=100, mode=Mode.GAP).warnings


def test_a_take_whose_file_is_shorter_than_its_recipe_is_shown_as_it_is(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    source = Source(file(tmp_path, "A.mov"), Fraction(0), Fraction(1), 9, R)
    request = ExtendRequest(source, Side.TAIL, 40, Output(str(tmp_path), "dog"))
    made = take(tmp_path, request=request)
    short = NewShot(replace(made, media=replace(made.media, frames=30)))
    (clip,) = insert_shots(document, [short], track="V1", record_in=100).clips
    assert clip.record_frames == 30


@pytest.mark.parametrize("own", ["25", "24000/1001", "30", "60", "12", "15"])
@pytest.mark.parametrize(("first", "frames"), [(0, 24), (7, 13), (3, 0)])
def test_files_of_another_rate_are_mapped_exactly(
    tmp_path: Path, own: str, first: int, frames: int
) -> None:
    rate = Fraction(own)
    document = document_of(tmp_path)
    media = file(tmp_path, "other.mov", 90, rate, timecode=86400)
    shot = NewShot(media, frames, first)
    (clip,) = insert_shots(document, [shot], track="V1", record_in=240).clips
    wanted = frames or int((90 - first) * R / rate)
    assert clip.record_frames == wanted and clip.media_start_frame == first
    assert pictures(cut_of(document)[0]).items() >= shown([shot], 240, [wanted]).items()
    path = document.save(tmp_path / "saved.otio")
    assert cut_of(Document.open(path)) == cut_of(document)


def test_a_still_is_held_and_a_sequence_counts_at_the_rate_of_the_cut(tmp_path: Path) -> None:
    document = document_of(tmp_path)
    still = replace(file(tmp_path, "card.png"), kind=MediaKind.STILL, frames=1, rate=Fraction(25))
    sequence = replace(
        still, path=str(tmp_path / "shot.%04d.png"), kind=MediaKind.SEQUENCE, frames=50,
        first_number=1001,
    )  # fmt: skip
    shots = [NewShot(still, 30), NewShot(sequence, 20, 4)]
    done = insert_shots(document, shots, track="V1", record_in=240)
    assert [clip.name for clip in done.clips] == ["card", "shot"]
    assert done.clips[1].media == sequence.path and done.clips[1].media_start_frame == 4
    reference = document.timeline.tracks[0][-1].media_reference
    assert isinstance(reference, otio.schema.ImageSequenceReference)
    assert (reference.start_frame, reference.frame_zero_padding) == (1001, 4)
    assert (reference.available_range, reference.rate) == (span(0, 50, R), float(R))
    assert {picture[1] for picture in cut_of(document)[0].base[240:270] if picture} == {0}


@pytest.mark.parametrize("mode", [Mode.RIPPLE, Mode.OVERWRITE, Mode.ABOVE, Mode.GAP])
@pytest.mark.parametrize("at", [0, 40, 100, 120, 130, 160, 240, 300])
@pytest.mark.parametrize("which", [0, 1])
def test_shots_are_taken_out_together_and_give_all_back(
    tmp_path: Path, mode: Mode, at: int, which: int
) -> None:
    document = document_of(tmp_path, audio=[Shot("song", 300)])
    before = cut_of(document)
    shots = [NewShot(take(tmp_path), 17), NewShot(file(tmp_path, "b.mov"), 23, 5)]
    if mode is Mode.GAP and at not in (100, 120, 240, 300):
        refused(document, "timeline.no_room", shots, record_in=at, mode=mode)
        return
    done = insert_shots(document, shots, track="V1", record_in=at, mode=mode)
    label, index = done.clips[which].track, done.clips[which].index
    clip = snapshot(document)
    track = next(track for track in clip.tracks if track.label == label)
    item = next(item for item in track.items if item.index == index)
    remove(document, item)
    after = cut_of(document)
    assert [pictures(track) for track in after] == [pictures(track) for track in before]
    assert [track.mixes for track in after] == [track.mixes for track in before]


def test_a_ripple_through_a_clip_keeps_its_sound_in_step(tmp_path: Path) -> None:
    """The sound of the clip that is cut is cut with it; a J-cut's sound stays whole."""
    timeline = make_timeline(tmp_path, R, [[A, B]])
    sound = otio.schema.Track("A1", kind="Audio")
    first, second = (item.clone() for item in timeline.tracks[0])
    early = 8
    first.source_range = span(50, 100 - early, R)
    second.source_range = span(30 - early, 80 + early, R)
    sound.extend([first, second])
    timeline.tracks.append(sound)
    for at, moved_from in ((40, 40), (100, 100 - early)):
        document = open_timeline(tmp_path, timeline.clone())
        before = cut_of(document)
        shots = [NewShot(take(tmp_path))]
        insert_shots(document, shots, track="V1", record_in=at, mode=Mode.RIPPLE)
        after = cut_of(document)
        assert pictures(after[0]) == moved(before[0], at, 40) | shown(shots, at, (40,))
        assert pictures(after[1]) == moved(before[1], moved_from, 40)
