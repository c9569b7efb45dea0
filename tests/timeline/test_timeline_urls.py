"""Paths in every spelling that hosts write."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from pickup.errors import MediaError
from pickup.timeline import Document, UrlStyle, find_clip, media_of, media_path, target_url
from support.timeline import Shot, make_timeline, open_timeline

RATE = Fraction(24)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file://localhost/D%3a/m/a.mov", "D:/m/a.mov"),
        ("file:///C:/m%20p/A.mov", "C:/m p/A.mov"),
        ("file://C:/m/A.mov", "C:/m/A.mov"),
        ("C:\\m\\A.mov", "C:/m/A.mov"),
        ("C:/m/A.mov", "C:/m/A.mov"),
        ("\\\\srv\\s\\a.mov", "//srv/s/a.mov"),
        ("file://srv/s/a.mov", "//srv/s/a.mov"),
        ("file:/m/a%20b.mov", "/m/a b.mov"),
        ("/m/B #1 100%.mov", "/m/B #1 100%.mov"),
        ("/media/q?x.mov", "/media/q?x.mov"),
        ("file:///media/a%2520b.mov", "/media/a%20b.mov"),
        ("file:///m/x%23y%3Fz.mov", "/m/x#y?z.mov"),
        ("file:///m/x#y?z.mov", "/m/x#y?z.mov"),
        ("media/a.mov", "/base/media/a.mov"),
        ("../a.mov", "/a.mov"),
        ("file:media/a%20b.mov", "/base/media/a b.mov"),
        ("file:///m/中é.mov", "/m/中é.mov"),
        ("", None),
        ("http://h/a.mov", None),
        ("s3://bucket/a.mov", None),
    ],
)
def test_media_path(url: str, path: str | None) -> None:
    assert media_path(url, "/base", exists=lambda _: True) == path


def test_escaped_relative_path_is_decoded_only_where_that_exists(tmp_path: Path) -> None:
    (tmp_path / "a b.mov").touch()
    assert media_path("a%20b.mov", str(tmp_path)) == str(tmp_path / "a b.mov")
    (tmp_path / "a%20b.mov").touch()
    assert media_path("a%20b.mov", str(tmp_path)) == str(tmp_path / "a%20b.mov")


@pytest.mark.parametrize("style", list(UrlStyle))
@pytest.mark.parametrize(
    "path",
    [
        "/m/B #1 100%.mov",
        "/m/q?x.mov",
        "/m/a%20b.mov",
        "C:/m p/A.mov",
        "/m/中é.mov",
        "//srv/s/a.mov",
    ],
)
def test_both_styles_are_read_back_exactly(path: str, style: UrlStyle) -> None:
    assert media_path(target_url(path, style), exists=lambda p: p == path) == path


def test_backslashes_of_a_posix_name_are_kept() -> None:
    assert target_url("/m/a\\b.mov") == "/m/a\\b.mov"
    assert target_url("C:\\m\\b.mov", UrlStyle.FILE) == "file:///C:/m/b.mov"


def test_relative_media_is_found_beside_the_timeline_and_stays_linked(tmp_path: Path) -> None:
    inside, other = tmp_path / "project", tmp_path / "exports"
    (inside / "media").mkdir(parents=True)
    other.mkdir()
    media = inside / "media" / "A 1.mov"
    media.touch()
    timeline = make_timeline(inside, RATE, [[Shot("A", 10)]])
    timeline.tracks[0][0].media_reference.target_url = "media/A%201.mov"
    document = open_timeline(inside, timeline)
    assert media_of(document, find_clip(document, "A")) == str(media)
    near = Document.open(document.save(inside / "near.otio"))
    far = Document.open(document.save(other / "far.otio"))
    for again in (near, far):
        assert media_of(again, find_clip(again, "A")) == str(media)
    url = near.timeline.tracks[0][0].media_reference.target_url
    assert url == "media/A%201.mov"
    assert document.timeline.tracks[0][0].media_reference.target_url == url


def test_image_sequences(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, RATE, [[Shot("A", 10)]])
    available = timeline.tracks[0][0].media_reference.available_range
    timeline.tracks[0][0].media_reference = otio.schema.ImageSequenceReference(
        target_url_base="frames",
        name_prefix="shot.",
        name_suffix=".png",
        start_frame=1001,
        frame_zero_padding=4,
        rate=24,
        available_range=available,
    )
    document = open_timeline(tmp_path, timeline)
    with pytest.raises(MediaError, match=r"shot\.%04d\.png"):
        media_of(document, find_clip(document, "A"))
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "shot.1001.png").touch()
    assert media_of(document, find_clip(document, "A")) == str(tmp_path / "frames/shot.%04d.png")
    (tmp_path / "x").mkdir()
    moved = Document.open(document.save(tmp_path / "x" / "moved.otio"))
    assert media_of(moved, find_clip(moved, "A")) == str(tmp_path / "frames/shot.%04d.png")
