"""`pickup timeline show`: what an editor reads of a cut."""

from __future__ import annotations

import argparse
import json
import time as clock
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.cli.arguments import parser
from pickup.cli.console import Console
from pickup.cli.listing import rows, table
from pickup.errors import TimelineError
from pickup.protocol import ItemKind, Mode, Side, Snapshot, SnapshotItem, SnapshotTrack, decode
from pickup.timeline import Document, shown, snapshot
from support.timeline import (
    Part,
    Shot,
    clip_of,
    extend,
    gap,
    make_timeline,
    open_timeline,
    span,
    transition,
)
from support.timeline import time as at

R = Fraction(24)
NTSC = Fraction(30000, 1001)
A = Shot("A", 48, first=24, total=100, timecode=86400)


class Shown:
    """What the command prints for a cut."""

    def __init__(self, capture: pytest.CaptureFixture[str], path: Path, *words: str) -> None:
        options: argparse.Namespace = parser().parse_args(["timeline", "show", str(path), *words])
        options.run(options, Console(options.json))
        out, err = capture.readouterr()
        self.json = json.loads(out) if options.json else {}
        self.lines = (err if options.json else out).splitlines()

    def line(self, text: str) -> str:
        (found,) = [line for line in self.lines if text in line]
        return " ".join(found.split())


def saved(folder: Path, timeline: Any) -> Path:
    path = folder / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def retimed(clip: Any, speed: float) -> Any:
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    return clip


def test_a_whole_cut_reads_as_in_an_editor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts: list[Part] = [A, (6, 8), Shot("B", 30, first=0, total=120), 12]
    timeline = make_timeline(tmp_path, R, [parts, [40, Shot("title", 10)]], [Shot("song", 90)])
    timeline.name = "reel 1"
    timeline.tracks[1].name = "titles"
    Path(timeline.tracks[1][1].media_reference.target_url).unlink()
    shown = Shown(capsys, saved(tmp_path, timeline))
    assert shown.lines == [
        "reel 1: 00:00:03:18 (90 frames) at 24 fps, from 01:00:00:00",
        "2 video, 1 audio tracks; 4 clips; 1 offline",
        "",
        "  item  record in    record out   frames  source in    source out   handles  name",
        "V2  titles",
        "  V2:1  01:00:00:00  01:00:01:16      40                                     (gap)",
        "  V2:2  01:00:01:16  01:00:02:02      10  00:00:00:20  00:00:01:06   20/370  title"
        "  [offline]",
        "V1  V",
        "  V1:1  01:00:00:00  01:00:02:00      48  01:00:01:00  01:00:03:00    24/20  A",
        "        01:00:01:18  01:00:02:08      14                                    "
        " / transition “dissolve”, 6 before and 8 after the cut",
        "  V1:2  01:00:02:00  01:00:03:06      30  00:00:00:00  00:00:01:06     0/90  B",
        "  V1:3  01:00:03:06  01:00:03:18      12                                     (gap)",
        "A1  A",
        "  A1:1  01:00:00:00  01:00:03:18      90  00:00:00:20  00:00:04:14   20/290  song",
        "",
        "Offline:",
        f"  {tmp_path}/title.mov  (V2:2)",
    ]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Path]:
    """Everything but plain clips, on one track."""
    timeline = make_timeline(tmp_path, R, [[]])
    track = timeline.tracks[0]
    shots = {name: clip_of(tmp_path, replace(A, name=name), R) for name in (
        "fast", "slow", "back", "backfast", "frozen", "ramp", "off", "plain",
    )}  # fmt: skip
    retimed(shots["fast"], 1.5)
    retimed(shots["slow"], 0.5)
    retimed(shots["back"], -1)
    retimed(shots["backfast"], -2)
    shots["frozen"].effects.append(otio.schema.FreezeFrame())
    shots["ramp"].effects.append(otio.schema.TimeEffect("ramp"))
    shots["off"].enabled = False
    track.append(transition(0, 9, R, "in"))
    track.extend(shots.values())
    still = clip_of(tmp_path, Shot("card", 50, first=0, total=1), R)
    pal = clip_of(tmp_path, Shot("pal", 48, first=25, total=200, media_rate=Fraction(25)), R)
    bars = otio.schema.Clip("bars", otio.schema.GeneratorReference("b", "SMPTE"), span(0, 9, R))
    inner = otio.schema.Track("in", kind="Video")
    inner.append(gap(40, R))
    nested = otio.schema.Stack("nest", [inner], source_range=span(0, 24, R))
    lost = otio.schema.Clip("lost", otio.schema.MissingReference(), span(0, 9, R))
    track.extend([still, pal, bars, nested, lost, transition(7, 0, R, "out"), gap(20, R)])
    yield saved(tmp_path, timeline)


