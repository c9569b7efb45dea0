"""What the dock asks about models. Part of `QtEngine`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from pickup.client import core, model_calls
from pickup.client.qt.link import Fail
from pickup.protocol import ModelInfo, ModelTransfer

T = TypeVar("T")
Done = Callable[[T], None]


def ignore(answer: object) -> None:
    """For requests whose answer nobody waits for."""
    return


class Asks(Protocol):
    """What the methods below need of the engine that they are part of."""

    def _ask(
        self, call: core.Call[T], done: Done[T], fail: Fail | None, barrier: bool = False
    ) -> None: ...


class ModelRequests:
    """Every answer goes to `done`, every error to `fail` or the engine's signal `failed`."""

    def models(self: Asks, done: Done[tuple[ModelInfo, ...]], fail: Fail | None = None) -> None:
        """The model catalogue."""
        self._ask(model_calls.models(), done, fail)

    def model_detail(
        self: Asks, model: str, done: Done[model_calls.ModelDetail], fail: Fail | None = None
    ) -> None:
        """All that is known of one model, by id or folder."""
        self._ask(model_calls.detail(model), done, fail)

    def transfers(
        self: Asks, done: Done[tuple[ModelTransfer, ...]], fail: Fail | None = None
    ) -> None:
        """The transfers of this life of the engine, the last one of each model."""
        self._ask(model_calls.transfers(), done, fail)

    def pull_model(
        self: Asks,
        model: str,
        accept_licence: bool,
        done: Done[ModelTransfer] = ignore,
        fail: Fail | None = None,
    ) -> None:
        """Begin to load a model of the catalogue, or go on with it."""
        self._ask(model_calls.pull(model, accept_licence), done, fail)

    def import_model(
        self: Asks,
        folder: str,
        model: str = "",
        done: Done[ModelTransfer] = ignore,
        fail: Fail | None = None,
    ) -> None:
        """Begin to take over a folder (absolute, below an allowed one) as a model."""
        self._ask(model_calls.import_(folder, model), done, fail)

    def verify_model(
        self: Asks, model: str, done: Done[ModelTransfer] = ignore, fail: Fail | None = None
    ) -> None:
        """Begin to compare an installed model with what it should be."""
        self._ask(model_calls.verify(model), done, fail)

    def cancel_transfer(
        self: Asks, model: str, done: Done[ModelTransfer] = ignore, fail: Fail | None = None
    ) -> None:
        """Stop the transfer of a model; what is there stays for the next one."""
        self._ask(model_calls.cancel(model), done, fail)

    def remove_model(
        self: Asks, model: str, done: Done[None] = ignore, fail: Fail | None = None
    ) -> None:
        """Delete a model's files; refused while a job needs them."""
        self._ask(model_calls.remove(model), done, fail)
