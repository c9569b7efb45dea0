"""Every bad input ends in a clear error that names the file, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from support.command import pickup, refusal
from support.cuts import Cut, make_cut, write_shot

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    return make_cut(tmp_path, Fraction(24))


def extend(cut: Cut, *more: object) -> dict[str, str]:
    out = cut.path.with_name("out.otio")
    error = refusal("extend", cut.path, "--clip", "V1:1", "--tail", "20f", "-o", out, *more)
    assert not out.exists()
    assert not list(cut.path.parent.glob("out media/*")), "something was left behind"
    return error


def test_missing_media(cut: Cut) -> None:
    (cut.path.parent / "A.mp4").unlink()
    error = extend(cut)
    assert "A.mp4" in error["message"]


def test_corrupt_media(cut: Cut) -> None:
    (cut.path.parent / "A.mp4").write_bytes(os.urandom(5000))
    error = extend(cut)
    assert error["code"] == "media.unreadable"
    assert "A.mp4" in error["message"]


def test_truncated_media(cut: Cut) -> None:
    media = cut.path.parent / "A.mp4"
    media.write_bytes(media.read_bytes()[: media.stat().st_size // 2])
    error = extend(cut)
    assert error["code"].startswith("media.")
    assert "A.mp4" in error["message"]


def test_media_shorter_than_the_cut_says(cut: Cut) -> None:
    write_shot(cut.path.parent / "A.mp4", 10, cut.rate, 1)
    error = extend(cut)
    assert "A.mp4" in error["message"] or "shot A" in error["message"]


def test_unreadable_timeline(cut: Cut) -> None:
    cut.path.write_text("{ this is not a timeline")
    error = extend(cut)
    assert error["code"].startswith("timeline.")
    assert "cut.otio" in error["message"]


def test_a_missing_timeline_and_one_of_another_kind(cut: Cut, tmp_path: Path) -> None:
    error = refusal("timeline", "show", tmp_path / "none.otio")
    assert "none.otio" in error["message"]
    error = refusal("timeline", "show", tmp_path / "A.mp4")
    assert "A.mp4" in error["message"]


@pytest.mark.parametrize(
    ("size", "fill", "code"),
    [((64, 64), 255, "request.matte_size"), ((128, 72), 0, "request.matte_empty")],
)
def test_a_matte_of_the_wrong_size_or_without_white(
    cut: Cut, size: tuple[int, int], fill: int, code: str
) -> None:
    matte = cut.path.parent / "matte.png"
    cv2.imwrite(str(matte), np.full((size[1], size[0]), fill, np.uint8))
    out = cut.path.with_name("out.otio")
    error = refusal("inpaint", cut.path, "--clip", "V1:3", "--matte", matte, "-o", out)
    assert error["code"] == code
    assert "matte.png" in error["message"]
    assert not out.exists()


def test_a_matte_box_outside_the_picture(cut: Cut) -> None:
    out = cut.path.with_name("out.otio")
    error = refusal("inpaint", cut.path, "--clip", "V1:3", "--box", "100,50,64,64", "-o", out)
    assert error["code"].startswith("request.")


def test_a_reference_that_is_no_picture(cut: Cut) -> None:
    words = cut.path.parent / "look.png"
    words.write_text("no picture")
    out = cut.path.with_name("out.otio")
    error = refusal("restyle", cut.path, "--clip", "V1:3", "--reference", words, "-o", out)
    assert error["code"].startswith("media.")
    assert "look.png" in error["message"]


def test_what_the_model_cannot_do_is_said_before_anything_is_queued(cut: Cut) -> None:
    before = len(pickup("jobs")["jobs"])
    out = cut.path.with_name("out.otio")
    error = refusal("restyle", cut.path, "--clip", "V1:3", "--prompt", "as a painting", "-o", out)
    assert error["code"] == "model.cannot"
    error = refusal(
        "inpaint", cut.path, "--clip", "V1:3", "--box", "8,8,9,9", "--prompt", "a dog", "-o", out
    )
    assert error["code"] == "model.cannot"
    assert len(pickup("jobs")["jobs"]) == before


def test_a_folder_that_is_not_there(cut: Cut) -> None:
    error = extend(cut, "--media-folder", cut.path.parent / "A.mp4" / "media")
    assert error["code"].startswith("storage.")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 400 KiB, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_named_and_nothing_half_written_stays(cut: Cut, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(360_000))
    error = extend(cut, "--media-folder", small_disk)
    assert error["code"] == "storage.full"
    assert str(small_disk) in error["message"] + error["hint"]
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_a_read_only_disk(cut: Cut, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    error = extend(cut, "--media-folder", small_disk)
    assert error["code"].startswith("storage.")
    assert str(small_disk) in error["message"] + error["hint"]


def test_the_output_cannot_be_written(cut: Cut, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    error = refusal(
        "extend", cut.path, "--clip", "V1:1", "--tail", "20f", "-o", small_disk / "out.otio",
        "--media-folder", cut.path.parent / "media",
    )  # fmt: skip
    assert error["code"].startswith("storage.")
    # The take was made and is not lost: it is offered.
    waiting = pickup("jobs", "--unplaced")["jobs"]
    assert any(job["submission"]["timeline"] == str(cut.path) for job in waiting)


def test_errors_are_one_json_object(cut: Cut) -> None:
    error = refusal("extend", cut.path, "--clip", "V1:7", "--tail", "4f", "-o", "x.otio")
    assert json.loads(json.dumps(error)) == error
