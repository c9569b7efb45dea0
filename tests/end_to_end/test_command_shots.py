"""`pickup timeline insert` and `fill`: files that the engine measures, takes by their recipes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.cli.values import Length, Part, file_part, record_span
from pickup.protocol import (
    ExtendRequest,
    MediaKind,
    MediaRef,
    Origin,
    Output,
    Recipe,
    RenderPlan,
    Side,
    Source,
    encode,
)
from pickup.timeline import Document
from support.command import pickup, refusal
from support.cuts import make_cut
from support.oracle import read_cut

R = Fraction(25)


def base(path: Path) -> list[object]:
    document = Document.open(path)
    track = read_cut(str(document.timeline.to_json_string()), document.rate)[0]
    return [picture and (Path(str(picture[0])).name, picture[1]) for picture in track.base]


def take_file(folder: Path) -> Path:
    """An (empty) file of 20 frames with the recipe of an extension beside it."""
    file = folder / "dog.k3ab.t2.mov"
    file.touch()
    media = MediaRef(str(folder / "A.mp4"), MediaKind.VIDEO, 24, R, 128, 72)
    request = ExtendRequest(
        Source(media, Fraction(0), Fraction(1), 18, R), Side.TAIL, 20, Output(str(folder), "dog"),
        handle=4,
    )  # fmt: skip
    plan = RenderPlan("m", True, 20, R, 128, 72, 128, 72, 0.0, 0)
    recipe = Recipe(
        "k3ab", 1, request, plan, "m", "1", "", True, False, 5, str(file), "", "",
    )  # fmt: skip
    Path(f"{file}.pickup.json").write_text(json.dumps(encode(recipe)))
    return file


@pytest.mark.usefixtures("shared_engine")
def test_a_gap_is_filled_from_a_file_and_takes_are_inserted(tmp_path: Path) -> None:
    cut, out = make_cut(tmp_path, R), tmp_path / "out.otio"
    plain = ["fill", cut.path, "--gap", "V1:2", "-o", out]
    error = refusal("timeline", *plain, tmp_path / "A.mp4")
    assert error["code"] == "media.too_short" and "16 too few" in error["message"]
    done = pickup("timeline", *plain, f"{tmp_path}/A.mp4=4+8f", "--leave-rest")
    assert done["clips"][0]["origin"] == Origin.SOURCE.value
    expected = [("A.mp4", k) for k in range(18)] + [("A.mp4", 4 + k) for k in range(8)]
    rest = [*[None] * 32, *[("B.mp4", k) for k in range(12)]]
    assert base(out) == expected + rest

    file = take_file(tmp_path)
    words = ["--at", "00:00:00:18", "--mode", "ripple", "-o", out.with_stem("two")]
    done = pickup("timeline", "insert", out, *words, file, f"{tmp_path}/B.mp4=+3f")
    made, plain_clip = done["clips"]
    assert made["origin"] == "generated" and made["name"] == "dog k3ab.t2"
    assert (made["record_frames"], plain_clip["record_frames"]) == (16, 3)
    new = [(file.name, k) for k in range(16)] + [("B.mp4", k) for k in range(3)]
    assert base(out.with_stem("two")) == expected[:18] + new + expected[18:] + rest
    shown = pickup("timeline", "show", out.with_stem("two"), "--generated")
    (item,) = shown["timeline"]["tracks"][0]["items"]
    assert (item["job"], item["take"], item["tail_handle"]) == ("k3ab", 1, 4)


@pytest.mark.usefixtures("shared_engine")
def test_a_range_is_filled_and_what_is_missing_is_named(tmp_path: Path) -> None:
    cut, out = make_cut(tmp_path, R), tmp_path / "out.otio"
    words = ["--gap", "V1", "--range", "00:00:00:20+10f", "--fit", "centre", "-o", out]
    pickup("timeline", "fill", cut.path, *words, tmp_path / "A.mp4")
    assert base(out)[20:30] == [("A.mp4", 7 + k) for k in range(10)]
    words = ["--at", "20", "-o", tmp_path / "x.otio"]
    gone = refusal("timeline", "insert", cut.path, *words, tmp_path / "gone.mov")
    assert gone["code"] == "media.missing" and "gone.mov" in gone["message"]
    early = refusal("timeline", "insert", cut.path, *words, f"{tmp_path}/A.mp4=00:00:09:00")
    assert early["code"] == "media.too_short"
    same = refusal("timeline", "insert", cut.path, tmp_path / "A.mp4", "--at", "20", "-o", cut.path)
    assert same["code"] == "timeline.input_file"
    assert not (tmp_path / "x.otio").exists()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a.mov", Part(Path("a.mov"), "", Length())),
        ("a=b.mov", Part(Path("a=b.mov"), "", Length())),
        ("a.mov=12", Part(Path("a.mov"), "12", Length())),
        ("a.mov=12+48f", Part(Path("a.mov"), "12", Length(48))),
        ("a.mov=+2s", Part(Path("a.mov"), "", Length(seconds=Fraction(2)))),
        ("a=b.mov=01:00:04:12+9", Part(Path("a=b.mov"), "01:00:04:12", Length(9))),
    ],
)
def test_a_file_says_which_part_of_it_is_meant(text: str, part: Part) -> None:
    assert file_part(text) == part


def test_a_file_of_that_very_name_is_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.mov=12").touch()
    assert file_part("a.mov=12") == Part(Path("a.mov=12"), "", Length())
    assert record_span("01:00:04:12+2s") == ("01:00:04:12", Length(seconds=Fraction(2)))
