from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.cli.arguments import parser
from pickup.errors import ModelError
from pickup.protocol import (
    Guidance,
    JobSubmission,
    Keyframe,
    Output,
    RestyleRequest,
    Source,
)
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.cuts import write_shot
from support.jobs import Events

FRAMES = 6


@pytest.fixture
def request_of(tmp_path: Path) -> RestyleRequest:
    path = tmp_path / "shot.mp4"
    write_shot(path, FRAMES, Fraction(24), 1)
    (tmp_path / "takes").mkdir()
    source = Source(probe(str(path)), Fraction(0), Fraction(1), FRAMES, Fraction(24))
    return RestyleRequest(source, Output(str(tmp_path / "takes"), "clip"))


def refused(request: RestyleRequest) -> ModelError:
    with pytest.raises(ModelError) as caught:
        rules_for(request.model).plan(request)
    return caught.value


def test_words_alone_are_refused_and_models_that_can_are_named(request_of: RestyleRequest) -> None:
    error = refused(replace(request_of, guidance=Guidance(prompt="an oil painting")))
    assert error.code == "model.cannot"
    assert "VACE" in error.hint
    assert "preset" in error.hint


def test_keyframes_stand_alone_and_each_at_its_own_frame(request_of: RestyleRequest) -> None:
    pins = Guidance(keyframes=(Keyframe(0, "a.png"), Keyframe(3, "b.png")))
    plan = rules_for(request_of.model).plan(replace(request_of, guidance=pins, strength=0.5))
    assert any("strength" in warning for warning in plan.warnings)
    assert refused(replace(request_of, guidance=pins, preset="noir")).code == "model.cannot"
    twice = Guidance(keyframes=(Keyframe(3, "a.png"), Keyframe(3, "b.png")))
    assert "same frame" in refused(replace(request_of, guidance=twice)).message


def test_the_command_takes_edited_frames() -> None:
    given = parser().parse_args(
        ["restyle", "cut.otio", "--clip", "V1:1", "-o", "out.otio", "--keyframe", "12f=red.png"]
    )
    (pin,) = given.keyframe
    assert (pin.time.frames, str(pin.image)) == (12, "red.png")


def test_a_job_follows_an_edited_frame_through_files(
    request_of: RestyleRequest, tmp_path: Path
) -> None:
    with open_reader(request_of.source.media) as reader:
        shot = [reader.frame(k) for k in range(FRAMES)]
    # A soft brush: the codec halves the resolution of colour.
    brush = np.zeros(shot[2].shape[:2], np.float32)
    cv2.circle(brush, (40, 30), 12, 0.8, -1)
    brush = cv2.GaussianBlur(brush, (0, 0), 3)[..., None]
    paint = np.array([50000, 15000, 30000], np.float32)
    edited = np.rint(shot[2] + brush * (paint - shot[2])).astype(np.uint16)
    image = tmp_path / "edited.png"
    assert cv2.imwrite(str(image), cv2.cvtColor(edited, cv2.COLOR_RGB2BGR))
    guidance = Guidance(keyframes=(Keyframe(2, str(image)),))
    request = replace(request_of, guidance=guidance)
    events = Events()
    plan = rules_for(request.model).plan(request)
    run_job(JobSubmission("edited01", request), plan, 1, events, Backends())
    (take,) = events.takes
    with open_reader(take.media) as reader:
        made = reader.frame(2).astype(np.float64)
    wrong = ((made - edited) ** 2).mean() / 257**2
    assert 10 * np.log10(65025 / wrong) > 40
    details = read_recipe(take.media.path).details
    assert not take.learned
    assert len(details["confidence_by_frame"]) == FRAMES
    assert details["keyframes"][0]["frame"] == 2
