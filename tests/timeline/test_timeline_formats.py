"""Files of other editors: what is read from them, and what is put right on the way."""

from __future__ import annotations

import json
import zipfile
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from pickup.errors import StorageError, TimelineError
from pickup.timeline import Document, media_path, snapshot
from pickup.timeline.files.convert import read
from pickup.timeline.files.formats import FOREIGN
from pickup.timeline.files.xml_repair import repair
from pickup.timeline.retime import speed_of
from support.timeline import Shot, make_timeline

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)

EDL = """TITLE: a cut
FCM: NON-DROP FRAME
001  TAPE1 V     C        01:00:04:05 01:00:04:14 10:00:00:00 10:00:00:09
* FROM CLIP NAME:  clip A
* FROM CLIP: /media/a.mov
002  TAPE1 V     C        01:00:04:14 01:00:04:14 10:00:00:09 10:00:00:09
002  TAPE2 V     D    004 01:00:08:08 01:00:08:18 10:00:00:09 10:00:00:19
* FROM CLIP NAME:  clip A
* FROM CLIP: /media/a.mov
* TO CLIP NAME:  clip B
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def document_of(path: Path) -> Document:
    """Read without a process of its own, which the tests of limits use."""
    timeline, notes = read(path, None)
    document = Document(timeline, path)
    document.notes = notes
    return document


def places(document: Document) -> list[tuple[str, int, int]]:
    view = snapshot(document)
    return [
        (item.name, item.record_in, item.frames)
        for item in view.tracks[0].items
        if item.kind.value == "clip"
    ]


def test_an_edl_through_the_process(tmp_path: Path) -> None:
    document = Document.open(written(tmp_path, "cut.edl", EDL))
    assert (document.rate, document.start) == (R, 10 * 3600 * 24)
    assert places(document) == [("clip A", 0, 9), ("clip B", 9, 10)]
    assert "does not state its rate" in document.notes[0]
    assert document.path == tmp_path / "cut.edl"
    saved = document.save(tmp_path / "cut.otio")
    assert places(Document.open(saved)) == places(document)


def test_an_edl_at_a_stated_rate(tmp_path: Path) -> None:
    document = Document.open(written(tmp_path, "cut.edl", EDL), rate=Fraction(25))
    assert document.rate == 25 and document.notes == ()
    assert document.start == 10 * 3600 * 25


@pytest.mark.parametrize(
    ("timecode", "rate"),
    [
        ("01:00:00:23", Fraction(24)),
        ("01:00:00:24", Fraction(25)),
        ("01:00:00:29", Fraction(30)),
        ("01:00:00:49", Fraction(50)),
        ("01:00:00:59", Fraction(60)),
        ("01:00:00;29", Fraction(30000, 1001)),
    ],
)
def test_the_rate_of_an_edl_follows_from_its_timecode(
    tmp_path: Path, timecode: str, rate: Fraction
) -> None:
    zero = timecode[:-2] + "00"
    text = f"TITLE: x\n001 AX V C {zero} {timecode} {zero} {timecode}\n"
    assert document_of(written(tmp_path, "cut.edl", text)).rate == rate


def test_drop_frame_that_only_the_header_tells(tmp_path: Path) -> None:
    """Ten minutes are 17982 frames drop-frame and 18000 otherwise."""
    event = "001 AX V C 00:00:00:00 00:10:00:00 01:00:00:00 01:10:00:00\n"
    drop = document_of(written(tmp_path, "cut.edl", "FCM: DROP FRAME\n" + event))
    assert (drop.rate, drop.start, drop.drop_frame) == (Fraction(30000, 1001), 107892, True)
    assert places(drop)[0][1:] == (0, 17982)
    path = written(tmp_path, "cut.edl", "FCM: NON-DROP FRAME\n" + event)
    plain = Document(read(path, Fraction(30000, 1001))[0], path)
    assert (plain.start, plain.drop_frame) == (108000, False)
    assert places(plain)[0][1:] == (0, 18000)


def test_the_clip_after_a_dissolve_has_its_own_media(tmp_path: Path) -> None:
    """Bug B of the reference: the reader gives it the outgoing clip's file."""
    offline = document_of(written(tmp_path, "a.edl", EDL))
    _, _, clip_b = list(offline.timeline.tracks[0])
    assert isinstance(clip_b.media_reference, otio.schema.MissingReference)
    named = document_of(written(tmp_path, "b.edl", EDL + "* TO CLIP: /media/b.mov\n"))
    clip_a, _, clip_b = list(named.timeline.tracks[0])
    assert clip_a.media_reference.target_url == "/media/a.mov"
    assert clip_b.media_reference.target_url == "/media/b.mov"
    third = "003 TAPE2 V C 01:00:08:18 01:00:08:19 10:00:00:19 10:00:00:20\n"
    third += "* FROM CLIP NAME: clip B\n* FROM CLIP: /media/b2.mov\n"
    again = document_of(written(tmp_path, "c.edl", EDL + third))
    assert again.timeline.tracks[0][2].media_reference.target_url == "/media/b2.mov"


