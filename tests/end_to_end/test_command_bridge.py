"""`pickup bridge` on real files, through the real service and worker."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from pickup.client.blocking import Engine
from pickup_engine.media.colour import Picture
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe
from support.command import pickup, refusal
from support.cuts import Cut, make_cut

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return make_cut(tmp_path_factory.mktemp("cut"), Fraction(25))


def pictures(path: object) -> list[Picture]:
    engine = Engine.connect()
    engine.allow([str(Path(str(path)).parent)])
    (media,) = engine.probe([str(path)])
    with open_reader(media) as reader:
        return [reader.frame(k) for k in range(media.frames)]


def nearest(picture: Picture, shots: list[Picture]) -> int:
    return int(np.argmin([np.abs(picture.astype(float) - one).mean() for one in shots]))


def bridge(cut: Cut, out: Path, *more: object) -> dict[str, Any]:
    return pickup("bridge", cut.path, "--clip", "V1:1", "-o", out, *more)


def test_the_gap_is_filled_by_a_clip_that_joins_both(cut: Cut, tmp_path: Path) -> None:
    before = hashlib.sha256(cut.path.read_bytes()).hexdigest()
    result = bridge(cut, tmp_path / "out.otio", "--codec", "ffv1")
    assert hashlib.sha256(cut.path.read_bytes()).hexdigest() == before
    assert result["operation"] == "bridge"
    (clip,) = result["clips"]
    assert (clip["track"], clip["index"]) == ("V1", 2)
    assert (clip["record_in"], clip["record_frames"]) == (cut.first_clip_frames, cut.gap)
    made = pictures(clip["media"])
    a, b = (pictures(cut.path.with_name(f"{name}.mp4")) for name in "AB")
    # What was filmed goes on: A's file holds what follows its out-point.
    assert nearest(made[0], a + b) == cut.first_clip_frames
    assert nearest(made[-1], a + b) == len(a)
    recipe = read_recipe(clip["media"])
    assert list(recipe.inputs_sha256) == [str(cut.path.with_name("B.mp4"))]
    track = otio.adapters.read_from_file(result["timeline"]).tracks[0]
    assert [type(item) for item in track] == [otio.schema.Clip] * 3
    assert track[1].metadata["pickup"]["generated"]["operation"] == "bridge"


@pytest.mark.parametrize(
    ("length", "mode", "track", "index", "start", "frames"),
    [("44f", "overwrite", "V1", 2, 16, 44), ("2s", "auto", "V2", 2, 13, 50)],
)
def test_longer_than_the_gap_it_takes_from_both(
    cut: Cut,
    tmp_path: Path,
    length: str,
    mode: str,
    track: str,
    index: int,
    start: int,
    frames: int,
) -> None:
    result = bridge(cut, tmp_path / "out.otio", "--frames", length, "--mode", mode)
    (clip,) = result["clips"]
    assert (clip["track"], clip["index"]) == (track, index)
    assert (clip["record_in"], clip["record_frames"]) == (start, frames)


def test_a_dry_run_makes_nothing(cut: Cut, tmp_path: Path) -> None:
    result = bridge(cut, tmp_path / "out.otio", "--dry-run")
    assert result["plan"]["frames"] == cut.gap
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_is_told(cut: Cut, tmp_path: Path) -> None:
    out = ("-o", tmp_path / "out.otio")
    last = refusal("bridge", cut.path, "--clip", "V1:3", *out)
    assert last["code"] == "timeline.no_next"
    for frames in ("0", "7f"):
        refusal("bridge", cut.path, "--clip", "V1:1", "--frames", frames, *out)
    replaced = refusal("bridge", cut.path, "--clip", "V1:1", "--mode", "replace", *out)
    assert replaced["code"] == "request.usage"
    assert not list(tmp_path.iterdir())
