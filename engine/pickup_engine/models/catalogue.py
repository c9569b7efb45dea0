"""The models that this machine can use: built in, pulled, imported, or a folder where it lies."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from pickup.errors import ModelError, PickupError
from pickup.paths import data_dir
from pickup.protocol import ModelInfo, decode
from pickup_engine.models.draft import MODEL_ID, DraftRules
from pickup_engine.models.entry import Family, ModelEntry, ModelFile, is_model_id
from pickup_engine.models.folder import entry_of_folder, is_safe_name
from pickup_engine.models.rules import ModelRules
from pickup_engine.models.store import imported, installed
from pickup_engine.models.vace import VaceRules

DRAFT_FOLDER: Final = Path(__file__).parents[1] / "worker" / "backends" / "motion" / "weights"
"""The embedded model in diffusers form: `config.json` and safetensors shards."""

_ENTRIES: Final = Path(__file__).with_name("catalogue")
_DRAFT_VERSION: Final = "0.2"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """A model of the catalogue, of the store, or a folder. folder: None where it is not installed.
    rules: None for models that serve others and take no requests themselves."""

    family: str
    folder: Path | None
    rules: ModelRules | None
    entry: ModelEntry


def found(model: str) -> Found:
    """A model by its id or by the absolute path of its folder. Raises ModelError `model.unknown`,
    or `model.folder` for a folder that holds no model that can be used."""
    if Path(model).is_absolute():
        folder = Path(model)
        return _found(entry_of_folder(folder), folder)
    for one in _all():
        if one.entry.id == model:
            return one
    raise ModelError(
        f"There is no model “{model[:80]}” on this machine.",
        f"Use “{MODEL_ID}”, or list what is there with `pickup models list`.",
        code="model.unknown",
    )


def is_known(model: str) -> bool:
    """Whether there is a model of that id, installed or not."""
    return any(one.entry.id == model for one in _all())


def rules_for(model: str) -> ModelRules:
    """The rules of a model that takes requests. Raises ModelError for an unknown one, and for one
    that only serves others."""
    one = found(model)
    if one.rules is None:
        raise ModelError(
            f"{one.entry.name} makes no pictures by itself: it helps other models.",
            "Choose one that `pickup models list` shows with what it can do.",
            code="model.serves",
        )
    return one.rules


def catalogue() -> tuple[ModelInfo, ...]:
    """All entries, the built-in model first, then those of the catalogue, then imported ones."""
    return tuple(info_of(one) for one in _all())


def info_of(one: Found) -> ModelInfo:
    """The entry as clients see it."""
    if one.rules is not None:
        return one.rules.info
    entry = one.entry
    return ModelInfo(
        id=entry.id,
        name=entry.name,
        version=entry.version,
        licence=entry.licence,
        draft=False,
        operations=(),
        installed=one.folder is not None,
        bytes=entry.bytes,
        repository=entry.repository,
        revision=entry.revision,
        licence_url=entry.licence_url,
        test=entry.test,
    )


def serving(model: str, family: str) -> Found | None:
    """The first installed model of `family` (`depth`, `distilled`) that works with `model`."""
    for one in _all():
        is_for = not one.entry.serves or model in one.entry.serves
        if one.family == family and one.folder is not None and is_for:
            return one
    return None


def entries() -> tuple[ModelEntry, ...]:
    """The catalogue: what was shipped, then what the user added in `catalogue` in Pickup's data
    folder, in the same form. Needs no network. An added file that makes no sense is left out."""
    shipped = _shipped()
    taken = {entry.id for entry in shipped} | {MODEL_ID}
    return (*shipped, *(entry for entry in _added() if entry.id not in taken))


@cache
def _shipped() -> tuple[ModelEntry, ...]:
    return tuple(_read(file) for file in sorted(_ENTRIES.glob("*.json")))


def _added() -> list[ModelEntry]:
    files = sorted((data_dir() / "catalogue").glob("*.json"))
    return [entry for file in files if (entry := _added_in(file, _changed(file)))]


@lru_cache(maxsize=256)
def _added_in(file: Path, _: tuple[int, int]) -> ModelEntry | None:
    """Read, and complained of, once for each time that it was changed."""
    try:
        entry = _read(file)
    except (OSError, ValueError, RecursionError, PickupError):
        _log.warning("%s is no entry of the catalogue", file, exc_info=True)
        return None
    safe = all(is_safe_name(one.path) for one in entry.files)
    if safe and is_model_id(entry.id) and entry.id == file.stem:
        return entry
    _log.warning("%s has another id than its name, or files with impossible names", file)
    return None


def _changed(file: Path) -> tuple[int, int]:
    with contextlib.suppress(OSError):
        stat = file.stat()
        return stat.st_mtime_ns, stat.st_size
    return 0, 0


def _read(file: Path) -> ModelEntry:
    entry: ModelEntry = decode(ModelEntry, json.loads(file.read_text("utf-8")))
    return entry


def entry_of(model: str) -> ModelEntry | None:
    """The entry of the catalogue with that id."""
    return next((entry for entry in entries() if entry.id == model), None)


def _all() -> list[Found]:
    models = [_draft(), *(_found(*installed(entry)) for entry in entries())]
    known = {one.entry.id for one in models}
    return models + [_found(*one) for one in imported() if one[0].id not in known]


def _found(entry: ModelEntry, folder: Path | None) -> Found:
    rules: ModelRules | None = None
    if entry.family == Family.WAN_VACE:
        rules = VaceRules(entry, folder)
    return Found(entry.family, folder, rules, entry)


def _draft() -> Found:
    files = tuple(
        ModelFile(file.name, file.stat().st_size)
        for file in sorted(DRAFT_FOLDER.iterdir())
        if file.suffix in (".safetensors", ".json")
    )
    weights = sum(file.bytes for file in files if file.path.endswith(".safetensors"))
    rules = DraftRules(version=_DRAFT_VERSION, bytes=weights)
    info = rules.info
    entry = ModelEntry(
        id=MODEL_ID,
        name=info.name,
        version=info.version,
        family=Family.MOTION,
        repository="",
        revision="",
        licence=info.licence,
        licence_url="",
        files=files,
    )
    return Found(Family.MOTION, DRAFT_FOLDER, rules, entry)
