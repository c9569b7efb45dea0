"""Calls about models: what there is, and how their files come and go. See `core`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pickup.client.core import Call, post, reader
from pickup.protocol import ModelInfo, ModelTransfer


@dataclass(frozen=True)
class DetailFile:
    """A file of a model; bytes 0 = not known before it is there."""

    path: str
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class ModelDetail:
    """All that is known of one model. folder: where it lies ("" = it is not installed). partial:
    bytes that an unfinished pull has left for the next one. fits: in sentences, what can be made
    on this machine."""

    model: ModelInfo
    folder: str
    files: tuple[DetailFile, ...]
    partial: int = 0
    serves: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Models:
    models: tuple[ModelInfo, ...]


@dataclass(frozen=True)
class _Transfers:
    transfers: tuple[ModelTransfer, ...]


def models() -> Call[tuple[ModelInfo, ...]]:
    """The model catalogue."""
    return Call("GET", "/v1/models", _read_models)


def detail(model: str) -> Call[ModelDetail]:
    """All that is known of one model, by id or folder."""
    return Call("GET", f"/v1/models/detail?model={quote(model, safe='')}", reader(ModelDetail))


def transfers() -> Call[tuple[ModelTransfer, ...]]:
    """The transfers of this life of the engine, the last one of each model."""
    return Call("GET", "/v1/models/transfers", _read_transfers)


def pull(model: str, accept_licence: bool) -> Call[ModelTransfer]:
    """Begin to load a model of the catalogue, or go on with it; a running transfer is answered."""
    body = {"model": model, "accept_licence": accept_licence}
    return post("/v1/models/pull", body, reader(ModelTransfer))


def import_(folder: str, model: str) -> Call[ModelTransfer]:
    """Begin to take over a folder; without an id one is found."""
    return post("/v1/models/import", {"folder": folder, "model": model}, reader(ModelTransfer))


def verify(model: str) -> Call[ModelTransfer]:
    """Begin to read every file of an installed model and compare it with what it should be."""
    return post("/v1/models/verify", {"model": model}, reader(ModelTransfer))


def cancel(model: str) -> Call[ModelTransfer]:
    """Stop the transfer of a model; what is there stays for the next one. One that has ended is
    told of for the last time."""
    return post("/v1/models/cancel", {"model": model}, reader(ModelTransfer))


def remove(model: str) -> Call[None]:
    """Delete a model's files; refused while a job needs them."""
    # Tens of gigabytes take their time, and a second try would find nothing to remove.
    body = {"model": model}
    return post("/v1/models/remove", body, lambda data: None, seconds=120.0, repeatable=False)


def _read_models(data: Any) -> tuple[ModelInfo, ...]:
    return reader(_Models)(data).models


def _read_transfers(data: Any) -> tuple[ModelTransfer, ...]:
    return reader(_Transfers)(data).transfers
