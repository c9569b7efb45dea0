"""The hash that names a model's weights in recipes, without reading thirty gigabytes every time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Final

from pickup.paths import cache_dir
from pickup_engine.models.store import manifest_of, models_dir

_KEPT: Final = 200
"""Files whose hashes are remembered; a model has some ten."""


def weights_sha256(folder: Path) -> str:
    """One hash over names and hashes of all safetensors files of a model, in their order.

    A file's hash comes from `pickup.json` in Pickup's own store, where it was checked; otherwise
    from an earlier reading of the same size and time; otherwise the file is read.
    """
    # In other folders anybody may have written it, and a recipe is believed.
    manifest = manifest_of(folder) if folder.parent == models_dir() else None
    checked = manifest.sha256 if manifest else {}
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.safetensors")):
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\n{checked.get(name) or _remembered(path)}\n".encode())
    return digest.hexdigest()


def _remembered(path: Path) -> str:
    stat = path.stat()
    key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
    store = cache_dir() / "weights-sha256.json"
    known: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError):
        known = dict(json.loads(store.read_text("utf-8")))
    if key not in known:
        known[key] = _read(path)
        latest = dict(list(known.items())[-_KEPT:])
        partial = store.with_name(f"{store.name}.{os.getpid()}")
        # A cache: where it cannot be written the next start reads the file again.
        with contextlib.suppress(OSError):
            partial.write_text(json.dumps(latest), "utf-8")
            partial.replace(store)
    return known[key]


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
