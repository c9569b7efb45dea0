"""`pickup timeline`: cuts of other editors, shown and written, with what is lost by it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pickup.cli.arguments import parser
from pickup.cli.grammar import UsageError
from pickup.hosts.file.adapter import EXPORTS, SUFFIXES, WITHOUT_RATE
from pickup.timeline.files.formats import FOREIGN, NATIVE
from support.command import pickup, refusal
from support.cuts import make_cut


def test_the_dock_offers_what_the_core_opens() -> None:
    assert set(SUFFIXES) == {*NATIVE, *FOREIGN}
    assert {suffix: form.name for suffix, form in FOREIGN.items() if form.writes} == EXPORTS
    rateless = [form.suffix for form in FOREIGN.values() if form.adapter == "cmx_3600"]
    assert list(WITHOUT_RATE) == rateless


def test_a_cut_goes_to_an_edl_and_back(tmp_path: Path) -> None:
    cut = make_cut(tmp_path, Fraction(25))
    edl = tmp_path / "cut.edl"
    written = pickup("timeline", "export", cut.path, "-o", edl)
    assert written["timeline"] == str(edl) and edl.exists()
    shown = pickup("timeline", "show", edl, "--rate", "25")
    clips = [item for item in shown["timeline"]["tracks"][0]["items"] if item["kind"] == "clip"]
    assert [clip["frames"] for clip in clips] == [cut.first_clip_frames, cut.second_clip_frames]
    near = pickup("timeline", "show", edl, "--rate", "23.976")
    assert near["timeline"]["rate"] == "24000/1001"
    assert refusal("timeline", "export", cut.path, "-o", tmp_path / "cut.doc")["hint"]


def test_media_that_moved_is_found(tmp_path: Path) -> None:
    cut = make_cut(tmp_path, Fraction(25))
    (tmp_path / "new").mkdir()
    (tmp_path / "A.mp4").rename(tmp_path / "new" / "A.mp4")
    (tmp_path / "B.mp4").unlink()
    out = tmp_path / "out.otio"
    done = pickup("timeline", "relink", cut.path, "--search", tmp_path / "new", "-o", out)
    assert done["found"] == {str(tmp_path / "A.mp4"): str(tmp_path / "new" / "A.mp4")}
    assert done["missing"] == [str(tmp_path / "B.mp4")]
    clips = pickup("timeline", "show", out)["timeline"]["tracks"][0]["items"]
    refused = [bool(item["refusal"]) for item in clips if item["kind"] == "clip"]
    assert refused == [False, True]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        ("23.976", Fraction("23.976")),
        ("30000/1001", Fraction(30000, 1001)),
    ],
)
def test_a_rate_is_a_fraction(text: str, rate: Fraction) -> None:
    options = parser().parse_args(["timeline", "show", "cut.edl", "--rate", text])
    assert options.rate == rate


def test_an_odd_rate_is_refused() -> None:
    with pytest.raises(UsageError, match="no rate"):
        parser().parse_args(["timeline", "show", "cut.edl", "--rate", "fast"])
