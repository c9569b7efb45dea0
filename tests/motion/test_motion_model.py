"""The network and its stored weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pickup.errors import ModelError
from pickup_engine.worker.backends.motion.backend import WEIGHTS, MotionBackend
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.model import MotionDiT
from pickup_engine.worker.backends.motion.network import MotionNetwork
from support.motion import Heard, pan


def small() -> MotionDiT:
    torch.manual_seed(0)
    return MotionDiT(stem=8, width=24, layers=2, heads=2)


def ask(model: MotionDiT) -> torch.Tensor:
    chance = torch.Generator().manual_seed(1)
    motion = torch.randn(2, 16, 3, 6, 8, generator=chance)
    features = torch.randn(2, 30, 6, 8, generator=chance)
    with torch.no_grad():
        return model(motion, torch.tensor([0.3, 1.0]), features, torch.zeros(2, 6))


def test_a_new_network_answers_the_classical_estimate() -> None:
    answer = ask(small())
    assert torch.all(answer[:, :, :2] == 0)
    assert torch.allclose(answer[:, :, 2], torch.tensor(0.9))


def test_saved_and_loaded_answer_the_same(tmp_path: Path) -> None:
    model = small()
    torch.nn.init.normal_(model.motion_out.weight)
    model.save_pretrained(tmp_path)
    loaded = MotionDiT.from_pretrained(tmp_path, low_cpu_mem_usage=False)
    assert torch.equal(ask(model), ask(loaded))
    assert ask(model).abs().sum() > 0


def test_every_input_matters() -> None:
    model = small()
    torch.nn.init.normal_(model.motion_out.weight)
    torch.nn.init.normal_(model.shared.weight)
    base = ask(model)
    chance = torch.Generator().manual_seed(1)
    motion = torch.randn(2, 16, 3, 6, 8, generator=chance)
    features = torch.randn(2, 30, 6, 8, generator=chance)
    sigma, code = torch.tensor([0.3, 1.0]), torch.zeros(2, 6)
    changed = [
        (motion.roll(1, -1), sigma, features, code),
        (motion, sigma.flip(0), features, code),
        (motion, sigma, features.roll(1, -1), code),
        (motion, sigma, features, code + 1),
    ]
    with torch.no_grad():
        assert all(not torch.allclose(model(*inputs), base) for inputs in changed)


def test_shipped_weights_are_the_model_and_small_enough() -> None:
    shards = list(WEIGHTS.glob("*.safetensors"))
    assert shards
    assert all(shard.stat().st_size <= 15_000_000 for shard in shards)
    model = MotionDiT.from_pretrained(WEIGHTS, low_cpu_mem_usage=False)
    assert 4.0e6 < sum(value.numel() for value in model.parameters()) < 4.5e6
    assert (WEIGHTS / "scheduler_config.json").is_file()


def test_shipped_network_adds_something_and_draws_by_seed() -> None:
    network = MotionNetwork(WEIGHTS)
    analysis = analyse(pan(9))
    mean = network.mean(analysis)
    assert mean.shape == (16, 2, 12, 16)
    assert np.isfinite(mean).all()
    assert np.abs(mean).max() > 0.01
    assert np.array_equal(network.draw(analysis, 5), network.draw(analysis, 5))
    assert not np.array_equal(network.draw(analysis, 5), network.draw(analysis, 6))


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
