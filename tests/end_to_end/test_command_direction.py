"""Camera moves and strokes on the command line, through the real service and worker."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import opentimelineio as otio
import pytest

from support.command import pickup, refusal
from support.cuts import Cut, make_cut
from support.motion import texture

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return make_cut(tmp_path_factory.mktemp("cut"), Fraction(24))


def details(result: dict[str, Any]) -> dict[str, Any]:
    """What the recipe of the only take says was done."""
    (take,) = result["takes"]
    recipe = json.loads(Path(take["media"]["path"] + ".pickup.json").read_text("utf-8"))
    found: dict[str, Any] = recipe["details"]
    return found


def test_an_extension_with_a_move_and_a_stroke(cut: Cut) -> None:
    out = cut.path.with_name("led.otio")
    result = pickup(
        "extend", cut.path, "--clip", "V1:1", "--tail", "20f", "-o", out,
        "--camera", "pan-left 5% + handheld 0.3", "--stroke", "60,40 90,40 90,50",
        "--stroke-radius", "12",
    )  # fmt: skip
    done = details(result)
    assert done["camera"]["move"] == "pan-left 5% + handheld 0.3"
    assert len(done["strokes"]) == 1
    assert any("never" in warning for warning in result["plan"]["warnings"])


def test_a_clip_is_reframed(cut: Cut) -> None:
    out = cut.path.with_name("reframed.otio")
    result = pickup(
        "restyle", cut.path, "--clip", "V1:1", "-o", out, "--camera", "zoom-in 1.2x"
    )  # fmt: skip
    assert details(result)["camera"] == {"move": "zoom-in 1.2x", "beyond_the_edge": 0.0}


def test_a_photograph_in_the_cut_becomes_a_shot(tmp_path: Path) -> None:
    photo, path = tmp_path / "photo.png", tmp_path / "cut.otio"
    cv2.imwrite(str(photo), texture(320, 180))
    still = otio.schema.ExternalReference(photo.as_uri())
    length = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(12, 24)
    )
    still.available_range = length
    timeline = otio.schema.Timeline("stills")
    timeline.tracks.append(otio.schema.Track("V1", kind=otio.schema.TrackKind.Video))
    timeline.tracks[0].append(otio.schema.Clip("photo", still, length))
    otio.adapters.write_to_file(timeline, str(path))
    result = pickup(
        "restyle", path, "--clip", "photo", "-o", tmp_path / "moving.otio",
        "--camera", "dolly-in 1.2x", "--stroke", "160,90 200,90",
    )  # fmt: skip
    done = details(result)
    assert done["still"] is True
    assert "guess" in done["camera"]["depth"]
    assert result["clips"][0]["record_frames"] == 12


def test_what_cannot_be_read_is_told_before_anything_is_made(cut: Cut) -> None:
    out = cut.path.with_name("never.otio")
    for arguments, code in (
        (("--camera", "spin left"), "request.camera"),
        (("--stroke", "5,5"), "request.usage"),
        (("--stroke", "-5,5 9,9"), "request.stroke"),
    ):
        error = refusal(
            "extend", cut.path, "--clip", "V1:1", "--tail", "20f", "-o", out, *arguments
        )
        assert error["code"] == code
    assert not out.exists()
