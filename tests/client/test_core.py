"""Requests and answers without a network."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pickup.client import core, model_calls
from pickup.client.sse import EventParser, Resync
from pickup.errors import EngineError, MediaError, PickupError
from pickup.protocol import VERSION, JobEvent, JobState, JobStatus, MediaRef, encode
from pickup_engine.models.catalogue import rules_for
from support.engine import media_ref, submission


@pytest.fixture
def status(tmp_path: Path) -> JobStatus:
    job = submission(tmp_path)
    return JobStatus(job.id, JobState.RUNNING, job, rules_for(job.request.model).plan(job.request))


def test_job_ids_sort_by_time_and_never_repeat() -> None:
    early = core.new_job_id()
    time.sleep(0.003)
    many = [core.new_job_id() for _ in range(2000)]
    assert all(early < late for late in many)
    assert len(set(many)) == len(many)
    assert all(12 <= len(job) <= 16 and job.isalnum() and job == job.lower() for job in many)


def test_errors_arrive_as_the_same_error() -> None:
    error = MediaError("a.mov is gone.", "Relink it.", code="media.missing")
    body = json.dumps({"error": error.to_json()}).encode()
    with pytest.raises(MediaError) as caught:
        core.health().answer(404, body)
    assert (caught.value.code, caught.value.hint) == ("media.missing", "Relink it.")


@pytest.mark.parametrize(
    ("status_code", "body"),
    [(200, b"<html>"), (500, b""), (502, b"{}"), (200, b"[]"), (200, b"{}")],
)
def test_nonsense_is_an_error_not_a_crash(status_code: int, body: bytes) -> None:
    for call in (
        core.health(),
        model_calls.models(),
        core.probe([]),
        core.preview([], 90),
        core.jobs(),
    ):
        with pytest.raises(PickupError):
            call.answer(status_code, body)


def test_probes_are_media_or_errors() -> None:
    media = media_ref(Path("/a.mov"))
    error = MediaError("b.mov is broken.", code="media.broken")
    body = json.dumps({"media": [encode(media), {"error": error.to_json()}]}).encode()
    found = core.probe(["/a.mov", "/b.mov"]).answer(200, body)
    assert found[0] == media
    assert isinstance(found[0], MediaRef)
    assert isinstance(found[1], MediaError)


def test_events_may_arrive_in_any_portions(status: JobStatus) -> None:
    event = JobEvent(12, status)
    text = (
        b": pickup\n\nid: 12\nevent: job\ndata: "
        + json.dumps(encode(event)).encode()
        + b"\n\nevent: news from the future\ndata: {}\n\n"
        + b"id: 99\nevent: resync\ndata: {}\n\n: still here\n\n"
    )
    for size in (1, 7, 100, len(text)):
        parser = EventParser()
        found = []
        for start in range(0, len(text), size):
            found += parser.feed(text[start : start + size])
        assert found == [event, Resync(99)]


def test_a_broken_event_is_an_error() -> None:
    with pytest.raises(EngineError):
        EventParser().feed(b"event: job\ndata: {\n\n")


def test_a_connection_file_that_makes_no_sense_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "engine.json"
    assert core.connection_from(file) is None
    good = {"url": "http://127.0.0.1:99", "token": "t", "pid": 1, "protocol": 1, "version": "0"}
    for text in ("", "{", "[]", json.dumps({**good, "url": "http://127.0.0.1"}), "\0"):
        file.write_text(text)
        assert core.connection_from(file) is None, text
    file.write_text(json.dumps(good))
    found = core.connection_from(file)
    assert found is not None
    assert found.address == ("127.0.0.1", 99)


def test_another_protocol_is_refused_with_the_remedy() -> None:
    core.check_version(core.Health(1, VERSION, "1", False))
    with pytest.raises(EngineError) as caught:
        core.check_version(core.Health(1, VERSION + 1, "1", False))
    assert caught.value.code == "engine.version"
    assert "pickup engine stop" in caught.value.hint
