"""What is known stays in the finished take, whatever the model made of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pickup.protocol import Guidance, Keyframe, Operation, RestyleRequest, frames_of
from pickup_engine.finishing.conform import load_image
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.material import gather, open_runs
from support.conformance import BOX, FRAMES, NEW, Bench, Ledger, differ
from support.cuts import HEIGHT, WIDTH

CODING = 0.012
"""Mean difference that 8-bit 4:2:0 coding makes of a picture with hard colours."""


@pytest.mark.parametrize(
    ("operation", "frame"),
    [
        *((Operation.EXTEND, frame) for frame in (0, 3, NEW - 1)),
        (Operation.BRIDGE, 2),
    ],
)
def test_a_keyframe_is_in_the_take_as_it_was_given(
    bench: Bench, operation: Operation, frame: int
) -> None:
    image = bench.image(7)
    made = bench.one(operation, Guidance(keyframes=(Keyframe(frame, image),)))
    assert made.shape[0] == NEW
    assert differ(made[frame], load_image(image, WIDTH, HEIGHT)) < CODING


@pytest.mark.parametrize("operation", [Operation.INPAINT, Operation.RESTYLE])
def test_a_painted_frame_is_in_the_take_as_it_was_given(bench: Bench, operation: Operation) -> None:
    if operation not in bench.info.keyframes:
        pytest.skip("this model takes none there")
    painted = bench.painted(2)
    request = bench.request(operation, Guidance(keyframes=(Keyframe(2, painted),)))
    if isinstance(request, RestyleRequest):
        request = replace(request, preset="")
    (made,) = bench.run(request)
    x, y, width, height = BOX
    inside = slice(y + 3, y + height - 3), slice(x + 3, x + width - 3)
    assert differ(made[2][inside], load_image(painted, WIDTH, HEIGHT)[inside]) < CODING


def test_the_model_sees_the_same_part_of_a_keyframe_as_of_the_source(bench: Bench) -> None:
    if Operation.INPAINT not in bench.info.keyframes:
        pytest.skip("this model takes none there")
    pin = Keyframe(2, bench.painted(2))
    request = bench.request(Operation.INPAINT, Guidance(keyframes=(pin,)))
    rules = rules_for(bench.model)
    with open_runs(request) as runs:
        told = gather(request, rules.plan(request), rules, runs, Ledger()).conditioning
    assert told.keyframes is not None
    # Painted is the middle; the first rows are the shot's own.
    rows = [pictures[:4].astype(int) for pictures in (told.keyframes[0], told.known[2])]
    assert np.abs(rows[0] - rows[1]).mean() < 2


def test_outside_the_matte_is_the_source(bench: Bench) -> None:
    ledger = Ledger()
    (made,) = bench.run(bench.request(Operation.INPAINT), ledger)
    truth = bench.truth()
    x, y, width, height = BOX
    beside = np.ones((HEIGHT, WIDTH), bool)
    beside[y - 8 : y + height + 8, x - 8 : x + width + 8] = False
    assert made.shape == truth.shape
    assert np.abs(made.astype(int) - truth.astype(int))[:, beside].max() <= 3 * 257
    (take,) = ledger.takes
    assert take.seam.outside_before == 0
    recipe = read_recipe(take.media.path)
    assert recipe.seam == take.seam
    assert recipe.model_sha256 and recipe.plan.frames == FRAMES


def test_exactly_the_asked_frames_are_made(bench: Bench) -> None:
    for operation in bench.info.operations:
        made, _ = bench.plain(operation)
        assert len(made) == frames_of(bench.request(operation))
        assert made.shape[1:] == (HEIGHT, WIDTH, 3)
