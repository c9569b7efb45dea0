"""An EDL states no frame rate: one that cannot be is refused by name, with one that can."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pickup.errors import TimelineError
from pickup.timeline import Document, snapshot

EVENTS = (
    "TITLE: Harbour\nFCM: {fcm}\n\n"
    "001  AX  V  C  00:00:00:00 00:00:04:00 01:00:00:00 01:00:04:00\n"
    "002  AX  V  C  00:00:00:00 00:00:02:28 01:00:04:00 01:00:06:28\n"
)


def edl(folder: Path, fcm: str = "NON-DROP FRAME") -> Path:
    path = folder / "harbour.edl"
    path.write_text(EVENTS.format(fcm=fcm))
    return path


def test_a_rate_that_has_no_such_frame_is_refused(tmp_path: Path) -> None:
    for rate in (Fraction(24), Fraction(25), Fraction(24000, 1001)):
        with pytest.raises(TimelineError) as caught:
            Document.open(edl(tmp_path), rate)
        assert caught.value.code == "timeline.edl_rate"
        assert caught.value.message.startswith("harbour.edl names frame 28, which does not exist")
        assert "30" in caught.value.hint


def test_drop_frame_timecode_needs_a_rate_that_drops(tmp_path: Path) -> None:
    with pytest.raises(TimelineError) as caught:
        Document.open(edl(tmp_path, "DROP FRAME"), Fraction(25))
    assert caught.value.code == "timeline.edl_rate"
    assert "drop-frame" in caught.value.message and "29.97" in caught.value.hint
    assert Document.open(edl(tmp_path, "DROP FRAME"), Fraction(30000, 1001)).drop_frame


def test_every_rate_that_has_the_frame_is_taken(tmp_path: Path) -> None:
    for rate in (Fraction(30), Fraction(30000, 1001), Fraction(50), Fraction(60)):
        document = Document.open(edl(tmp_path), rate)
        assert document.rate == rate
        assert not any("does not state its rate" in note for note in document.notes)


def test_the_notes_reach_the_snapshot(tmp_path: Path) -> None:
    document = Document.open(edl(tmp_path))
    assert document.rate == 30
    assert any("does not state its rate" in note for note in snapshot(document).notes)
    assert snapshot(document).notes == document.notes
