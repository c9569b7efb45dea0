"""The demo cut that the first start makes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.errors import StorageError, TimelineError
from pickup.protocol import ItemKind, Mode, Side
from pickup.timeline import Document, find_clip, sample_timeline, snapshot
from support.timeline import RATES, Shot, extend, media_of_shot


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_three_clips_with_handles_and_a_gap(tmp_path: Path, rate: Fraction) -> None:
    shots = [Shot("a", 1, total=120), Shot("b", 1, total=60, timecode=900), Shot("c", 1, total=48)]
    media = [media_of_shot(tmp_path, shot, rate) for shot in shots]
    media[1] = replace(media[1], has_audio=True)
    document = Document.open(sample_timeline(tmp_path, media))
    view = snapshot(document)
    assert view.rate == rate
    assert [track.label for track in view.tracks] == ["V1", "A1"]
    items = view.tracks[0].items
    assert [item.kind for item in items] == [
        ItemKind.CLIP, ItemKind.GAP, ItemKind.CLIP, ItemKind.CLIP,
    ]  # fmt: skip
    clips = [items[0], items[2], items[3]]
    assert [clip.frames for clip in clips] == [96, 36, 24]
    assert {(clip.head_handle, clip.tail_handle, clip.refusal) for clip in clips} == {(12, 12, "")}
    assert find_clip(document, "01:00:00:00").name == "shot 1"
    assert view.tracks[1].items[-2].record_in == items[2].record_in
    done = extend(document, tmp_path, Shot("shot 1", 96, total=120), Side.TAIL, 20, Mode.AUTO)
    assert [piece.frames for piece in done.proposal.placement.pieces] == [12, 8]


def test_silent_clips_make_no_sound_track(tmp_path: Path) -> None:
    media = media_of_shot(tmp_path, Shot("a", 1, total=50), Fraction(25))
    path = sample_timeline(tmp_path, [media])
    assert [track.label for track in snapshot(Document.open(path)).tracks] == ["V1"]


def test_what_makes_no_sample(tmp_path: Path) -> None:
    media = media_of_shot(tmp_path, Shot("a", 1, total=50), Fraction(25))
    with pytest.raises(TimelineError):
        sample_timeline(tmp_path, [])
    with pytest.raises(TimelineError, match=r"a\.mov"):
        sample_timeline(tmp_path, [replace(media, frames=0)])
    with pytest.raises(StorageError):
        sample_timeline(tmp_path / "nowhere", [media])
