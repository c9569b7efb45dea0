"""Control pictures: what they show of a shot, and that they hold still where it does."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from pickup.errors import ModelError
from pickup.protocol import Control, Execution, Offload, Operation
from pickup_engine.worker.backends.wan_vace.backend import WanVaceBackend
from pickup_engine.worker.backends.wan_vace.control import DRAWN, edges, flow, grey, levels
from pickup_engine.worker.backends.wan_vace.depth import depth
from pickup_engine.worker.backends.wan_vace.helpers import Helpers
from support.vace import STEPS, Told, over, pictures, shot


def nothing() -> None:
    pass


def square(left: int, frames: int = 1, contrast: int = 1) -> np.ndarray:
    """A bright square on a ground with that much texture, three pixels further each frame."""
    ground = 40 + np.random.default_rng(3).integers(0, contrast, (64, 96, 1), dtype=np.uint8)
    picture = np.broadcast_to(ground, (frames, 64, 96, 3)).copy()
    for k in range(frames):
        picture[k, 20:44, left + 3 * k : left + 3 * k + 24] = 200
    return picture


@pytest.mark.parametrize("control", list(DRAWN))
def test_every_control_has_the_shots_size_and_counts_its_pictures(control: Control) -> None:
    steps: list[int] = []
    drawn = DRAWN[control](shot(4), lambda: steps.append(1))
    assert drawn.shape == shot(4).shape and drawn.dtype == np.uint8
    assert len(steps) == 4
    assert DRAWN[control](shot(1), nothing).shape == shot(1).shape


def test_edges_are_white_lines_around_things() -> None:
    drawn = edges(square(30), nothing)[0, ..., 0]
    assert set(np.unique(drawn)) == {0, 255}
    assert drawn[32, 27:33].max() == 255 and drawn[32, 51:57].max() == 255
    assert drawn[28:36, 36:48].max() == 0 and drawn[:14].max() == 0


def test_lines_are_bold_in_large_pictures() -> None:
    picture = np.full((1, 480, 640, 3), 40, np.uint8)
    picture[:, 100:300, 200:400] = 200
    row = edges(picture, nothing)[0, 200, :, 0] > 0
    assert row.sum() == 2 * 3


def test_grain_draws_no_edges_and_does_not_flicker() -> None:
    rng = np.random.default_rng(0)
    still = np.full((5, 64, 96, 3), 40, np.int16)
    still[:, 20:44, 30:54] = 200
    grainy = np.clip(still + rng.normal(0, 6, still.shape), 0, 255).astype(np.uint8)
    drawn = edges(grainy, nothing)[..., 0] > 0
    assert not drawn[:, 27:37, 38:46].any(), "inside the square"
    changed = (drawn[1:] != drawn[:-1]).mean()
    assert changed < 0.02


def test_an_even_picture_has_no_edges() -> None:
    assert edges(np.full((2, 64, 96, 3), 90, np.uint8), nothing).max() == 0


def test_grey_is_light_without_colour() -> None:
    picture = np.zeros((1, 16, 16, 3), np.uint8)
    picture[..., 1] = 255
    assert (grey(picture, nothing) == round(255 * 0.7152)).all()


def test_flow_shows_direction_as_hue_and_rest_as_white() -> None:
    right, left = (flow(run, nothing) for run in (square(20, 4, 40), square(30, 4, 40)[::-1]))
    assert (np.abs(right[1, :8].astype(int) - 255) < 40).all(), "the ground is at rest"
    inside = right[2, 30, 36].astype(int), left[2, 30, 44].astype(int)
    assert all(one.max() - one.min() > 60 for one in inside)
    assert np.abs(inside[0] - inside[1]).max() > 60
    assert np.array_equal(right[0], right[1])


def test_levels_are_those_of_the_run() -> None:
    planes = np.stack([np.full((4, 4), 1.0), np.full((4, 4), 3.0)]).astype(np.float32)
    drawn = levels(planes)
    assert drawn[0].max() == 0 and drawn[1].min() == 255
    assert levels(np.ones((2, 4, 4), np.float32)).max() == 0


@pytest.fixture(scope="module")
def depth_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A depth model of the real class with random weights."""
    torch.manual_seed(0)
    backbone = Dinov2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=56,
        patch_size=14,
        out_features=["stage1", "stage2"],
        reshape_hidden_states=False,
        initializer_range=0.5,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        patch_size=14,
        reassemble_hidden_size=16,
        reassemble_factors=[2, 1],
        neck_hidden_sizes=[8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
        initializer_range=0.5,
    )
    folder = tmp_path_factory.mktemp("depth")
    model = DepthAnythingForDepthEstimation(config)
    # It ends in a rectifier, and random weights may well be below it everywhere.
    torch.nn.init.uniform_(model.head.conv3.weight, 0.0, 1.0)
    model.save_pretrained(folder)
    return folder


def test_depth_is_scaled_over_the_run(depth_model: Path) -> None:
    steps: list[int] = []
    drawn = depth(shot(3), depth_model, torch.device("cpu"), lambda: steps.append(1))
    assert drawn.shape == shot(3).shape and len(steps) == 3
    assert drawn.min() == 0 and drawn.max() == 255
    assert np.array_equal(drawn, depth(shot(3), depth_model, torch.device("cpu"), nothing))


@pytest.mark.parametrize("offload", [Offload.NONE, Offload.PHASES])
def test_a_restyle_by_depth(random_vace: Path, depth_model: Path, offload: Offload) -> None:
    class Beside(Helpers):
        def depth(self) -> Path:
            return depth_model

    backend = WanVaceBackend(random_vace, Beside(str(random_vace)))
    execution = Execution(steps=STEPS, guidance=1.0, control=Control.DEPTH, offload=offload)
    job = over(Operation.RESTYLE, 5, execution=execution)
    told = Told()
    made = backend.generate(job, told)
    assert made.details["control"] == "depth"
    assert all(steps == done for _, steps, done in told.phases)
    edged = replace(job, execution=replace(execution, control=Control.EDGES))
    other = backend.generate(edged, Told())
    assert np.abs(pictures(made) - pictures(other)).max() > 0


def test_a_broken_depth_model_is_named(depth_model: Path, tmp_path: Path) -> None:
    cut = Path(shutil.copytree(depth_model, tmp_path / "cut"))
    weights = cut / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "config.json").write_text('{"model_type": "depth_anything"}')
    for folder in (cut, bare):
        with pytest.raises(ModelError) as caught:
            depth(shot(1), folder, torch.device("cpu"), nothing)
        assert str(folder) in caught.value.message and caught.value.hint
