"""Transfers of models: a helper process each, one per model at a time. They outlive clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pickup.errors import EngineError, ModelError, PickupError
from pickup.protocol import ModelTransfer, TransferKind, TransferState, decode, encode
from pickup_engine.jobs.worker_process import helper_environment
from pickup_engine.models.transfer.order import Order, Word

TRANSFER_COMMAND: Final = (
    *(sys.executable, "-I", "-X", "utf8"),
    *("-m", "pickup_engine.models.transfer"),
)

# Bars are drawn by clients. Files are loaded in one stream: see `models.transfer.hub`.
_SETTINGS: Final = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",
}
_LINE_LIMIT: Final = 1 << 20
_log = logging.getLogger(__name__)


@dataclass
class _Running:
    """A transfer and the process that carries it out."""

    order: Order
    told: ModelTransfer
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = None
    cancelled: bool = False


class Transfers:
    """Starts, follows and stops them. Everything here runs on the service's event loop."""

    def __init__(self, log: Path, command: Sequence[str] = TRANSFER_COMMAND) -> None:
        self._log = log
        self._command = tuple(command)
        self._all: dict[str, _Running] = {}

    @property
    def busy(self) -> bool:
        """Whether any runs."""
        return any(one.told.state is TransferState.RUNNING for one in self._all.values())

    def runs(self, model: str) -> bool:
        """Whether files of that model are on their way."""
        one = self._all.get(model)
        return one is not None and one.told.state is TransferState.RUNNING

    def all(self) -> tuple[ModelTransfer, ...]:
        """The last transfer of each model, the latest one last."""
        return tuple(one.told for one in self._all.values())

    def start(self, order: Order) -> ModelTransfer:
        """Begin; where the same runs already, that one is answered. Raises ModelError `model.busy`
        where something else is done with the model."""
        running = self._all.get(order.model)
        if running is not None and self.runs(order.model):
            if running.order != order:
                raise _busy(order.model)
            return running.told
        self._all.pop(order.model, None)
        if order.kind is TransferKind.IMPORT:
            self._drop_failed_imports()
        one = _Running(order, ModelTransfer(order.model, order.kind, TransferState.RUNNING))
        self._all[order.model] = one
        one.task = asyncio.create_task(self._follow(one))
        return one.told

    async def cancel(self, model: str) -> ModelTransfer:
        """Kill the process and wait for its end; one that has ended stays as it is and is told of
        for the last time. Raises ModelError `model.no_transfer`."""
        one = self._all.get(model)
        if one is None or one.task is None:
            raise ModelError(
                f"No files of “{model[:80]}” are on their way.",
                "See `pickup models list`.",
                code="model.no_transfer",
            )
        if self.runs(model):
            one.cancelled = True
            _kill(one.process)
            # Not awaited itself: the end of the one who asks must not end it.
            await asyncio.wait({one.task})
        else:
            self.forget(model)
        return one.told

    def forget(self, model: str) -> None:
        """Drop the record of a transfer that has ended."""
        if not self.runs(model):
            self._all.pop(model, None)

    async def close(self) -> None:
        """End what runs: it goes on when it is asked for again."""
        for model in [*self._all]:
            await self.cancel(model)

    def _drop_failed_imports(self) -> None:
        """They may be of names that nothing else knows: nobody else would take them away."""
        for model, one in [*self._all.items()]:
            failed = one.told.state is TransferState.FAILED
            if failed and one.order.kind is TransferKind.IMPORT:
                del self._all[model]

    async def _follow(self, one: _Running) -> None:
        try:
            last = await self._run(one)
        except OSError as error:
            last = Word(error=_lost(str(error), self._log).to_json())
        if last is not None and last.finished:
            # Also where it was stopped a moment too late: what is there is told as it is.
            one.told = replace(
                one.told, state=TransferState.SUCCEEDED, done=one.told.total, file=""
            )
        elif one.cancelled:
            one.told = replace(one.told, state=TransferState.CANCELLED, file="")
        else:
            told = last.error if last is not None else None
            told = told or _lost("it ended without a word", self._log).to_json()
            _log.error("transfer of %s: %s", one.order.model, told)
            one.told = replace(one.told, state=TransferState.FAILED, error=told)

    async def _run(self, one: _Running) -> Word | None:
        """The helper's last word."""
        with self._log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env={**helper_environment(os.environ), **_SETTINGS},
                limit=_LINE_LIMIT,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        one.process = process
        if one.cancelled:
            _kill(process)
        # Its stdin stays open: the helper ends when this process does.
        process.stdin.write(json.dumps(encode(one.order)).encode() + b"\n")
        word: Word | None = None
        with contextlib.suppress(ConnectionError, ValueError, PickupError):
            while line := await process.stdout.readline():
                heard: Word = decode(Word, json.loads(line))
                if heard.total:
                    one.told = replace(
                        one.told, done=heard.done, total=heard.total, file=heard.file
                    )
                word = heard
        _kill(process)
        await process.wait()
        return word


def _kill(process: asyncio.subprocess.Process | None) -> None:
    if process is not None and process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _busy(model: str) -> ModelError:
    return ModelError(
        f"Files of “{model}” are on their way.",
        "Wait until that is done, or stop it first.",
        code="model.busy",
    )


def _lost(why: str, log: Path) -> EngineError:
    return EngineError(
        f"The transfer stopped: {why}.",
        f"Start it again, it goes on with what is there. The reason may be in {log}.",
        code="engine.transfer",
    )
