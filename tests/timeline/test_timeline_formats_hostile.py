"""Broken and hostile files of other editors end in an error that names the file and the remedy."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.errors import PickupError, TimelineError
from pickup.timeline import Document
from pickup.timeline.files import foreign as process
from pickup.timeline.files.convert import read, write
from pickup.timeline.files.formats import FOREIGN, MEGABYTE
from pickup.timeline.files.xml_check import MAX_XML_DEPTH, checked_tree
from support.timeline import Shot, make_timeline

R = Fraction(25)
ENTITIES = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(25))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{ENTITIES}]><xmeml>&z;</xmeml>'
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xmeml>&f;</xmeml>'
)
EVENT = "001  AX V C 01:00:00:00 01:00:01:00 01:00:00:00 01:00:01:00\n"


def refused(folder: Path, name: str, data: bytes | str) -> TimelineError:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(TimelineError) as caught:
        read(path, None)
    assert name in caught.value.message and caught.value.hint
    return caught.value


@pytest.mark.parametrize("name", ["cut.xml", "cut.fcpxml", "cut.kdenlive", "cut.xges", "cut.mlt"])
def test_xml_that_is_no_timeline(tmp_path: Path, name: str) -> None:
    deep = "<a>" * (MAX_XML_DEPTH + 1) + "</a>" * (MAX_XML_DEPTH + 1)
    assert refused(tmp_path, name, "").code == "timeline.broken"
    assert refused(tmp_path, name, "<xmeml><").code == "timeline.broken"
    assert refused(tmp_path, name, b"\xff\x00\x01").code == "timeline.broken"
    assert refused(tmp_path, name, BOMB).code == "timeline.entities"
    assert refused(tmp_path, name, OUTSIDE).code == "timeline.entities"
    assert refused(tmp_path, name, BOMB.encode("utf-16")).code == "timeline.entities"
    assert refused(tmp_path, name, deep).code == "timeline.depth"
    assert refused(tmp_path, name, "<nothing/>").code.startswith("timeline.")


def test_depth_up_to_the_limit_is_read() -> None:
    deep = "<a>" * MAX_XML_DEPTH + "</a>" * MAX_XML_DEPTH
    assert checked_tree(deep.encode(), "cut.xml").tag == "a"


@pytest.mark.parametrize(
    "text",
    [
        "no edl at all",
        EVENT.replace(" V C", " V Q"),
        EVENT.replace("01:00:00:00", "99:99:99:99", 1),
        EVENT + EVENT.replace("AX V C", "BX V D"),
        EVENT + EVENT.replace("AX V C", "BX V D 010").replace("001", "001x"),
        "001\n",
        "\0" * 100,
    ],
)
def test_broken_edl(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, "cut.edl", text).code in ("timeline.broken", "timeline.time")


def test_broken_aaf(tmp_path: Path) -> None:
    assert refused(tmp_path, "cut.aaf", b"").code == "timeline.broken"
    assert refused(tmp_path, "cut.aaf", b"\xd0\xcf\x11\xe0" + bytes(5000)).code == "timeline.broken"


@pytest.mark.parametrize("name", ["cut.aaf", "cut.edl", "cut.kdenlive", "cut.fcpxml"])
def test_files_too_large_are_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    largest = FOREIGN[path.suffix].largest
    with path.open("wb") as file:
        file.truncate(largest + 1)
    with pytest.raises(TimelineError, match=f"may have {largest // MEGABYTE} MB") as caught:
        Document.open(path)
    assert caught.value.code == "timeline.too_large"


def test_missing_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "dir.edl").mkdir()
    for name, code in (("no.edl", "timeline.missing"), ("dir.edl", "timeline.unreadable")):
        with pytest.raises(TimelineError, match=name) as caught:
            Document.open(tmp_path / name)
        assert caught.value.code == code


def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "cut.edl").write_text(EVENT)
    with pytest.raises(TimelineError, match=r"cut\.edl was not converted within") as caught:
        process.read_foreign(tmp_path / "cut.edl", FOREIGN[".edl"], timeout=0.01)
    assert caught.value.code == "timeline.slow"


def test_the_working_folder_and_foreign_plugins_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module beside a project file must not run when the file is opened."""
    (tmp_path / "cut.edl").write_text(EVENT)
    for trap in ("json", "logging", "opentimelineio"):
        (tmp_path / f"{trap}.py").write_text("raise SystemExit('run')")
    (tmp_path / "manifest.json").write_text("{}")
    monkeypatch.setenv("OTIO_PLUGIN_MANIFEST_PATH", str(tmp_path / "manifest.json"))
    monkeypatch.chdir(tmp_path)
    assert len(Document.open("cut.edl").timeline.tracks[0]) == 1


MEMORY = """
import sys
from pathlib import Path
from pickup.timeline.files import convert
convert.MEMORY = 400 * 2**20
convert.read = lambda path, rate: bytearray(2**30)
convert.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="memory limits of processes are POSIX")
def test_memory_is_limited(tmp_path: Path) -> None:
    request = json.dumps({"read": "cut.edl", "rate": None})
    done = subprocess.run(
        [sys.executable, "-c", MEMORY],
        input=request.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1 and done.stderr.strip().endswith(b"MemoryError")
    failed = process.failure("cut.edl", done)
    assert failed.code == "timeline.too_large" and "cut.edl" in failed.message


def test_a_reader_that_crashes_is_told() -> None:
    program = "import os; os.kill(os.getpid(), 9)"
    if os.name == "nt":
        program = "import os; os._exit(9)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    failed = process.failure("cut.aaf", done)
    assert failed.code == "timeline.broken" and "cut.aaf" in failed.message and failed.hint


DAMAGE = ["<", ">", "/", '"', "0", "-1", "1e400", "nan", "&lt;", "25", "", "<property/>"]


@pytest.mark.parametrize("suffix", [".edl", ".xml", ".fcpxml", ".kdenlive"])
def test_files_that_are_damaged_anywhere(tmp_path: Path, suffix: str) -> None:
    """Some bytes replaced: it opens, or a clear error says why not; nothing else comes out."""
    timeline = make_timeline(tmp_path, R, [[Shot("A", 100), 20, Shot("B", 60)]], [Shot("S", 90)])
    write(tmp_path / f"whole{suffix}", timeline, R)
    whole = (tmp_path / f"whole{suffix}").read_text("utf-8")
    dice = random.Random(suffix)
    opened = 0
    for _ in range(60):
        at = dice.randrange(len(whole))
        text = whole[:at] + dice.choice(DAMAGE) + whole[at + dice.randrange(12) :]
        path = tmp_path / f"damaged{suffix}"
        path.write_text(text, "utf-8")
        try:
            timeline, _ = read(path, None)
            Document(timeline, path)
            opened += 1
        except PickupError as error:
            assert error.code.startswith("timeline.") and error.hint
    assert opened
