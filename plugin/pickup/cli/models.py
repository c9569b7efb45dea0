"""`pickup models`: what models there are, and how their files come and go."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from pickup.cli.console import Console
from pickup.client.blocking import Engine
from pickup.client.model_calls import ModelDetail
from pickup.errors import EngineError, ModelError, PickupError
from pickup.protocol import ModelInfo, ModelTransfer, TransferKind, TransferState, encode

_LOOK_SECONDS = 0.25
_DONE = {
    TransferKind.PULL: "is installed",
    TransferKind.IMPORT: "is installed",
    TransferKind.VERIFY: "is whole: every file is what it should be",
}


def show(_options: argparse.Namespace, console: Console) -> None:
    """List the models, what they can do and what they cannot."""
    models = Engine.connect().models()
    for model in models:
        console.say(_line(model))
        if model.presets:
            console.say("  presets: " + ", ".join(model.presets))
        for limit in model.cannot:
            console.say(f"  cannot {limit}")
    console.result({"models": [encode(model) for model in models]})


def info(options: argparse.Namespace, console: Console) -> None:
    """Tell all about one model."""
    detail = _engine_for(options.model).model_detail(options.model)
    for line in _lines(detail):
        console.say(line)
    console.result(encode(detail))


def pull(options: argparse.Namespace, console: Console) -> None:
    """Load a model of the catalogue, or go on where it stopped."""
    engine = Engine.connect()
    _follow(engine, engine.pull_model(options.model, options.accept_licence), console)


def import_(options: argparse.Namespace, console: Console) -> None:
    """Take over a folder that lies on this machine."""
    engine = Engine.connect()
    folder = options.folder.absolute()
    engine.allow([folder])
    _follow(engine, engine.import_model(folder, options.id), console)


def verify(options: argparse.Namespace, console: Console) -> None:
    """Compare an installed model with what it should be."""
    engine = _engine_for(options.model)
    _follow(engine, engine.verify_model(options.model), console)


def cancel(options: argparse.Namespace, console: Console) -> None:
    """Stop a transfer that another terminal or the dock began."""
    transfer = _engine_for(options.model).cancel_transfer(options.model)
    console.say(f"{transfer.model}: {transfer.state.value}")
    console.result(encode(transfer))


def remove(options: argparse.Namespace, console: Console) -> None:
    """Delete a model's files."""
    _engine_for(options.model).remove_model(options.model)
    console.say(f"{options.model} is removed.")
    console.result({"removed": options.model})


def _engine_for(model: str) -> Engine:
    """The engine, allowed to look into the folder if the model is named by one. Raises ModelError
    where there is no such folder."""
    folder = Path(model)
    if folder.is_absolute() and not folder.is_dir():
        raise ModelError(f"There is no folder {folder}.", "Check the path.", code="model.folder")
    engine = Engine.connect()
    if folder.is_absolute():
        engine.allow([folder])
    return engine


def _follow(engine: Engine, transfer: ModelTransfer, console: Console) -> None:
    """Wait for the end of a transfer. Ctrl-C stops it; a lost terminal does not."""
    try:
        while transfer.state is TransferState.RUNNING:
            share = transfer.done / transfer.total if transfer.total else 0.0
            console.bar(share, f"{_size(transfer.done, transfer.total)} {transfer.file}")
            time.sleep(_LOOK_SECONDS)
            transfer = _now(engine, transfer)
    except KeyboardInterrupt as stop:
        engine.cancel_transfer(transfer.model)
        raise KeyboardInterrupt("What is there is kept: start it again to go on.") from stop
    if transfer.error:
        raise PickupError.from_json(transfer.error)
    if transfer.state is not TransferState.SUCCEEDED:
        raise EngineError(
            f"The transfer of {transfer.model} was stopped.",
            "Start it again: it goes on with what is there.",
            code="engine.ended",
        )
    console.say(f"{transfer.model} {_DONE[transfer.kind]} ({_bytes(transfer.total)}).")
    console.result(encode(transfer))


def _now(engine: Engine, transfer: ModelTransfer) -> ModelTransfer:
    for one in engine.transfers():
        if (one.model, one.kind) == (transfer.model, transfer.kind):
            return one
    raise EngineError(
        f"The engine was restarted and knows nothing of the transfer of {transfer.model}.",
        "Start it again: it goes on with what is there.",
        code="engine.transfer",
    )


def _line(model: ModelInfo) -> str:
    verbs = ", ".join(operation.value for operation in model.operations) or "helps other models"
    installed = "installed" if model.installed else "not installed"
    test = ", TEST: random weights" if model.test else ""
    facts = f"{_bytes(model.bytes)}, {model.licence or 'licence not told'}, {installed}{test}"
    return f"{model.id}  {model.name}, {facts}: {verbs}"


def _lines(detail: ModelDetail) -> list[str]:
    model = detail.model
    lines = [_line(model)]
    if detail.serves:
        lines.append("for " + ", ".join(detail.serves))
    lines += [f"cannot {limit}" for limit in model.cannot]
    if model.words:
        lines.append("reads prompts")
    if model.keyframes:
        verbs = ", ".join(operation.value for operation in model.keyframes)
        lines.append(f"images can be pinned in: {verbs}")
    if model.max_references:
        lines.append(f"reference images: up to {model.max_references}")
    if model.controls:
        lines.append("can keep: " + ", ".join(control.value for control in model.controls))
    if model.max_frames:
        lines.append(f"at most {model.max_frames} frames at once")
    if model.memory_bytes:
        lines.append(f"needs {_bytes(model.memory_bytes)} of memory at least")
    lines += detail.fits
    lines.append(f"licence: {model.licence or 'not told'} {model.licence_url}".rstrip())
    if model.repository:
        lines.append(f"repository: {model.repository} at {model.revision}")
    lines.append(f"folder: {detail.folder}" if detail.folder else "not installed")
    if detail.partial:
        lines.append(
            f"{_bytes(detail.partial)} of an unfinished pull are kept for the next one;"
            f" `pickup models remove {model.id}` deletes them"
        )
    lines += [f"  {_bytes(file.bytes):>12}  {file.path}" for file in detail.files]
    return lines


def _bytes(count: int) -> str:
    if not count:
        return "size not known"
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"


def _size(done: int, total: int) -> str:
    return f"{_bytes(done) if done else 0} of {_bytes(total)}" if total else "starting"
