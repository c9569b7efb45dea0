"""Cancel within a second and a half, whatever the worker does; and what errors become."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pickup.client import Engine
from pickup.errors import EngineError
from pickup.protocol import JobPhase, JobState, PlacementState
from support.engine import is_alive, running_engine, submission, until


def cancel_in_time(engine: Engine, job: str) -> float:
    began = time.monotonic()
    engine.cancel(job)
    assert engine.wait(job).state is JobState.CANCELLED
    return time.monotonic() - began


def test_a_running_job_stops_at_its_next_step(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, steps=1000, step_seconds=0.02)
    engine.submit(job)
    until(lambda: engine.job(job.id).step > 2)
    worker = engine.health().worker
    assert cancel_in_time(engine, job.id) < 0.5
    assert engine.health().worker == worker, "the worker stays warm"
    assert not list((tmp_path / "takes").iterdir())


def test_a_job_that_loads_a_model_stops_too(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, load_seconds=60)
    engine.submit(job)
    until(lambda: engine.job(job.id).phase is JobPhase.LOADING)
    worker = engine.health().worker
    assert worker is not None
    assert cancel_in_time(engine, job.id) < 1.5
    assert not is_alive(worker)
    after = submission(tmp_path)
    engine.submit(after)
    assert engine.wait(after.id).state is JobState.SUCCEEDED


def test_a_worker_that_still_imports_stops_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PICKUP_TEST_IMPORT_SECONDS", "60")
    with running_engine(monkeypatch, tmp_path) as engine:
        job = submission(tmp_path)
        engine.submit(job)
        assert cancel_in_time(engine, job.id) < 1.5
        late = submission(tmp_path)
        engine.submit(late)
        until(lambda: engine.health().worker is not None)
        assert cancel_in_time(engine, late.id) < 1.5


def test_a_queued_job_is_cancelled_at_once(engine: Engine, tmp_path: Path) -> None:
    running = submission(tmp_path, steps=100, step_seconds=0.02)
    waiting = submission(tmp_path)
    engine.submit(running)
    engine.submit(waiting)
    assert engine.cancel(waiting.id).state is JobState.CANCELLED
    assert engine.cancel(waiting.id).state is JobState.CANCELLED, "again does no harm"
    assert engine.job(running.id).state in (JobState.QUEUED, JobState.RUNNING)
    cancel_in_time(engine, running.id)
    assert engine.retry(waiting.id).state in (JobState.QUEUED, JobState.RUNNING)
    assert engine.wait(waiting.id).state is JobState.SUCCEEDED


def test_takes_that_were_published_before_a_cancel_stay(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, takes=9, publish_seconds=0.3)
    engine.submit(job)
    until(lambda: len(engine.job(job.id).takes) == 1)
    cancel_in_time(engine, job.id)
    takes = engine.job(job.id).takes
    assert all(Path(take.media.path).is_file() for take in takes)
    assert job.id in [status.id for status in engine.jobs(unplaced=True)]


@pytest.mark.parametrize(
    ("fail", "code", "says"),
    [
        ("model", "model.cannot", "It cannot."),
        ("memory", "model.out_of_memory", "Memory ran out"),
        ("full", "storage.full", "disk is full"),
        ("denied", "storage.denied", "partial"),
        ("bug", "engine.bug", "ZeroDivisionError"),
    ],
)
def test_errors_reach_the_user(
    engine: Engine, tmp_path: Path, fail: str, code: str, says: str
) -> None:
    job = submission(tmp_path, fail=fail)
    engine.submit(job)
    failed = engine.wait(job.id)
    assert failed.state is JobState.FAILED
    assert failed.error is not None
    assert failed.error["code"] == code
    assert says in failed.error["message"]
    assert failed.error["hint"]
    assert failed.attempt == 1, "trying again would fail again"
    assert not list((tmp_path / "takes").glob("*partial*"))


def test_the_queue_can_be_reordered(engine: Engine, tmp_path: Path) -> None:
    blocker = submission(tmp_path, steps=1000, step_seconds=0.02)
    engine.submit(blocker)
    until(lambda: engine.job(blocker.id).state is JobState.RUNNING)
    waiting = [submission(tmp_path) for _ in range(3)]
    for job in waiting:
        engine.submit(job)
    assert [engine.job(job.id).position for job in waiting] == [1, 2, 3]
    assert engine.move(waiting[2].id, 1).position == 1
    assert [engine.job(job.id).position for job in waiting] == [2, 3, 1]
    with pytest.raises(EngineError) as caught:
        engine.move(blocker.id, 1)
    assert caught.value.code == "engine.not_queued"
    engine.cancel(blocker.id)
    for job in waiting:
        engine.wait(job.id)
    third, first, second = (engine.job(waiting[n].id).started or 0 for n in (2, 0, 1))
    assert third < first < second


def test_two_clients_share_the_engine(engine: Engine, tmp_path: Path) -> None:
    other = Engine.connect()
    assert other.health().pid == engine.health().pid
    job = submission(tmp_path, takes=2)
    assert engine.submit(job).id == other.submit(job).id
    assert engine.wait(job.id) == other.wait(job.id)
    assert [status.id for status in engine.jobs()].count(job.id) == 1
    engine.set_placement(job.id, 0, PlacementState.INTENDED)
    with pytest.raises(EngineError) as caught:
        other.set_placement(job.id, 0, PlacementState.INTENDED)
    assert caught.value.code == "engine.being_placed"
    assert engine.set_placement(job.id, 0, PlacementState.PLACED).takes[0].placement == "placed"
    with pytest.raises(EngineError) as caught:
        other.set_placement(job.id, 0, PlacementState.PLACED)
    assert caught.value.code == "engine.already_placed"
    assert job.id not in [status.id for status in other.jobs(unplaced=True)]


def test_times_are_learnt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running_engine(monkeypatch, tmp_path) as engine:
        job = submission(tmp_path, steps=10, step_seconds=0.03)
        assert engine.plan(job.request).seconds == 0
        engine.submit(job)
        total = engine.wait(job.id).timing["total"]
        # The worker is there by now: its start is left out.
        assert 0.3 <= engine.plan(job.request).seconds < total
        again = submission(tmp_path, steps=10, step_seconds=0.03)
        etas: list[float] = []
        engine.submit(again)
        engine.wait(again.id, lambda s: etas.append(s.eta) if s.eta is not None else None)
        assert etas
        assert max(etas) < 5 * total
