"""The recipe beside a take, found again whatever a host or an exchange format did to the clip."""

from __future__ import annotations

import json
import os
import stat
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pickup.errors import RequestError
from pickup.protocol import Recipe, decode
from pickup.timeline.identity import made_of, own_value
from pickup.timeline.takes.naming import TakeId, named_take, take_in
from pickup.timeline.takes.plausible import is_plausible
from pickup.timeline.urls import reference_path

SUFFIX: Final = ".pickup.json"
"""What the file name of a recipe adds to that of its take."""

_MAX_BYTES: Final = 16 * 2**20
_MAX_FILES: Final = 50_000
"""How many entries of one folder are looked at."""
_MAX_FOLDERS: Final = 64
"""How many folders of takes beside a timeline are looked into."""
_MEDIA_FOLDER: Final = " media"
"""How the name of a folder of takes ends."""
_SETTLED: Final = 2 * 10**9
"""Nanoseconds after which a folder's time stamp tells of every change, on any file system."""
_GLANCE: Final = 10**7
"""Nanoseconds for which a folder that has just changed is not read again."""


@dataclass(frozen=True)
class Sidecar:
    """A recipe and the absolute path of the file that it was read from."""

    path: str
    recipe: Recipe

    @property
    def media(self) -> str:
        """The file of the take beside it, which need not exist."""
        return self.path.removesuffix(SUFFIX)


@dataclass(frozen=True)
class _Listing:
    """The recipes in a folder by job and take, those of them whose media is there, too, and the
    folders of takes."""

    recipes: Mapping[str, dict[int, str]] = field(default_factory=dict)
    takes: Mapping[str, dict[int, str]] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


def recipe_of(item: Any, folder: str) -> Recipe | None:
    """How the take that a clip shows was made; None for a clip that is not generated, and where no
    sound recipe is left.

    `folder` is where relative media paths start (`Document.folder`).
    """
    found = sidecar_of(item, folder)
    return found.recipe if found else None


def sidecar_of(item: Any, folder: str, take: TakeId | None = None) -> Sidecar | None:
    """The recipe of the take that a clip shows (or of `take`, that it may show), with its place.

    Looked for at the path that the clip keeps, beside its media, and by job and take in the folders
    around: the media's, the timeline's and those of takes (`… media`) in it.
    """
    wanted = take or take_of(item)
    if wanted is None:
        return None
    media = reference_path(getattr(item, "media_reference", None), folder)
    for path in (_stored_path(item), f"{media}{SUFFIX}" if media else ""):
        if found := _verified(path, wanted):
            return found
    for near in _folders_near(media, folder):
        path = _listing_of(near).recipes.get(wanted[0], {}).get(wanted[1], "")
        if found := _verified(path, wanted):
            return found
    return None


def take_of(item: Any) -> TakeId | None:
    """The job and take that a clip shows: by metadata, else by file or clip name."""
    made = made_of(item)
    return (made.job, made.take) if made.generated else named_take(item)


def takes_beside(sidecar: Sidecar) -> dict[int, str]:
    """The paths of the recipes of all takes of a job that lie, with their media, beside one."""
    return _listing_of(_parent(sidecar.path)).takes.get(sidecar.recipe.job, {})


def count_takes(item: Any, folder: str) -> int:
    """How many takes of the job that made a clip can be shown; 0 where no recipe is left."""
    sidecar = sidecar_of(item, folder)
    return len(takes_beside(sidecar)) if sidecar else 0


def read_recipe(path: str) -> Recipe | None:
    """The recipe in a file; None where there is none, or nothing that can be read."""
    if not path.endswith(SUFFIX):
        return None
    try:
        about = Path(path).stat()
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(about.st_mode) or about.st_size > _MAX_BYTES:
        return None
    return _decoded(path, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=4096)
def _decoded(path: str, size: int, changed: int) -> Recipe | None:
    """`size` and `changed` are part of the key: a recipe that was written anew is read anew."""
    try:
        with Path(path).open("rb") as file:
            recipe: Recipe = decode(Recipe, json.loads(file.read(size)))
    except (OSError, ValueError, RecursionError, RequestError):
        return None
    return recipe if is_plausible(recipe) else None


def _verified(path: str, take: TakeId) -> Sidecar | None:
    path = path.replace(os.sep, "/")
    recipe = read_recipe(path) if path else None
    return Sidecar(path, recipe) if recipe and (recipe.job, recipe.take) == take else None


def _stored_path(item: Any) -> str:
    generated = own_value(item, "generated")
    path = generated.get("sidecar", "") if isinstance(generated, dict) else ""
    return path if isinstance(path, str) else ""


def _folders_near(media: str, folder: str) -> list[str]:
    """Where recipes may lie, nearest first, each once."""
    near = [_parent(media)] if media else []
    if folder:
        near += [folder, *_listing_of(folder).folders]
    return list(dict.fromkeys(near))


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _listing_of(folder: str) -> _Listing:
    """A folder is read again when its time stamp has changed."""
    try:
        changed = Path(folder).stat().st_mtime_ns
    except (OSError, ValueError):
        return _Listing()
    now = time.time_ns()
    return _listing(folder, changed, 0 if now - changed > _SETTLED else now // _GLANCE)


@lru_cache(maxsize=256)
def _listing(folder: str, changed: int, glance: int) -> _Listing:
    """`changed` and `glance` are part of the key. Of two recipes of one take the first by name
    counts."""
    recipes: dict[str, dict[int, str]] = defaultdict(dict)
    takes: dict[str, dict[int, str]] = defaultdict(dict)
    names, folders = _names(folder)
    for name in sorted(name for name in names if name.endswith(SUFFIX)):
        if take := take_in(name):
            path = f"{folder}{os.sep}{name}".replace(os.sep, "/")
            recipes[take[0]].setdefault(take[1], path)
            if name.removesuffix(SUFFIX) in names:
                takes[take[0]].setdefault(take[1], path)
    return _Listing(dict(recipes), dict(takes), tuple(sorted(folders)[:_MAX_FOLDERS]))


def _names(folder: str) -> tuple[set[str], list[str]]:
    """The names in a folder, and the paths of the folders of takes in it."""
    names: set[str] = set()
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(_MAX_FILES), entries, strict=False):
                names.add(entry.name)
                if entry.name.endswith(_MEDIA_FOLDER) and entry.is_dir():
                    folders.append(entry.path)
    except OSError:
        return set(), []
    return names, folders
