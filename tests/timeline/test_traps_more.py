"""Traps of OpenTimelineIO that no other test stands before: see the table in `test_traps.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import TimelineError
from pickup.protocol import Mode, Side
from pickup.protocol.timecode import format_timecode
from pickup.timeline import Document, find_clip, media_of, media_path, shown, snapshot
from pickup.timeline.files.convert import read, write
from pickup.timeline.identity import plain, store
from support.oracle import read_cut
from support.timeline import Shot, extend, gap, make_timeline, open_timeline, span, text_of, time

R = Fraction(24)
NTSC = Fraction(30000, 1001)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 60, first=40, total=200)


def base(document: Document, track: int) -> list[object]:
    return list(read_cut(text_of(document), document.rate)[track].base)


@pytest.mark.parametrize("drops", [False, True])
def test_29_97_counts_every_frame_unless_the_file_says_drop(tmp_path: Path, drops: bool) -> None:
    timeline = make_timeline(tmp_path, NTSC, [[A]])
    timeline.global_start_time = time(108_000, NTSC)
    if drops:
        timeline.metadata["cmx_3600"] = {"fcm": "DROP FRAME"}
    view = snapshot(open_timeline(tmp_path, timeline))
    start = format_timecode(view.start, view.rate, view.drop_frame)
    assert start == ("01:00:03;18" if drops else "01:00:00:00")
    last = format_timecode(2_591_999, view.rate, view.drop_frame)
    assert last == ("00:01:26;13" if drops else "23:59:59:29")


SPEEDS = {
    "2": otio.schema.LinearTimeWarp(time_scalar=2),
    "1/2": otio.schema.LinearTimeWarp(time_scalar=0.5),
    "freeze": otio.schema.FreezeFrame(),
    "off": otio.schema.LinearTimeWarp(time_scalar=3),
    "-1": otio.schema.LinearTimeWarp(time_scalar=-1),
    "ramp": otio.schema.TimeEffect(effect_name="speed ramp"),
}
SPEEDS["off"].enabled = False


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_retimed_clip_is_cut_exactly_or_not_at_all(tmp_path: Path, speed: str) -> None:
    """Frame 100 lies within the retimed clip, which a ripple on the track below would cut there."""
    shot = Shot("odd", 150, first=30, total=900)
    timeline = make_timeline(tmp_path, R, [[A, B], [shot]])
    timeline.tracks[1][0].effects.append(SPEEDS[speed].clone())
    document = open_timeline(tmp_path, timeline)
    before, text = base(document, 1), text_of(document)
    if speed in ("-1", "ramp"):
        with pytest.raises(TimelineError, match="would cut"):
            extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
        assert text_of(document) == text
        return
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    assert base(document, 1) == [*before[:100], *[None] * 24, *before[100:]]


def test_a_clip_without_a_source_range_shows_its_whole_file(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B]])
    timeline.tracks[0][0].source_range = None
    document = open_timeline(tmp_path, timeline)
    item = snapshot(document).tracks[0].items[0]
    assert (item.frames, item.media_first, item.head_handle, item.tail_handle) == (160, 0, 0, 0)
    path = str(tmp_path / "A.mov")
    assert base(document, 0)[:160] == [(path, k, "") for k in range(160)]


def test_what_follows_a_compound_lies_behind_its_own_range(tmp_path: Path) -> None:
    """The compound shows 50 of the 130 frames inside it; OTIO's range calls say 130."""
    timeline = make_timeline(tmp_path, R, [[A]])
    inner = otio.schema.Track("inside", kind="Video")
    inner.extend([gap(30, R), timeline.tracks[0][0].clone()])
    compound = otio.schema.Stack("nest", [inner], source_range=span(40, 50, R))
    timeline.tracks[0].insert(0, compound)
    document = open_timeline(tmp_path, timeline)
    first, second = snapshot(document).tracks[0].items
    assert (first.record_in, first.frames, second.record_in) == (0, 50, 50)
    before = base(document, 0)
    extend(document, tmp_path, A, Side.TAIL, 5, Mode.GAP)
    assert base(document, 0)[:150] == before


def test_the_preview_shows_neither_what_is_off_nor_sound(tmp_path: Path) -> None:
    timeline = make_timeline(
        tmp_path, R, [[A], [Shot("off", 100)], [Shot("hidden", 100)]], [Shot("song", 100)]
    )
    timeline.tracks[1][0].enabled = False
    timeline.tracks[2].enabled = False
    document = open_timeline(tmp_path, timeline)
    assert [(run.name, run.frames) for run in shown(document, 0, 100)] == [("A", 100)]


@pytest.mark.parametrize("counts", ["from the in-point", "unscaled by the retime"])
def test_a_marker_that_counts_otherwise_is_never_lost(tmp_path: Path, counts: str) -> None:
    """Kdenlive counts markers from the in-point, Resolve not as the retime does: a cut keeps each
    of them exactly once, whatever it meant."""
    shot = Shot("long", 200, first=500, total=2000)
    timeline = make_timeline(tmp_path, R, [[A, B], [shot]])
    clip = timeline.tracks[1][0]
    places = (5, 120, 199) if counts == "from the in-point" else (505, 620, 1099)
    if counts != "from the in-point":
        clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=3))
    for at in places:
        clip.markers.append(otio.schema.Marker(f"m{at}", span(at, 1, R)))
    document = open_timeline(tmp_path, timeline)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.RIPPLE)
    parts = [item for item in document.timeline.tracks[1] if item.name == "long"]
    assert len(parts) == 2
    kept = [marker for part in parts for marker in part.markers]
    assert [(m.name, m.marked_range.start_time.value) for m in kept] == [
        (f"m{at}", at) for at in places
    ]


