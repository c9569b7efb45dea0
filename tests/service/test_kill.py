"""kill -9 of service and worker at any moment: no job is lost, no take is published twice."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from pickup.client import Engine
from pickup.protocol import JobState, JobStatus, JobSubmission
from support.engine import is_alive, kill_engine, submission, until


def takes_of(project: Path, job: JobSubmission) -> list[str]:
    return sorted(path.name for path in (project / "takes").iterdir() if job.id in path.name)


def check_whole(project: Path, job: JobSubmission, final: JobStatus) -> None:
    """Every take is there once, in the store and on the disk, whole, and nothing else is."""
    assert final.state is JobState.SUCCEEDED
    names = [f"clip.{job.id}.t{n + 1}.mov" for n in range(job.request.takes)]
    assert takes_of(project, job) == names
    assert [Path(take.media.path).name for take in final.takes] == names
    assert [take.index for take in final.takes] == list(range(job.request.takes))
    for take in final.takes:
        lines = Path(take.media.path).read_bytes().splitlines()
        assert len(lines) == 4


def worker_of(engine: Engine) -> int:
    until(lambda: engine.health().worker is not None)
    pid = engine.health().worker
    assert pid is not None
    return pid


def test_the_service_is_killed_between_file_and_row(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, takes=2, publish_seconds=0.4)
    engine.submit(job)
    until(lambda: takes_of(tmp_path, job) == [f"clip.{job.id}.t1.mov"])
    assert engine.job(job.id).takes == (), "the file is there, its row is not"
    worker = worker_of(engine)
    kill_engine()
    until(lambda: not is_alive(worker))
    final = engine.wait(job.id)
    check_whole(tmp_path, job, final)
    assert final.attempt == 2


def test_published_takes_are_not_made_again(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, takes=3, publish_seconds=0.2)
    engine.submit(job)
    until(lambda: len(engine.job(job.id).takes) == 1)
    first = tmp_path / "takes" / f"clip.{job.id}.t1.mov"
    inode = first.stat().st_ino
    kill_engine()
    check_whole(tmp_path, job, engine.wait(job.id))
    assert first.stat().st_ino == inode


@pytest.mark.parametrize("delay", [0.0, 0.03, 0.09, 0.2])
def test_the_service_is_killed_at_any_moment(engine: Engine, tmp_path: Path, delay: float) -> None:
    jobs = [submission(tmp_path, takes=2, step_seconds=0.02) for _ in range(3)]
    for job in jobs:
        engine.submit(job)
    time.sleep(delay)
    kill_engine()
    for job in jobs:
        check_whole(tmp_path, job, engine.wait(job.id))
    ended = [engine.job(job.id).finished or 0 for job in jobs]
    assert ended == sorted(ended), "the order of the queue is kept"


def test_the_worker_is_killed_in_the_middle(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, takes=2, kill=[1])
    states: list[JobState] = []
    engine.submit(job)
    final = engine.wait(job.id, lambda status: states.append(status.state))
    check_whole(tmp_path, job, final)
    assert final.attempt == 2
    assert JobState.INTERRUPTED in states
    assert final.error is None


def test_the_worker_is_killed_from_outside_between_jobs(engine: Engine, tmp_path: Path) -> None:
    first, second = submission(tmp_path), submission(tmp_path)
    engine.submit(first)
    engine.wait(first.id)
    worker = worker_of(engine)
    os.kill(worker, signal.SIGKILL)
    until(lambda: not is_alive(worker))
    engine.submit(second)
    final = engine.wait(second.id)
    check_whole(tmp_path, second, final)


def test_a_job_that_always_crashes_fails_after_three_attempts(
    engine: Engine, tmp_path: Path
) -> None:
    poison = submission(tmp_path, exit=[1, 2, 3])
    after = submission(tmp_path)
    engine.submit(poison)
    engine.submit(after)
    failed = engine.wait(poison.id)
    assert failed.state is JobState.FAILED
    assert failed.attempt == 3
    assert failed.error is not None
    assert failed.error["code"] == "engine.worker_crashed"
    assert "exit status 3" in failed.error["message"]
    assert "worker.log" in failed.error["hint"]
    assert takes_of(tmp_path, poison) == []
    check_whole(tmp_path, after, engine.wait(after.id))
    assert engine.retry(poison.id).state in (JobState.QUEUED, JobState.RUNNING)
    final = engine.wait(poison.id)
    assert final.attempt == 4
    check_whole(tmp_path, poison, final)


def test_memory_that_ran_out_is_named(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, kill=[1, 2, 3])
    engine.submit(job)
    failed = engine.wait(job.id)
    assert failed.error is not None
    assert failed.error["code"] == "engine.worker_killed"
    assert "memory" in failed.error["message"]


def test_events_go_on_over_the_death_of_the_service(engine: Engine, tmp_path: Path) -> None:
    job = submission(tmp_path, steps=30, step_seconds=0.02)
    events = engine.events()
    engine.submit(job)
    seqs = []
    killed = False
    for event in events:
        seqs.append(event.seq)
        if event.job.id != job.id:
            continue
        if event.job.progress > 0.1 and not killed:
            kill_engine()
            killed = True
        if event.job.state is JobState.SUCCEEDED:
            break
    assert killed
    assert seqs == sorted(seqs)
    assert event.job.attempt == 2
