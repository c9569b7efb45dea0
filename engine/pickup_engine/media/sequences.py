"""Image sequences: printf patterns, folders of numbered images, and the file of each frame."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pickup.errors import MediaError

IMAGES: Final = frozenset(
    "." + name
    for name in ("png", "jpg", "jpeg", "tif", "tiff", "exr", "dpx", "bmp", "tga", "webp", "jp2")
)
_PRINTF = re.compile(r"%(0\d+)?d")
_NUMBER = re.compile(r"^(.*?)(\d+)(\.[^.]+)$")


@dataclass(frozen=True)
class Sequence:
    """Numbered files: `pattern` is absolute with one `%0Nd`, numbers run first..last inclusive."""

    pattern: str
    first: int
    last: int


def is_pattern(path: str) -> bool:
    """Whether `path` is a printf pattern (a file of that very name would win, see `find`)."""
    return _PRINTF.search(Path(path).name) is not None


def file_of(pattern: str, number: int) -> str:
    """The path of one file of a sequence."""
    folder, name = Path(pattern).parent, Path(pattern).name
    return str(folder / _PRINTF.sub(lambda m: f"{number:{m[1] or ''}d}", name, count=1))


def find(path: str) -> Sequence | None:
    """The sequence that `path` names: a pattern, or a folder of numbered images; else None.

    Of several sequences in a folder the longest is taken. Raises MediaError media.missing where a
    pattern or folder matches no file.
    """
    place = Path(path)
    if place.is_dir():
        return _longest(place)
    if is_pattern(path) and not place.exists():
        return _matching(place)
    return None


def _matching(place: Path) -> Sequence:
    name = place.name
    match = _PRINTF.search(name)
    folder = place.parent
    numbers = []
    if match and folder.is_dir():
        digits = rf"\d{{{int(match[1])},}}" if match[1] else r"\d+"
        shape = re.compile(
            re.escape(name[: match.start()]) + f"({digits})" + re.escape(name[match.end() :])
        )
        numbers = [int(m[1]) for f in folder.iterdir() if (m := shape.fullmatch(f.name))]
    if not numbers:
        raise MediaError(
            f"No file matches “{name}” in {folder}.",
            "Relink the clip to the folder that holds the image sequence.",
            code="media.missing",
        )
    return Sequence(str(place.absolute()), min(numbers), max(numbers))


def _longest(folder: Path) -> Sequence:
    groups: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for file in folder.iterdir():
        match = _NUMBER.match(file.name)
        if match and match[3].lower() in IMAGES and not file.name.startswith("."):
            padded = len(match[2]) if match[2].startswith("0") else 0
            groups[match[1], match[3], padded].append(int(match[2]))
    if not groups:
        raise MediaError(
            f"The folder “{folder.name}” holds no numbered images.",
            "Choose a folder with files such as shot.0001.png.",
            code="media.missing",
        )
    merged = _join_overflow(groups)
    (prefix, suffix, width), numbers = max(merged.items(), key=lambda item: len(item[1]))
    place = f"%0{width}d" if width else "%d"
    name = f"{prefix}{place}{suffix}"
    return Sequence(str((folder / name).absolute()), min(numbers), max(numbers))


def _join_overflow(
    groups: dict[tuple[str, str, int], list[int]],
) -> dict[tuple[str, str, int], list[int]]:
    """`0998, 0999, 1000`: numbers that fill their width carry no zero, yet belong to it."""
    merged = {key: list(numbers) for key, numbers in groups.items()}
    for (prefix, suffix, width), numbers in groups.items():
        if width:
            full = groups.get((prefix, suffix, 0), [])
            numbers_here = [n for n in full if len(str(n)) >= width]
            merged[prefix, suffix, width] = numbers + numbers_here
    return merged
