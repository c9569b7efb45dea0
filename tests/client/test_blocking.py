from __future__ import annotations

import json
from pathlib import Path

import pytest

from pickup.client import Engine
from pickup.protocol import JobEvent, JobState, JobStatus, encode
from pickup_engine.models.catalogue import rules_for
from support.engine import running_engine, submission
from support.scripted_engine import scripted_engine


def test_a_job_runs_to_its_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running_engine(monkeypatch, tmp_path) as engine:
        job = submission(tmp_path, takes=2)
        seen: list[float] = []
        assert engine.submit(job).state in (JobState.QUEUED, JobState.RUNNING)
        final = engine.wait(job.id, lambda status: seen.append(status.progress))
        assert final.state is JobState.SUCCEEDED
        assert [take.index for take in final.takes] == [0, 1]
        assert all(Path(take.media.path).is_file() for take in final.takes)
        assert seen == sorted(seen)
        assert final.timing["encoding"] == 0.5


def test_what_a_listing_told_is_not_told_again(tmp_path: Path) -> None:
    job = submission(tmp_path)
    plan = rules_for(job.request.model).plan(job.request)

    def at(step: int) -> JobStatus:
        return JobStatus(job.id, JobState.RUNNING, job, plan, step=step)

    def event(seq: int, step: int) -> bytes:
        data = json.dumps(encode(JobEvent(seq, at(step)))).encode()
        return b"id: %d\nevent: job\ndata: %s\n\n" % (seq, data)

    with scripted_engine() as script:
        # Between the resync and the listing the job went on: events 6 and 7 are old news by then.
        resync = b"id: 5\nevent: resync\ndata: {}\n\n"
        stream = resync + event(6, 1) + event(7, 2) + event(8, 3)
        script.answers["/v1/events"] = lambda: stream
        script.answers["/v1/jobs"] = lambda: {"jobs": [encode(at(2))], "seq": 7}
        events = Engine.connect(start=False).events()
        told = [next(events), next(events)]
        events.close()
    assert [(one.seq, one.job.step) for one in told] == [(7, 2), (8, 3)]
