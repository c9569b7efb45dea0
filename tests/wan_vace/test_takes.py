"""Every declared capability with a model of the real classes: what goes in changes what comes out.

The weights are random, so the pictures are noise: what is checked is that they come, that each
input matters, and that equal inputs make equal pictures.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import WanVACETransformer3DModel
from transformers import UMT5EncoderModel

from pickup.errors import ModelError
from pickup.protocol import Control, Execution, JobPhase, Offload, Operation, Precision
from pickup_engine.worker.backends.wan_vace.backend import WanVaceBackend
from pickup_engine.worker.backends.wan_vace.components import Components
from support.vace import HEIGHT, STEPS, WIDTH, Told, backend_of, box, extend, over, pictures, shot

EXECUTION = Execution(steps=STEPS, guidance=3.0)
SHORT = Execution(steps=STEPS, guidance=3.0, window=17, overlap=6)


@pytest.fixture(scope="module")
def backend(random_vace: Path) -> WanVaceBackend:
    return backend_of(random_vace)


def differ(one: object, other: object) -> int:
    return int(np.abs(np.subtract(one, other)).max())  # type: ignore[call-overload]


def test_an_extension_of_either_side_follows_what_it_adjoins(backend: WanVaceBackend) -> None:
    for head in (False, True):
        job = extend(6, 12, head=head)
        made = backend.generate(job, Told())
        assert pictures(made).shape == (6, HEIGHT, WIDTH, 3)
        assert made.learned
        other = replace(job, known=shot(12, seed=2))
        assert differ(pictures(made), pictures(backend.generate(other, Told()))) > 0


def test_a_bridge_is_led_by_both_sides(backend: WanVaceBackend) -> None:
    times = (*range(-6, 0), *range(5, 11))
    job = replace(extend(5, 12), known_times=times)
    made = pictures(backend.generate(job, Told()))
    for changed in (slice(0, 6), slice(6, 12)):
        known = job.known.copy()
        known[changed] = 255 - known[changed]
        other = replace(job, known=known)
        assert differ(made, pictures(backend.generate(other, Told()))) > 0


def test_words_and_what_must_not_be_seen_matter(backend: WanVaceBackend) -> None:
    job = extend(5, 4, prompt="a red car")
    made = pictures(backend.generate(job, Told()))
    for other in (replace(job, prompt="a street at night"), replace(job, negative="blue water")):
        assert differ(made, pictures(backend.generate(other, Told()))) > 0


def test_an_inpaint_follows_matte_and_references(backend: WanVaceBackend) -> None:
    job = over(Operation.INPAINT, 5, matte=box(5, 16, 8, 32, 24))
    made = pictures(backend.generate(job, Told()))
    assert made.shape == (5, HEIGHT, WIDTH, 3)
    references = tuple(shot(4, 20, 30, seed=3))
    for other in (
        replace(job, matte=box(5, 0, 0, 16, 16)),
        replace(job, references=references[:1]),
        replace(job, references=references),
    ):
        assert differ(made, pictures(backend.generate(other, Told()))) > 0
    # What is under the matte is not seen by the model: only its surroundings are.
    known = job.known.copy()
    known[:, 8:24, 16:32] = 0
    hidden = replace(job, known=known)
    assert differ(made, pictures(backend.generate(hidden, Told()))) == 0


def test_five_references_are_refused(backend: WanVaceBackend) -> None:
    job = extend(5, 4, references=tuple(shot(5, 20, 30)))
    with pytest.raises(ValueError, match="5 references"):
        backend.generate(job, Told())


def test_a_restyle_follows_its_control(backend: WanVaceBackend) -> None:
    made = []
    for control in (Control.EDGES, Control.GREY, Control.FLOW):
        job = over(Operation.RESTYLE, 5, execution=replace(EXECUTION, control=control))
        generated = backend.generate(job, Told())
        assert generated.details["control"] == control.value
        made.append(pictures(generated))
    assert differ(made[0], made[1]) > 0 and differ(made[1], made[2]) > 0
    auto = backend.generate(over(Operation.RESTYLE, 5), Told())
    assert auto.details["control"] == "edges"
    assert differ(pictures(auto), made[0]) == 0


def test_depth_without_a_depth_model_is_refused_with_the_remedy(backend: WanVaceBackend) -> None:
    job = over(Operation.RESTYLE, 5, execution=replace(EXECUTION, control=Control.DEPTH))
    with pytest.raises(ModelError) as caught:
        backend.generate(job, Told())
    assert caught.value.code == "model.not_installed" and "edges" in caught.value.hint


def test_a_weaker_restyle_stays_closer_to_the_source(backend: WanVaceBackend) -> None:
    execution = replace(EXECUTION, steps=10)
    job = over(Operation.RESTYLE, 5, execution=execution)
    near, far = (
        backend.generate(replace(job, strength=strength), Told()) for strength in (0.1, 0.9)
    )
    assert (near.details["steps_made"], far.details["steps_made"]) == (1, 9)
    # The random autoencoder's own picture of the source is what a strength of 0 would come to.
    other = backend.generate(replace(job, strength=0.1, seed=4), Told())
    distant = backend.generate(replace(job, strength=0.9, seed=4), Told())
    by_seed = [np.abs(pictures(a) - pictures(b)).mean() for a, b in ((near, other), (far, distant))]
    assert by_seed[0] < by_seed[1]


def test_keyframes_matter_at_any_time(backend: WanVaceBackend) -> None:
    pin = shot(1, seed=8)
    for time in (0, 3, 8):
        job = extend(9, 6, keyframes=pin, keyframe_times=(time,))
        made, other = (
            pictures(backend.generate(one, Told()))
            for one in (job, replace(job, keyframes=255 - pin))
        )
        assert differ(made, other) > 0


def test_windows_go_on_from_each_other_and_fill_every_frame(backend: WanVaceBackend) -> None:
    for job in (
        extend(25, 8, execution=SHORT),
        extend(25, 8, head=True, execution=SHORT),
        over(Operation.INPAINT, 25, matte=box(25, 16, 8, 32, 24), execution=SHORT),
        over(Operation.RESTYLE, 25, execution=SHORT),
    ):
        told = Told()
        made = backend.generate(job, told)
        assert pictures(made).shape == (25, HEIGHT, WIDTH, 3)
        windows = made.details["windows"]
        assert isinstance(windows, list) and len(windows) > 1
        for _, steps, done in told.phases:
            assert done == steps
        # No frame is left out: noise is nowhere even.
        assert pictures(made).std(axis=(1, 2, 3)).min() > 1


def test_without_a_window_all_is_made_at_once(backend: WanVaceBackend) -> None:
    made = backend.generate(extend(90, 6, execution=replace(EXECUTION, steps=1)), Told())
    assert made.details["windows"] == [[-6, 97, 0, 90]]
    assert pictures(made).shape[0] == 90


def test_words_are_encoded_once(random_vace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    forward = UMT5EncoderModel.forward

    def spy(model: torch.nn.Module, *arguments: Any, **named: Any) -> Any:
        encoded.append(1)
        return forward(model, *arguments, **named)

    monkeypatch.setattr(UMT5EncoderModel, "forward", spy)
    fresh = backend_of(random_vace)
    job = extend(5, 4, prompt="a red car", execution=replace(EXECUTION, offload=Offload.PHASES))
    for _ in range(2):
        fresh.generate(job, Told())
    assert len(encoded) == 2, "the words and what must not be seen"


def test_equal_seeds_make_equal_takes_and_others_differ(backend: WanVaceBackend) -> None:
    job = extend(5, 6, seed=3)
    made = pictures(backend.generate(job, Told()))
    assert differ(made, pictures(backend.generate(job, Told()))) == 0
    assert differ(made, pictures(backend.generate(replace(job, seed=4), Told()))) > 0
    assert differ(made, pictures(backend.generate(replace(job, take=1), Told()))) > 0


def test_takes_side_by_side_are_the_takes_one_by_one(backend: WanVaceBackend) -> None:
    job = extend(13, 6, execution=replace(SHORT, batch=2))
    side_by_side = [pictures(one) for one in backend.expand(job, (0, 1, 2), Told())]
    for take, made in enumerate(side_by_side):
        alone = pictures(backend.generate(replace(job, take=take), Told()))
        # A batch may round otherwise in the last bit of a float, so a code may fall over.
        assert differ(made, alone) <= 1


def test_holding_less_makes_the_same_pictures(backend: WanVaceBackend) -> None:
    job = extend(5, 6)
    made = pictures(backend.generate(job, Told()))
    lean = replace(job, execution=replace(EXECUTION, offload=Offload.PHASES))
    assert differ(made, pictures(backend.generate(lean, Told()))) == 0
    backend.unload()
    assert differ(made, pictures(backend.generate(job, Told()))) == 0


@pytest.mark.parametrize(
    ("precision", "held"),
    [(Precision.BFLOAT16, torch.bfloat16), (Precision.FLOAT8, torch.float8_e4m3fn)],
)
def test_weights_are_held_as_the_plan_says(
    backend: WanVaceBackend, random_vace: Path, precision: Precision, held: torch.dtype
) -> None:
    execution = replace(EXECUTION, precision=precision)
    parts = Components(random_vace, execution, None)
    assert parts.denoiser(0).blocks[0].ffn.net[0].proj.weight.dtype == held
    assert parts.text_encoder().dtype == torch.bfloat16
    assert parts.autoencoder(tiling=False).dtype == torch.float32
    job = extend(5, 6)
    coarse = backend.generate(replace(job, execution=execution), Told())
    assert coarse.details["precision"] == precision.value
    assert differ(pictures(coarse), pictures(backend.generate(job, Told()))) > 0


def test_two_experts_share_the_noise_levels(
    random_experts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experts = backend_of(random_experts)
    for offload in (Offload.NONE, Offload.PHASES):
        job = extend(5, 6, execution=replace(EXECUTION, steps=6, offload=offload))
        with spied(monkeypatch) as calls:
            made = pictures(experts.generate(job, Told()))
        models = [model for model, _ in calls]
        assert len(set(models)) == 2, "both were asked"
        first = {model for model, level in calls if level >= 875}
        second = {model for model, level in calls if level < 875}
        assert len(first) == len(second) == 1 and first != second
        if offload is Offload.NONE:
            held = made
    assert differ(held, made) == 0


def test_experts_are_held_one_at_a_time_where_memory_is_short(
    random_experts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()
    most = []
    forward = WanVACETransformer3DModel.forward

    def spy(model: torch.nn.Module, **arguments: Any) -> Any:
        held.add(model)
        most.append(len(held))
        return forward(model, **arguments)

    monkeypatch.setattr(WanVACETransformer3DModel, "forward", spy)
    for offload, wanted in ((Offload.NONE, 2), (Offload.PHASES, 1)):
        execution = replace(EXECUTION, steps=6, offload=offload)
        backend_of(random_experts).generate(extend(5, 6, execution=execution), Told())
        gc.collect()
        assert max(most) == wanted
        most.clear()
    assert not held


def test_a_weak_restyle_asks_only_the_expert_for_low_noise(
    random_experts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execution = replace(EXECUTION, steps=10, precision=Precision.BFLOAT16)
    job = over(Operation.RESTYLE, 5, execution=execution, strength=0.2)
    with spied(monkeypatch) as calls:
        backend_of(random_experts).generate(job, Told())
    assert len(calls) == 2 * 2 and max(level for _, level in calls) < 875


def test_without_guidance_there_is_one_call_a_step(
    backend: WanVaceBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    for guidance, calls_wanted in ((3.0, 2 * STEPS), (1.0, STEPS)):
        job = extend(5, 6, execution=replace(EXECUTION, guidance=guidance))
        with spied(monkeypatch) as calls:
            details = backend.generate(job, Told()).details
        assert len(calls) == calls_wanted
        assert ("negative" in details) is (guidance > 1)


def test_progress_comes_in_order_and_a_picture_on_the_way(backend: WanVaceBackend) -> None:
    told = Told()
    backend.generate(over(Operation.INPAINT, 9, matte=box(9, 16, 8, 32, 24)), told)
    assert [phase for phase, _, _ in told.phases] == [
        JobPhase.ANALYSING,
        JobPhase.DENOISING,
        JobPhase.RENDERING,
    ]
    assert all(0 < steps == done for _, steps, done in told.phases)
    assert told.looks and told.looks[0].shape == (HEIGHT, WIDTH, 3)


def test_tiles_are_counted(backend: WanVaceBackend) -> None:
    told = Told()
    known = shot(2, 272, 32)
    execution = Execution(steps=1, tiling=True)
    job = replace(extend(3, 2, execution=execution), known=known, known_times=(-2, -1))
    assert pictures(backend.generate(job, told)).shape == (3, 32, 272, 3)
    assert all(0 < steps == done for _, steps, done in told.phases)


@contextmanager
def spied(patch: pytest.MonkeyPatch) -> Iterator[list[tuple[float, float]]]:
    """A weight of the denoiser that is called, and at which noise level."""
    calls: list[tuple[float, float]] = []
    forward = WanVACETransformer3DModel.forward

    def spy(model: torch.nn.Module, **arguments: Any) -> Any:
        weight = next(model.parameters()).flatten()[0]
        calls.append((float(weight), float(arguments["timestep"][0])))
        return forward(model, **arguments)

    with patch.context() as patched:
        patched.setattr(WanVACETransformer3DModel, "forward", spy)
        yield calls
