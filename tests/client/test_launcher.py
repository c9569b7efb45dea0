"""Finding and starting the engine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pickup.client import Engine, launcher
from pickup.errors import EngineError
from support.engine import kill_engine, running_engine


@pytest.fixture
def nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Ends the engine that a test leaves behind."""
    monkeypatch.setenv("PICKUP_IDLE_SECONDS", "30")
    yield
    if launcher.find() is not None:
        Engine.connect(start=False).shutdown(force=True)


def test_the_engine_inherits_nothing_of_a_host() -> None:
    host = {
        "PATH": "/bin",
        "PYTHONPATH": "/host",
        "PYTHONHOME": "/host",
        "LD_LIBRARY_PATH": "/host",
        "DYLD_INSERT_LIBRARIES": "/host",
        "QT_PLUGIN_PATH": "/host",
        "QT_QPA_PLATFORM": "offscreen",
        "SSL_CERT_FILE": "/host",
        "LC_ALL": "C",
        "PICKUP_HOME": "/home",
        "CUDA_VISIBLE_DEVICES": "0",
        "SystemRoot": "C:\\Windows",
    }
    kept = {"PATH", "LC_ALL", "PICKUP_HOME", "CUDA_VISIBLE_DEVICES", "SystemRoot"}
    assert set(launcher.environment(host)) == kept


def test_what_leads_to_the_hub_is_inherited() -> None:
    ways = dict.fromkeys(("HF_ENDPOINT", "HF_TOKEN", "https_proxy", "NO_PROXY"), "x")
    assert launcher.environment(ways) == ways


@pytest.mark.usefixtures("nothing_left")
def test_a_folder_full_of_traps_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("starlette", "uvicorn", "pickup", "pickup_engine", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('trapped')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert Engine.connect().health().busy is False


@pytest.mark.usefixtures("nothing_left")
def test_many_clients_at_once_share_one_engine() -> None:
    program = "from pickup.client import Engine; print(Engine.connect().health().pid)"
    clients = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    pids = {client.communicate(timeout=30)[0] for client in clients}
    assert len(pids) == 1
    assert [client.returncode for client in clients] == [0] * 5


def test_without_start_nothing_is_started() -> None:
    with pytest.raises(EngineError) as caught:
        Engine.connect(start=False)
    assert caught.value.code == "engine.not_running"


@pytest.mark.usefixtures("nothing_left")
def test_the_file_of_a_dead_engine_is_no_engine() -> None:
    Engine.connect()
    before = launcher.connection_file().read_text()
    kill_engine()
    assert launcher.connection_file().exists(), "kill -9 leaves it"
    assert launcher.find() is None
    Engine.connect()
    assert launcher.connection_file().read_text() != before


@pytest.mark.usefixtures("nothing_left")
def test_another_program_on_the_old_port_is_no_engine() -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{stranger.getsockname()[1]}"
        data = {"url": url, "token": "x", "pid": 1, "protocol": 1, "version": "0"}
        launcher.connection_file().write_text(json.dumps(data))
        assert launcher.find() is None, "nobody listens"
        assert Engine.connect().connection.url != url


def test_a_failing_start_shows_the_end_of_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKUP_IDLE_SECONDS", "not a number")
    with pytest.raises(EngineError) as caught:
        Engine.connect()
    assert caught.value.code == "engine.start"
    assert "not a number" in caught.value.hint
    status = subprocess.run(
        launcher.command("pickup.client.launcher"),
        env=launcher.environment(os.environ),
        capture_output=True,
        check=False,
    )
    assert status.returncode == 1
    assert json.loads(status.stdout)["code"] == "engine.start"


def test_a_client_comes_back_after_a_restart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running_engine(monkeypatch, tmp_path) as engine:
        gone = tmp_path / "later deleted"
        gone.mkdir()
        engine.allow([gone])
        gone.rmdir()
        before = engine.health()
        kill_engine()
        after = engine.health()
        assert after.pid != before.pid
        assert after.roots == (str(tmp_path.resolve()),), "its folders are allowed again"


@pytest.mark.usefixtures("nothing_left")
def test_an_engine_that_is_about_to_leave_is_waited_for(tmp_path: Path) -> None:
    # It holds the lock still and answers no more: the first start loses, a later one wins.
    program = (
        "import sys, time; from pathlib import Path;"
        "from pickup_engine.service.lock import EngineLock;"
        "assert EngineLock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(1)"
    )
    lock = launcher.connection_file().with_name("engine.lock")
    with subprocess.Popen([sys.executable, "-c", program, lock], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert launcher.find_or_start(limit=10).pid != holder.pid
