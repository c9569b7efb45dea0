"""Media that moved is found by a search of a folder; what is not certain is not linked."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from pickup.errors import MediaError
from pickup.timeline import Document, media_path, snapshot
from pickup.timeline.files import moved
from support.timeline import Shot, make_timeline, open_timeline, span, text_of

R = Fraction(24)


def offline_cut(folder: Path, *names: str) -> Document:
    timeline = make_timeline(folder, R, [[Shot(name, 10) for name in names]])
    for clip in timeline.find_clips():
        clip.media_reference.target_url = f"file:///gone/day1/{clip.name}.mov"
    return open_timeline(folder, timeline)


def test_moved_media_is_linked_as_one_edit(tmp_path: Path) -> None:
    document = offline_cut(tmp_path, "A", "B")
    before = text_of(document)
    new = tmp_path / "new" / "a #1"
    new.mkdir(parents=True)
    (new / "A.MOV").touch()
    result = document.relink(tmp_path / "new")
    assert result == moved.Relinked(
        {"/gone/day1/A.mov": str(new / "A.MOV")}, ("/gone/day1/B.mov",), ()
    )
    first, second = snapshot(document).tracks[0].items
    assert (first.refusal, "offline" in second.refusal) == ("", True)
    reference = document.timeline.tracks[0][0].media_reference
    assert media_path(reference.target_url) == str(new / "A.MOV")
    assert reference.target_url.startswith("file://"), "spelled as the cut's other paths"
    assert document.undo() == "Relink media"
    assert text_of(document) == before


def test_of_several_files_the_one_in_the_same_folders(tmp_path: Path) -> None:
    document = offline_cut(tmp_path, "A")
    for day in ("day1", "day2"):
        (tmp_path / "new" / day).mkdir(parents=True)
        (tmp_path / "new" / day / "A.mov").touch()
    assert document.relink(tmp_path / "new").found == {
        "/gone/day1/A.mov": str(tmp_path / "new" / "day1" / "A.mov")
    }


def test_what_does_not_decide_is_not_linked(tmp_path: Path) -> None:
    document = offline_cut(tmp_path, "A")
    for day in ("day2", "day3"):
        (tmp_path / "new" / day).mkdir(parents=True)
        (tmp_path / "new" / day / "A.mov").touch()
    result = document.relink(tmp_path / "new")
    assert (result.found, result.doubtful) == ({}, ("/gone/day1/A.mov",))
    assert not document.modified and not document.can_undo


def test_an_image_sequence_moves_with_its_folder(tmp_path: Path) -> None:
    reference = otio.schema.ImageSequenceReference(
        "file:///gone/plates/", "p.", ".exr", 1001, 1, 24, 4, available_range=span(0, 50, R)
    )
    timeline = otio.schema.Timeline("t")
    timeline.tracks.append(otio.schema.Track("V", kind="Video"))
    timeline.tracks[0].append(otio.schema.Clip("p", reference, span(0, 20, R)))
    document = open_timeline(tmp_path, timeline)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "p.1001.exr").touch()
    assert len(document.relink(tmp_path / "new").found) == 1
    base = document.timeline.tracks[0][0].media_reference.target_url_base
    assert base == f"file://{tmp_path}/new/"


def test_limits_of_a_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = offline_cut(tmp_path, "A")
    with pytest.raises(MediaError, match="nowhere is not a folder"):
        document.relink(tmp_path / "nowhere")
    monkeypatch.setattr(moved, "MAX_FILES", 0)
    with pytest.raises(MediaError, match="more than 0 files"):
        document.relink(tmp_path)


@pytest.mark.parametrize("style", ["", "file://"])
@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_are_found_however_they_are_composed(
    tmp_path: Path, style: str, forms: tuple[str, str]
) -> None:
    there = tmp_path / unicodedata.normalize(forms[0], "Café.mov")
    there.touch()
    asked = unicodedata.normalize(forms[1], str(there))
    assert Path(media_path(style + asked) or "").exists()


def test_backslashes_and_old_code_pages(tmp_path: Path) -> None:
    (tmp_path / "my media").mkdir()
    there = tmp_path / "my media" / "Café.mov"
    there.touch()
    for url in ("my media\\Café.mov", "my%20media\\Café.mov", "my%20media/Caf%E9.mov"):
        assert Path(media_path(url, str(tmp_path)) or "").exists(), url
    assert media_path(f"file://{tmp_path}/my%20media/Caf%E9.mov") == str(there)
