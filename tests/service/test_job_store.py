from __future__ import annotations

import dataclasses
import sqlite3
from pathlib import Path

import pytest

from pickup.errors import EngineError, StorageError
from pickup.protocol import JobState, JobSubmission, PlacementState, RenderPlan, Take
from pickup_engine.jobs import placing
from pickup_engine.jobs.estimates import phase_shares, unit_seconds, with_seconds, work_units
from pickup_engine.jobs.recovery import recover, remove_partial_files
from pickup_engine.jobs.store import JobStore
from pickup_engine.models.catalogue import rules_for
from support.engine import media_ref, submission


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "jobs.sqlite3")


def plan_of(job: JobSubmission) -> RenderPlan:
    return rules_for(job.request.model).plan(job.request)


def add(store: JobStore, project: Path) -> JobSubmission:
    job = submission(project)
    assert store.add(job, plan_of(job))
    return job


def take_of(job: str, index: int, name: str = "take") -> Take:
    return Take(job, index, media_ref(Path(f"/{name}.mov")), "", seed=1, learned=False, draft=True)


def test_the_same_submission_twice_is_one_job(store: JobStore, tmp_path: Path) -> None:
    job = add(store, tmp_path)
    assert not store.add(job, plan_of(job))
    assert [status.submission for status in store.jobs()] == [job]


def test_another_request_under_a_known_id_is_refused(store: JobStore, tmp_path: Path) -> None:
    job = add(store, tmp_path)
    other = dataclasses.replace(job, request=dataclasses.replace(job.request, seed=7))
    with pytest.raises(EngineError) as caught:
        store.add(other, plan_of(other))
    assert caught.value.code == "engine.id_taken"


def test_jobs_are_claimed_in_order_and_survive_reopening(store: JobStore, tmp_path: Path) -> None:
    first, second, third = (add(store, tmp_path) for _ in range(3))
    assert store.move(third.id, 1)
    assert [store.job(job.id).position for job in (third, first, second)] == [1, 2, 3]
    store.close()
    again = JobStore(tmp_path / "jobs.sqlite3")
    claimed = again.claim()
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempt) == (third.id, JobState.RUNNING, 1)
    assert claimed.submission == third
    assert again.waiting() == (first.id, second.id)


def test_results_of_an_old_attempt_are_refused(store: JobStore, tmp_path: Path) -> None:
    job = add(store, tmp_path)
    store.claim()
    assert store.interrupt(job.id, 1, {"code": "engine.worker_crashed"})
    assert store.job(job.id).state is JobState.INTERRUPTED
    store.claim()
    assert not store.add_take(1, take_of(job.id, 0))
    assert not store.finish(job.id, 1, JobState.SUCCEEDED)
    assert not store.interrupt(job.id, 1, {})
    assert store.job(job.id).takes == ()
    assert store.add_take(2, take_of(job.id, 0))
    assert store.finish(job.id, 2, JobState.SUCCEEDED)
    assert not store.add_take(2, take_of(job.id, 1)), "after the end nothing is taken any more"


def test_a_take_is_kept_once(store: JobStore, tmp_path: Path) -> None:
    job = add(store, tmp_path)
    store.claim()
    assert store.add_take(1, take_of(job.id, 0, "first"))
    assert store.add_take(1, take_of(job.id, 0, "second"))
    assert [take.media.path for take in store.job(job.id).takes] == ["/first.mov"]


def test_three_broken_attempts_fail_the_job_and_a_retry_gives_three_more(
    store: JobStore, tmp_path: Path
) -> None:
    job = add(store, tmp_path)
    for attempt in (1, 2, 3):
        claimed = store.claim()
        assert claimed is not None
        assert claimed.attempt == attempt
        assert store.interrupt(job.id, attempt, {"code": "x", "message": f"no {attempt}"})
    failed = store.job(job.id)
    assert failed.state is JobState.FAILED
    assert failed.error == {"code": "x", "message": "no 3"}
    assert store.claim() is None
    assert store.retry(job.id)
    again = store.claim()
    assert again is not None
    assert (again.attempt, again.error) == (4, None)
    assert store.interrupt(job.id, 4, {})
    assert store.job(job.id).state is JobState.INTERRUPTED


def test_a_stop_by_the_user_does_not_count_as_a_try(store: JobStore, tmp_path: Path) -> None:
    job = add(store, tmp_path)
    for attempt in range(1, 6):
        store.claim()
        assert store.interrupt(job.id, attempt, {}, counts=False)
    assert store.job(job.id).state is JobState.INTERRUPTED


