"""Reads every file of an installed model and compares it with what it should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pickup.errors import ModelError
from pickup_engine.models.entry import Family, ModelEntry
from pickup_engine.models.folder import inspect_folder
from pickup_engine.models.headers import broken, read_header
from pickup_engine.models.transfer.files import sha256_of, storing
from pickup_engine.models.transfer.order import Word
from pickup_engine.models.transfer.report import Report


def verify(entry: ModelEntry, folder: Path, tell: Callable[[Word], None]) -> None:
    """Check sizes, hashes where they are known, and the headers of weights. Raises ModelError
    `model.broken` that names the file."""
    with storing(folder):
        report = Report(tell, sum(_size(folder / file.path) for file in entry.files))
        for file in entry.files:
            path = folder / file.path
            report.begin(file.path)
            if not path.is_file():
                raise ModelError(
                    f"{path} is missing.",
                    f"Get it with `pickup models pull {entry.id}`, or import the model again.",
                    code="model.broken",
                )
            digest = sha256_of(path, report.add)
            if file.sha256 and digest != file.sha256:
                raise broken(path, "its content has changed")
            if path.suffix == ".safetensors":
                read_header(path)
        if entry.family in (Family.WAN_VACE, Family.DEPTH):
            inspect_folder(folder)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
