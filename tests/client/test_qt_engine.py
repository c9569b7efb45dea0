"""The engine seen from the dock. Only Qt's event loop waits here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import qInstallMessageHandler
from pytestqt.qtbot import QtBot

from pickup.client import core
from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import VERSION, JobState, JobStatus, ModelInfo, PlacementState, RenderPlan
from support.engine import (
    extend,
    kill_engine,
    running_engine,
    submission,
)
from support.scripted_engine import scripted_engine


class Seen:
    """What an engine told."""

    def __init__(self, engine: QtEngine) -> None:
        self.states: list[str] = []
        self.jobs: list[JobStatus] = []
        self.resyncs = 0
        self.errors: list[PickupError] = []
        engine.state_changed.connect(self.states.append)
        engine.job_changed.connect(self.jobs.append)
        engine.resynced.connect(self._resynced)
        engine.failed.connect(self.errors.append)

    def _resynced(self) -> None:
        self.resyncs += 1

    def state_of(self, job: str) -> JobState | None:
        return next((seen.state for seen in reversed(self.jobs) if seen.id == job), None)


@pytest.fixture
def engine(qtbot: QtBot) -> Iterator[QtEngine]:
    made = QtEngine()
    yield made
    made.close()


@pytest.fixture
def messages() -> Iterator[list[str]]:
    """What Qt complains of meanwhile."""
    told: list[str] = []
    before = qInstallMessageHandler(lambda kind, context, message: told.append(message))
    yield told
    qInstallMessageHandler(before)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with running_engine(monkeypatch, tmp_path):
        yield


def test_it_starts_the_engine_and_answers_what_was_asked_before(
    qtbot: QtBot, engine: QtEngine
) -> None:
    seen = Seen(engine)
    answers: list[tuple[ModelInfo, ...]] = []
    engine.start()
    engine.models(answers.append)
    assert engine.state == "starting"
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=15000)
    assert answers[0][0].id == "pickup-draft"
    assert seen.states == ["starting", "ready"]
    engine.shutdown()
    qtbot.waitUntil(lambda: engine.state == "gone", timeout=5000)
    assert engine.error is not None
    assert engine.error.code == "engine.stopped"


@pytest.mark.usefixtures("service")
def test_a_job_is_followed_to_its_end(qtbot: QtBot, engine: QtEngine, tmp_path: Path) -> None:
    seen, plans, placed = Seen(engine), list[RenderPlan](), list[JobStatus]()
    engine.start()
    engine.allow([str(tmp_path)])
    engine.plan(extend(tmp_path), plans.append)
    job = submission(tmp_path, takes=2)
    engine.submit(job)
    qtbot.waitUntil(lambda: seen.state_of(job.id) is JobState.SUCCEEDED, timeout=15000)
    assert plans[0].frames == 12
    progress = [status.progress for status in seen.jobs]
    assert progress == sorted(progress)
    engine.set_placement(job.id, 1, PlacementState.INTENDED, placed.append)
    qtbot.waitUntil(lambda: len(placed) == 1)
    assert placed[0].takes[1].placement is PlacementState.INTENDED
    assert seen.errors == []


@pytest.mark.usefixtures("service")
def test_errors_come_to_their_handler(qtbot: QtBot, engine: QtEngine, tmp_path: Path) -> None:
    seen, errors = Seen(engine), list[PickupError]()
    engine.start()
    engine.job("unknownjob", lambda job: None, errors.append)
    engine.cancel("unknownjob")
    qtbot.waitUntil(lambda: len(errors) + len(seen.errors) == 2)
    assert [error.code for error in errors + seen.errors] == ["engine.unknown_job"] * 2


@pytest.mark.usefixtures("service")
def test_it_survives_the_death_of_the_service(
    qtbot: QtBot, engine: QtEngine, tmp_path: Path
) -> None:
    seen = Seen(engine)
    engine.start()
    engine.allow([str(tmp_path)])
    job = submission(tmp_path, steps=30, step_seconds=0.02)
    engine.submit(job)
    qtbot.waitUntil(lambda: seen.state_of(job.id) is JobState.RUNNING, timeout=10000)
    kill_engine()
    qtbot.waitUntil(lambda: seen.state_of(job.id) is JobState.SUCCEEDED, timeout=15000)
    assert seen.states == ["starting", "ready", "starting", "ready"]
    assert seen.resyncs == 2
    plans: list[RenderPlan] = []
    engine.plan(extend(tmp_path), plans.append)
    qtbot.waitUntil(lambda: len(plans) == 1)


def test_a_start_that_fails_is_told(
    qtbot: QtBot, engine: QtEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICKUP_IDLE_SECONDS", "not a number")
    errors: list[PickupError] = []
    seen = Seen(engine)
    engine.start()
    engine.models(lambda models: None, errors.append)
    qtbot.waitUntil(lambda: engine.state == "gone", timeout=15000)
    assert seen.states == ["starting", "gone"]
    assert [error.code for error in errors] == ["engine.start"]
    engine.models(lambda models: None, errors.append)
    assert len(errors) == 1, "never called back at once"
    qtbot.waitUntil(lambda: len(errors) == 2)


def test_it_lets_go_in_every_state(qtbot: QtBot) -> None:
    fresh = QtEngine()
    fresh.close()
    starting = QtEngine()
    starting.start()
    starting.close()
    assert starting.state == "gone"
    qtbot.wait(50)


@pytest.mark.usefixtures("service")
def test_an_engine_of_another_version_is_refused(
    qtbot: QtBot, engine: QtEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core, "VERSION", VERSION + 1)
    engine.start()
    qtbot.waitUntil(lambda: engine.state == "gone")
    assert engine.error is not None
    assert engine.error.code == "engine.version"


def test_what_is_asked_after_a_folder_is_allowed_is_sent_after_it(
    qtbot: QtBot, engine: QtEngine
) -> None:
    allowed = threading.Event()

    def allow() -> object:
        time.sleep(0.2)
        allowed.set()
        return {"roots": []}

    def models() -> object:
        return {"models": [] if allowed.is_set() else "asked too early"}

    seen, answers = Seen(engine), list[object]()
    with scripted_engine() as script:
        script.answers["/v1/roots"] = allow
        script.answers["/v1/models"] = models
        script.answers["/v1/events"] = lambda: b": hello\n\n"
        engine.start()
        engine.allow(["/project"])
        engine.models(answers.append)
        qtbot.waitUntil(lambda: len(answers) + len(seen.errors) == 1)
        assert seen.errors == []
        engine.close()


def test_closing_in_the_middle_of_a_question_is_silent(
    qtbot: QtBot, engine: QtEngine, service: None, messages: list[str]
) -> None:
    """Qt complains aloud where a reply that was broken off is read."""
    engine.start()
    qtbot.waitUntil(lambda: engine.state == "ready", timeout=15_000)
    engine.models(lambda models: None)
    engine.health(lambda health: None)
    engine.close()
    qtbot.wait(50)
    assert messages == []
