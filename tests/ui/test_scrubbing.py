"""Scrubbing over a long cut: what is asked for on the way must not hold the next edit up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QObject

from pickup.errors import TimelineError
from pickup_ui.state.program import Cell, Program
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import Answer, Failure, TimelineProcess
from support import ui

CHUNK = 96


class SlowTimeline(TimelineProcess):
    """Answers when it is told to: each frame shows itself."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.waiting: list[tuple[dict[str, Any], Answer, Failure | None]] = []
        self.asked: list[int] = []

    def call(
        self, method: str, params: dict[str, Any], done: Answer, failed: Failure | None = None
    ) -> None:
        assert method == "shown"
        self.asked.append(params["start"])
        self.waiting.append((params, done, failed))

    def answer(self) -> None:
        params, done, _ = self.waiting.pop(0)
        start, frames = params["start"], params["frames"]
        run = {"record_in": start, "frames": frames, "media": "/a.mov"}
        done([{**run, "first": f"{start}/1", "step": "1/1"}])

    def refuse(self) -> None:
        _, _, failed = self.waiting.pop(0)
        assert failed is not None
        failed(TimelineError("It cannot be told.", code="timeline.unexpected"))


@pytest.fixture
def owner(qapp: object) -> Iterator[QObject]:
    owner = QObject()
    yield owner
    owner.deleteLater()


@pytest.fixture
def session(owner: QObject) -> Session:
    session = Session(owner)
    session.set_snapshot(ui.long_cut(2000))
    return session


@pytest.fixture
def timeline(owner: QObject) -> SlowTimeline:
    return SlowTimeline(owner)


@pytest.fixture
def program(session: Session, timeline: SlowTimeline, owner: QObject) -> Program:
    return Program(session, timeline, owner)


def test_one_question_is_under_way_and_few_wait(program: Program, timeline: SlowTimeline) -> None:
    for chunk in range(100):
        assert not program.known(chunk * CHUNK, after=False)
    assert timeline.asked == [0]
    for _ in range(4):
        timeline.answer()
    assert timeline.asked == [0, 97 * CHUNK, 98 * CHUNK, 99 * CHUNK], "where the playhead is now"
    assert not timeline.waiting
    assert program.known(99 * CHUNK + 5, after=False)
    assert program.cell(99 * CHUNK + 5, after=False) == Cell("/a.mov", 99 * CHUNK + 5)


def test_what_was_passed_over_is_asked_for_again(program: Program, timeline: SlowTimeline) -> None:
    for chunk in range(10):
        program.known(chunk * CHUNK, after=False)
    while timeline.waiting:
        timeline.answer()
    assert not program.known(3 * CHUNK, after=False)
    assert timeline.asked[-1] == 3 * CHUNK
    program.known(3 * CHUNK + 1, after=False)
    timeline.answer()
    assert timeline.asked.count(3 * CHUNK) == 1
    assert program.known(3 * CHUNK, after=False)


def test_an_answer_about_an_earlier_cut_is_not_used(
    program: Program, timeline: SlowTimeline, session: Session
) -> None:
    program.known(0, after=False)
    session.set_snapshot(ui.cut())
    timeline.answer()
    assert not program.known(0, after=False)
    timeline.answer()
    assert program.known(0, after=False)


def test_what_fails_is_not_asked_for_over_and_over(
    program: Program, timeline: SlowTimeline
) -> None:
    program.known(0, after=False)
    timeline.refuse()
    program.known(0, after=False)
    assert timeline.asked == [0]
    program.known(CHUNK, after=False)
    assert timeline.asked == [0, CHUNK], "the next goes on"
    timeline.reopened.emit(ui.long_cut(2000))
    assert not program.known(0, after=False)
    timeline.answer()
    timeline.answer()
    assert program.known(0, after=False), "a new process can tell"
