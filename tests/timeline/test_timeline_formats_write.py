"""Writing a cut into other formats: what arrives, and that each loss is named."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import StorageError, TimelineError
from pickup.timeline import Document, media_path
from pickup.timeline.files.convert import read, write
from pickup.timeline.files.losses import losses
from pickup.timeline.normalise import normalise
from support.timeline import Part, Shot, make_timeline, maps, open_timeline, span, text_of, time

R = Fraction(25)
NTSC = Fraction(24000, 1001)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 60, first=40, total=200)
SUFFIXES = (".xml", ".fcpxml", ".edl", ".kdenlive")


def cut(folder: Path, *parts: Part, rate: Fraction = R, sound: bool = False) -> Document:
    tracks = [list(parts)]
    audio = [Shot("S", 160)] if sound else []
    timeline = make_timeline(folder, rate, tracks, audio)
    return Document(timeline, folder / "cut.otio")


def there_and_back(document: Document, folder: Path, suffix: str) -> tuple[Document, Any]:
    """What a format keeps of a cut, without a process of its own; and the losses."""
    path = folder / f"out{suffix}"
    write(path, document.timeline, document.rate)
    timeline, _ = read(path, document.rate)
    again = Document(timeline, path)
    return again, losses(document.timeline, again.timeline, document.rate, str(folder))


@pytest.mark.parametrize("rate", [R, Fraction(24), NTSC, Fraction(30000, 1001)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_plain_cut_keeps_every_picture(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    document = cut(tmp_path, A, 20, B, A, rate=rate)
    before = text_of(document)
    again, lost = there_and_back(document, tmp_path, suffix)
    assert maps_of_urls(again) == maps(document)
    kept_start = {".fcpxml": (), ".kdenlive": ()}.get(suffix, (document.start,))
    assert [again.start] * len(kept_start) == list(kept_start)
    assert [text for text in lost if "start timecode" not in text] == []
    assert text_of(document) == before, "the caller's timeline is never touched"


def maps_of_urls(document: Document) -> Any:
    """The frame maps with URLs made paths; frames count from 0 in every test file."""
    for clip in list(document.timeline.find_clips()):
        reference = clip.media_reference
        reference.target_url = media_path(reference.target_url)
        reference.available_range = None
    return maps(document)


@pytest.mark.parametrize(
    "name", ["a b", "one by one and all", "50%20", "no#1", "why?", "Ünï", "a&b<c", "+x"]
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_paths_in_every_spelling(tmp_path: Path, suffix: str, name: str) -> None:
    document = cut(tmp_path, Shot(name, 30))
    again, _ = there_and_back(document, tmp_path, suffix)
    assert maps_of_urls(again) == maps(document)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("path", ["D:/media/a b#1.mov", "//server/share/a b.mov"])
def test_paths_of_windows(tmp_path: Path, suffix: str, path: str) -> None:
    document = cut(tmp_path, A)
    document.timeline.tracks[0][0].media_reference.target_url = path
    _, lost = there_and_back(document, tmp_path, suffix)
    assert not [text for text in lost if "media file" in text]


LOSSES = {
    "retime": {
        ".xml": "retimes",
        ".fcpxml": "retimes",
        ".edl": "",
        ".kdenlive": "Lost clips|media",
    },
    "off": {".xml": "off", ".fcpxml": "off", ".edl": "Lost clips", ".kdenlive": "off"},
    "effect": dict.fromkeys(SUFFIXES, "Lost effects"),
    "metadata": dict.fromkeys(SUFFIXES, "Lost metadata"),
    "dissolve": {".xml": "", ".fcpxml": "Lost transitions", ".kdenlive": "Lost transitions"},
    "fade": {".fcpxml": "Lost transitions", ".edl": "Lost transitions"},
    "sound": {".edl": "Lost clips"},
    "titles": {".edl": "Lost tracks: 1 of 2 V tracks"},
    "bars": {".xml": "media file", ".fcpxml": "media file"},
    "takes": dict.fromkeys(SUFFIXES, "takes"),
}


def with_feature(folder: Path, feature: str) -> Document:
    parts: list[Part] = [A, B]
    if feature == "dissolve":
        parts.insert(1, (5, 5))
    if feature == "fade":
        parts.append((5, 0))
    document = cut(folder, *parts, sound=feature == "sound")
    clip = document.timeline.tracks[0][0]
    match feature:
        case "retime":
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
        case "off":
            clip.enabled = False
        case "effect":
            clip.effects.append(otio.schema.Effect("blur", "blur"))
        case "metadata":
            clip.metadata["grade"] = {"lift": 1}
        case "bars":
            clip.media_reference = otio.schema.GeneratorReference("bars", "SMPTEBars")
        case "titles":
            document.timeline.tracks.append(otio.schema.Track("T", kind="Video"))
            document.timeline.tracks[-1].append(clip.clone())
        case "takes":
            one = clip.media_reference.clone()
            clip.set_media_references(
                {"DEFAULT_MEDIA": one, "take 2": one.clone()}, "DEFAULT_MEDIA"
            )
    return document


@pytest.mark.parametrize(("feature", "suffix"), [(f, s) for f in LOSSES for s in LOSSES[f]])
def test_each_loss_is_named(tmp_path: Path, feature: str, suffix: str) -> None:
    expected = LOSSES[feature][suffix]
    document = with_feature(tmp_path, feature)
    _, lost = there_and_back(document, tmp_path, suffix)
    told = [text for text in lost if "start timecode" not in text]
    if not expected:
        assert told == []
    assert any(word in text for text in told for word in expected.split("|")) or not expected, told


@pytest.mark.parametrize("drop", [False, True])
def test_an_edl_says_how_it_counts(tmp_path: Path, drop: bool) -> None:
    """108000 frames at 29.97 are 01:00:00:00, or 01:00:03;18 drop-frame."""
    document = cut(
        tmp_path, Shot("A", 100, first=107_892, total=200_000), rate=Fraction(30000, 1001)
    )
    if drop:
        document.timeline.metadata["cmx_3600"] = {"fcm": "DROP FRAME"}
    again, _ = there_and_back(document, tmp_path, ".edl")
    assert maps_of_urls(again) == maps(document) and again.drop_frame is drop
    lines = (tmp_path / "out.edl").read_text().splitlines()
    assert lines[:2] == ["TITLE: test", f"FCM: {'' if drop else 'NON-'}DROP FRAME"]
    event = next(line.split() for line in lines if line.startswith("001"))
    record = "01:00:03;18" if drop else "01:00:00:00"
    source = "01:00:00;00" if drop else "00:59:56:12"
    assert (event[4], event[6]) == (source, record)


def test_one_file_used_twice_does_not_shift(tmp_path: Path) -> None:
    """Bug A of the reference: files are joined by path, so all must state one range."""
    document = cut(tmp_path, A, B)
    first, second = document.timeline.tracks[0]
    second.media_reference = otio.schema.ExternalReference(
        first.media_reference.target_url, span(100, 400, R)
    )
    second.source_range = span(150, 60, R)
    again, lost = there_and_back(document, tmp_path, ".xml")
    starts = [clip.source_range.start_time.value for clip in again.timeline.tracks[0]]
    assert starts == [50, 150] and not lost


def test_the_comparison_sees_every_kind_of_change(tmp_path: Path) -> None:
    document = cut(tmp_path, A, (5, 5), B, sound=True)
    clip = document.timeline.tracks[0][0]
    clip.markers.append(otio.schema.Marker("m", span(60, 1, R)))

    def lost_after(change: Any) -> str:
        other = document.timeline.clone()
        change(other, other.tracks[0])
        normalise(other)
        return " ".join(losses(document.timeline, other, R, str(tmp_path)))

    def longer(_: Any, track: Any) -> None:
        track[0].source_range = span(50, 101, R)

    def slipped(_: Any, track: Any) -> None:
        track[0].source_range = span(51, 100, R)

    def other_media(_: Any, track: Any) -> None:
        track[0].media_reference.target_url = "/elsewhere.mov"

    def moved_cut(_: Any, track: Any) -> None:
        track[1].in_offset, track[1].out_offset = time(4, R), time(6, R)

    def without_start(timeline: Any, _: Any) -> None:
        timeline.global_start_time = None

    assert lost_after(lambda *_: None) == ""
    assert "Another length: “A” (V1:1)." in lost_after(longer)
    assert "first frame moved): “A” (V1:1)." in lost_after(slipped)
    assert "media file is lost or another one: “A” (V1:1)." in lost_after(other_media)
    assert "Transitions that lie otherwise: “dissolve”" in lost_after(moved_cut)
    assert "Lost clips: “B” (V1:2)." in lost_after(lambda _, track: track.pop(2))
    assert "Lost transitions: “dissolve”" in lost_after(lambda _, track: track.pop(1))
    assert "Lost markers: “A” (V1:1)." in lost_after(lambda _, track: track[0].markers.clear())
    assert "Lost clips: “S” (A1:1)." in lost_after(lambda cut, _: cut.tracks.pop(1))
    assert "start timecode is lost: frame 90000" in lost_after(without_start)


def test_export_through_the_process(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, (5, 5), B]]))
    document.timeline.tracks[0][0].media_reference.target_url = "A.mov"
    (tmp_path / "out").mkdir()
    done = document.export(tmp_path / "out" / "cut.kdenlive")
    assert done.path.is_file() and "Lost transitions: “dissolve”" in " ".join(done.losses)
    clip = Document.open(done.path).timeline.tracks[0][0]
    assert clip.media_reference.target_url == str(tmp_path / "A.mov")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["cut.kdenlive"]


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    for name in ("cut.aaf", "cut.mov", "cut"):
        with pytest.raises(TimelineError, match=r"writes \.xml"):
            document.export(tmp_path / name)
    with pytest.raises(StorageError, match="nowhere"):
        document.export(tmp_path / "nowhere" / "cut.xml")
    opened = document.export(tmp_path / "cut.xml").path
    before = opened.read_bytes()
    with pytest.raises(TimelineError, match="never overwritten"):
        Document.open(opened).export(opened)
    odd = open_timeline(tmp_path, make_timeline(tmp_path, Fraction(15), [[A]]), "odd.otio")
    with pytest.raises(TimelineError, match=r"counts 15 frames a second"):
        odd.export(tmp_path / "cut.fcpxml")
    assert opened.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
