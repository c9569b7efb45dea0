"""Which models are on this machine: Pickup's own folder, and the user's cache of the hub."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pickup.errors import PickupError
from pickup.paths import data_dir
from pickup.protocol import decode
from pickup_engine.models.entry import Family, ModelEntry, ModelFile, is_model_id
from pickup_engine.models.headers import printable, size_of_regular

MANIFEST = "pickup.json"
"""Written last, when every file is there and has been checked: it is what `installed` means."""

PARTIAL = ".partial"
"""Folder below `models_dir()` of what is not finished."""

DOOMED = "~old"
"""Ending of a folder in `PARTIAL` that is about to be deleted. No id of a model can end so."""

_COMMIT = re.compile(r"[0-9a-f]{3,64}")
_MANIFEST_LIMIT = 1 << 20
_TEXT_LIMIT = 200


@dataclass(frozen=True)
class Manifest:
    """`pickup.json` of a model's folder. sha256: of every file, by path; test: random weights."""

    id: str = ""
    name: str = ""
    version: str = ""
    licence: str = ""
    test: bool = False
    family: str = Family.WAN_VACE
    repository: str = ""
    revision: str = ""
    licence_url: str = ""
    sha256: dict[str, str] = field(default_factory=dict)


def models_dir() -> Path:
    """Where Pickup keeps the models that it pulled or imported; it may not exist yet."""
    return data_dir() / "models"


def model_folder(model: str) -> Path:
    """Where a model of that id is kept."""
    assert is_model_id(model), model
    return models_dir() / model


def staging_folder(model: str) -> Path:
    """Where the files of a model are gathered until all of them are there."""
    assert is_model_id(model), model
    return models_dir() / PARTIAL / model


def staged_bytes(model: str) -> int:
    """What an unfinished transfer has left for the next one."""
    return sum(_size(path) for path in staging_folder(model).rglob("*") if path.is_file())


def is_left_over(model: str) -> bool:
    """Whether files of a model lie there that was not finished, or whose manifest was lost."""
    return staged_bytes(model) > 0 or model_folder(model).is_dir()


def delete_model(model: str) -> None:
    """Delete a model's own folder and what an unfinished transfer left. Raises OSError."""
    staging = staging_folder(model)
    doomed = [staging.with_name(f"{model}~{number}{DOOMED}") for number in range(2)]
    # All renamed first: half of a model must never look like one, and a transfer that begins
    # meanwhile must find nothing that is about to go.
    for folder, target in zip((model_folder(model), staging), doomed, strict=True):
        if folder.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.replace(target)
    for target in doomed:
        if target.exists():
            shutil.rmtree(target)


def sweep() -> None:
    """Delete what a process that was killed in the middle of a deletion has left."""
    for doomed in (models_dir() / PARTIAL).glob(f"*{DOOMED}"):
        shutil.rmtree(doomed, ignore_errors=True)


def manifest_of(folder: Path) -> Manifest | None:
    """The manifest of a folder; None where there is none, or none that makes sense."""
    path = folder / MANIFEST
    try:
        if size_of_regular(path) > _MANIFEST_LIMIT:
            return None
        found: Manifest = decode(Manifest, json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError, PickupError):
        return None
    texts: dict[str, Any] = {
        name: printable(value)[:_TEXT_LIMIT]
        for name, value in vars(found).items()
        if isinstance(value, str)
    }
    return replace(found, **texts)


def installed(entry: ModelEntry) -> tuple[ModelEntry, Path | None]:
    """Where the entry's files lie, whole (None: they do not), and the entry with what is known of
    them since they are there."""
    own = model_folder(entry.id)
    manifest = manifest_of(own)
    if manifest is None:
        return entry, hub_snapshot(entry)
    files = _files_of(manifest, own)
    revision = manifest.revision or entry.revision
    return replace(entry, files=files, revision=revision, test=entry.test or manifest.test), own


def hub_snapshot(entry: ModelEntry) -> Path | None:
    """The snapshot of the entry's repository in the user's cache of the hub that holds all of its
    files, in the pinned revision or what the cache knows under that name. Read only."""
    if not entry.repository or not entry.files:
        return None
    repository = hub_cache() / ("models--" + entry.repository.replace("/", "--"))
    name = entry.revision
    with contextlib.suppress(OSError, ValueError):
        told = (repository / "refs" / name).read_text("utf-8").strip()
        name = told if _COMMIT.fullmatch(told) else name
    snapshot = repository / "snapshots" / name
    is_whole = all(_is_there(snapshot, file) for file in entry.files)
    return snapshot if is_whole else None


def hub_cache() -> Path:
    """The hub's cache folder, found as its own library finds it."""
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(cache).expanduser()
    base = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("HF_HOME", f"{base}/huggingface")
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def imported() -> list[tuple[ModelEntry, Path]]:
    """All models in Pickup's own folder, with where they lie, sorted by id."""
    found = []
    for path in sorted(models_dir().glob(f"*/{MANIFEST}")):
        folder = path.parent
        manifest = manifest_of(folder)
        if manifest and manifest.id == folder.name and is_model_id(manifest.id):
            found.append((_entry_of(manifest, folder), folder))
    return found


def _entry_of(manifest: Manifest, folder: Path) -> ModelEntry:
    return ModelEntry(
        id=manifest.id,
        name=manifest.name or manifest.id,
        version=manifest.version,
        family=manifest.family,
        repository=manifest.repository,
        revision=manifest.revision,
        licence=manifest.licence,
        licence_url=manifest.licence_url,
        files=_files_of(manifest, folder),
        test=manifest.test,
    )


def _files_of(manifest: Manifest, folder: Path) -> tuple[ModelFile, ...]:
    hashes = sorted(manifest.sha256.items())
    return tuple(ModelFile(path, _size(folder / path), digest) for path, digest in hashes)


def _is_there(folder: Path, file: ModelFile) -> bool:
    size = _size(folder / file.path)
    return size > 0 and size == (file.bytes or size)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
