"""What planning reads of a folder and of the machine: sense, or a refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pickup.errors import ModelError
from pickup_engine.models.folder import entry_of_folder
from pickup_engine.models.machine import LIMIT, machine
from pickup_engine.models.vace import VaceRules
from pickup_engine.models.vace_shape import shape_of_folder
from support.models import vace_files, write


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("transformer", {"num_attention_heads": "many"}),
        ("transformer", {"num_attention_heads": 0}),
        ("transformer", {"attention_head_dim": -12}),
        ("transformer", {"num_layers": 1 << 80}),
        ("transformer", {"ffn_dim": float("inf")}),
        ("transformer", {"vace_layers": []}),
        ("transformer", {"patch_size": [1, 0, 2]}),
        ("vae", {"temperal_downsample": [True] * 40}),
        ("vae", {"temperal_downsample": 3}),
        ("vae", {"base_dim": None}),
    ],
)
def test_a_configuration_without_sense_is_named(
    tmp_path: Path, part: str, changed: dict[str, object]
) -> None:
    folder = write(tmp_path / "model", vace_files())
    path = folder / part / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    listed = VaceRules(entry_of_folder(folder), folder).info
    assert listed.memory_bytes == 0, "a list of models does not fail for one of them"
    with pytest.raises(ModelError) as refused:
        shape_of_folder(folder)
    assert refused.value.code == "model.broken"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "model", vace_files())
    rules = VaceRules(entry_of_folder(folder), folder)
    (folder / "vae/more.safetensors").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"more\.safetensors") as refused:
        rules.shape()
    assert refused.value.code == "model.folder"
    assert rules.info.memory_bytes == 0


def test_this_machine_is_known_and_can_be_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LIMIT, raising=False)
    here = machine()
    assert here.device in ("cpu", "cuda", "mps")
    assert 0 < here.total <= here.host_total or here.device == "cuda"
    monkeypatch.setenv(LIMIT, "123456")
    assert machine().total == 123456
    monkeypatch.setenv(LIMIT, "plenty")
    assert machine().total == here.total
