"""Which model a worker holds: the one that lies on the disk now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Silent
from pickup_engine.worker.run import Backends
from support.models import WEIGHTS, safetensors, vace_files, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "model", vace_files())


def test_a_model_is_held_as_long_as_its_files_are_the_same(folder: Path) -> None:
    backends = Backends()
    first = backends.ready(str(folder), Silent())
    assert backends.ready(str(folder), Silent()) is first


@pytest.mark.parametrize("name", ["pickup.json", "model_index.json", WEIGHTS])
def test_a_model_that_was_replaced_is_loaded_anew(folder: Path, name: str) -> None:
    write(folder, {"pickup.json": b"{}"})
    backends = Backends()
    first = backends.ready(str(folder), Silent())
    os.utime(folder / name, ns=(1, 1))
    second = backends.ready(str(folder), Silent())
    assert second is not first
    before = second.sha256
    write(folder, {WEIGHTS: safetensors(400_000, seed=8)})
    third = backends.ready(str(folder), Silent())
    assert third is not second and third.sha256 != before


def test_a_model_that_was_damaged_meanwhile_is_refused(folder: Path) -> None:
    backends = Backends()
    backends.ready(str(folder), Silent())
    write(folder, {WEIGHTS: safetensors(400_000)[:-1]})
    with pytest.raises(ModelError) as refused:
        backends.ready(str(folder), Silent())
    assert refused.value.code == "model.broken"
