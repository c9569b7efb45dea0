"""`pickup models` as a user types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pickup.client import Engine
from pickup.protocol import TransferState
from support.command import pickup, refusal
from support.engine import until
from support.fake_hub import FakeHub, Repository, fake_hub
from support.models import add_entry, vace_files, write


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with fake_hub() as hub:
        yield hub


@pytest.fixture(autouse=True)
def surroundings(
    shared_engine: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub-home"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


def test_a_model_is_pulled_told_verified_and_removed(
    shared_engine: Path, hub: FakeHub, tmp_path: Path
) -> None:
    hub.repositories["someone/tiny"] = Repository(vace_files())
    add_entry(shared_engine, "tiny", "someone/tiny", licence="CC-BY-NC-4.0")
    assert refusal("models", "pull", "tiny")["code"] == "model.licence"
    pulled = pickup("models", "pull", "tiny", "--accept-licence")
    assert pulled["state"] == "succeeded"
    told = pickup("models", "info", "tiny")
    assert told["folder"] == str(shared_engine / "models" / "tiny")
    assert {file["path"] for file in told["files"]} == set(vace_files())
    assert pickup("models", "verify", "tiny")["state"] == "succeeded"
    (shared_engine / "models/tiny/vae/config.json").write_bytes(b"{}")
    assert refusal("models", "verify", "tiny")["code"] == "model.broken"
    assert pickup("models", "remove", "tiny") == {"removed": "tiny"}
    listed = {model["id"]: model for model in pickup("models", "list")["models"]}
    assert not listed["tiny"]["installed"]
    assert refusal("models", "remove", "tiny")["code"] == "model.not_installed"
    assert refusal("models", "info", "../tiny")["code"] == "model.folder"


def test_a_folder_is_named_as_it_is_seen_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "here", vace_files())
    monkeypatch.chdir(tmp_path)
    assert pickup("models", "info", "./here")["folder"] == str(tmp_path / "here")
    assert pickup("models", "verify", "./here")["state"] == "succeeded"
    assert refusal("models", "info", "here")["code"] == "model.unknown"
    assert refusal("models", "remove", "./here")["code"] == "model.foreign"
    for command in ("info", "verify", "remove", "cancel"):
        assert str(tmp_path / "gone") in refusal("models", command, "./gone")["message"]


def test_a_folder_is_imported_and_told_as_a_test_model(tmp_path: Path) -> None:
    folder = write(tmp_path / "My VACE", vace_files())
    imported = pickup("models", "import", folder)
    assert (imported["model"], imported["state"]) == ("my-vace", "succeeded")
    told = pickup("models", "info", "my-vace")
    assert told["model"]["test"] and told["model"]["installed"]
    assert pickup("models", "info", folder)["model"]["id"] == str(folder)
    assert pickup("models", "verify", folder)["total"] > 800_000
    write(folder, {"run.py": b"x"})
    error = refusal("models", "import", folder, "--id", "again")
    assert error["code"] == "model.folder"
    assert "run.py" in error["message"]
    assert refusal("models", "import", tmp_path / "nowhere")["code"] == "request.path_not_allowed"


def test_control_c_stops_the_transfer(shared_engine: Path, hub: FakeHub) -> None:
    hub.repositories["someone/slow"] = Repository(vace_files(), pause=0.1)
    add_entry(shared_engine, "slow", "someone/slow")
    engine = Engine.connect()
    command = (sys.executable, "-m", "pickup.cli.main", "models", "pull", "slow", "--json")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: engine.model_detail("slow").partial > 50_000)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    error = json.loads(output.splitlines()[-1])["error"]
    assert error["code"] == "cancelled" and "is kept" in error["hint"]
    states = {one.model: one.state for one in engine.transfers()}
    assert states["slow"] is TransferState.CANCELLED
    assert engine.model_detail("slow").partial > 50_000
