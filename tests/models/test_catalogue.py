"""The catalogue as it is shipped, and what a user adds to it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pickup.errors import ModelError
from pickup.protocol import Operation
from pickup_engine.models.catalogue import (
    catalogue,
    entries,
    entry_of,
    found,
    rules_for,
    serving,
)
from pickup_engine.models.entry import Family, ModelEntry
from pickup_engine.models.folder import is_safe_name, is_wanted
from support.models import WEIGHTS, add_entry, safetensors, vace_files, write


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_an_entry_says_where_its_files_are_and_under_which_licence(entry: ModelEntry) -> None:
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repository)
    assert re.fullmatch(r"[0-9a-f]{40}|main", entry.revision)
    assert entry.licence and entry.licence_url.startswith("https://")
    assert entry.bytes > 1_000_000
    assert entry.files
    for file in entry.files:
        assert is_safe_name(file.path) and is_wanted(file.path), file.path
        assert re.fullmatch(r"([0-9a-f]{64})?", file.sha256)
    # A name that moves is no pin: then the content must be.
    if entry.revision == "main":
        assert any(file.sha256 or file.bytes for file in entry.files)
    for served in entry.serves:
        assert entry_of(served) is not None


def test_what_is_shipped_limits_no_use_and_what_is_added_may(pickup_home: Path) -> None:
    assert all(entry.is_free for entry in entries())
    add_entry(pickup_home, "few-steps", "me/few-steps", licence="CC-BY-NC-SA-4.0")
    added = entry_of("few-steps")
    assert added is not None and not added.is_free


def test_what_is_not_here_is_listed_and_not_planned() -> None:
    listed = {model.id: model for model in catalogue()}
    assert next(iter(listed)) == "pickup-draft"
    vace = listed["wan2.1-vace-1.3b"]
    assert not vace.installed and vace.words and Operation.EXTEND in vace.operations
    assert vace.bytes == 19_015_625_796
    depth = listed["depth-anything-v2-small"]
    assert depth.operations == () and not depth.installed
    assert found("wan2.1-vace-14b").folder is None
    with pytest.raises(ModelError) as helper:
        rules_for("depth-anything-v2-small")
    assert helper.value.code == "model.serves"
    with pytest.raises(ModelError) as unknown:
        rules_for("no-such-model")
    assert unknown.value.code == "model.unknown"


def test_helpers_serve_once_they_are_here(pickup_home: Path) -> None:
    assert serving("wan2.1-vace-14b", Family.DISTILLED) is None
    manifest = b'{"id": "wan2.1-vace-14b-lightx2v", "family": "distilled"}'
    write(pickup_home / "models/wan2.1-vace-14b-lightx2v", {"pickup.json": manifest})
    one = serving("wan2.1-vace-14b", Family.DISTILLED)
    assert one is not None and one.entry.settings["steps"] == 4
    assert serving("wan2.1-vace-1.3b", Family.DISTILLED) is None
    manifest = b'{"id": "depth-anything-v2-small", "family": "depth"}'
    write(pickup_home / "models/depth-anything-v2-small", {"pickup.json": manifest})
    assert serving("anything", Family.DEPTH) is not None


def test_a_user_adds_entries_and_cannot_replace_those_that_are_shipped(
    pickup_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add_entry(pickup_home, "mine", "me/mine")
    add_entry(pickup_home, "wan2.1-vace-1.3b", "me/other")
    write(pickup_home / "catalogue", {"broken.json": b"[1", "wrong.json": b'{"id": "wrong"}'})
    add_entry(pickup_home, "outside", "me/outside", files=[{"path": "../../other/weights.json"}])
    assert entry_of("mine") is not None
    assert entry_of("outside") is None
    assert entry_of("wrong") is None
    said = [record for record in caplog.records if "catalogue" in record.message]
    assert len(said) == 3, "each is complained of once, however often models are listed"
    add_entry(pickup_home, "mine", "me/another")
    changed = entry_of("mine")
    assert changed is not None and changed.repository == "me/another"
    shipped = entry_of("wan2.1-vace-1.3b")
    assert shipped is not None and shipped.repository == "Wan-AI/Wan2.1-VACE-1.3B-diffusers"


def test_a_model_is_installed_when_its_manifest_is_there(pickup_home: Path) -> None:
    folder = write(pickup_home / "models" / "mine", vace_files())
    assert "mine" not in {model.id for model in catalogue()}
    write(folder, {"pickup.json": b'{"id": "mine", "name": "My model", "test": true}'})
    one = found("mine")
    assert one.folder == folder and one.entry.test
    assert next(model for model in catalogue() if model.id == "mine").installed
    write(folder, {"pickup.json": b'{"id": "another"}'})
    assert "another" not in {model.id for model in catalogue()}


def test_what_is_installed_tells_the_commit_that_it_came_from(pickup_home: Path) -> None:
    add_entry(pickup_home, "mine", "me/mine")
    manifest = {"id": "mine", "revision": "0" * 40}
    write(pickup_home / "models/mine", {"pickup.json": json.dumps(manifest).encode()})
    assert next(model for model in catalogue() if model.id == "mine").revision == "0" * 40


def test_the_hub_s_own_cache_is_used_where_it_lies(
    pickup_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    content = vace_files()[WEIGHTS]
    named = [{"path": WEIGHTS, "bytes": len(content)}, {"path": "vae/config.json"}]
    add_entry(pickup_home, "cached", "me/cached", files=named)
    repository = tmp_path / "models--me--cached"
    write(repository, {"refs/main": b"abc"})
    snapshot = repository / "snapshots" / "abc"
    write(snapshot, {WEIGHTS: content})
    assert found("cached").folder is None
    write(snapshot, {"vae/config.json": b"{}"})
    assert found("cached").folder == snapshot
    write(snapshot, {WEIGHTS: content[:-1]})
    assert found("cached").folder is None
    write(tmp_path / "elsewhere", {WEIGHTS: content, "vae/config.json": b"{}"})
    write(repository, {"refs/main": b"../../elsewhere"})
    assert found("cached").folder is None


def test_a_folder_is_a_model_by_its_path(tmp_path: Path) -> None:
    folder = write(tmp_path / "vace", vace_files())
    one = found(str(folder))
    assert (one.family, one.folder, one.entry.id) == (Family.WAN_VACE, folder, str(folder))
    assert one.entry.test
    folder.rename(tmp_path / "moved")
    with pytest.raises(ModelError) as gone:
        found(str(folder))
    assert gone.value.code == "model.folder"


def test_only_a_small_denoiser_makes_a_test_model(tmp_path: Path) -> None:
    # A header alone claims a hundred million numbers: the file is sparse.
    header = safetensors(0).replace(b'"shape": [0]', b'"shape": [100000000]')
    header = header.replace(b"[0, 0]", b"[0, 200000000]")[8:]
    folder = write(tmp_path / "vace", vace_files())
    with (folder / WEIGHTS).open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 200_000_000)
    assert not found(str(folder)).entry.test
    write(folder, {"pickup.json": b'{"test": true}'})
    assert found(str(folder)).entry.test


def test_looking_at_models_loads_no_heavy_library() -> None:
    program = (
        "import sys, pickup_engine.service.app\n"
        "from pickup_engine.models.catalogue import catalogue\n"
        "catalogue()\nprint(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    heavy = {"torch", "diffusers", "transformers", "safetensors", "huggingface_hub", "numpy"}
    assert not loaded & heavy
