"""Opening and saving: what is refused, and that nothing is ever half done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.errors import StorageError, TimelineError
from pickup.protocol import Mode, Side
from pickup.timeline import Document, snapshot
from pickup.timeline.files.checks import MAX_BYTES
from support.timeline import Shot, extend, gap, make_timeline, maps, open_timeline, span, text_of

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)


def refused(path: Path) -> TimelineError:
    with pytest.raises(TimelineError) as caught:
        Document.open(path)
    assert path.name in caught.value.message or caught.value.code.split(".")[1] in (
        "rate", "time", "length",
    )  # fmt: skip
    assert caught.value.hint
    return caught.value


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "bad.otio"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_missing_folder_and_foreign_files(tmp_path: Path) -> None:
    assert refused(tmp_path / "no.otio").code == "timeline.missing"
    (tmp_path / "dir.otio").mkdir()
    assert refused(tmp_path / "dir.otio").code == "timeline.unreadable"
    for name in ("cut.ale", "cut.srt", "cut", "cut.prproj"):
        (tmp_path / name).touch()
        assert refused(tmp_path / name).code == "timeline.format"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "timeline.broken"),
        ("{", "timeline.broken"),
        ("not json", "timeline.broken"),
        (b"\xff\xfe\x00", "timeline.broken"),
        ('{"OTIO_SCHEMA":"Timeline.1","tracks":5}', "timeline.broken"),
        ('{"OTIO_SCHEMA":"Timeline.1"}', "timeline.broken"),
        ('{"OTIO_SCHEMA":"Timeline.99","tracks":null}', "timeline.newer"),
        ('{"OTIO_SCHEMA":"Timeline.1","tracks":null}', "timeline.no_timeline"),
        ('{"OTIO_SCHEMA":"Gap.1"}', "timeline.no_timeline"),
        ("[]", "timeline.no_timeline"),
        ("5", "timeline.no_timeline"),
        ("null", "timeline.no_timeline"),
        ('{"OTIO_SCHEMA":"SerializableObjectRef.1","id":"T-1"}', "timeline.references"),
        ("[" * 200_000 + "]" * 200_000, "timeline.depth"),
        ('{"a":' * 200_000, "timeline.depth"),
        ('{"\\\\":"\\"",' + '"a":[' * 300, "timeline.depth"),
    ],
)
def test_broken_text(tmp_path: Path, text: str | bytes, code: str) -> None:
    assert refused(written(tmp_path, text)).code == code


def test_brackets_in_names_are_not_depth(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0][0].name = "[" * 400 + '\\"{' * 400
    assert open_timeline(tmp_path, timeline).timeline.tracks[0][0].name.startswith("[[")


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "huge.otio"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refused(path).code == "timeline.too_large"


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-Infinity", "1e300"])
@pytest.mark.parametrize("where", ["value", "rate"])
@pytest.mark.parametrize("part", ["source_range", "available_range"])
def test_times_that_are_no_numbers(tmp_path: Path, part: str, where: str, bad: str) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    data = json.loads(timeline.to_json_string())
    clip = data["tracks"]["children"][0]["children"][0]
    owner = clip if part == "source_range" else clip["media_references"]["DEFAULT_MEDIA"]
    owner[part]["duration"][where] = "BAD"
    path = written(tmp_path, json.dumps(data).replace('"BAD"', bad))
    assert refused(path).code in ("timeline.rate", "timeline.time", "timeline.broken")


@pytest.mark.parametrize("rate", [0, -24])
def test_rates_that_are_none(tmp_path: Path, rate: int) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    data = json.loads(timeline.to_json_string())
    data["tracks"]["children"][0]["children"][0]["source_range"]["start_time"]["rate"] = rate
    error = refused(written(tmp_path, json.dumps(data)))
    assert error.code == "timeline.rate"
    assert '"A"' in error.message


def test_a_clip_without_any_length_is_named(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0].append(otio.schema.Clip("lost one"))
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    with pytest.raises(TimelineError, match="lost one") as caught:
        Document.open(tmp_path / "cut.otio")
    assert caught.value.code == "timeline.length"


def test_negative_length(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks[0][0].source_range = span(0, -5, R)
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    assert refused(tmp_path / "cut.otio").code == "timeline.length"


def test_a_bundle_folder_opens(tmp_path: Path) -> None:
    folder = tmp_path / "cut.otiod"
    folder.mkdir()
    timeline = make_timeline(folder, R, [[A]])
    otio.adapters.write_to_file(timeline, str(folder / "content.otio"))
    assert Document.open(folder).folder == str(folder)


def test_an_empty_timeline_opens(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, otio.schema.Timeline("empty"))
    assert (document.rate, document.start, len(document.timeline.tracks)) == (R, 0, 0)


def test_opening_changes_neither_pictures_nor_the_file(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 40, Shot("B", 20)]], [Shot("s", 160)])
    path = tmp_path / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    content, stamp = path.read_bytes(), path.stat().st_mtime_ns
    document = Document.open(path)
    expected = timeline.clone()
    for track, mine in zip(expected.tracks, document.timeline.tracks, strict=True):
        for item, same in zip(track, mine, strict=True):
            if isinstance(item, otio.schema.Clip):
                item.metadata["pickup"] = same.metadata["pickup"]
    assert expected.is_equivalent_to(document.timeline)
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.AUTO)
    document.save(tmp_path / "out.otio")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, stamp)


def test_negative_track_trims_of_edl_readers_are_the_start_timecode(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A], [Shot("B", 20)]])
    timeline.global_start_time = None
    timeline.tracks[0].source_range = span(-86400, 500, R)
    timeline.tracks[1].source_range = span(-86410, 500, R)
    document = open_timeline(tmp_path, timeline)
    assert document.start == 86400
    assert min(maps(document)[1]) == 10
    assert all(track.source_range is None for track in document.timeline.tracks)


def test_trims_of_tracks_are_baked(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A, 40, Shot("B", 20)], [Shot("C", 200)]])
    timeline.tracks[0].source_range = span(30, 80, R)
    timeline.tracks[1].source_range = span(0, 200, R)
    document = open_timeline(tmp_path, timeline)
    assert maps(document)[0] == {k: (str(tmp_path / "A.mov"), 80 + k) for k in range(70)}
    assert len(maps(document)[1]) == 200
    extend(document, tmp_path, Shot("C", 200), Side.TAIL, 24, Mode.RIPPLE)
    assert document.timeline.tracks[1].duration().value == 224


def test_the_trim_of_the_whole_timeline_is_baked(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A], [20, Shot("B", 60)]])
    timeline.tracks.source_range = span(10, 50, R)
    document = open_timeline(tmp_path, timeline)
    assert [sorted(m) for m in maps(document)] == [list(range(50)), list(range(10, 50))]


def test_loose_clips_on_the_stack_become_tracks(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    timeline.tracks.append(timeline.tracks[0][0].clone())
    document = open_timeline(tmp_path, timeline)
    assert maps(document)[0] == maps(document)[1]


def test_copies_made_in_a_host_get_a_uid_of_their_own(tmp_path: Path) -> None:
    first = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, Shot("B", 20)]]))
    copied = first.timeline.clone()
    copied.tracks[0].append(copied.tracks[0][0].clone())
    again = open_timeline(tmp_path, copied, "copied.otio")
    uids = [clip.metadata["pickup"]["uid"] for clip in list(again.timeline.find_clips())]
    assert len(set(uids)) == 3
    assert uids[:2] == [c.metadata["pickup"]["uid"] for c in list(first.timeline.find_clips())]


def test_uids_follow_the_clip_and_not_its_place(tmp_path: Path) -> None:
    one = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, Shot("B", 20)]]))
    two = open_timeline(tmp_path, make_timeline(tmp_path, R, [[5, Shot("B", 20), A]]))
    uid = {c.name: c.metadata["pickup"]["uid"] for c in one.timeline.find_clips()}
    assert {c.name: c.metadata["pickup"]["uid"] for c in two.timeline.find_clips()} == uid


def test_save_and_open_again_is_the_same_timeline(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 40]]))
    extend(document, tmp_path, A, Side.TAIL, 24, Mode.AUTO)
    changes = [document.modified]
    path = document.save(tmp_path / "out.otio")
    changes.append(document.modified)
    assert text_of(Document.open(path)) == text_of(document)
    assert otio.adapters.read_from_file(str(path)).is_equivalent_to(document.timeline)
    document.undo()
    changes.append(document.modified)
    document.redo()
    changes.append(document.modified)
    assert changes == [True, False, True, False]
    document.save(path)


def hard_link(a: Path, b: Path) -> None:
    os.link(a, b)


def soft_link(a: Path, b: Path) -> None:
    b.symlink_to(a)


def same(a: Path, b: Path) -> None:
    assert a.exists() and not b.exists()


@pytest.mark.parametrize("link", [hard_link, soft_link, same])
def test_the_input_file_is_never_overwritten(
    tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    content = (tmp_path / "cut.otio").read_bytes()
    target = tmp_path / "other.otio"
    link(tmp_path / "cut.otio", target)
    if not target.exists():
        target = tmp_path / "x" / ".." / "cut.otio"
        (tmp_path / "x").mkdir()
    with pytest.raises(TimelineError) as caught:
        document.save(target)
    assert caught.value.code == "timeline.input_file"
    assert (tmp_path / "cut.otio").read_bytes() == content


def test_other_formats_are_not_written(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    with pytest.raises(TimelineError, match=r"\.otio"):
        document.save(tmp_path / "cut.edl")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    with pytest.raises(StorageError, match="nowhere"):
        document.save(tmp_path / "nowhere" / "out.otio")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        document.save(tmp_path / "file" / "out.otio")
    (tmp_path / "taken.otio").mkdir()
    with pytest.raises(StorageError):
        document.save(tmp_path / "taken.otio")
    assert not list(tmp_path.glob(".*"))


FULL_DISK = """
import resource, signal, sys
from pickup.errors import StorageError
from pickup.timeline import Document, snapshot
document = Document.open(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    document.save(sys.argv[2])
except StorageError as error:
    print(error.code, error.hint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """The system stops the write in the middle, at a limit of the process."""
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    out = document.save(tmp_path / "out.otio")
    content = out.read_bytes()
    assert len(content) > 1000
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(document.path), str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("storage.write") and "free space" in done.stdout
    assert out.read_bytes() == content
    assert sorted(p.name for p in tmp_path.iterdir()) == ["A.mov", "cut.otio", "out.otio"]


def test_a_copied_cut_can_be_saved_beside_the_original(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    copy = tmp_path / "copy.otio"
    shutil.copy(tmp_path / "cut.otio", copy)
    document.save(copy)
    assert Document.open(copy).timeline.is_equivalent_to(document.timeline)


def test_compound_without_range_keeps_its_length(tmp_path: Path) -> None:
    timeline: Any = make_timeline(tmp_path, R, [[A]])
    inner = otio.schema.Stack("nest")
    track = otio.schema.Track("t", kind="Video")
    track.extend([gap(5, R), timeline.tracks[0][0].clone()])
    inner.append(track)
    timeline.tracks[0].insert(0, inner)
    document = open_timeline(tmp_path, timeline)
    assert document.timeline.tracks[0][0].source_range.duration.value == 105


def test_a_clip_whose_reference_is_lost_is_offline(tmp_path: Path) -> None:
    timeline = make_timeline(tmp_path, R, [[A]])
    data = json.loads(timeline.to_json_string())
    data["tracks"]["children"][0]["children"][0]["media_references"] = {}
    path = written(tmp_path, json.dumps(data))
    assert "offline" in snapshot(Document.open(path)).tracks[0].items[0].refusal
