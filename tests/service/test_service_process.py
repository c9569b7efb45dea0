"""The service as a process: start, lock, files, life time, end."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pickup.client import Engine, launcher
from pickup.errors import EngineError
from pickup.paths import data_dir, log_dir
from pickup.protocol import VERSION, JobState
from support.engine import engine_pid, is_alive, running_engine, submission, until


def test_the_service_imports_no_model_or_media_code() -> None:
    program = (
        "import sys, pickup_engine.service.__main__;"
        "heavy = {'torch', 'av', 'numpy', 'cv2', 'diffusers', 'PySide6', 'opentimelineio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_it_starts_fast_and_keeps_its_files_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    began = time.monotonic()
    with running_engine(monkeypatch, tmp_path) as engine:
        assert time.monotonic() - began < 5
        file = launcher.connection_file()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        data = json.loads(file.read_text())
        assert set(data) == {"url", "token", "pid", "protocol", "version"}
        assert len(data["token"]) >= 32
        health = engine.health()
        assert (health.pid, health.protocol, health.busy) == (data["pid"], VERSION, False)
        assert health.worker is None, "no worker before the first job"
        assert os.getsid(health.pid) != os.getsid(0), "it outlives the terminal of its client"
        assert engine.models()[0].id == "pickup-draft"
    assert not file.exists()
    assert "listening" in (log_dir() / "engine.log").read_text()


def test_a_second_service_gives_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running_engine(monkeypatch, tmp_path) as engine:
        second = subprocess.run(
            launcher.command(),
            env=launcher.environment(os.environ),
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert second.returncode == 75
        assert engine.health().pid == engine_pid()


def test_it_leaves_when_nobody_needs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running_engine(monkeypatch, tmp_path) as keeper:
        pid = keeper.health().pid
        keeper.shutdown()
        until(lambda: not is_alive(pid))
        monkeypatch.setenv("PICKUP_IDLE_SECONDS", "0.6")
        engine = Engine.connect()
        engine.allow([tmp_path])
        pid = engine.health().pid
        job = submission(tmp_path, steps=20, step_seconds=0.06)
        engine.submit(job)
        time.sleep(0.9)
        assert is_alive(pid), "a job runs"
        until(lambda: engine_is_done(engine, job.id))
        events = engine.events()
        next(events)
        time.sleep(1.1)
        assert is_alive(pid), "a client listens"
        events.close()
        until(lambda: not is_alive(pid), 5)
        assert not launcher.connection_file().exists()
        monkeypatch.setenv("PICKUP_IDLE_SECONDS", "30")
        assert engine.job(job.id).state is JobState.SUCCEEDED, "it is started again when asked"
        assert engine.health().pid != pid


def engine_is_done(engine: Engine, job: str) -> bool:
    return engine.job(job).state is JobState.SUCCEEDED


def test_stop_is_refused_while_jobs_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running_engine(monkeypatch, tmp_path) as engine:
        job = submission(tmp_path, steps=200, step_seconds=0.05)
        engine.submit(job)
        until(lambda: engine.job(job.id).state is JobState.RUNNING)
        until(lambda: engine.health().worker is not None)
        with pytest.raises(EngineError) as caught:
            engine.shutdown()
        assert caught.value.code == "engine.busy"
        health = engine.health()
        began = time.monotonic()
        engine.shutdown(force=True)
        assert launcher.find() is None, "it waits for the end"
        until(lambda: not is_alive(health.pid))
        assert time.monotonic() - began < 3
        assert health.worker is not None
        until(lambda: not is_alive(health.worker or 0))
        assert not list((tmp_path / "takes").glob("*partial*"))
        again = Engine.connect().job(job.id)
        assert again.state in (JobState.INTERRUPTED, JobState.RUNNING)
        assert again.attempt <= 2


def test_an_open_stream_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running_engine(monkeypatch, tmp_path) as engine:
        pid = engine.health().pid
        host, port = engine.connection.address
        link = http.client.HTTPConnection(host, port, timeout=10)
        with contextlib.closing(link):
            headers = {"Authorization": f"Bearer {engine.connection.token}"}
            link.request("GET", "/v1/events", headers=headers)
            stream = link.getresponse()
            assert stream.readline().startswith(b":")
            began = time.monotonic()
            os.kill(pid, signal.SIGTERM)
            assert stream.read() == b"\n"
            until(lambda: not is_alive(pid))
        assert time.monotonic() - began < 2
        assert not launcher.connection_file().exists()
        Engine.connect()


def test_a_job_list_that_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICKUP_IDLE_SECONDS", "5")
    (data_dir() / "jobs.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(EngineError) as caught:
        Engine.connect()
    assert caught.value.code == "engine.start"
    assert "jobs.sqlite3 is damaged" in caught.value.hint
    assert "Move the file away" in caught.value.hint
