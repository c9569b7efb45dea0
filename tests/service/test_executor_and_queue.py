"""Executor and queue by themselves, and the worker's end of the pipe."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pickup.errors import StorageError
from pickup.protocol import JobState, JobStatus, JobSubmission, Take
from pickup_engine.jobs import queue as queue_module
from pickup_engine.jobs.executor import Lost, Outcome
from pickup_engine.jobs.local import LocalExecutor
from pickup_engine.jobs.messages import (
    Finished,
    Progress,
    Ready,
    Run,
    Stopped,
    TakeMade,
    reply_from,
    to_line,
)
from pickup_engine.jobs.queue import JobQueue
from pickup_engine.jobs.store import JobStore
from pickup_engine.jobs.worker_process import WORKER_COMMAND, worker_environment
from pickup_engine.models.catalogue import rules_for
from support.engine import SLOW_WORKER, is_alive, media_ref, submission


def task_of(job: JobSubmission, attempt: int = 1) -> Run:
    return Run(job, rules_for(job.request.model).plan(job.request), attempt)


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def begin() -> None:
        await test()

    asyncio.run(begin())


def nothing(word: Progress) -> None:
    return None


def test_the_real_worker_answers_before_it_loads_a_model() -> None:
    worker = subprocess.Popen(
        WORKER_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    ready = reply_from(worker.stdout.readline())
    assert "torch" not in Path(f"/proc/{worker.pid}/maps").read_text()
    assert ready == Ready(worker.pid)
    began = time.monotonic()
    worker.stdin.close()
    assert worker.wait(5) == 0, "it leaves with its service"
    assert time.monotonic() - began < 2
    worker.stdout.close()


def test_the_worker_leaves_in_the_middle_of_a_job(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        SLOW_WORKER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write(to_line(task_of(submission(tmp_path, steps=1000, step_seconds=0.01))))
    worker.stdin.flush()
    while "StepDone" not in worker.stdout.readline().decode():
        pass
    worker.stdin.close()
    assert worker.wait(2) == 0
    worker.stdout.close()


def test_a_worker_is_kept_warm_and_unloaded_when_idle(tmp_path: Path) -> None:
    async def test() -> None:
        executor = LocalExecutor(tmp_path / "worker.log", SLOW_WORKER, idle_seconds=0.3)
        first = submission(tmp_path)
        assert await executor.run(task_of(first), nothing) == Finished(first.id, 1)
        pid = executor.worker_pid
        assert pid is not None
        await executor.run(task_of(submission(tmp_path)), nothing)
        assert executor.worker_pid == pid
        async with asyncio.timeout(5):
            while is_alive(pid):
                await asyncio.sleep(0.02)
        assert not executor.worker_pid
        again = submission(tmp_path)
        assert await executor.run(task_of(again), nothing) == Finished(again.id, 1)
        await executor.close()

    run(test)
    assert "prints to stdout" in (tmp_path / "worker.log").read_text()


def test_a_worker_that_cannot_be_started_or_talks_nonsense_is_lost(tmp_path: Path) -> None:
    async def test() -> None:
        log = tmp_path / "worker.log"
        absent = LocalExecutor(log, [str(tmp_path / "absent")])
        lost = await absent.run(task_of(submission(tmp_path)), nothing)
        assert isinstance(lost, Lost)
        assert lost.error.code == "engine.worker_start"
        for program, code in (
            ("print('hello', flush=True); input()", "engine.pipe"),
            ("print('{}', flush=True); input()", "engine.pipe"),
            ("print('{', end='', flush=True)", "engine.worker_crashed"),
        ):
            executor = LocalExecutor(log, [sys.executable, "-c", program])
            lost = await executor.run(task_of(submission(tmp_path)), nothing)
            assert isinstance(lost, Lost)
            assert lost.error.code == code
            await executor.close()

    run(test)


def test_a_cancel_while_the_worker_starts_is_kept(tmp_path: Path) -> None:
    async def test() -> None:
        executor = LocalExecutor(tmp_path / "worker.log", SLOW_WORKER)
        job = submission(tmp_path, steps=1000)
        attempt = asyncio.create_task(executor.run(task_of(job), nothing))
        await asyncio.sleep(0)
        executor.cancel(job.id)
        executor.cancel("another")
        assert await asyncio.wait_for(attempt, 2) == Stopped(job.id, 1)
        await executor.close()

    run(test)


def test_the_worker_inherits_no_variables_of_a_host() -> None:
    kept = worker_environment({"PYTHONPATH": "x", "PYTHONHOME": "x", "QT_API": "x", "HOME": "/h"})
    cores = str(os.cpu_count())
    assert kept == {"HOME": "/h", "OMP_NUM_THREADS": cores, "OMP_WAIT_POLICY": "PASSIVE"}
    assert worker_environment({"OMP_NUM_THREADS": "1"})["OMP_NUM_THREADS"] == "1"


def test_the_worker_inherits_no_keys_of_the_user() -> None:
    keys = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "AWS_SECRET_ACCESS_KEY")
    keys += ("HTTPS_PROXY", "all_proxy")
    user = {**dict.fromkeys(keys, "x"), "TOKENIZERS_PARALLELISM": "0", "HF_HOME": "/h"}
    kept = worker_environment(user)
    assert not kept.keys() & set(keys)
    assert (kept["TOKENIZERS_PARALLELISM"], kept["HF_HOME"]) == ("0", "/h")


class GenerousExecutor:
    """An executor whose takes have so much to tell that they fill a small disk."""

    slots = 1
    worker_pid = None

    def __init__(self, words: int) -> None:
        self.words = words

    async def run(self, task: Run, heard: Callable[[Progress], None]) -> Outcome:
        job, sidecar = task.submission.id, "x" * self.words
        media = media_ref(Path("/take.mov"))
        heard(TakeMade(job, task.attempt, Take(job, 0, media, sidecar, 1, False, True)))
        return Finished(job, task.attempt)

    def cancel(self, job: str) -> None:
        return None

    async def close(self) -> None:
        return None


def test_a_take_is_not_lost_to_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(queue_module, "_DISK_FULL_WAIT", 0.05)
    told: list[JobStatus] = []

    async def test() -> None:
        store = JobStore(tmp_path / "jobs.sqlite3")
        jobs = JobQueue(store, GenerousExecutor(words=200_000), lambda job, _: told.append(job))
        job = submission(tmp_path)
        jobs.submit(job, rules_for(job.request.model).plan(job.request))
        # SQLite's own limit stands for the disk: the error is the real one.
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count={pages + 5}")
        loop = asyncio.create_task(jobs.run_forever())
        await asyncio.sleep(0.3)
        assert jobs.job(job.id).state is JobState.RUNNING, "it waits for room"
        assert jobs.job(job.id).takes == ()
        with pytest.raises(StorageError):
            store.learn("extend", "x" * 200_000, 1.0, {})
        store._db.execute("PRAGMA max_page_count=100000")
        async with asyncio.timeout(5):
            while jobs.job(job.id).state is not JobState.SUCCEEDED:
                await asyncio.sleep(0.02)
        assert len(jobs.job(job.id).takes) == 1
        await jobs.stop()
        await loop
        store.close()

    run(test)
    assert told[-1].state is JobState.SUCCEEDED


def test_messages_survive_the_pipe(tmp_path: Path) -> None:
    task = task_of(submission(tmp_path), attempt=3)
    line = to_line(task)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line)["attempt"] == 3
    take = TakeMade("job", 3, Take("job", 0, media_ref(Path("/a\nb.mov")), "", 1, False, True))
    assert reply_from(to_line(take)) == take
