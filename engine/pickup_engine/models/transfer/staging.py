"""The folder where a model is put together: it becomes the model's own in one step, at the end.

A process may be killed at any moment. A file has its final name only when it has been checked, and
`pickup.json` is written last, so what lies there is either whole or gone on with.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pickup.errors import ModelError
from pickup.protocol import encode
from pickup_engine.models.entry import Family, ModelEntry
from pickup_engine.models.folder import files_of, inspect_folder, is_safe_name
from pickup_engine.models.headers import printable, read_header
from pickup_engine.models.store import (
    DOOMED,
    MANIFEST,
    Manifest,
    model_folder,
    staging_folder,
)
from pickup_engine.models.transfer.files import flush
from pickup_engine.models.vace_shape import shape_of_folder

_HASHES: Final = ".hashes.json"


class Staging:
    """The unfinished folder of one model. Made with `opened`, which locks it."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.folder = staging_folder(model)
        self._hashes = self._read()

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of the files that are there and checked, by path."""
        return dict(self._hashes)

    def path(self, name: str) -> Path:
        """Where a file belongs. Raises ModelError for a path that would lead out of the folder."""
        if not is_safe_name(name) or name == MANIFEST:
            raise ModelError(
                printable(f"“{name[:80]}” cannot be the name of a model's file."),
                "Get the model from another source.",
                code="model.folder",
            )
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, name: str, digest: str) -> None:
        """Remember that a file is there and checked."""
        self._hashes[name] = digest
        _write(self.folder / _HASHES, self._hashes)

    def forget_others(self, names: set[str]) -> None:
        """Delete what belongs to none of these files: left-overs of another revision."""
        kept = {self.folder / name for name in names}
        for path in [*self.folder.rglob("*")]:
            part_of = path.with_name(path.name.split(".part-")[0])
            if path.is_file() and path.name != _HASHES and not kept & {path, part_of}:
                path.unlink()

    def finish(self, entry: ModelEntry) -> None:
        """Check the folder as a whole and make it the model's own. Raises ModelError where it is no
        model after all."""
        family, test = entry.family, False
        if family == Family.DISTILLED:
            for file in files_of(self.folder):
                if file.path.endswith(".safetensors"):
                    read_header(self.folder / file.path)
        else:
            inspected = inspect_folder(self.folder)
            family, test = inspected.family, inspected.test
            if family == Family.WAN_VACE:
                shape_of_folder(self.folder)
        manifest = Manifest(
            id=self.model,
            name=entry.name,
            version=entry.version,
            licence=entry.licence,
            test=test or entry.test,
            family=family,
            repository=entry.repository,
            revision=entry.revision,
            licence_url=entry.licence_url,
            sha256=self._hashes,
        )
        _write(
            self.folder / MANIFEST, {key: encode(value) for key, value in vars(manifest).items()}
        )
        self._swap()

    def _swap(self) -> None:
        own = model_folder(self.model)
        doomed = self.folder.with_name(self.model + DOOMED)
        shutil.rmtree(doomed, ignore_errors=True)
        if own.exists():
            own.replace(doomed)
        self.folder.replace(own)
        # Only now: killed before, the next transfer needs them.
        (own / _HASHES).unlink(missing_ok=True)
        shutil.rmtree(doomed, ignore_errors=True)

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads((self.folder / _HASHES).read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}


@contextlib.contextmanager
def opened(model: str) -> Iterator[Staging]:
    """The staging folder of a model, for this process alone. Raises ModelError `model.busy`."""
    folder = staging_folder(model)
    folder.mkdir(parents=True, exist_ok=True)
    # No id holds a tilde: no model's folder can be in its place.
    with (folder.parent / f"{model}~lock").open("ab") as lock:
        try:
            _lock(lock.fileno())
        except (BlockingIOError, PermissionError):
            raise ModelError(
                f"Another process is at work on the files of {model}.",
                "Wait until it has finished.",
                code="model.busy",
            ) from None
        yield Staging(model)


def _write(path: Path, data: object) -> None:
    begun = path.with_name(path.name + ".new")
    with begun.open("wb") as file:
        file.write(json.dumps(data, indent=1).encode())
        flush(file)
    begun.replace(path)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
