"""Where takes and saved cuts go: beside the cut, or to the user's own folder if that is locked."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pickup.errors import StorageError
from pickup.paths import data_dir

_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*.]+')
_LONGEST = 80


def stem_of(path: str) -> str:
    """`cut` of `cut.otio` and `cut.pickup.otio`."""
    return Path(path).name.split(".")[0] or "cut"


def original_name(path: str) -> str:
    """One name for a cut and for what Pickup saved of it."""
    return str(Path(path).parent / stem_of(path))


def is_writable(folder: Path) -> bool:
    """Whether files can be made in `folder`."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def takes_folder(cut: str) -> str:
    """`CUT media` beside the cut; in Pickup's own data folder where that cannot be written."""
    beside = Path(cut).parent
    base = beside if is_writable(beside) else own_folder()
    return str(base / f"{stem_of(cut)} media")


def own_folder() -> Path:
    """Where takes go that have no place beside their cut; it exists, so that it can be allowed."""
    folder = data_dir() / "takes"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def make_folder(folder: str) -> None:
    """Make a folder. Raises StorageError that names it."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            "Open the cut from a folder that you may write to.",
            code="storage.folder",
        ) from None


def save_name(cut: str) -> str:
    """`CUT.pickup.otio` beside the cut, or in the home folder where that cannot be written."""
    beside = Path(cut).parent
    folder = beside if is_writable(beside) else Path.home()
    return str(free_name(folder, stem_of(cut), Path(cut)))


def export_name(cut: str, suffix: str) -> str:
    """`CUT.xml` where a save would go; never the opened file itself."""
    path = Path(save_name(cut)).parent / f"{stem_of(cut)}{suffix}"
    return str(path.with_suffix(f".pickup{suffix}") if path == Path(cut) else path)


def free_name(folder: Path, stem: str, opened: Path) -> Path:
    """The suggested file: never the opened one itself."""
    first = folder / f"{stem}.pickup.otio"
    return folder / f"{stem}.pickup2.otio" if first == opened else first


def file_name(clip: str, verb: str) -> str:
    """A name for takes that every file system accepts."""
    safe = _UNSAFE.sub(" ", clip).strip()[:_LONGEST].strip()
    return f"{safe or 'clip'} {verb}"