@pytest.mark.parametrize(
    "line",
    [
        "/ fade in “in”, 0 before and 9 after the cut",
        "48 01:00:01:00 01:00:04:00 150 % 16/2 fast",
        "48 01:00:01:00 01:00:02:00 50 % 48/104 slow",
        "48 01:00:01:00 01:00:03:00 reverse back",
        "48 01:00:01:00 01:00:05:00 -200 % backfast",
        "48 01:00:01:00 01:00:01:01 freeze frozen",
        "48 01:00:01:00 ? ramp ramp",
        "24/28 off [switched off]",
        "50 00:00:00:00 00:00:00:01 still card",
        "48 00:00:01:00 00:00:03:00 24/120 pal [25 fps]",
        "9 00:00:00:00 00:00:00:09 bars [generator of the editor]",
        "24 nest [compound]",
        "lost [offline]",
        "/ fade out “out”, 7 before and 0 after the cut",
        "no file is named (V1:13)",
    ],
)
def test_what_is_odd_is_said(odd: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    assert any(" ".join(text.split()).endswith(line) for text in Shown(capsys, odd).lines), Shown(
        capsys, odd
    ).lines


@pytest.mark.parametrize("speed", [1, 2, 0.5, -1, -2, 1.25, -0.3, -0.5, -1.5])
def test_the_source_range_holds_just_what_is_shown(tmp_path: Path, speed: float) -> None:
    """In reverse, too: the last frame then comes first, and the first one last."""
    timeline = make_timeline(tmp_path, R, [[replace(A, frames=31)]])
    retimed(timeline.tracks[0][0], speed)
    document = open_timeline(tmp_path, timeline)
    item = snapshot(document).tracks[0].items[0]
    low, high = item.source_in, item.source_out
    assert low == 86424 and high is not None
    step = Fraction(str(speed))
    assert high - low == -(-31 * abs(step) // 1)
    (run,) = shown(document, 0, 31)
    numbers = [86400 + (run.first + k * run.step) // 1 for k in range(31)]
    assert low <= min(numbers) and max(numbers) < high
    if abs(step) <= 1:
        assert (min(numbers), max(numbers)) == (low, high - 1)


def drop_frame(folder: Path, of_file: str | None) -> Path:
    timeline = make_timeline(folder, NTSC, [[Shot("A", 60, first=0, total=99, timecode=107892)]])
    timeline.global_start_time = at(107892 + 1798, NTSC)
    timeline.metadata["fcp_xml"] = {"timecode": {"displayformat": "DF"}}
    if of_file:
        reference = timeline.tracks[0][0].media_reference
        reference.metadata["fcp_xml"] = {"timecode": {"displayformat": of_file}}
    return saved(folder, timeline)


@pytest.mark.parametrize(
    ("of_file", "source"),
    [
        (None, "01:00:00;00 01:00:02;00"),
        ("DF", "01:00:00;00 01:00:02;00"),
        ("NDF", "00:59:56:12 00:59:58:12"),
    ],
)
def test_drop_frame_is_counted_as_editor_and_file_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], of_file: str | None, source: str
) -> None:
    shown = Shown(capsys, drop_frame(tmp_path, of_file))
    assert shown.lines[0].endswith("at 29.97 fps, drop-frame, from 01:00:59;28")
    assert shown.line("V1:1").startswith(f"V1:1 01:00:59;28 01:01:02;00 60 {source} ")


def test_drop_frame_of_a_final_cut_project(tmp_path: Path) -> None:
    path = tmp_path / "cut.fcpxml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><fcpxml version="1.8"><resources>'
        '<format id="r1" frameDuration="1001/30000s" width="1280" height="720"/>'
        '<asset id="r2" name="A" src="file:///A.mov" start="0s" duration="1001/10s" hasVideo="1" '
        'format="r1"/></resources><library><event name="e"><project name="p">'
        '<sequence format="r1" duration="1001/100s" tcStart="0s" tcFormat="DF"><spine>'
        '<asset-clip name="A" ref="r2" offset="0s" duration="1001/100s" format="r1"/>'
        "</spine></sequence></project></event></library></fcpxml>"
    )
    document = Document.open(path)
    assert document.drop_frame and document.rate == NTSC
    again = Document.open(document.save(tmp_path / "saved.otio"))
    assert again.drop_frame
    path.write_text(path.read_text().replace('tcFormat="DF"', 'tcFormat="NDF"'))
    assert not Document.open(path).drop_frame