@pytest.mark.parametrize(("second", "length"), [("00:00:00:08", 8), ("00:00:00:10", 10)])
def test_lengths_that_disagree_leave_all_places(tmp_path: Path, second: str, length: int) -> None:
    """The record side is the cut, unless the next event begins where the source side ends."""
    text = (
        "TITLE: x\n"
        "001 AX V C 01:00:00:00 01:00:00:10 00:00:00:00 00:00:00:08\n"
        f"002 BX V C 02:00:00:00 02:00:00:05 {second} 00:00:00:{int(second[-2:]) + 5:02}\n"
    )
    document = document_of(written(tmp_path, "cut.edl", text))
    assert [(start, n) for _, start, n in places(document)] == [(0, length), (length, 5)]
    assert any("1 event has" in note for note in document.notes)


def test_an_old_code_page(tmp_path: Path) -> None:
    path = tmp_path / "cut.edl"
    path.write_bytes(EDL.replace("clip A", "Köln").encode("cp1252"))
    assert places(document_of(path))[0][0] == "Köln"
    path.write_bytes(EDL.replace("clip A", "Köln").encode("utf-16"))
    assert places(document_of(path))[0][0] == "Köln"


FCP7 = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4"><sequence id="s"><name>cut</name><duration>20</duration>
<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>
<media><video><track><clipitem id="c1"><name>Ä &amp; B</name><duration>100</duration>
<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>
<start>0</start><end>20</end><in>7</in><out>27</out>
<file id="f1"><name>x</name><pathurl>file://localhost/D%3a/media/a%20%23b.mov</pathurl>
RATE DURATION</file></clipitem></track></video></media></sequence></xmeml>
"""


@pytest.mark.parametrize("duration", ["<duration />", "<duration>100</duration>", ""])
@pytest.mark.parametrize("timebase", ["0", "25"])
def test_final_cut_xml_with_holes(tmp_path: Path, duration: str, timebase: str) -> None:
    """auto-editor leaves a duration empty, Premiere writes rates of zero (OTIO issue 1322)."""
    rate = f"<rate><timebase>{timebase}</timebase></rate>"
    text = FCP7.replace("RATE", rate).replace("DURATION", duration)
    document = document_of(written(tmp_path, "cut.xml", text))
    assert places(document) == [("Ä & B", 0, 20)]
    clip = document.timeline.tracks[0][0]
    assert clip.source_range.start_time.value == 7
    assert media_path(clip.media_reference.target_url) == "D:/media/a #b.mov"


def test_xml_that_is_no_timeline(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=r"cut\.xml is XML, but no timeline"):
        read(written(tmp_path, "cut.xml", "<html><body/></html>"), None)


def test_wipes_between_kdenlive_tracks_are_told() -> None:
    """The reader puts them behind the last clip, or fails on those without times."""
    wipe = "<transition><property name='kdenlive_id'>wipe</property></transition>"
    mix = "<transition><property name='kdenlive_id'>mix</property></transition>"
    root = ElementTree.fromstring(f"<mlt><tractor>{wipe}{mix}{wipe}</tractor></mlt>")
    assert repair("kdenlive", root, "cut.kdenlive") == (
        "2 wipes between tracks could not be read.",
    )
    assert len(root.findall(".//transition")) == 1


FCPX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.8"><resources>
<format id="r1" name="F" frameDuration="STEP"/>
<asset id="r2" name="a" src="file:///media/a.mov" start="0s" duration="TOTAL" format="r1"/>
</resources><project name="cut"><sequence format="r1" tcStart="START" duration="TOTAL"><spine>
CLIPS
</spine></sequence></project></fcpxml>
"""


def fcpx(step: Fraction, clips: str) -> str:
    def seconds(frames: int) -> str:
        time = frames * step
        return f"{time.numerator}/{time.denominator}s"

    text = FCPX.replace("STEP", f"{step.numerator}/{step.denominator}s")
    text = text.replace("TOTAL", seconds(100_000)).replace("START", seconds(86400))
    for word in clips.split('"'):
        if word.isdigit():
            clips = clips.replace(f'"{word}"', f'"{seconds(int(word))}"')
    return text.replace("CLIPS", clips)


@pytest.mark.parametrize("base", [24, 25, 30, 50, 60])
@pytest.mark.parametrize("ntsc", [False, True])
def test_final_cut_x_is_exact_at_every_rate(tmp_path: Path, base: int, ntsc: bool) -> None:
    """The reader takes whole rates only and cuts off fractions (OTIO issues 903, 1661)."""
    step = Fraction(1001, 1000 * base) if ntsc else Fraction(1, base)
    clips = "".join(
        f'<asset-clip name="c{at}" ref="r2" offset="{at}" start="{at + 50_001}" duration="97"/>'
        for at in range(0, 9700, 97)
    )
    document = document_of(written(tmp_path, "cut.fcpxml", fcpx(step, clips)))
    assert (document.rate, document.start) == (1 / step, 86400)
    assert places(document) == [(f"c{at}", at, 97) for at in range(0, 9700, 97)]
    starts = [clip.source_range.start_time.value for clip in document.timeline.tracks[0]]
    assert starts == [at + 50_001 for at in range(0, 9700, 97)]


