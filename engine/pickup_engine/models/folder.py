"""Looks into a model's folder without loading it, and refuses what must not be loaded.

It reads names, small JSON files and safetensors headers, all of them within limits and with the
standard library only, so the service does it in its own process: there is no native parser here
that a hostile file could crash.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pickup.errors import ModelError
from pickup_engine.models.entry import Family, ModelEntry, ModelFile
from pickup_engine.models.headers import broken, printable, read_header, size_of_regular
from pickup_engine.models.store import MANIFEST, manifest_of

ALLOWED: Final = frozenset({".json", ".safetensors", ".txt", ".model", ".md"})
"""Endings of the files that are ever read, pulled or copied, beside `LICENSE`."""

FORBIDDEN: Final = frozenset(
    {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".py", ".pyc", ".so", ".dll", ".npy"}
)
"""Endings of files that can run code when they are loaded: a folder that has any is refused."""

TEST_PARAMETERS: Final = 100_000_000
"""A denoiser with fewer is a test model: the smallest real one has over a thousand million."""

_PIPELINE: Final = "WanVACEPipeline"
_PARTS: Final = {"vae": "config.json", "text_encoder": "config.json", "tokenizer":
    "tokenizer_config.json", "scheduler": "scheduler_config.json"}  # fmt: skip
_WEIGHED: Final = ("vae", "text_encoder")
_JSON_LIMIT: Final = 4 << 20
_MOST_FILES: Final = 1000
_MOST_DEPTH: Final = 4
_LONGEST: Final = 250
"""Characters of a path inside a model: more is no name that all systems can hold."""


@dataclass(frozen=True)
class Inspected:
    """What a folder holds. files: those that belong to the model, with their sizes."""

    family: str
    files: tuple[ModelFile, ...]
    test: bool


def entry_of_folder(folder: Path) -> ModelEntry:
    """The entry of a folder that is used where it lies; its id is the path. Raises ModelError."""
    inspected = inspect_folder(folder)
    manifest = manifest_of(folder)
    return ModelEntry(
        id=str(folder),
        name=(manifest.name if manifest else "") or folder.name,
        version=manifest.version if manifest else "",
        family=inspected.family,
        repository="",
        revision="",
        licence=manifest.licence if manifest else "",
        licence_url="",
        files=inspected.files,
        test=inspected.test,
    )


def inspect_folder(folder: Path) -> Inspected:
    """Check a diffusers folder of a Wan VACE pipeline, or a transformers folder of a depth model.

    Raises ModelError: `model.folder` (parts are missing, a file may run code, a link leads out),
    or `model.broken` (a file is cut off or makes no sense).
    """
    try:
        files = list(files_of(folder))
        if (folder / "model_index.json").is_file():
            family, parameters = Family.WAN_VACE, _check_pipeline(folder)
        elif read_json(folder / "config.json").get("model_type") == "depth_anything":
            family, parameters = Family.DEPTH, 0
            _weights(folder)
        else:
            raise unusable(folder, f"it holds neither a {_PIPELINE} nor a depth model")
    except OSError as error:
        raise unusable(folder, error.strerror or str(error)) from error
    manifest = manifest_of(folder)
    small = family == Family.WAN_VACE and parameters < TEST_PARAMETERS
    return Inspected(family, tuple(files), small or bool(manifest and manifest.test))


def files_of(folder: Path) -> Iterator[ModelFile]:
    """The files of a model's folder, without those that no model needs (pictures, git's own).

    Links are followed inside the folder, and from a snapshot of the hub's cache into its blobs.
    """
    homes = [folder.resolve(strict=True)]
    if folder.parent.name == "snapshots":
        homes.append((folder.parents[1] / "blobs").resolve())
    names = sorted(_names(folder, folder, 0))
    if len(names) > _MOST_FILES:
        raise unusable(folder, f"it holds more than {_MOST_FILES} files")
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in FORBIDDEN:
            raise unusable(
                folder,
                f"{name} could run code when it is loaded",
                "Pickup loads safetensors only: use a folder without such files.",
            )
        path = folder / name
        if not any(path.resolve(strict=True).is_relative_to(home) for home in homes):
            raise unusable(folder, f"{name} is a link that leads out of it")
        if path.is_dir():
            # What lies there has not been looked at; a hidden folder, for one.
            raise unusable(
                folder, f"{name} is a link to a folder", "Put the files themselves there."
            )
        if is_wanted(name) and path.is_file():
            yield ModelFile(name, path.stat().st_size)


def is_wanted(name: str) -> bool:
    """Whether a file of that path belongs to a model; our own manifest does not."""
    path = PurePosixPath(name)
    hidden = any(part.startswith(".") for part in path.parts)
    kept = path.suffix.lower() in ALLOWED or path.name == "LICENSE"
    return kept and not hidden and name != MANIFEST


def is_safe_name(name: str) -> bool:
    """Whether a path from outside stays below the folder that it is put into, on every system."""
    return (
        0 < len(name) <= _LONGEST
        and name.isprintable()
        and not set('\\:*?"<>|') & set(name)
        and all(part and part.strip(". ") and part == part.strip() for part in name.split("/"))
    )


def read_json(path: Path) -> dict[str, Any]:
    """A small JSON object. Raises ModelError `model.broken`, or OSError."""
    if size_of_regular(path) > _JSON_LIMIT:
        raise broken(path, f"it is larger than {_JSON_LIMIT >> 20} MiB")
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise broken(path, "it is not JSON") from error
    if not isinstance(data, dict):
        raise broken(path, "it is not a JSON object")
    return data


def _names(folder: Path, below: Path, depth: int) -> Iterator[str]:
    with os.scandir(below) as found:
        for count, item in enumerate(found):
            if count > _MOST_FILES or depth > _MOST_DEPTH:
                raise unusable(folder, "it holds too much to be a model")
            if item.is_dir(follow_symlinks=False):
                if not item.name.startswith("."):
                    yield from _names(folder, below / item.name, depth + 1)
            else:
                yield (below / item.name).relative_to(folder).as_posix()


def _check_pipeline(folder: Path) -> int:
    """Parameters of a denoiser."""
    index = read_json(folder / "model_index.json")
    if index.get("_class_name") != _PIPELINE:
        raise unusable(folder, f"it holds a {str(index.get('_class_name'))[:60]}")
    for part, config in _PARTS.items():
        if not (folder / part / config).is_file():
            raise unusable(folder, f"{part}/{config} is missing")
        read_json(folder / part / config)
    for part in _WEIGHED:
        _weights(folder / part)
    experts = [part for part in ("transformer", "transformer_2") if (folder / part).is_dir()]
    if not experts or (index.get("boundary_ratio") is not None and len(experts) < 2):
        raise unusable(folder, "a denoiser is missing (transformer, transformer_2)")
    counts = []
    for part in experts:
        read_json(folder / part / "config.json")
        counts.append(_weights(folder / part))
    return min(counts)


def _weights(folder: Path) -> int:
    """Check the safetensors files of a component; how many numbers they hold."""
    shards = sorted(folder.glob("*.safetensors"))
    for index in folder.glob("*.safetensors.index.json"):
        named = read_json(index).get("weight_map")
        for name in {str(name) for name in named.values()} if isinstance(named, dict) else ():
            # A path in an index would make the loader read outside of the folder.
            if "/" in name or not is_safe_name(name):
                raise broken(index, f"it names the file “{name[:80]}”")
            if not (folder / name).is_file():
                raise unusable(folder, f"{name} is missing")
    if not shards:
        raise unusable(folder, "it has no safetensors file")
    return sum(tensor.elements for shard in shards for tensor in read_header(shard).values())


def unusable(folder: Path, why: str, hint: str = "") -> ModelError:
    """A folder cannot be used as a model."""
    return ModelError(
        printable(f"{folder} cannot be used as a model: {why}."),
        hint or "Give a folder in diffusers form, as `pickup models pull` makes it.",
        code="model.folder",
    )