@pytest.mark.footage
def test_an_avid_cut_counts_drop_frame(footage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (path,) = (footage / "timelines").glob("*2997fps-DFTC.aaf")
    assert "drop-frame, from 05:00:00;00" in Shown(capsys, path).lines[0]


def test_what_an_xml_switches_off_is_off(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, Shot("B", 30)], [Shot("C", 30)]])
    timeline.tracks[0][1].metadata["fcp_xml"] = {"enabled": "FALSE"}
    timeline.tracks[1].metadata["fcp_xml"] = {"enabled": "FALSE"}
    xml = open_timeline(tmp_path, timeline).export(tmp_path / "cut.xml").path
    first, second = snapshot(Document.open(xml)).tracks
    assert [item.enabled for item in first.items] == [True, False]
    assert (first.enabled, second.enabled) == (True, False)


@pytest.mark.footage
def test_what_premiere_switched_off_is_off(
    footage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = (footage / "timelines").glob("*premiere_enable_property.xml")
    lines = Shown(capsys, path).lines
    off = [line for line in lines if "[switched off" in line]
    assert len(off) == 4 and all("disabled" in line for line in off)
    assert "V3  (switched off)" in lines


def test_generated_clips_tell_their_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 60]])
    document = open_timeline(tmp_path, timeline)
    extend(document, tmp_path, A, Side.TAIL, 40, Mode.ABOVE)
    path = document.save(tmp_path / "out.otio")
    shown = Shown(capsys, path)
    assert "1 generated" in shown.lines[1]
    assert "V2  Pickup V1  (made by Pickup)" in shown.lines
    assert shown.line("A extend").endswith("[generated: extend, take 1]")
    only = Shown(capsys, path, "--generated", "--json")
    items = [item for track in only.json["timeline"]["tracks"] for item in track["items"]]
    assert [item["job"] for item in items] == ["job-0001"]
    assert [track["label"] for track in only.json["timeline"]["tracks"]] == ["V2"]


def line_of(**what: Any) -> str:
    item = SnapshotItem(ItemKind.CLIP, "u", 1, "dog", 0, 24, "/dog.mov", **what)
    track = SnapshotTrack("V1", "", "video", True, False, (item,))
    view = Snapshot("cut", "", R, 0, False, 24, 0, (track,))
    return table(rows(view, track))[1]


def told(**what: Any) -> str:
    return line_of(**what).split("dog", 1)[1].strip()


def test_takes_and_staleness_are_said() -> None:
    made = {"generated": True, "job": "j", "operation": "bridge", "source_rate": R}
    assert told(**made, take=1, takes=4) == "[generated: bridge, take 2 of 4]"
    assert told(**made, take=0, takes=1) == "[generated: bridge, take 1]"
    assert told(**{**made, "operation": ""}) == "[generated: take 1]"
    stale = "The clip before it ends 3 frames earlier."
    assert told(**made, stale=stale) == f"[generated: bridge, take 1; stale: {stale}]"


def test_sound_that_counts_samples_is_told_in_the_frames_of_the_cut() -> None:
    used = {"source_in": 48_000, "source_out": 72_000, "source_rate": Fraction(48_000)}
    assert "00:00:01:00  00:00:01:12" in line_of(**used)


def test_filters_leave_only_what_is_asked(
    tmp_path: Path, odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offline = Shown(capsys, odd, "--offline")
    assert sum("[offline]" in line for line in offline.lines) == 1
    assert "plain" not in "\n".join(offline.lines)
    assert Shown(capsys, odd, "--stale").lines[-1] == "Nothing to list."
    assert any("plain" in line for line in Shown(capsys, odd, "--track", "v1").lines)
    with pytest.raises(TimelineError, match="There is no track V2; there is V1"):
        Shown(capsys, odd, "--track", "V2")


def test_json_is_the_snapshot_and_the_files_that_are_missing(
    odd: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Shown(capsys, odd, "--json")
    assert decode(Snapshot, shown.json["timeline"]) == snapshot(Document.open(odd))
    assert shown.json["offline"] == {"": ["V1:13"]} and shown.json["notes"] == []


def test_an_empty_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = Shown(capsys, saved(tmp_path, otio.schema.Timeline("")))
    assert shown.lines[0] == "Untitled: 00:00:00:00 (0 frames) at 24 fps, from 00:00:00:00"
    assert shown.lines[-1] == "Nothing to list."


def test_a_long_cut_is_listed_quickly(tmp_path: Path) -> None:
    """A twentieth of a second for a thousand clips is three times what it takes."""
    timeline = make_timeline(tmp_path, R, [[replace(A, name=f"s{k}") for k in range(1000)]])
    view = snapshot(open_timeline(tmp_path, timeline))
    begin = clock.process_time()
    lines = table(rows(view, view.tracks[0]))
    assert clock.process_time() - begin < 0.5 and len(lines) == 1001
