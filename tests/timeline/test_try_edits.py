"""Every edit on every clip of a cut that holds one of each construct, as `packaging/try_edits.py`
does it with the files of other programs.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.timeline import Document
from support.attempts import Attempt, Bench, Check
from support.timeline import Shot, gap, make_timeline, span, time
from support.try_edits import Tried, outcome_of, pictures_of, try_document, try_file

R = Fraction(25)
REFUSED = {
    "timeline.refused",  # a compound, a generator, a clip that is off, one that runs backwards
    "timeline.still",
    "timeline.transition",
    "timeline.cut",  # a ripple through a clip that runs backwards
    "timeline.fade",
}


def every_construct(folder: Path) -> Any:
    """V1 is one long row of constructs, V2 titles over it, A1 the sound of V1's first shots."""
    shots = [
        Shot("plain", 30, first=20, total=80),
        Shot("timecode", 25, first=15, total=90, timecode=90_000),
        Shot("other rate", 24, first=10, total=90, media_rate=Fraction(24)),
        Shot("fast", 20, first=40, total=300, speed=2),
        Shot("slow", 20, first=40, total=300, speed=0.5),
        Shot("between", 30, first=10, total=60),
        Shot("last", 30, first=8, total=60),
    ]
    plain, timecode, other, fast, slow, between, last = shots
    timeline = make_timeline(
        folder, R,
        [[plain, timecode, 15, other, fast, (4, 6), slow, 20, (0, 5), between, last]],
        [plain, timecode],
    )  # fmt: skip
    track = timeline.tracks[0]
    available = span(0, 200, R)
    still = otio.schema.Clip(
        "still", otio.schema.ExternalReference("/m/still.png", span(0, 1, R)), span(0, 20, R)
    )
    images = otio.schema.ImageSequenceReference(
        "/m/", "shot.", ".png", start_frame=1001, frame_zero_padding=4, rate=25,
        available_range=available,
    )  # fmt: skip
    back = otio.schema.Clip(
        "back", otio.schema.ExternalReference("/m/back.mov", available), span(50, 20, R)
    )
    back.effects.append(otio.schema.LinearTimeWarp(time_scalar=-1))
    frozen = back.clone()
    frozen.name = "frozen"
    frozen.effects[:] = [otio.schema.FreezeFrame()]
    off = back.clone()
    off.name, off.enabled = "off", False
    off.effects[:] = []
    inner = otio.schema.Track("inside", kind="Video")
    inner.append(gap(60, R))
    compound = otio.schema.Stack("compound", [inner], source_range=span(10, 25, R))
    bars = otio.schema.GeneratorReference("bars", "SMPTEBars", available_range=available)
    tail = [
        still, gap(10, R), otio.schema.Clip("images", images, span(30, 25, R)), gap(12, R),
        back, frozen, off, compound, otio.schema.Clip("bars", bars, span(0, 20, R)),
        otio.schema.Clip("offline", otio.schema.MissingReference(), span(100, 30, R)),
    ]  # fmt: skip
    track.extend(tail)
    titles = otio.schema.Track("titles", kind="Video")
    title = track[0].clone()
    title.name, title.source_range = "title", span(20, 40, R)
    titles.extend([gap(40, R), title])
    timeline.tracks.insert(1, titles)
    timeline.tracks.markers.append(otio.schema.Marker("note", span(60, 1, R)))
    track[1].markers.append(otio.schema.Marker("look", span(90_020, 1, R)))
    track[0].effects.append(otio.schema.Effect("blur", "blur"))
    return timeline


def test_every_edit_on_every_construct(tmp_path: Path) -> None:
    tried = Tried("all")
    try_document(Document(every_construct(tmp_path), tmp_path / "all.otio"), tmp_path, tried)
    assert not [(o.kind, o.clip, o.wrong) for o in tried.outcomes if o.wrong]
    assert {o.code for o in tried.outcomes if o.reason} <= REFUSED
    kinds = {o.kind for o in tried.outcomes}
    applied = {o.kind for o in tried.outcomes if o.applied}
    assert kinds == applied, f"never carried out: {kinds - applied}"
    assert {"bridge auto", "fill the gap", "split", "switch take", "remove ripple"} <= applied
    untouchable = ("back", "off", "compound", "bars")
    others = [o for o in tried.outcomes if o.clip not in untouchable]
    assert sum(o.applied for o in others) > 0.85 * len(others)


def slip(bench: Bench) -> Check:
    """An edit that claims to change nothing, and moves one picture."""

    def change(timeline: Any) -> None:
        clip = timeline.tracks[0][0]
        later = clip.source_range.start_time + time(1, R)
        clip.source_range = otio.opentime.TimeRange(later, clip.source_range.duration)

    before = bench.before
    bench.document.edit("slip", change)

    def check(after: list[Any]) -> None:
        assert after == before

    return check


def test_an_edit_that_moves_a_frame_is_found(tmp_path: Path) -> None:
    document = Document(every_construct(tmp_path), tmp_path / "all.otio")
    bench = Bench(document, tmp_path, lambda _: None)  # type: ignore[arg-type, return-value]
    bench.look()
    _, item = next(pictures_of(document))
    outcome = outcome_of(bench, Attempt("slip", slip), item)
    assert outcome is not None and "after == before" in outcome.wrong
    assert not document.can_undo


def test_a_file_that_does_not_open_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.otio").write_text("{")
    assert "bad.otio" in try_file(tmp_path / "bad.otio", tmp_path).refused
