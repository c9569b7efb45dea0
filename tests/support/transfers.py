"""Transfers of models from a fake hub, as tests ask for them."""

from __future__ import annotations

from pathlib import Path

from pickup.client import Engine
from pickup.protocol import ModelTransfer, TransferState
from support.engine import until
from support.fake_hub import FakeHub, Repository
from support.models import add_entry, vace_files

FINAL = (TransferState.SUCCEEDED, TransferState.FAILED, TransferState.CANCELLED)


def end_of(engine: Engine, begun: ModelTransfer, seconds: float = 20.0) -> ModelTransfer:
    found: list[ModelTransfer] = []

    def is_over() -> bool:
        found[:] = [one for one in engine.transfers() if one.model == begun.model]
        return found[0].state in FINAL

    until(is_over, seconds)
    return found[0]


def pulled(engine: Engine, model: str) -> ModelTransfer:
    return end_of(engine, engine.pull_model(model))


def error_of(transfer: ModelTransfer) -> dict[str, str]:
    assert transfer.state is TransferState.FAILED, transfer
    assert transfer.error and transfer.error["hint"]
    return transfer.error


def is_installed(engine: Engine, model: str) -> bool:
    return next(one for one in engine.models() if one.id == model).installed


def offer(home: Path, hub: FakeHub, model: str, **changes: object) -> Repository:
    repository = Repository(vace_files())
    hub.repositories[f"someone/{model}"] = repository
    add_entry(home, model, f"someone/{model}", **changes)
    return repository
