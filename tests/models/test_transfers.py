"""What the service keeps of transfers, with a helper that does as it is told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pickup.errors import ModelError
from pickup.protocol import TransferKind, TransferState
from pickup_engine.models.transfer.order import Order
from pickup_engine.service.transfers import Transfers

FAILS = "import sys; sys.stdin.readline(); sys.exit(1)"
WAITS = "import sys; sys.stdin.read()"
SUCCEEDS = """import sys; sys.stdin.readline(); print('{"finished": true}')"""
LATE = """import sys; print('{"finished": true}', flush=True); sys.stdin.read()"""
A = Order(TransferKind.IMPORT, "a", "/one")


def run(log: Path, script: str, steps: Callable[[Transfers], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        transfers = Transfers(log, (sys.executable, "-c", script))
        try:
            await asyncio.wait_for(steps(transfers), 20)
        finally:
            await transfers.close()

    asyncio.run(all_of_it())


async def end_of(transfers: Transfers, model: str) -> TransferState:
    while transfers.runs(model):
        await asyncio.sleep(0.01)
    return {one.model: one.state for one in transfers.all()}[model]


def test_a_failed_import_is_told_until_it_is_dismissed_or_another_begins(tmp_path: Path) -> None:
    async def steps(transfers: Transfers) -> None:
        transfers.start(A)
        assert await end_of(transfers, "a") is TransferState.FAILED
        assert (await transfers.cancel("a")).state is TransferState.FAILED
        assert transfers.all() == ()
        with pytest.raises(ModelError):
            await transfers.cancel("a")
        transfers.start(A)
        await end_of(transfers, "a")
        transfers.start(Order(TransferKind.PULL, "c"))
        assert {one.model for one in transfers.all()} == {"a", "c"}
        transfers.start(Order(TransferKind.IMPORT, "b", "/two"))
        assert {one.model for one in transfers.all()} == {"b", "c"}

    run(tmp_path / "log", FAILS, steps)


def test_another_folder_is_not_taken_for_the_one_that_is_on_its_way(tmp_path: Path) -> None:
    async def steps(transfers: Transfers) -> None:
        begun = transfers.start(A)
        assert transfers.start(A) is begun
        with pytest.raises(ModelError) as busy:
            transfers.start(Order(TransferKind.IMPORT, "a", "/two"))
        assert busy.value.code == "model.busy"
        assert (await transfers.cancel("a")).state is TransferState.CANCELLED

    run(tmp_path / "log", WAITS, steps)


def test_what_was_finished_when_it_was_stopped_is_told_as_finished(tmp_path: Path) -> None:
    async def steps(transfers: Transfers) -> None:
        transfers.start(A)
        await asyncio.sleep(0.5)
        assert (await transfers.cancel("a")).state is TransferState.SUCCEEDED

    run(tmp_path / "log", LATE, steps)


def test_the_helper_keeps_the_key_to_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "x")

    async def steps(transfers: Transfers) -> None:
        transfers.start(A)
        assert await end_of(transfers, "a") is TransferState.SUCCEEDED

    needs = f"import os; assert os.environ['HF_TOKEN'] == 'x'; {SUCCEEDS}"
    run(tmp_path / "log", needs, steps)
