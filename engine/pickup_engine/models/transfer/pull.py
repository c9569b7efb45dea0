"""Loads a model of the catalogue from the hub, going on with what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from pickup.errors import ModelError
from pickup_engine.models.entry import Family, ModelEntry
from pickup_engine.models.folder import is_safe_name, is_wanted
from pickup_engine.models.headers import printable
from pickup_engine.models.store import hub_snapshot, model_folder
from pickup_engine.models.transfer import hub
from pickup_engine.models.transfer.files import (
    check_space,
    git_hash_of,
    link_or_copy,
    sha256_of,
    storing,
)
from pickup_engine.models.transfer.order import Word
from pickup_engine.models.transfer.report import Report
from pickup_engine.models.transfer.staging import Staging, opened

_FOLDERS: Final = frozenset(
    {"transformer", "transformer_2", "vae", "text_encoder", "tokenizer", "scheduler"}
)
_AT_TOP: Final = frozenset({"model_index.json", "LICENSE", "LICENSE.md", "LICENSE.txt"})


def pull(entry: ModelEntry, tell: Callable[[Word], None]) -> None:
    """Bring all files of an entry, check them and install it. Raises PickupError; whatever
    happens, the next call goes on with what is there."""
    with opened(entry.id) as staging, storing(staging.folder):
        listing = hub.listing(entry)
        files = _needed(entry, listing)
        report = Report(tell, sum(file.bytes for file in files))
        staging.forget_others({file.path for file in files})
        missing = [file for file in files if not _is_here(staging, entry, file, report)]
        begun = sum(_size(_part(staging, file)) for file in missing)
        check_space(staging.folder, sum(file.bytes for file in missing) - begun)
        for file in missing:
            report.begin(file.path)
            _load(staging, entry, listing.commit, file, report)
        staging.finish(replace(entry, revision=listing.commit))


def _needed(entry: ModelEntry, listing: hub.Listing) -> list[hub.RemoteFile]:
    """The files of the repository that the model is made of, small ones first. Raises ModelError
    where they are not those of the catalogue."""
    named = {file.path: file for file in entry.files}
    whole = entry.family == Family.WAN_VACE
    files = [
        file
        for file in listing.files
        if file.path in named or (whole and is_wanted(file.path) and _is_part(file.path))
    ]
    there = {file.path: file for file in files}
    for path, known in named.items():
        file = there.get(path)
        if file is None or (known.bytes and file.bytes != known.bytes):
            raise _changed(entry, path)
        if known.sha256 and file.sha256 and known.sha256 != file.sha256:
            raise _changed(entry, path)
    if bad := [file.path for file in files if not is_safe_name(file.path)]:
        raise _changed(entry, bad[0])
    return sorted(files, key=lambda file: (file.bytes, file.path))


def _is_part(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return path in _AT_TOP or (len(parts) == 2 and parts[0] in _FOLDERS)


def _is_here(staging: Staging, entry: ModelEntry, file: hub.RemoteFile, report: Report) -> bool:
    """Whether the right file is there already, or can be taken from where it was installed."""
    target = staging.path(file.path)
    known = staging.hashes.get(file.path)
    whole = target.is_file() and _size(target) == file.bytes
    if known is not None and whole and _is_right(entry, file, target, known):
        report.add(file.bytes)
        return True
    target.unlink(missing_ok=True)
    for folder in (model_folder(entry.id), hub_snapshot(entry)):
        source = folder / file.path if folder else None
        if source is None or _size(source) != file.bytes:
            continue
        report.begin(file.path)
        found = link_or_copy(source, target, report.add)
        if _is_right(entry, file, target, found):
            staging.keep(file.path, found)
            return True
        report.add(-file.bytes)
        target.unlink()
    return False


def _load(
    staging: Staging, entry: ModelEntry, commit: str, file: hub.RemoteFile, report: Report
) -> None:
    target, part = staging.path(file.path), _part(staging, file)
    for other in target.parent.glob(f"{target.name}.part-*"):
        if other != part:
            other.unlink()
    report.add(_size(part))
    if _size(part) != file.bytes or not part.exists():
        hub.load(entry, commit, file, part, report.add)
    digest = sha256_of(part, lambda count: None)
    if _size(part) != file.bytes or not _is_right(entry, file, part, digest):
        part.unlink()
        raise ModelError(
            f"{file.path} of {entry.name} arrived, but is not what was promised.",
            "Pull again. If it happens twice, something on the way changes files: use another"
            " network.",
            code="model.checksum",
        )
    part.replace(target)
    staging.keep(file.path, digest)


def _part(staging: Staging, file: hub.RemoteFile) -> Path:
    """Where a file grows. The name says which content it will have, so another revision of the
    file is never gone on with."""
    target = staging.path(file.path)
    return target.with_name(f"{target.name}.part-{(file.sha256 or file.git)[:16]}")


def _is_right(entry: ModelEntry, file: hub.RemoteFile, path: Path, digest: str) -> bool:
    """Whether content is what the catalogue and the hub promise, by every hash that is known."""
    promised = {one.sha256 for one in entry.files if one.path == file.path and one.sha256}
    if file.sha256:
        promised.add(file.sha256)
    elif git_hash_of(path) != file.git:
        return False
    return promised <= {digest}


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _changed(entry: ModelEntry, path: str) -> ModelError:
    return ModelError(
        printable(f"{entry.repository} does not hold the {path[:120]} that the catalogue names."),
        "Update Pickup: the catalogue may be out of date.",
        code="model.changed",
    )
