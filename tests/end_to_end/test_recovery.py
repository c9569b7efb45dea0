"""What is left after a `kill -9`: the job runs again, the take is offered, nothing is doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.client.blocking import Engine
from pickup.errors import EngineError
from pickup.protocol import JobState, PlacementState
from support.cuts import Cut, make_cut


@pytest.fixture
def cut(tmp_path: Path, pickup_home: Path) -> Iterator[Cut]:
    yield make_cut(tmp_path, Fraction(24))
    Engine.connect().shutdown(force=True)


def start_extend(cut: Cut, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pickup.cli.main", "extend", str(cut.path), "--clip", "V1:1",
         "--tail", "30f", "-o", str(out), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def until_running(engine: Engine) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for job in engine.jobs():
            if job.state is JobState.RUNNING:
                return job.id
        time.sleep(0.05)
    raise AssertionError("the job never ran")


def test_a_killed_engine_is_started_again_and_the_command_still_succeeds(cut: Cut) -> None:
    engine = Engine.connect()
    out = cut.path.with_name("out.otio")
    command = start_extend(cut, out)
    job = until_running(engine)
    os.kill(engine.health().pid, signal.SIGKILL)
    stdout, stderr = command.communicate(timeout=90)
    assert command.returncode == 0, stdout + stderr
    result = json.loads(stdout.splitlines()[-1])
    assert [take["job"] for take in result["takes"]] == [job]
    files = [path.name for path in Path(result["takes"][0]["media"]["path"]).parent.glob("*.mov")]
    assert len(files) == 1, files
    status = Engine.connect().job(job)
    assert status.attempt == 2
    assert [take.placement for take in status.takes] == [PlacementState.PLACED]


def test_a_take_whose_client_died_is_offered_and_placed_exactly_once(cut: Cut) -> None:
    engine = Engine.connect()
    command = start_extend(cut, cut.path.with_name("never.otio"))
    job = until_running(engine)
    command.kill()
    command.communicate()
    status = engine.wait(job)
    assert status.state is JobState.SUCCEEDED
    assert [waiting.id for waiting in engine.jobs(unplaced=True)] == [job]
    out = cut.path.with_name("out.otio")
    place = [
        sys.executable,
        "-m",
        "pickup.cli.main",
        "jobs",
        "place",
        job,
        "-o",
        str(out),
        "--json",
    ]
    subprocess.run(place, check=True, capture_output=True, timeout=60)
    assert out.exists()
    assert not engine.jobs(unplaced=True)
    again = subprocess.run(place, capture_output=True, text=True, timeout=60, check=False)
    assert again.returncode == 1
    assert json.loads(again.stdout.splitlines()[-1])["error"]["code"].endswith("already_placed")


def test_ctrl_c_cancels_the_job_and_leaves_no_file(cut: Cut) -> None:
    engine = Engine.connect()
    out = cut.path.with_name("out.otio")
    command = start_extend(cut, out)
    job = until_running(engine)
    command.send_signal(signal.SIGINT)
    stdout, _ = command.communicate(timeout=30)
    assert command.returncode == 130
    assert json.loads(stdout.splitlines()[-1])["error"]["code"] == "cancelled"
    assert engine.wait(job).state is JobState.CANCELLED
    assert not out.exists()
    assert not list(cut.path.parent.glob("out media/*.mov"))


def test_the_engine_does_not_stop_under_a_running_job(cut: Cut) -> None:
    engine = Engine.connect()
    command = start_extend(cut, cut.path.with_name("out.otio"))
    until_running(engine)
    with pytest.raises(EngineError, match="jobs or transfers to do"):
        engine.shutdown()
    command.communicate(timeout=60)
    assert command.returncode == 0
