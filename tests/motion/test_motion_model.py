"""The network and its stored weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pickup.errors import ModelError
from pickup_engine.worker.backends.motion.anchors import (
    DEFAULT,
    KNOTS,
    PATHS,
    between,
    paths_at,
)
from pickup_engine.worker.backends.motion.backend import WEIGHTS, MotionBackend
from pickup_engine.worker.backends.motion.features import CHANNELS, analyse
from pickup_engine.worker.backends.motion.mixture import Prediction, spread
from pickup_engine.worker.backends.motion.model import STARTS, MotionDiT, MotionOutput
from pickup_engine.worker.backends.motion.network import MotionNetwork
from support.motion import Heard, pan


def small() -> MotionDiT:
    torch.manual_seed(0)
    return MotionDiT(stem=8, width=24, layers=2, heads=2)


def ask(model: MotionDiT) -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    motion = torch.randn(2, 16, 3, 6, 8, generator=chance)
    features = torch.randn(2, CHANNELS, 6, 8, generator=chance)
    with torch.no_grad():
        return flat(model(motion, torch.tensor([0.3, 1.0]), features, torch.zeros(2, 6)))


def flat(output: MotionOutput) -> torch.Tensor:
    return torch.cat([output.weights.flatten(1), output.residual.flatten(1)], dim=1)


def test_a_new_network_answers_its_starting_paths_and_no_residual() -> None:
    model = small()
    features = torch.randn(1, CHANNELS, 6, 8)
    output = model(torch.zeros(1, 16, 3, 6, 8), torch.ones(1), features, torch.zeros(1, 6))
    assert torch.all(output.residual[:, :, :, :2] == 0)
    assert torch.allclose(output.residual[:, :, :, 2], torch.tensor(0.9))
    assert torch.allclose(output.weights.sum(dim=2), torch.tensor(1.0))
    assert output.weights.argmax(dim=2)[0, :, 0, 0, 0].tolist() == list(STARTS)
    assert STARTS[0] == DEFAULT


def test_saved_and_loaded_answer_the_same(tmp_path: Path) -> None:
    model = small()
    torch.nn.init.normal_(model.motion_out.weight)
    model.save_pretrained(tmp_path)
    loaded = MotionDiT.from_pretrained(tmp_path, low_cpu_mem_usage=False)
    assert torch.equal(ask(model), ask(loaded))
    assert not torch.equal(ask(model), ask(small()))


def test_every_input_matters() -> None:
    model = small()
    torch.nn.init.normal_(model.motion_out.weight)
    torch.nn.init.normal_(model.shared.weight)
    base = ask(model)
    chance = torch.Generator().manual_seed(1)
    motion = torch.randn(2, 16, 3, 6, 8, generator=chance)
    features = torch.randn(2, CHANNELS, 6, 8, generator=chance)
    sigma, code = torch.tensor([0.3, 1.0]), torch.zeros(2, 6)
    changed = [
        (motion.roll(1, -1), sigma, features, code),
        (motion, sigma.flip(0), features, code),
        (motion, sigma, features.roll(1, -1), code),
        (motion, sigma, features, code + 1),
    ]
    with torch.no_grad():
        assert all(not torch.allclose(flat(model(*inputs)), base) for inputs in changed)


def test_shipped_weights_are_the_model_and_small_enough() -> None:
    shards = list(WEIGHTS.glob("*.safetensors"))
    assert shards
    assert all(shard.stat().st_size <= 15_000_000 for shard in shards)
    model = MotionDiT.from_pretrained(WEIGHTS, low_cpu_mem_usage=False)
    assert 4.2e6 < sum(value.numel() for value in model.parameters()) < 4.8e6
    assert (WEIGHTS / "scheduler_config.json").is_file()


def test_shipped_network_weighs_the_paths_and_draws_by_seed() -> None:
    network = MotionNetwork(WEIGHTS)
    analysis = analyse(pan(17))
    mean = network.mean(analysis)
    assert mean.weights.shape == (PATHS, len(KNOTS), 12, 16)
    assert mean.residual.shape == (16, 2, 12, 16)
    assert np.isfinite(mean.residual).all()
    assert np.allclose(mean.weights.sum(axis=0), 1, atol=1e-5)
    first, again, other = (network.draw(analysis, seed) for seed in (5, 5, 6))
    assert np.array_equal(first.residual, again.residual)
    assert not np.array_equal(first.residual, other.residual)


def test_a_mixture_moves_between_its_paths() -> None:
    """One path alone is that path; halves of two are half way; the residual comes on top."""
    analysis = analyse(pan(17))
    height, width = analysis.velocity.shape[:2]
    paths = paths_at(analysis, 6.0)
    weights = np.zeros((PATHS, len(KNOTS), height // 8, width // 8), np.float32)
    weights[0] = weights[5] = 0.5
    residual = np.full((16, 2, height // 8, width // 8), 0.25, np.float32)
    moved = spread(Prediction(weights, residual), analysis).move(paths, 6.0)
    expected = (paths[0] + paths[5]) / 2 + 0.25 * analysis.moving[..., None]
    assert np.allclose(moved, expected, atol=1e-4)


def test_knots_mean_the_same_in_the_network_and_in_the_mixture() -> None:
    """Weights of every frame as the network gives them, and as pixels get them from the knots."""
    model = small()
    torch.nn.init.normal_(model.paths_out.weight, std=2)
    chance = torch.Generator().manual_seed(1)
    features = torch.randn(1, CHANNELS, 6, 8, generator=chance)
    with torch.no_grad():
        output = model(torch.zeros(1, 16, 3, 6, 8), torch.ones(1), features, torch.zeros(1, 6))
    frames = output.weights[0, 0].numpy()
    knots = frames[:, [knot - 1 for knot in KNOTS]]
    for time in range(1, 17):
        low, part = between(float(time))
        mixed = knots[:, low] * (1 - part) + knots[:, low + 1] * part
        assert np.allclose(mixed, frames[:, time - 1], atol=1e-6)


def test_missing_and_broken_weights_say_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as missing:
        MotionBackend(tmp_path).load(Heard())
    assert missing.value.code == "model.broken"
    assert str(tmp_path) in missing.value.message
    for name in ("config.json", "scheduler_config.json"):
        (tmp_path / name).write_bytes((WEIGHTS / name).read_bytes())
    (tmp_path / "diffusion_pytorch_model.safetensors").write_bytes(b"not a file of weights")
    with pytest.raises(ModelError) as broken:
        MotionBackend(tmp_path).load(Heard())
    assert broken.value.code == "model.broken"
