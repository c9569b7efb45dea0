"""Models pulled from a hub that misbehaves, killed half-way, damaged on their way."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pickup.client import Engine
from pickup.errors import EngineError, ModelError, StorageError
from pickup.protocol import TransferState
from pickup_engine.models.catalogue import catalogue
from pickup_engine.models.folder import entry_of_folder
from pickup_engine.models.transfer.staging import opened
from support.engine import is_alive, until
from support.fake_hub import COMMIT, FakeHub, fake_hub
from support.models import WEIGHTS, safetensors, vace_files, write
from support.transfers import end_of, error_of, is_installed, offer, pulled


def test_a_pulled_model_is_whole_and_known(site: tuple[Engine, FakeHub, Path]) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "whole")
    repository.files["weights.bin"] = b"could run code"
    repository.files["demo.py"] = b"print()"
    repository.files["assets/logo.png"] = b"picture"
    assert not is_installed(engine, "whole")
    done = pulled(engine, "whole")
    assert done.state is TransferState.SUCCEEDED, done.error
    assert done.done == done.total == sum(len(content) for content in vace_files().values())
    folder = home / "models" / "whole"
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == {*vace_files(), "pickup.json"}
    manifest = json.loads((folder / "pickup.json").read_text())
    assert manifest["sha256"][WEIGHTS] == hashlib.sha256(repository.files[WEIGHTS]).hexdigest()
    assert manifest["test"] is True, "a denoiser this small is a test model"
    assert is_installed(engine, "whole")
    assert end_of(engine, engine.verify_model("whole")).state is TransferState.SUCCEEDED


@pytest.mark.parametrize("no_ranges", [False, True])
def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    site: tuple[Engine, FakeHub, Path], no_ranges: bool
) -> None:
    engine, hub, home = site
    model = f"broken-line-{int(no_ranges)}"
    repository = offer(home, hub, model)
    repository.no_ranges = no_ranges
    repository.break_after[WEIGHTS] = 300_000
    hub.asked.clear()
    done = pulled(engine, model)
    assert done.state is TransferState.SUCCEEDED
    assert done.done == done.total
    assert len(hub.ranges()) == 1
    with_token = {path for _, path, headers in hub.asked if "authorization" in headers}
    assert any(path.startswith("/api/") for path in with_token)
    assert not any(path.startswith("/large/") for path in with_token), "that is another server"
    assert (home / "models" / model / WEIGHTS).read_bytes() == repository.files[WEIGHTS]


def test_a_killed_transfer_goes_on_without_loading_again_what_is_there(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "killed")
    repository.pause = 0.02
    size = sum(len(content) for content in repository.files.values())
    before = hub.sent
    for _ in range(2):
        begun = engine.pull_model("killed")
        seen = next(one.done for one in engine.transfers() if one.model == "killed")
        goal = max(seen, hub.sent - before) + 150_000
        until(lambda goal=goal: hub.sent - before > goal)  # type: ignore[misc]
        kill_helper(engine)
        assert error_of(end_of(engine, begun))["code"] == "engine.transfer"
        assert not (home / "models/killed").exists()
        assert engine.model_detail("killed").partial > 0
    repository.pause = 0.0
    assert pulled(engine, "killed").state is TransferState.SUCCEEDED
    assert (home / "models/killed" / WEIGHTS).read_bytes() == repository.files[WEIGHTS]
    # What was under way in the sockets' buffers when it was killed may be sent again.
    assert hub.sent - before < size + 2 * (4 << 20)
    assert len(hub.ranges()) >= 2
    assert engine.model_detail("killed").partial == 0


def kill_helper(engine: Engine) -> None:
    """kill -9 of the service's transfer process."""
    service = engine.health().pid
    children = Path(f"/proc/{service}/task/{service}/children").read_text().split()
    helpers = [
        int(pid)
        for pid in children
        if b"pickup_engine.models.transfer" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert len(helpers) == 1, helpers
    os.kill(helpers[0], signal.SIGKILL)


def test_a_cancelled_transfer_ends_at_once_and_keeps_what_is_there(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "cancelled")
    repository.pause = 0.02
    engine.pull_model("cancelled")
    until(lambda: engine.model_detail("cancelled").partial > 50_000)
    assert engine.pull_model("cancelled").state is TransferState.RUNNING, "asked twice, one runs"
    with pytest.raises(ModelError) as busy:
        engine.remove_model("cancelled")
    assert busy.value.code == "model.busy"
    assert engine.health().busy
    with pytest.raises(EngineError) as needed:
        engine.shutdown()
    assert needed.value.code == "engine.busy"
    assert engine.cancel_transfer("cancelled").state is TransferState.CANCELLED
    assert engine.model_detail("cancelled").partial > 50_000
    engine.remove_model("cancelled")
    assert engine.model_detail("cancelled").partial == 0


def test_what_is_half_loaded_is_not_gone_on_with_when_the_file_has_changed(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "changing")
    repository.pause = 0.02
    engine.pull_model("changing")
    until(lambda: engine.model_detail("changing").partial > 100_000)
    engine.cancel_transfer("changing")
    repository.pause = 0.0
    repository.files[WEIGHTS] = safetensors(400_000, seed=9)
    assert pulled(engine, "changing").state is TransferState.SUCCEEDED
    assert (home / "models/changing" / WEIGHTS).read_bytes() == repository.files[WEIGHTS]
    assert not list((home / "models").rglob("*.part-*"))


def test_what_the_user_s_cache_of_the_hub_holds_is_not_loaded_again(
    site: tuple[Engine, FakeHub, Path], hub_cache: Path
) -> None:
    engine, hub, home = site
    size = len(vace_files()[WEIGHTS])
    repository = offer(home, hub, "cached", files=[{"path": WEIGHTS, "bytes": size}])
    cached = hub_cache / "models--someone--cached"
    write(cached, {"refs/main": COMMIT.encode()})
    snapshot = write(cached / "snapshots" / COMMIT, repository.files)
    assert engine.model_detail("cached").folder == str(snapshot)
    with pytest.raises(ModelError) as foreign:
        engine.remove_model("cached")
    assert foreign.value.code == "model.foreign"
    before = hub.sent
    assert pulled(engine, "cached").state is TransferState.SUCCEEDED
    assert hub.sent == before
    assert engine.model_detail("cached").folder == str(home / "models/cached")
    engine.remove_model("cached")
    assert (snapshot / WEIGHTS).is_file()


def test_other_content_than_promised_is_never_installed(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "wrong")
    # Small files come first and are checked by what git calls them, large ones by their SHA-256.
    for path in ("vae/config.json", WEIGHTS):
        repository.wrong = {path}
        error = error_of(pulled(engine, "wrong"))
        assert error["code"] == "model.checksum"
        assert path in error["message"]
        assert not is_installed(engine, "wrong")
    repository.wrong = set()
    assert pulled(engine, "wrong").state is TransferState.SUCCEEDED


def test_a_catalogue_hash_counts_more_than_what_the_hub_says(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    pinned = [{"path": WEIGHTS, "sha256": "0" * 64}]
    offer(home, hub, "pinned", files=pinned)
    error = error_of(pulled(engine, "pinned"))
    assert error["code"] == "model.changed"
    assert WEIGHTS in error["message"]


@pytest.mark.parametrize(
    ("model", "code"), [("gated", "model.gated"), ("nowhere", "model.not_found")]
)
def test_a_repository_that_is_closed_or_gone_is_named_with_the_remedy(
    site: tuple[Engine, FakeHub, Path], model: str, code: str
) -> None:
    engine, hub, home = site
    offer(home, hub, model).gated = True
    if model == "nowhere":
        del hub.repositories["someone/nowhere"]
    error = error_of(pulled(engine, model))
    assert error["code"] == code
    assert f"someone/{model}" in error["message"]


def test_a_file_name_that_leads_out_is_never_written(site: tuple[Engine, FakeHub, Path]) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "climbing")
    repository.files["vae/../../../escaped.json"] = b"{}"
    repository.files["vae/..\\escaped.json"] = b"{}"
    repository.files["vae/config.json:escaped.json"] = b"{}"
    error = error_of(pulled(engine, "climbing"))
    assert error["code"] == "model.changed"
    assert "config.json:escaped" in error["message"]
    del repository.files["vae/config.json:escaped.json"]
    assert pulled(engine, "climbing").state is TransferState.SUCCEEDED
    assert not list(home.rglob("*escaped*"))


def test_a_model_that_the_disk_cannot_hold_is_refused_before_it_is_loaded(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    offer(home, hub, "vast").claimed[WEIGHTS] = 10**18
    before = hub.sent
    error = error_of(pulled(engine, "vast"))
    assert error["code"] == StorageError.code + ".full"
    assert hub.sent == before


def test_a_licence_that_limits_use_must_be_accepted(site: tuple[Engine, FakeHub, Path]) -> None:
    engine, hub, home = site
    offer(home, hub, "limited", licence="CC-BY-NC-4.0", licence_url="https://terms.example")
    with pytest.raises(ModelError) as refused:
        engine.pull_model("limited")
    assert refused.value.code == "model.licence"
    assert "https://terms.example" in refused.value.hint
    begun = engine.pull_model("limited", accept_licence=True)
    assert end_of(engine, begun).state is TransferState.SUCCEEDED


def test_the_helper_ends_with_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(os.environ["PICKUP_HOME"])
    with fake_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("PICKUP_IDLE_SECONDS", "0.5")
        offer(home, hub, "slow").pause = 0.05
        engine = Engine.connect()
        engine.pull_model("slow")
        until(lambda: hub.sent > 50_000)
        service = engine.health().pid
        children = Path(f"/proc/{service}/task/{service}/children").read_text().split()
        sent = hub.sent
        until(lambda: hub.sent > sent + 200_000)
        assert is_alive(service), "an idle engine leaves, but not while files are on their way"
        os.kill(service, signal.SIGKILL)
        until(lambda: not any(is_alive(int(pid)) for pid in children))


def test_a_disk_that_fills_up_is_told_and_the_next_pull_goes_on(
    pickup_home: Path, tmp_path: Path
) -> None:
    order = json.dumps({"kind": "pull", "model": "full"}).encode() + b"\n"
    command = [sys.executable, "-m", "pickup_engine.models.transfer"]
    with fake_hub() as hub:
        repository = offer(pickup_home, hub, "full")
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path)}

        def words(limit: int) -> list[dict[str, Any]]:
            """What the helper says when no file may grow beyond `limit` bytes."""
            with subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            ) as process:
                assert process.stdin and process.stdout
                process.stdin.write(order)
                process.stdin.flush()
                return [json.loads(line) for line in process.stdout]

        error = words(300_000)[-1]["error"]
        assert error["code"] == "storage.full"
        assert "what is there is kept" in error["hint"]
        sent = hub.sent
        last = words(1 << 30)[-1]
        assert last["finished"], last
        assert hub.sent - sent < len(repository.files[WEIGHTS]) - 200_000


def test_a_model_is_whole_or_not_there_when_it_is_killed_while_it_is_installed(
    pickup_home: Path,
) -> None:
    with opened("swapped") as staging:
        for name, content in vace_files().items():
            write(staging.folder, {name: content})
            staging.keep(name, hashlib.sha256(content).hexdigest())
    # As if it had been killed with the manifest written and the old model moved out of the way.
    write(staging.folder, {"pickup.json": b'{"id": "swapped"}'})
    assert "swapped" not in {model.id for model in catalogue()}
    with opened("swapped") as staging:
        assert set(staging.hashes) == set(vace_files())
        staging.forget_others(set(vace_files()))
        staging.finish(entry_of_folder(staging.folder))
    assert "swapped" in {model.id for model in catalogue()}
    assert not (pickup_home / "models/.partial/swapped").exists()


def test_two_processes_do_not_work_on_the_same_model(pickup_home: Path) -> None:
    with opened("locked"), pytest.raises(ModelError) as busy, opened("locked"):
        pass
    assert busy.value.code == "model.busy"
