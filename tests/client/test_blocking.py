from __future__ import annotations

from pathlib import Path

import pytest

from pickup.protocol import JobState
from support.engine import running_engine, submission


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
