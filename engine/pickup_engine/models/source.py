"""What a folder that a user imports becomes: a model of the catalogue, or one of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from pickup.errors import ModelError
from pickup_engine.models.catalogue import entries, entry_of
from pickup_engine.models.draft import MODEL_ID
from pickup_engine.models.entry import Family, ModelEntry, ModelFile, is_model_id
from pickup_engine.models.folder import entry_of_folder, files_of, unusable
from pickup_engine.models.store import manifest_of, model_folder
from pickup_engine.models.vace_shape import shape_of_folder

_HUB_FOLDER: Final = re.compile(r"models--[^/]+--([^/]+)/snapshots/[^/]+/?$")


def source_of(folder: Path, model: str = "") -> ModelEntry:
    """The entry that a folder is imported as. Without an id it is that of the catalogue whose files
    it holds, else the folder's own name.

    Raises ModelError: `model.folder` or `model.broken` for what cannot be used, `model.mismatch`
    for an id of the catalogue whose files these are not, `model.exists` for one that is taken.
    """
    entry = _of_catalogue(folder, model) or _of_its_own(folder, model)
    if entry.id == MODEL_ID or manifest_of(model_folder(entry.id)):
        raise ModelError(
            f"There is a model “{entry.id}” already.",
            f"Remove it with `pickup models remove {entry.id}`, or give another name with --id.",
            code="model.exists",
        )
    if entry.family == Family.WAN_VACE:
        # Before gigabytes are copied: can its configurations be read?
        shape_of_folder(folder)
    return entry


def _of_catalogue(folder: Path, model: str) -> ModelEntry | None:
    if model and not entry_of(model):
        return None
    try:
        there = {file.path: file for file in files_of(folder)}
    except OSError as error:
        raise unusable(folder, error.strerror or str(error)) from error
    manifest = manifest_of(folder)
    is_test = bool(manifest and manifest.test)
    for entry in entries():
        if model != entry.id and (model or not _is_telling(entry)):
            continue
        why = "its weights are random" if is_test else _difference(entry, there)
        if not why:
            return replace(entry, files=_files(entry, there))
        if model:
            raise ModelError(
                f"The files in {folder} are not those of {entry.name}: {why}.",
                "Import the folder under a name of its own with --id.",
                code="model.mismatch",
            )
    return None


def _difference(entry: ModelEntry, there: dict[str, ModelFile]) -> str:
    """What keeps the files from being those of the entry, as far as sizes tell."""
    for file in entry.files:
        if file.path not in there:
            return f"{file.path} is missing"
        size = there[file.path].bytes
        if file.bytes and size != file.bytes:
            return f"{file.path} has {size} bytes instead of {file.bytes}"
    return ""


def _is_telling(entry: ModelEntry) -> bool:
    """Whether names and sizes of its files tell it from other models."""
    return any(file.bytes for file in entry.files) or entry.family == Family.DISTILLED


def _files(entry: ModelEntry, there: dict[str, ModelFile]) -> tuple[ModelFile, ...]:
    """Those of the catalogue, and of a whole pipeline the small ones that it does not name."""
    named = {file.path for file in entry.files}
    if entry.family != Family.WAN_VACE:
        return entry.files
    return (*entry.files, *(file for path, file in there.items() if path not in named))


def _of_its_own(folder: Path, model: str) -> ModelEntry:
    entry = entry_of_folder(folder)
    manifest = manifest_of(folder)
    names = [model] if model else [manifest.id if manifest else "", _slug(folder)]
    for name in names:
        if is_model_id(name) and not entry_of(name):
            return replace(entry, id=name)
    raise ModelError(
        f"“{names[-1][:80]}” cannot be the name of a model.",
        "Give one with --id: lower-case letters, digits, dots and hyphens.",
        code="model.id",
    )


def _slug(folder: Path) -> str:
    hub = _HUB_FOLDER.search(folder.as_posix())
    name = hub[1] if hub else folder.name
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("._-")[:60].rstrip("._-")
