"""Shots into any cut: just the intended frames change, or nothing does, and all goes back."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError
from pickup.protocol import EditResult, MediaKind, MediaRef, Mode, Take
from pickup.timeline import Document, Fit, Shot, fill_gap, insert_shots, remove, snapshot
from support.any_cut import any_cut
from support.inserting import Frames, cut_of, moved, pictures
from support.oracle import TrackMap
from support.timeline import text_of

MODES = (Mode.RIPPLE, Mode.OVERWRITE, Mode.GAP, Mode.ABOVE, Mode.AUTO)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("shots")


@st.composite
def shots_of(draw: st.DrawFn, folder: Path, rate: Fraction) -> list[Shot]:
    """One to three takes and files, some at another rate."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        job, own = f"job{number}", draw(st.sampled_from((rate, rate, Fraction(25), Fraction(60))))
        is_take = draw(st.booleans())
        path = folder / (f"new.{job}.t1.mov" if is_take else f"file{number}.mov")
        path.touch()
        media = MediaRef(str(path), MediaKind.VIDEO, 90, rate if is_take else own, 64, 36)
        source = Take(job, 0, media, "", 1, learned=False, draft=True) if is_take else media
        frames, first = draw(st.integers(1, 20)), draw(st.integers(0, 30))
        found.append(Shot(source, frames, first))
    return found


def shown(shots: list[Shot], at: int, rate: Fraction) -> Frames:
    frames: Frames = {}
    for shot in shots:
        step = shot.media.rate / rate
        frames |= {
            at + k: (shot.media.path, ((shot.first or 0) + k * step) // 1, "")
            for k in range(shot.frames)
        }
        at += shot.frames
    return frames


def check(
    before: list[TrackMap], after: list[TrackMap], at: int, total: int, number: int, new: Frames,
    mode: Mode,
) -> None:  # fmt: skip
    if mode is Mode.ABOVE:
        changed = [n for n, track in enumerate(after) if track not in before]
        assert len(changed) == 1 and changed[0] > number and after[changed[0]].owned
        assert pictures(after[changed[0]]).items() >= new.items()
        assert [t for t in after if t in before] == [t for t in before if t in after]
        return
    assert len(before) == len(after)
    for place, (old, now) in enumerate(zip(before, after, strict=True)):
        mine = new if place == number else {}
        if mode is Mode.RIPPLE and old.kind == "Video":
            assert pictures(now) == moved(old, at, total) | mine
            assert len(now.mixes) == len(old.mixes)
        elif mode is not Mode.RIPPLE:
            assert pictures(now) == pictures(old) | mine
            assert now.mixes == old.mixes


@settings(
    max_examples=150, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_shots_into_any_cut(folder: Path, data: st.DataObject) -> None:
    cut = data.draw(any_cut(folder))
    path = folder / "cut.otio"
    otio.adapters.write_to_file(cut.timeline, str(path))
    document = Document.open(path)
    view = snapshot(document)
    tracks = [n for n, track in enumerate(view.tracks) if track.kind == "video"]
    number = data.draw(st.sampled_from(tracks))
    label = view.tracks[number].label
    shots = data.draw(shots_of(folder, document.rate))
    total = sum(shot.frames for shot in shots)
    edges = [i.record_in for i in view.tracks[number].items if i.record_in >= 0]
    at = data.draw(st.one_of(st.sampled_from([*edges, view.frames]), st.integers(0, 90)))
    mode = data.draw(st.sampled_from(MODES))
    before, text = cut_of(document), text_of(document)
    try:
        done = insert_shots(document, shots, track=label, record_in=at, mode=mode)
    except PickupError as error:
        event(f"{mode} {error.code}")
        assert error.message and error.hint
        assert text_of(document) == text and not document.can_undo
        return
    is_above = done.clips[0].track != label
    resolved = mode if mode is not Mode.AUTO else Mode.ABOVE if is_above else Mode.GAP
    event(f"{mode} done")
    check(before, cut_of(document), at, total, number, shown(shots, at, document.rate), resolved)
    _goes_back(document, done, before, text)


def _goes_back(document: Document, done: EditResult, before: list[TrackMap], text: str) -> None:
    after = text_of(document)
    document.undo()
    assert text_of(document) == text
    document.redo()
    assert text_of(document) == after
    first = done.clips[0]
    (track,) = [t for t in snapshot(document).tracks if t.label == first.track]
    taken_out = remove(document, next(i for i in track.items if i.index == first.index))
    if not taken_out.warnings:
        for old, now in zip(before, cut_of(document), strict=True):
            assert pictures(now) == pictures(old) and now.mixes == old.mixes


@settings(
    max_examples=80, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_gaps_of_any_cut_are_filled(folder: Path, data: st.DataObject) -> None:
    cut = data.draw(any_cut(folder))
    path = folder / "gaps.otio"
    otio.adapters.write_to_file(cut.timeline, str(path))
    document = Document.open(path)
    gaps = [
        (number, f"{track.label}:{item.index}", item)
        for number, track in enumerate(snapshot(document).tracks)
        for item in track.items
        if item.kind.value == "gap" and track.kind == "video"
    ]
    if not gaps:
        return
    number, address, gap = data.draw(st.sampled_from(gaps))
    file = folder / "fill.mov"
    file.touch()
    media = MediaRef(str(file), MediaKind.VIDEO, 90, document.rate, 64, 36)
    before, text = cut_of(document), text_of(document)
    try:
        fill_gap(document, address, Shot(media), fit=Fit.CENTRE)
    except PickupError as error:
        event(error.code)
        assert error.code in ("timeline.fade", "timeline.refused")
        assert text_of(document) == text
        return
    event("filled")
    first = (90 - gap.frames) // 2
    new = shown([Shot(media, gap.frames, first)], gap.record_in, document.rate)
    check(before, cut_of(document), gap.record_in, 0, number, new, Mode.GAP)
    items = len(before[number].items)
    assert len(cut_of(document)[number].items) == items