@pytest.mark.parametrize("suffix", [".xml", ".fcpxml", ".edl", ".kdenlive", ".xges"])
def test_the_active_reference_is_the_one_that_is_written(tmp_path: Path, suffix: str) -> None:
    timeline = make_timeline(tmp_path, Fraction(25), [[A]])
    clip = timeline.tracks[0][0]
    other = clip.media_reference.clone()
    other.target_url = str(tmp_path / "take 2.mov")
    both = {"DEFAULT_MEDIA": clip.media_reference.clone(), "take 2": other}
    clip.set_media_references(both, "take 2")
    document = Document(timeline, tmp_path / "cut.otio")
    write(tmp_path / f"out{suffix}", document.timeline, document.rate)
    again, _ = read(tmp_path / f"out{suffix}", document.rate)
    urls = [clip.media_reference.target_url for clip in again.find_clips()]
    assert [media_path(url) for url in urls] == [str(tmp_path / "take 2.mov")]


CYCLE = (
    '{"OTIO_SCHEMA":"Timeline.1","tracks":{"OTIO_SCHEMA":"Stack.1","OTIO_REF_ID":"S-1","children":'
    '[{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"S-1"}]}}'
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CYCLE, "timeline.references"),
        ('{"a":' * 300_000, "timeline.depth"),
        ('{"OTIO_SCHEMA":"Timeline.1","tracks":' + "[" * 200_000, "timeline.depth"),
        ('{"OTIO_SCHEMA":"Timeline.1","tracks":{"OTIO_SCHEMA":"Track.1"}}', "timeline."),
        ("\x00" * 1000, "timeline.broken"),
    ],
    ids=["circle", "depth", "depth in the stack", "a track for a stack", "zeros"],
)
def test_hostile_text_is_answered_by_the_process(tmp_path: Path, text: str, code: str) -> None:
    """What crashes the native reader: the process answers, and goes on answering."""
    path = tmp_path / "bad.otio"
    path.write_text(text)
    lines = [{"id": 1, "method": "open", "params": {"path": str(path)}}, {"id": 2, "method": "x"}]
    done = subprocess.run(
        [sys.executable, "-m", "pickup.timeline"],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        check=False,
    )
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["error"]["code"].startswith(code) and first["error"]["hint"]
    assert second["error"]["code"] == "request.method" and done.returncode == 0


def test_a_bundle_finds_its_own_media(tmp_path: Path) -> None:
    """Relative URLs mean the bundle's folder, files of one name stay apart, and a picture sequence
    is found; a cut that is saved elsewhere goes on showing them."""
    folder = tmp_path / "hand over.otiod"
    for name in ("day 1/A.mov", "day 2/A.mov", "frames/s.1001.png"):
        (folder / "media" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "media" / name).touch()
    one, two, three = Shot("one", 20), Shot("two", 20), Shot("three", 20)
    timeline = make_timeline(tmp_path, R, [[one, two, three]])
    track = timeline.tracks[0]
    track[0].media_reference.target_url = "media/day 1/A.mov"
    track[1].media_reference.target_url = "media/day%202/A.mov"
    track[2].media_reference = otio.schema.ImageSequenceReference(
        "media/frames/", "s.", ".png", start_frame=1001, frame_zero_padding=4, rate=24,
        available_range=span(0, 400, R),
    )  # fmt: skip
    otio.adapters.write_to_file(timeline, str(folder / "content.otio"))
    media = folder / "media"
    expected = [media / "day 1/A.mov", media / "day 2/A.mov", media / "frames/s.%04d.png"]
    document = Document.open(folder)
    moved = Document.open(document.save(tmp_path / "moved.otio"))
    for cut in (document, moved):
        found = [media_of(cut, find_clip(cut, name)) for name in ("one", "two", "three")]
        assert found == [str(path) for path in expected]


def test_what_we_store_is_plain_and_comes_back(tmp_path: Path) -> None:
    """OTIO's dictionaries compare and encode wrongly; a key OTIO_SCHEMA would make an object."""
    clip = otio.schema.Clip("A")
    values = {"list": [1, 2.5, None, True, "x", {"deep": ["y"]}], "number": 2**62, "text": "ü"}
    store(clip, **values)
    again = otio.core.deserialize_json_from_string(clip.to_json_string())
    assert plain(again.metadata)["pickup"] == {"schema": 1, **values}
    json.dumps(plain(again.metadata), allow_nan=False)
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 30, B]]))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.OVERWRITE)
    text = json.dumps(json.loads(text_of(document)), allow_nan=False)
    for own in owned(json.loads(text)):
        assert "OTIO_SCHEMA" not in json.dumps(own).replace('\\"OTIO_SCHEMA\\"', "")


def owned(value: Any) -> list[Any]:
    """All that is stored under our key anywhere."""
    if isinstance(value, list):
        return [found for inner in value for found in owned(inner)]
    if isinstance(value, dict):
        mine = [value["pickup"]] if "pickup" in value else []
        return mine + [found for inner in value.values() for found in owned(inner)]
    return []
