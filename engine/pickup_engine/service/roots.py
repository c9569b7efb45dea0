"""Which files a request may name: those below the project folders that clients have registered."""

from __future__ import annotations

import os
import re
import stat
from enum import Enum, auto
from pathlib import Path

from pickup.errors import MediaError, PickupError, RequestError

_PATTERN = re.compile(r"%0?\d*d")
_LONGEST = 4096


class PathKind(Enum):
    """What a path must be."""

    MEDIA = auto()
    """A regular file, or a printf pattern of an image sequence."""
    MATTE = auto()
    """As MEDIA, or a folder of images."""
    FOLDER = auto()
    """A folder to write into; it may not exist yet."""


class Roots:
    """The allowed folders, resolved. Links are followed before a path is judged."""

    def __init__(self) -> None:
        self._folders: set[Path] = set()

    @property
    def folders(self) -> tuple[str, ...]:
        """The allowed folders, sorted."""
        return tuple(sorted(str(folder) for folder in self._folders))

    def allow(self, folder: str) -> None:
        """Register a folder. RequestError where it is none."""
        path = _well_formed(folder)
        try:
            resolved = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise _denied(folder, "it does not exist") from error
        if not resolved.is_dir():
            raise _denied(folder, "it is not a folder")
        self._folders.add(resolved)

    def check(self, text: str, kind: PathKind = PathKind.MEDIA) -> None:
        """Raise RequestError `request.path_not_allowed`, or MediaError `media.missing`."""
        path = _well_formed(text)
        if kind is not PathKind.FOLDER and _is_pattern(path):
            # The single pictures are found later; all of them lie in this folder.
            folder = self._inside(path.parent, text)
            if not folder.is_dir():
                raise _missing(text)
            before, after = _PATTERN.split(path.name)
            self._links_inside(folder, before, after)
            return
        resolved = self._inside(path, text)
        try:
            mode = resolved.stat().st_mode
        except FileNotFoundError:
            if kind is PathKind.FOLDER:
                return
            raise _missing(text) from None
        except OSError as error:
            raise _denied(text, error.strerror or str(error)) from error
        is_right = {
            PathKind.MEDIA: stat.S_ISREG(mode),
            PathKind.MATTE: stat.S_ISREG(mode) or stat.S_ISDIR(mode),
            PathKind.FOLDER: stat.S_ISDIR(mode),
        }[kind]
        if not is_right:
            wanted = "a folder" if kind is PathKind.FOLDER else "a regular file"
            raise _denied(text, f"it is not {wanted}")
        if kind is PathKind.MATTE and stat.S_ISDIR(mode):
            self._links_inside(resolved, "", "")

    def _links_inside(self, folder: Path, before: str, after: str) -> None:
        """Pictures of a sequence may be links themselves: those are judged one by one."""
        try:
            with os.scandir(folder) as entries:
                links = [entry.path for entry in entries if entry.is_symlink()]
        except OSError as error:
            raise _denied(str(folder), error.strerror or str(error)) from error
        for link in links:
            name = Path(link).name
            if name.startswith(before) and name.endswith(after):
                self._inside(Path(link), link)

    def _inside(self, path: Path, text: str) -> Path:
        try:
            resolved = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            # ValueError: characters that no file name can hold.
            raise _denied(text, "it leads nowhere") from error
        if not any(resolved.is_relative_to(folder) for folder in self._folders):
            raise _denied(text, "it lies outside the project folders")
        return resolved


def _well_formed(text: str) -> Path:
    if not text or "\0" in text or len(text) > _LONGEST:
        raise _denied(text.replace("\0", "\\0")[:200], "it is not a path")
    # A UNC path makes Windows log in to a foreign machine as the user.
    if text.startswith(("\\\\", "//")):
        raise _denied(text, "network paths must be mounted as a drive or folder")
    path = Path(text)
    if not path.is_absolute():
        raise _denied(text, "it is not absolute")
    return path


def _is_pattern(path: Path) -> bool:
    return len(_PATTERN.findall(path.name)) == 1 and not path.exists()


def _denied(path: str, why: str) -> PickupError:
    return RequestError(
        f"The engine may not use {path}: {why}.",
        "Keep media, references and takes inside the project's folders.",
        code="request.path_not_allowed",
    )


def _missing(path: str) -> PickupError:
    return MediaError(
        f"{path} does not exist.", "Relink the clip or restore the file.", code="media.missing"
    )