def test_final_cut_x_tells_what_it_leaves_out(tmp_path: Path) -> None:
    clips = (
        '<asset-clip name="a" ref="r2" offset="0" start="5" duration="20"/>'
        '<transition name="x" offset="15" duration="10"/>'
        '<asset-clip name="b" ref="r2" offset="20" start="5" duration="20"><timeMap/></asset-clip>'
    )
    document = document_of(written(tmp_path, "cut.fcpxml", fcpx(Fraction(1, 25), clips)))
    assert places(document) == [("a", 0, 20), ("b", 20, 20)]
    assert len(document.notes) == 2 and "1 transition" in document.notes[0]
    speeds = [speed_of(clip) for clip in document.timeline.tracks[0]]
    assert speeds == [1, None], "the second clip's speed is not known"
    clips = '<sync-clip name="both" offset="0" duration="20"/>'
    with pytest.raises(TimelineError, match="both"):
        read(written(tmp_path, "cut.fcpxml", fcpx(Fraction(1, 25), clips)), None)


def test_newer_files_are_read_as_older_ones(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks.markers.append(otio.schema.Marker("here"))
    data = json.loads(timeline.to_json_string())
    data |= {"OTIO_SCHEMA": "Timeline.2", "canvas": {"width": 1920}}
    marker = data["tracks"]["markers"][0]
    marker |= {"OTIO_SCHEMA": "Marker.3", "color": {"OTIO_SCHEMA": "Color.1", "name": "PINK"}}
    clip = data["tracks"]["children"][0]["children"][0]
    reference = clip["media_references"]["DEFAULT_MEDIA"]
    reference |= {"OTIO_SCHEMA": "TapeReference.1", "reel": "A001"}
    document = Document.open(written(tmp_path, "cut.otio", json.dumps(data)))
    assert document.timeline.tracks.markers[0].color == "PINK"
    assert document.timeline.metadata["unread"]["canvas"]["width"] == 1920
    missing = document.timeline.tracks[0][0].media_reference
    assert missing.metadata["unread"]["TapeReference.1"]["reel"] == "A001"
    assert places(document) == [("A", 0, 100)] and "newer" in document.notes[0]


def test_the_first_timeline_of_a_collection(tmp_path: Path) -> None:
    both = otio.schema.SerializableCollection("bin")
    both.extend([otio.schema.Clip("loose"), make_timeline(tmp_path, R, [[A]])])
    both.append(otio.schema.Timeline("other"))
    otio.adapters.write_to_file(both, str(tmp_path / "bin.otio"))
    document = Document.open(tmp_path / "bin.otio")
    assert places(document) == [("A", 0, 100)] and "2 timelines" in document.notes[0]


def bundle(folder: Path, **files: bytes) -> Path:
    timeline = make_timeline(folder, R, [[A]])
    timeline.tracks[0][0].media_reference.target_url = "media/A.mov"
    path = folder / "cut.otioz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("content.otio", timeline.to_json_string())
        packed.writestr("version.txt", "1.0.0")
        packed.writestr("media/A.mov", b"pictures")
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def test_a_packed_bundle_is_unpacked_beside_itself_once(tmp_path: Path) -> None:
    path = bundle(tmp_path)
    for _ in range(2):
        document = Document.open(path)
        assert document.folder == str(tmp_path / "cut.otiod")
        assert (tmp_path / "cut.otiod" / "media" / "A.mov").read_bytes() == b"pictures"
        assert "cut.otiod" in document.notes[0]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["A.mov", "cut.otiod", "cut.otioz"]
    (tmp_path / "cut.otiod" / "content.otio").write_text("{}")
    with pytest.raises(StorageError, match=r"cut\.otiod exists"):
        Document.open(path)


@pytest.mark.parametrize("name", ["../evil", "/evil", "media/../../evil", "C:/evil", "other.txt"])
def test_a_packed_bundle_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    path = bundle(tmp_path / "in", **{name: b"x"})
    with pytest.raises(TimelineError, match="no bundle"):
        Document.open(path)
    assert not (tmp_path / "evil").exists() and not (tmp_path / "in" / "cut.otiod").exists()


def test_packed_bundles_that_are_traps(tmp_path: Path) -> None:
    path = bundle(tmp_path, **{"media/zeros": bytes(20_000_000)})
    with pytest.raises(TimelineError, match="grows to") as caught:
        Document.open(path)
    assert caught.value.code == "timeline.too_large"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(TimelineError, match="not a sound bundle"):
        Document.open(path)


def test_every_format_has_its_reader() -> None:
    known = otio.plugins.ActiveManifest().from_name
    names = {form.adapter for form in FOREIGN.values()} - {"mlt"}
    assert all(known(name, kind_list="adapters") for name in names)
