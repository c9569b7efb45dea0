"""Packed bundles (`.otioz`): a zip file of `content.otio` and the folder `media`.

Clips cannot be played out of a zip file, so a bundle with media is unpacked into the folder bundle
of the same name beside it (`.otiod` is that very layout), once.
"""

from __future__ import annotations

import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from pickup.errors import StorageError, TimelineError
from pickup.timeline.files.checks import MAX_BYTES, not_readable

CONTENT: Final = "content.otio"
MAX_MEMBERS: Final = 100_000
MAX_GROWTH: Final = 100
"""Media is stored, not packed: a bundle that grows more than this many times is a trap."""


def unpacked(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The `.otio` text file of a packed bundle, unpacked where that was not done yet.

    Raises TimelineError for broken and hostile bundles, StorageError where there is no room.
    """
    target = path.with_suffix(".otiod")
    note = f"{path.name} was unpacked to {target.name} beside it."
    try:
        with zipfile.ZipFile(path) as packed:
            members = _checked(packed, path)
            content = packed.read(CONTENT)
            if target.exists():
                return _same(target, content, path), (note,)
            _unpack(packed, members, target, path)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise TimelineError(
            f"{path.name} is not a sound bundle ({error}).",
            "Export it again, or export the timeline as .otio.",
            code="timeline.broken",
        ) from None
    except OSError as error:
        raise not_readable(path, error) from None
    return target / CONTENT, (note,)


def _checked(packed: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The files of a bundle: those of its layout, or TimelineError for what is no bundle."""
    members = [info for info in packed.infolist() if not info.is_dir()]
    size = sum(info.file_size for info in members)
    by_name = {info.filename: info for info in members}
    trap = size > MAX_GROWTH * max(1, path.stat().st_size) or len(members) > MAX_MEMBERS
    if CONTENT in by_name and by_name[CONTENT].file_size > MAX_BYTES:
        trap = True
    if trap:
        raise TimelineError(
            f"{path.name} grows to {size // 2**20} MB in {len(members)} files when it is unpacked.",
            "This is no bundle that an editor writes.",
            code="timeline.too_large",
        )
    strange = next((info.filename for info in members if not _is_ours(info)), None)
    if CONTENT not in by_name or strange is not None:
        what = f"holds the file {strange}" if strange is not None else f"has no {CONTENT}"
        raise TimelineError(
            f"{path.name} is no bundle of OpenTimelineIO: it {what}.",
            "Export it again, or export the timeline as .otio.",
            code="timeline.broken",
        )
    return members


def _is_ours(info: zipfile.ZipInfo) -> bool:
    """Whether a member may be unpacked: below the bundle's own folder, and a file."""
    name = PurePosixPath(info.filename)
    if "\\" in info.filename or ":" in info.filename or ".." in name.parts or name.is_absolute():
        return False
    if stat.S_ISLNK(info.external_attr >> 16):
        return False
    return info.filename in (CONTENT, "version.txt") or name.parts[0] == "media"


def _same(target: Path, content: bytes, path: Path) -> Path:
    """The text of the folder that is there already, if it came from this very bundle."""
    file = target / CONTENT
    if file.is_file() and file.read_bytes() == content:
        return file
    raise StorageError(
        f"{target} exists already and is not what {path.name} holds.",
        f"Open {target.name} itself, or rename it and open {path.name} again.",
        code="storage.exists",
    )


def _unpack(
    packed: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path, path: Path
) -> None:
    """Unpack into a folder with a temporary name: the bundle is there whole or not at all."""
    work = target.with_name(f".{target.name}.tmp")
    try:
        needed = sum(info.file_size for info in members)
        if shutil.disk_usage(target.parent).free < needed:
            raise OSError(f"{needed // 2**20} MB are needed")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        for info in members:
            packed.extract(info, work)
        work.replace(target)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        raise StorageError(
            f"{path.name} cannot be unpacked to {target}: {error.strerror or error}.",
            "Move it to a folder that you may write to, on a disk with enough free space.",
            code="storage.write",
        ) from None
