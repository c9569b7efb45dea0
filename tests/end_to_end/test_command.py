"""The `pickup` command on real files, through the real service and worker."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest

from pickup.client.blocking import Engine
from pickup.protocol import HANDLE_FRAMES, MediaRef
from pickup_engine.media.reader import open_reader
from support.command import pickup
from support.cuts import Cut, make_cut

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture(scope="module", params=["24000/1001", "25/1", "30000/1001"])
def cut(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cut:
    return make_cut(tmp_path_factory.mktemp("cut"), Fraction(request.param))


def probed(path: object) -> MediaRef:
    engine = Engine.connect()
    engine.allow([str(Path(str(path)).parent)])
    return engine.probe([str(path)])[0]


def nearest(take: dict[str, Any], cut: Cut, name: str, frame: int) -> int:
    """The frame of a take that looks most like one of a shot's."""
    made, shot = probed(take["media"]["path"]), probed(cut.path.with_name(f"{name}.mp4"))
    with open_reader(made) as new, open_reader(shot) as old:
        wanted = old.frame(frame % shot.frames).astype(float)
        away = [np.abs(new.frame(k) - wanted).mean() for k in range(made.frames)]
    return int(np.argmin(away))


def clips_of(result: dict[str, object]) -> list[dict[str, object]]:
    clips = result["clips"]
    assert isinstance(clips, list)
    return clips


def check_output(result: dict[str, object], cut: Cut, before: str) -> None:
    """What every verb owes: input untouched, output readable, every shown frame in its file."""
    assert hashlib.sha256(cut.path.read_bytes()).hexdigest() == before
    timeline = otio.adapters.read_from_file(str(result["timeline"]))
    for clip in timeline.find_clips():
        if "pickup" in clip.metadata and "generated" in clip.metadata["pickup"]:
            reference = clip.media_reference
            media = probed(otio.url_utils.filepath_from_url(reference.target_url))
            assert media.rate == cut.rate
            assert (media.width, media.height) == (cut.width, cut.height)
            shown = clip.source_range
            assert shown.start_time.value >= 0
            assert shown.end_time_exclusive().value <= media.frames
            assert Path(media.path).with_name(Path(media.path).name + ".pickup.json").exists()


def test_extend_fills_the_gap_with_handles_and_then_generated_frames(cut: Cut) -> None:
    before = hashlib.sha256(cut.path.read_bytes()).hexdigest()
    out = cut.path.with_name("extended.otio")
    result = pickup("extend", cut.path, "--clip", "V1:1", "--tail", "20f", "-o", out)
    source, generated = clips_of(result)
    assert (source["origin"], source["record_frames"]) == ("source", cut.tail_handle)
    assert (generated["origin"], generated["record_frames"]) == ("generated", 20 - cut.tail_handle)
    assert source["record_in"] == cut.first_clip_frames
    assert generated["record_in"] == cut.first_clip_frames + cut.tail_handle
    assert result["operation"] == "extend"
    (take,) = result["takes"]
    assert take["media"]["frames"] == 20 - cut.tail_handle + HANDLE_FRAMES
    assert generated["media_start_frame"] == 0
    assert nearest(take, cut, "A", -1) == 0, "the first frame goes on from the clip's last one"
    check_output(result, cut, before)


def test_a_head_leads_to_the_clip_and_has_its_handle_before(cut: Cut) -> None:
    before = hashlib.sha256(cut.path.read_bytes()).hexdigest()
    out = cut.path.with_name("headed.otio")
    for words, handle in ((), HANDLE_FRAMES), (("--handle", "5f"), 5), (("--handle", "0"), 0):
        result = pickup(
            "extend", cut.path, "--clip", "V1:3", "--head", "10f", "--mode", "gap",
            "-o", out, *words,
        )  # fmt: skip
        (generated,) = clips_of(result)
        (take,) = result["takes"]
        assert take["media"]["frames"] == 10 + handle
        assert (generated["record_frames"], generated["media_start_frame"]) == (10, handle)
        assert nearest(take, cut, "B", 0) == 10 + handle - 1, "the last frame leads to the clip"
        check_output(result, cut, before)


def test_both_ends_of_one_clip_though_the_first_edit_moves_its_number(cut: Cut) -> None:
    before = hashlib.sha256(cut.path.read_bytes()).hexdigest()
    out = cut.path.with_name("both ends.otio")
    result = pickup("extend", cut.path, "--clip", "V1:3", "--head", "3f", "--tail", "4f", "-o", out)
    start = cut.first_clip_frames + cut.gap
    assert [(c["record_in"], c["record_frames"]) for c in clips_of(result)] == [
        (start - 3, 3),
        (start + cut.second_clip_frames, 4),
    ]
    check_output(result, cut, before)


def test_inpaint_and_restyle_land_above_the_clip(cut: Cut) -> None:
    before = hashlib.sha256(cut.path.read_bytes()).hexdigest()
    out = cut.path.with_name("inpainted.otio")
    result = pickup(
        "inpaint", cut.path, "--clip", "V1:3", "--box", "20,16,32,24", "--remove", "-o", out
    )
    (patch,) = clips_of(result)
    assert (patch["track"], patch["record_frames"]) == ("V2", cut.second_clip_frames)
    check_output(result, cut, before)
    styled = pickup(
        "restyle", out, "--clip", "V1:3", "--preset", "noir", "-o", out.with_name("both.otio")
    )
    (look,) = clips_of(styled)
    assert look["record_frames"] == cut.second_clip_frames
    check_output(styled, cut, before)


def test_refusals_leave_no_file_behind(cut: Cut) -> None:
    out = cut.path.with_name("never.otio")
    for arguments, code in (
        (("--clip", "V1:9", "--tail", "8f"), "timeline"),
        (("--clip", "V1:1"), "request.length"),
        (("--clip", "V1:1", "--tail", "8f", "--model", "none"), "model.unknown"),
        (("--clip", "V1:1", "--tail", "30f", "--reference", cut.path), "model.cannot"),
    ):
        result = pickup("extend", cut.path, *arguments, "-o", out, ok=False)
        error = result["error"]
        assert isinstance(error, dict)
        assert error["code"].startswith(code), error
        assert error["hint"]
        assert not out.exists()


def test_the_input_is_never_the_output(cut: Cut) -> None:
    result = pickup("extend", cut.path, "--clip", "V1:1", "--tail", "8f", "-o", cut.path, ok=False)
    assert result["error"]["code"] == "request.same_file"
