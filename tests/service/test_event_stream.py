"""The event hub by itself: numbers, replay, resync and the pace of progress."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest

from pickup.client.sse import EventParser, Resync
from pickup.protocol import JobEvent, JobState, JobStatus
from pickup_engine.models.catalogue import rules_for
from pickup_engine.service import events as hub_module
from pickup_engine.service.events import KEPT, EventHub
from support.engine import submission


@pytest.fixture
def status(tmp_path: Path) -> JobStatus:
    job = submission(tmp_path)
    plan = rules_for(job.request.model).plan(job.request)
    return JobStatus(job.id, JobState.RUNNING, job, plan)


async def read(stream: AsyncGenerator[bytes, None], count: int) -> list[JobEvent | Resync]:
    parser = EventParser()
    found: list[JobEvent | Resync] = []
    while len(found) < count:
        found += parser.feed(await asyncio.wait_for(anext(stream), 2))
    return found


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def begin() -> None:
        await test()

    asyncio.run(begin())


def test_a_client_that_comes_back_gets_what_it_missed(status: JobStatus) -> None:
    async def test() -> None:
        hub = EventHub(life=1)
        first = hub.stream(None)
        await anext(first)
        for n in range(5):
            hub.publish(dataclasses.replace(status, step=n), True)
        seen = await read(first, 2)
        await first.aclose()
        assert isinstance(seen[1], JobEvent)
        again = await read(hub.stream(seen[1].seq), 3)
        assert [event.job.step for event in again if isinstance(event, JobEvent)] == [2, 3, 4]
        assert [event.seq for event in again] == [seen[1].seq + n for n in (1, 2, 3)]
        assert hub.seq == again[-1].seq

    run(test)


def test_who_missed_too_much_is_told_to_read_again(status: JobStatus) -> None:
    async def test() -> None:
        hub = EventHub(life=1)
        hub.publish(status, True)
        start = hub.seq
        for n in range(KEPT):
            hub.publish(dataclasses.replace(status, step=n), True)
        assert isinstance((await read(hub.stream(start), 1))[0], JobEvent), "just kept"
        hub.publish(status, True)
        assert await read(hub.stream(start), 1) == [Resync(hub.seq)]
        assert await read(hub.stream(0), 1) == [Resync(hub.seq)]

    run(test)


def test_numbers_of_another_life_are_not_mistaken(status: JobStatus) -> None:
    async def test() -> None:
        old, new = EventHub(life=1), EventHub(life=2)
        for _ in range(3):
            old.publish(status, True)
            new.publish(status, True)
        assert await read(new.stream(old.seq), 1) == [Resync(new.seq)]
        assert await read(old.stream(new.seq), 1) == [Resync(old.seq)]

    run(test)


def test_progress_is_paced_and_its_last_word_arrives(status: JobStatus) -> None:
    async def test() -> None:
        hub = EventHub(life=1)
        start, began = hub.seq, time.monotonic()
        for n in range(100):
            hub.publish(dataclasses.replace(status, step=n), False)
            await asyncio.sleep(0.003)
        await asyncio.sleep(0.15)
        told = await read(hub.stream(start), hub.seq - start)
        assert 3 <= len(told) <= (time.monotonic() - began) * 10 + 1, "ten a second"
        assert isinstance(told[-1], JobEvent)
        assert told[-1].job.step == 99

    run(test)


def test_an_important_change_overtakes_progress_that_waits(status: JobStatus) -> None:
    async def test() -> None:
        hub = EventHub(life=1)
        start = hub.seq
        for n in range(3):
            hub.publish(dataclasses.replace(status, step=n), False)
        hub.publish(dataclasses.replace(status, state=JobState.SUCCEEDED), True)
        await asyncio.sleep(0.2)
        told = await read(hub.stream(start), hub.seq - start)
        assert [e.job.state for e in told if isinstance(e, JobEvent)] == ["running", "succeeded"]

    run(test)


def test_streams_keep_alive_count_and_end(
    status: JobStatus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "KEEPALIVE_SECONDS", 0.02)

    async def test() -> None:
        hub = EventHub(life=1)
        stream = hub.stream(None)
        await anext(stream)
        assert hub.clients == 1
        assert (await anext(stream)).startswith(b":")
        hub.close()
        assert [part async for part in stream] == []
        assert hub.clients == 0

    run(test)
