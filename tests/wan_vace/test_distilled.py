"""Distilled weights: they change what is made, and one call a step is enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pickup.errors import ModelError
from pickup.protocol import Execution, Offload, Precision
from pickup_engine.worker.backends.wan_vace.backend import WanVaceBackend
from pickup_engine.worker.backends.wan_vace.components import Components
from pickup_engine.worker.backends.wan_vace.distilled import Distilled, find_distilled
from pickup_engine.worker.backends.wan_vace.fingerprint import weights_sha256
from pickup_engine.worker.backends.wan_vace.helpers import Helpers
from support.vace import Told, extend, pictures

ID = "few-steps"
FEW = Execution(steps=2, guidance=1.0, distilled=ID)
WIDE = "blocks.1.attn1.to_q"


@dataclass(frozen=True)
class Beside(Helpers):
    """Finds the weights in a folder of the test."""

    folder: Path = Path()

    def distilled(self, weights: str) -> Distilled:
        return find_distilled(weights, self.folder, {"flow_shift": 8.0})


def write_lora(path: Path, seed: int, width: int = 24) -> None:
    """Low-rank weights of two layers, in diffusers' own keys."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for layer in (WIDE, "blocks.0.attn2.to_v"):
        for half, shape in (("A", (4, width)), ("B", (width, 4))):
            values = torch.randn(shape, generator=generator)
            tensors[f"transformer.{layer}.lora_{half}.weight"] = values
    save_file(tensors, path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lora(tmp_path / "few.safetensors", 1)
    return tmp_path


def test_they_change_what_is_made_and_nothing_else_stays_changed(
    random_vace: Path, folder: Path
) -> None:
    backend = WanVaceBackend(random_vace, Beside(str(random_vace), folder))
    plain = extend(5, 4, execution=replace(FEW, distilled=""))
    before = pictures(backend.generate(plain, Told()))
    generated = backend.generate(replace(plain, execution=FEW), Told())
    assert generated.details["distilled"] == ID
    assert generated.details["helpers_sha256"] == {ID: weights_sha256(folder)}
    assert np.abs(pictures(generated) - before).max() > 0
    assert np.array_equal(pictures(backend.generate(plain, Told())), before)


def test_they_are_added_to_the_weights(random_vace: Path, folder: Path) -> None:
    weights = find_distilled(ID, folder, {})
    merged = Components(random_vace, FEW, weights).denoiser(0)
    plain = Components(random_vace, FEW, None).denoiser(0)
    assert [name for name, _ in merged.named_parameters()] == [
        name for name, _ in plain.named_parameters()
    ]
    lora = load_file(folder / "few.safetensors")
    added = lora[f"transformer.{WIDE}.lora_B.weight"] @ lora[f"transformer.{WIDE}.lora_A.weight"]
    wanted = plain.get_parameter(f"{WIDE}.weight") + added
    assert torch.allclose(merged.get_parameter(f"{WIDE}.weight"), wanted, atol=1e-5)
    untouched = "blocks.2.attn1.to_q.weight"
    assert torch.equal(merged.get_parameter(untouched), plain.get_parameter(untouched))


def test_the_keys_of_wans_own_code_are_understood(random_vace: Path, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for one in (ours, theirs):
        one.mkdir()
    write_lora(ours / "few.safetensors", 1)
    renamed = {}
    for name, values in load_file(ours / "few.safetensors").items():
        _, _, block, layer, part, half, _ = name.split(".")
        layer = {"attn1": "self_attn", "attn2": "cross_attn"}[layer]
        half = {"lora_A": "lora_down", "lora_B": "lora_up"}[half]
        key = f"diffusion_model.blocks.{block}.{layer}.{part.removeprefix('to_')}"
        renamed[f"{key}.{half}.weight"] = values
        # An alpha of twice the rank doubles the weights.
        renamed[f"{key}.alpha"] = torch.tensor(8.0)
    save_file(renamed, theirs / "few.safetensors")
    models = [
        Components(random_vace, FEW, weights).denoiser(0).get_parameter(f"{WIDE}.weight")
        for weights in (None, find_distilled(ID, ours, {}), find_distilled(ID, theirs, {}))
    ]
    plain, once, twice = models
    assert torch.allclose(twice - plain, 2 * (once - plain), atol=1e-4)


def test_they_bring_their_noise_levels(random_vace: Path, folder: Path) -> None:
    told = Components(random_vace, FEW, find_distilled(ID, folder, {"flow_shift": 8.0}))
    assert told.scheduler(48, 32).config.flow_shift == 8.0
    plain = Components(random_vace, FEW, find_distilled(ID, folder, {}))
    assert plain.scheduler(48, 32).config.flow_shift == 3.0
    assert plain.scheduler(1280, 720).config.flow_shift == 5.0


def test_two_files_are_for_the_two_experts(random_experts: Path, tmp_path: Path) -> None:
    for seed, name in ((1, "A-LowNoise"), (2, "b_high_noise")):
        write_lora(tmp_path / f"{name}.safetensors", seed)
    weights = find_distilled(ID, tmp_path, {})
    assert [path.stem for path in weights.files] == ["b_high_noise", "A-LowNoise"]
    execution = replace(FEW, offload=Offload.PHASES, precision=Precision.FLOAT8)
    backend = WanVaceBackend(random_experts, Beside(str(random_experts), tmp_path))
    job = extend(5, 4, execution=execution)
    made = pictures(backend.generate(job, Told()))
    plain = replace(job, execution=replace(execution, distilled=""))
    assert np.abs(made - pictures(backend.generate(plain, Told()))).max() > 0


def test_what_does_not_fit_is_named(random_vace: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    write_lora(path, 1, width=32)
    with pytest.raises(ModelError) as caught:
        Components(random_vace, FEW, find_distilled(ID, tmp_path, {})).denoiser(0)
    assert str(path) in caught.value.message and caught.value.hint
    write_lora(path, 1)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError) as caught:
        Components(random_vace, FEW, find_distilled(ID, tmp_path, {})).denoiser(0)
    assert str(path) in caught.value.message and caught.value.code == "model.broken"
    save_file({"something": torch.zeros(2)}, path)
    with pytest.raises(ModelError) as caught:
        Components(random_vace, FEW, find_distilled(ID, tmp_path, {})).denoiser(0)
    assert str(path) in caught.value.message
    path.unlink()
    with pytest.raises(ModelError, match="0 safetensors files"):
        find_distilled(ID, tmp_path, {})


def test_weights_that_are_not_installed_are_refused(random_vace: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Helpers(str(random_vace)).distilled("no-such-weights")
    assert caught.value.hint
