"""Makes a folder of the user's a model in Pickup's own store. Needs no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pickup.errors import ModelError
from pickup_engine.models.entry import ModelEntry, ModelFile
from pickup_engine.models.transfer.files import check_space, link_or_copy, storing
from pickup_engine.models.transfer.order import Word
from pickup_engine.models.transfer.report import Report
from pickup_engine.models.transfer.staging import Staging, opened


def take_over(entry: ModelEntry, folder: Path, tell: Callable[[Word], None]) -> None:
    """Link or copy the files of `entry` out of `folder` and install them under its id. The entry is
    that of `source.source_of`. Raises PickupError."""
    with opened(entry.id) as staging, storing(staging.folder):
        names = {file.path for file in entry.files}
        sizes = {name: (folder / name).stat().st_size for name in names}
        report = Report(tell, sum(sizes.values()))
        staging.forget_others(names)
        if folder.resolve().stat().st_dev != staging.folder.stat().st_dev:
            check_space(staging.folder, sum(sizes.values()))
        for file in sorted(entry.files, key=lambda file: sizes[file.path]):
            report.begin(file.path)
            _take(staging, entry, folder, file, report)
        staging.finish(entry)


def _take(
    staging: Staging, entry: ModelEntry, folder: Path, file: ModelFile, report: Report
) -> None:
    source, target = folder / file.path, staging.path(file.path)
    if file.path in staging.hashes and target.is_file() and _is_same(source, target):
        report.add(target.stat().st_size)
        digest = staging.hashes[file.path]
    else:
        digest = link_or_copy(source, target, report.add)
    if file.sha256 and digest != file.sha256:
        target.unlink()
        raise ModelError(
            f"{source} is damaged, or not a file of {entry.name}.",
            "Copy it again, or import the folder under a name of its own with --id.",
            code="model.checksum",
        )
    staging.keep(file.path, digest)


def _is_same(source: Path, target: Path) -> bool:
    ours, theirs = target.stat(), source.stat()
    return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
