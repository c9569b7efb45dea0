"""Finding media that moved: a search of a folder by file name.

A file is taken only where it is the one that fits: of several of one name the one whose folders end
like those that the timeline names; where that does not decide, none.
"""

from __future__ import annotations

import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import opentimelineio as otio

from pickup.errors import MediaError
from pickup.timeline.urls import first_file, style_of, target_url

MAX_FILES: Final = 500_000
"""How many files a search looks at before it gives up."""


@dataclass(frozen=True)
class Relinked:
    """What a search did: old path to new one, and the paths that were not found or not decided."""

    found: dict[str, str]
    missing: tuple[str, ...]
    doubtful: tuple[str, ...]


def find_moved(timeline: Any, folder: str, search: str | Path) -> Relinked:
    """Where the offline media of `timeline` is below the folder `search`.

    `folder` is where relative paths of the timeline start. Raises MediaError where `search` is no
    folder, or holds more than MAX_FILES files.
    """
    offline = {
        path
        for reference in _references(timeline)
        if (path := first_file(reference, folder)) and not Path(path).exists()
    }
    files = _files(Path(search), {_plain_name(path) for path in offline})
    found: dict[str, str] = {}
    doubtful: list[str] = []
    for path in sorted(offline):
        fitting = _best(path, files.get(_plain_name(path), []))
        if len(fitting) == 1:
            found[path] = fitting[0]
        elif fitting:
            doubtful.append(path)
    missing = sorted(offline - set(found) - set(doubtful))
    return Relinked(found, tuple(missing), tuple(doubtful))


def link(timeline: Any, folder: str, found: dict[str, str]) -> None:
    """Change the references of `timeline` from the paths in `found` to the new ones."""
    for reference in _references(timeline):
        if new := found.get(first_file(reference, folder)):
            _link(reference, new)


def _references(timeline: Any) -> Iterator[Any]:
    for clip in list(timeline.find_clips()):
        yield from dict(clip.media_references()).values()


def _link(reference: Any, path: str) -> None:
    """Spelled as the reference was. Of an image sequence only the folder changes."""
    is_sequence = isinstance(reference, otio.schema.ImageSequenceReference)
    old = reference.target_url_base if is_sequence else reference.target_url
    if is_sequence:
        reference.target_url_base = target_url(str(PurePosixPath(path).parent), style_of(old)) + "/"
    else:
        reference.target_url = target_url(path, style_of(old))


def _plain_name(path: str) -> str:
    """The file name, with case and composed accents taken away."""
    return unicodedata.normalize("NFC", PurePosixPath(path).name).casefold()


def _files(search: Path, names: set[str]) -> dict[str, list[str]]:
    """Files below `search` that have one of the names; links to folders are not followed."""
    if not search.is_dir():
        raise MediaError(
            f"{search} is not a folder.",
            "Choose the folder that holds the media.",
            code="media.folder",
        )
    files: dict[str, list[str]] = defaultdict(list)
    count = 0
    for parent, _, inside in os.walk(search.absolute()):
        count += len(inside)
        if count > MAX_FILES:
            raise MediaError(
                f"{search} holds more than {MAX_FILES} files.",
                "Choose a folder closer to the media.",
                code="media.folder",
            )
        for name in inside:
            if (plain := _plain_name(name)) in names:
                files[plain].append(f"{parent}/{name}".replace(os.sep, "/"))
    return files


def _best(path: str, files: list[str]) -> list[str]:
    """Those of `files` whose last folders are most like those of `path`."""
    if not files:
        return []
    likeness = {file: _common_tail(path, file) for file in files}
    most = max(likeness.values())
    return [file for file, common in likeness.items() if common == most]


def _common_tail(a: str, b: str) -> int:
    """How many parts two paths have in common, counted from the file up."""
    count = 0
    for one, other in zip(reversed(a.split("/")), reversed(b.split("/")), strict=False):
        if _plain_name(one) != _plain_name(other):
            break
        count += 1
    return count
