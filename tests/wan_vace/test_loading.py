"""Files of a model: what is missing or broken is named, and nothing is made up for it."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import WanVACETransformer3DModel
from safetensors.torch import load_file, save_file

from pickup.errors import ModelError
from pickup.protocol import Execution
from pickup_engine.models.draft import MODEL_ID
from pickup_engine.models.store import model_folder
from pickup_engine.worker.backends.base import Silent
from pickup_engine.worker.backends.wan_vace.components import Components, boundary_ratio
from pickup_engine.worker.backends.wan_vace.fingerprint import weights_sha256
from pickup_engine.worker.backends.wan_vace.random_model import make_random_model
from pickup_engine.worker.run import Backends
from support.vace import STEPS, Told, backend_of, extend

JOB = extend(5, 4, execution=Execution(steps=STEPS, guidance=1.0))
WEIGHTS = ("text_encoder/model.safetensors", "vae/diffusion_pytorch_model.safetensors",
           "transformer/diffusion_pytorch_model.safetensors")  # fmt: skip


@pytest.fixture
def copy(random_vace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(random_vace, tmp_path / "model"))


@pytest.mark.parametrize("part", ["vae", "text_encoder", "tokenizer", "scheduler", "transformer"])
def test_a_missing_part_is_named_before_anything_is_loaded(copy: Path, part: str) -> None:
    shutil.rmtree(copy / part)
    with pytest.raises(ModelError) as caught:
        backend_of(copy).load(Silent())
    assert part in caught.value.message and caught.value.hint


@pytest.mark.parametrize("name", WEIGHTS)
def test_a_file_that_is_cut_off_is_named(copy: Path, name: str) -> None:
    path = copy / name
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError) as caught:
        backend_of(copy).load(Silent())
    assert caught.value.code == "model.broken" and str(path) in caught.value.message


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_missing_are_not_made_up(copy: Path, name: str) -> None:
    path = copy / name
    tensors = load_file(path)
    tensors.pop(sorted(tensors)[-1])
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(ModelError) as caught:
        backend_of(copy).generate(JOB, Told())
    assert caught.value.code == "model.broken" and str(path.parent) in caught.value.message


def test_a_part_of_another_size_is_named(copy: Path) -> None:
    path = copy / "transformer" / "config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**config, "ffn_dim": 48}), "utf-8")
    with pytest.raises(ModelError) as caught:
        backend_of(copy).generate(JOB, Told())
    assert caught.value.code == "model.broken" and str(path.parent) in caught.value.message


def test_no_class_of_the_index_is_ever_loaded(copy: Path) -> None:
    path = copy / "model_index.json"
    index = json.loads(path.read_text("utf-8"))
    index["vae"] = ["os", "system"]
    path.write_text(json.dumps(index), "utf-8")
    backend_of(copy).generate(JOB, Told())


def test_two_experts_without_a_boundary_are_refused(random_experts: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(random_experts, tmp_path / "experts"))
    assert boundary_ratio(copied) == 0.875
    path = copied / "model_index.json"
    index = json.loads(path.read_text("utf-8"))
    for wrong in (None, 0, 2, "high"):
        path.write_text(json.dumps({**index, "boundary_ratio": wrong}), "utf-8")
        with pytest.raises(ModelError) as caught:
            Components(copied, Execution(), None)
        assert "model_index.json" in caught.value.message


def test_a_worker_holds_one_model(random_vace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()
    forward = WanVACETransformer3DModel.forward

    def spy(model: torch.nn.Module, **arguments: Any) -> Any:
        held.add(model)
        return forward(model, **arguments)

    monkeypatch.setattr(WanVACETransformer3DModel, "forward", spy)
    backends = Backends()
    backends.ready(str(random_vace), Told()).generate(JOB, Told())
    backends.ready(str(random_vace), Told())
    gc.collect()
    assert len(held) == 1
    backends.ready(MODEL_ID, Told())
    gc.collect()
    assert not held
    backends.ready(str(random_vace), Told()).generate(JOB, Told())


def test_a_model_that_is_not_installed_is_refused_with_the_remedy() -> None:
    with pytest.raises(ModelError) as caught:
        Backends().ready("wan2.1-vace-14b", Told())
    assert caught.value.code == "model.not_installed"
    assert "pickup models pull wan2.1-vace-14b" in caught.value.hint


def test_equal_seeds_make_equal_models(random_vace: Path, tmp_path: Path) -> None:
    again = make_random_model(tmp_path / "again")
    assert weights_sha256(again) == weights_sha256(random_vace)
    other = make_random_model(tmp_path / "other", seed=1)
    assert weights_sha256(other) != weights_sha256(random_vace)
    with pytest.raises(ValueError, match="not empty"):
        make_random_model(other)


def test_the_fingerprint_follows_the_weights(copy: Path) -> None:
    first = weights_sha256(copy)
    assert weights_sha256(copy) == first and len(first) == 64
    path = copy / WEIGHTS[0]
    tensors = load_file(path)
    name = min(tensors)
    tensors[name] = tensors[name] + 1
    save_file(tensors, path)
    assert weights_sha256(copy) != first


def test_hashes_that_were_checked_are_believed_in_the_store_alone(copy: Path) -> None:
    read = weights_sha256(copy)
    manifest = json.loads((copy / "pickup.json").read_text("utf-8"))
    manifest["sha256"] = dict.fromkeys(WEIGHTS, "0" * 64)
    (copy / "pickup.json").write_text(json.dumps(manifest), "utf-8")
    assert weights_sha256(copy) == read
    own = Path(shutil.copytree(copy, model_folder("own")))
    believed = weights_sha256(own)
    assert believed != read
    for name in WEIGHTS:
        (own / name).write_bytes(b"not read")
    assert weights_sha256(own) == believed