def test_recovery_interrupts_what_ran_and_removes_its_partial_files(
    store: JobStore, tmp_path: Path
) -> None:
    job, waiting = add(store, tmp_path), add(store, tmp_path)
    store.claim()
    takes = tmp_path / "takes"
    mine = takes / f"clip.{job.id}.t0.a1.partial.mov"
    small = takes / f".clip.{job.id}.t0.mov.pickup.json.x1.partial"
    others = takes / f"clip.{waiting.id}.t0.mov.a1.partial"
    finished = takes / f"clip.{job.id}.t0.mov"
    for path in (mine, small, others, finished):
        path.write_bytes(b"x")
    assert recover(store) == (job.id,)
    assert not mine.exists()
    assert not small.exists()
    assert others.exists()
    assert finished.exists()
    assert store.job(job.id).state is JobState.INTERRUPTED
    assert store.job(waiting.id).state is JobState.QUEUED


def test_a_folder_that_cannot_be_listed_does_not_stop_recovery(
    store: JobStore, tmp_path: Path
) -> None:
    job = add(store, tmp_path)
    status = store.claim()
    assert status is not None
    # A name that the system refuses stands for a network drive that is gone: even asking fails.
    request = status.submission.request
    lost = dataclasses.replace(request.output, folder=str(tmp_path / ("x" * 300)))
    submitted = dataclasses.replace(
        status.submission, request=dataclasses.replace(request, output=lost)
    )
    remove_partial_files(dataclasses.replace(status, submission=submitted))
    assert recover(store) == (job.id,)


def test_a_take_is_placed_once(store: JobStore, tmp_path: Path) -> None:
    job = add(store, tmp_path)
    store.claim()
    store.add_take(1, take_of(job.id, 0))
    store.place(job.id, 0, PlacementState.INTENDED)
    with pytest.raises(EngineError) as caught:
        store.place(job.id, 0, PlacementState.INTENDED)
    assert caught.value.code == "engine.being_placed"
    store.place(job.id, 0, PlacementState.PLACED)
    for state in (PlacementState.PLACED, PlacementState.INTENDED, PlacementState.DISMISSED):
        with pytest.raises(EngineError) as caught:
            store.place(job.id, 0, state)
        assert caught.value.code == "engine.already_placed"
    assert store.job(job.id).takes[0].placement is PlacementState.PLACED
    store.place(job.id, 0, PlacementState.OPEN)
    store.place(job.id, 0, PlacementState.INTENDED)
    with pytest.raises(EngineError) as caught:
        store.place(job.id, 5, PlacementState.INTENDED)
    assert caught.value.code == "engine.unknown_take"


def test_an_intent_that_was_broken_off_can_be_taken_over() -> None:
    intended = PlacementState.INTENDED
    placing.check_placement("Take 0", intended, intended, placing.INTENT_SECONDS + 1)
    with pytest.raises(EngineError):
        placing.check_placement("Take 0", intended, intended, placing.INTENT_SECONDS - 1)


def test_a_full_disk_is_said_and_harms_nothing(store: JobStore, tmp_path: Path) -> None:
    kept = add(store, tmp_path)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StorageError) as caught:
        for _ in range(200):
            add(store, tmp_path)
    assert caught.value.code == "storage.jobs"
    assert "jobs.sqlite3" in caught.value.message
    store._db.execute("PRAGMA max_page_count=100000")
    more = add(store, tmp_path)
    assert {kept.id, more.id} <= {status.id for status in store.jobs()}
    assert store._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_file_of_a_newer_pickup_is_left_alone(store: JobStore, tmp_path: Path) -> None:
    store._db.execute("PRAGMA user_version=99")
    store.close()
    with pytest.raises(EngineError) as caught:
        JobStore(tmp_path / "jobs.sqlite3")
    assert caught.value.code == "engine.store_newer"
    with sqlite3.connect(tmp_path / "jobs.sqlite3") as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 99


def test_estimates_are_the_median_of_the_last_twenty(store: JobStore, tmp_path: Path) -> None:
    job = submission(tmp_path, takes=2)
    plan = plan_of(job)
    assert with_seconds(plan, job.request, store, warm=False).seconds == 0
    assert sum(phase_shares(job.request, store).values()) == pytest.approx(1)
    for unit in (100.0, 100.0, *[float(n) for n in range(20)]):
        store.learn("extend", "pickup-draft", unit, {"denoising": 3.0, "encoding": 1.0})
    units = 12 * 2 * 320 * 180 / 1e6
    assert work_units(plan, 2) == pytest.approx(units)
    warm = with_seconds(plan, job.request, store, warm=True)
    assert warm.seconds == pytest.approx(9.5 * units)
    shares = {phase.value: share for phase, share in phase_shares(job.request, store).items()}
    assert shares["denoising"] == pytest.approx(0.75)
    assert shares["loading"] == 0
    assert unit_seconds(plan, 2, 10.0, {"loading": 4.0}) == pytest.approx(6 / units)
    store.learn("extend", "pickup-draft", 9.5, {"loading": 4.0})
    store.learn("extend", "pickup-draft", 9.5, {"loading": 0.1})
    assert with_seconds(plan, job.request, store, warm=False).seconds == pytest.approx(
        with_seconds(plan, job.request, store, warm=True).seconds + 4
    )
