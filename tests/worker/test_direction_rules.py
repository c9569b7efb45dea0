"""What the draft model accepts, warns of and refuses about camera moves and strokes; and a still
that becomes a shot, through a whole job."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.errors import ModelError, PickupError, RequestError
from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    Guidance,
    InpaintRequest,
    JobSubmission,
    Keyframe,
    Matte,
    MediaKind,
    MediaRef,
    Output,
    Request,
    RestyleRequest,
    Side,
    Source,
    Stroke,
)
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.jobs import Events

RULES = rules_for("pickup-draft")
MEDIA = MediaRef("/shot.mov", MediaKind.VIDEO, 100, Fraction(24), 1920, 1080)
STILL = replace(MEDIA, path="/photo.png", kind=MediaKind.STILL, frames=1)
SHOT = Source(MEDIA, Fraction(0), Fraction(1), 48, Fraction(24))
PHOTO = Source(STILL, Fraction(0), Fraction(0), 48, Fraction(24))
OUTPUT = Output("/out", "made")
STROKE = Stroke(((400, 300), (900, 300)), 80)


def reframe(camera: str = "", source: Source = SHOT, *strokes: Stroke) -> RestyleRequest:
    return RestyleRequest(source, OUTPUT, guidance=Guidance(camera=camera, strokes=strokes))


def tail(camera: str = "", *strokes: Stroke) -> ExtendRequest:
    guidance = Guidance(camera=camera, strokes=strokes)
    return ExtendRequest(SHOT, Side.TAIL, 24, OUTPUT, guidance)


def bridge(camera: str = "", *strokes: Stroke) -> BridgeRequest:
    guidance = Guidance(camera=camera, strokes=strokes)
    return BridgeRequest(SHOT, SHOT, 24, OUTPUT, guidance)


def pinned(request: RestyleRequest | ExtendRequest) -> Request:
    guidance = replace(request.guidance, keyframes=(Keyframe(3, "/k.png"),))
    return replace(request, guidance=guidance)


def test_a_bridge_follows_a_camera_and_keyframes_but_no_strokes() -> None:
    plain = RULES.plan(bridge()).warnings
    assert any("dissolve" in warning for warning in plain)
    assert RULES.plan(bridge("zoom-in 1.1x")).warnings == plain
    wide = RULES.plan(bridge("pan-left 20%")).warnings
    assert any("beyond the edges" in warning for warning in wide)
    with pytest.raises(ModelError, match="bridge") as caught:
        RULES.plan(bridge("", STROKE))
    assert caught.value.hint


@pytest.mark.parametrize(
    "request_",
    [
        reframe("pan-left 2%"),
        reframe("zoom-in 1.5x + handheld", PHOTO),
        reframe("", PHOTO, STROKE),
        tail("tilt-down 2%", STROKE),
        pinned(tail("zoom-in")),
    ],
)
def test_what_it_can_do_is_planned_without_a_word(request_: Request) -> None:
    assert RULES.plan(request_).warnings == ()


@pytest.mark.parametrize(
    ("request_", "share"),
    [
        (reframe("pan-left 15%"), "15%"),
        (tail("zoom-out 1.25x"), "36%"),
        (replace(tail("pan-right 20%"), side=Side.HEAD), "20%"),
    ],
)
def test_never_filmed_edges_are_told_with_their_share(request_: Request, share: str) -> None:
    (warning,) = RULES.plan(request_).warnings
    assert share in warning
    assert "zoom-in" in warning


def test_enough_zoom_hides_the_edge_and_silences_the_warning() -> None:
    assert RULES.plan(reframe("pan-left 10% + zoom-in 1.3x")).warnings == ()


def test_a_dolly_says_that_its_depth_is_coarse() -> None:
    (warning,) = RULES.plan(reframe("dolly-in 1.2x", PHOTO)).warnings
    assert "coarse" in warning


@pytest.mark.parametrize(
    ("request_", "kind", "code"),
    [
        (reframe("spin"), RequestError, "request.camera"),
        (tail("pan-left 15"), RequestError, "request.camera"),
        (replace(reframe("pan-left"), preset="noir"), ModelError, "model.cannot"),
        (pinned(reframe("pan-left")), ModelError, "model.cannot"),
        (
            InpaintRequest(
                SHOT, Matte(box=(0, 0, 9, 9)), OUTPUT, guidance=Guidance(camera="pan-left")
            ),
            ModelError,
            "model.cannot",
        ),
        (reframe("", SHOT, STROKE), ModelError, "model.cannot"),
        (pinned(tail("", STROKE)), ModelError, "model.cannot"),
        (tail("", *(STROKE,) * 9), ModelError, "model.too_many"),
        (tail("", Stroke(((400, 300),), 80)), RequestError, "request.stroke"),
        (tail("", Stroke(((400, 300), (400, 300)), 80)), RequestError, "request.stroke"),
        (tail("", Stroke(((1920, 300), (400, 300)), 80)), RequestError, "request.stroke"),
        (tail("", Stroke(((400, 300), (500, 3000)), 80)), RequestError, "request.stroke"),
        (tail("", replace(STROKE, radius=0)), RequestError, "request.stroke"),
        (tail("", replace(STROKE, radius=900)), RequestError, "request.stroke"),
    ],
)
def test_what_it_cannot_is_refused_with_the_remedy(
    request_: Request, kind: type[PickupError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        RULES.plan(request_)
    assert refused.value.code == code
    assert refused.value.hint


def test_a_still_becomes_a_shot_of_any_length(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    ramp = np.linspace(40, 230, 320, dtype=np.float32)
    cv2.imwrite(str(photo), np.repeat(np.broadcast_to(ramp, (180, 320))[..., None], 3, 2))
    source = Source(probe(str(photo)), Fraction(0), Fraction(0), 9, Fraction(24))
    request = RestyleRequest(
        source, Output(str(tmp_path), "b-roll"), guidance=Guidance(camera="pan-right 10%")
    )
    kept = Events()
    run_job(JobSubmission("j1", request), RULES.plan(request), 1, kept, Backends())
    (take,) = kept.takes
    assert take.media.frames == 9
    assert not take.learned
    with open_reader(take.media) as reader:
        first, last = (reader.frame(k).astype(np.float64) / 257 for k in (0, 8))
    assert np.abs(first[90, 10:-10, 0] - ramp[10:-10]).max() < 2.5
    assert np.abs(last[90, 10:-42, 0] - ramp[42:-10]).max() < 2.5, "32 of 320 pixels"
    recipe = read_recipe(take.media.path)
    assert recipe.details["still"] is True
    assert recipe.details["camera"] == {"move": "pan-right 10%", "beyond_the_edge": 0.1}


def test_takes_by_hand_differ_and_are_not_said_to_be_alike() -> None:
    steady = RestyleRequest(PHOTO, OUTPUT, guidance=Guidance(camera="pan-left"), takes=2)
    assert any("alike" in warning for warning in RULES.plan(steady).warnings)
    by_hand = replace(steady, guidance=Guidance(camera="pan-left + handheld"))
    assert not any("alike" in warning for warning in RULES.plan(by_hand).warnings)


def test_the_strength_of_a_move_is_not_used_and_told() -> None:
    weak = RestyleRequest(PHOTO, OUTPUT, guidance=Guidance(camera="zoom-in"), strength=0.5)
    assert any("strength" in warning for warning in RULES.plan(weak).warnings)
    assert not RULES.plan(replace(weak, strength=1.0)).warnings
