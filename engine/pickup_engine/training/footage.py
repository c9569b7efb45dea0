"""Windows of real clips to measure on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from pickup_engine.models.draft import model_size
from pickup_engine.training.halves import Half, belongs
from pickup_engine.worker.backends.base import Bytes

SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm")
_CUT, _CUT_TIMES = 25.0, 5.0
"""A mean difference between neighbours of so many 8-bit steps, and so many times the usual one, is
a cut: nothing could be predicted across it."""

_LAST = 1200
"""Frames of a clip that windows are placed in: finding later ones means decoding all before."""


@dataclass(frozen=True)
class Window:
    """(n, h, w, 3) pictures of a clip at the model's size, `known` before the ones to predict.

    start: frame of the file that is the first picture.
    """

    path: Path
    start: int
    pictures: Bytes
    known: int

    @property
    def clip(self) -> str:
        """The file's name without suffix."""
        return self.path.stem


@dataclass(frozen=True)
class Wanted:
    """Windows of `known` pictures, `least_known` where the clip is shorter, and `new` ones after
    them; `per_clip` of each clip."""

    known: int
    least_known: int
    new: int
    per_clip: int


@dataclass(frozen=True)
class Footage:
    """The clips of a folder that belong to a half, each name once. cache: a folder for pictures
    that were decoded before, by the file's content; None = none."""

    folder: Path
    half: Half = Half.ALL
    cache: Path | None = None

    def clips(self) -> list[Path]:
        """Video files by name; of the same name in two formats, the first."""
        by_name: dict[str, Path] = {}
        for path in sorted(self.folder.iterdir()):
            if path.suffix.lower() in SUFFIXES and belongs(path.stem, self.half):
                by_name.setdefault(path.stem, path)
        return list(by_name.values())

    def windows(self, wanted: Wanted, skipped: Callable[[str], None]) -> Iterator[Window]:
        """Evenly placed windows of every clip, moved where there is a cut inside. `skipped` hears
        of each clip or window that is left out, and why."""
        for path in self.clips():
            yield from self._of_clip(path, wanted, skipped)

    def _of_clip(
        self, path: Path, wanted: Wanted, skipped: Callable[[str], None]
    ) -> Iterator[Window]:
        count = min(_count(path), _LAST)
        if count < wanted.least_known + wanted.new:
            skipped(f"{path.name}: {count} frames are too few")
            return
        known = min(wanted.known, count - wanted.new)
        length = known + wanted.new
        gap = (count - length) / (wanted.per_clip + 1)
        starts = sorted({round(gap * (part + 1)) for part in range(wanted.per_clip)})
        # A window may move half the way to its neighbours, which keeps them apart.
        slack = min(length, int(gap / 2))
        runs = [range(max(0, at - slack), min(count, at + length + slack)) for at in starts]
        places = [start - run.start for start, run in zip(starts, runs, strict=True)]
        for start, found in zip(starts, self._uncut(path, runs, places, length), strict=True):
            if len(found.pictures) < length:
                skipped(f"{path.name} @ {start}: no {length} frames without a cut")
                continue
            yield Window(path, found.start, found.pictures, known)

    def _uncut(
        self, path: Path, runs: Sequence[range], places: Sequence[int], length: int
    ) -> list[_Stretch]:
        """For each run the stretch of `length` without a cut that is nearest to its place."""
        files = [] if self.cache is None else _files(self.cache, path, runs, length)
        if files and all(file.is_file() for file in files):
            return [_load(file) for file in files]
        read = read_runs(path, runs)
        found = [
            _stretch(pictures, run.start, place, length)
            for pictures, run, place in zip(read, runs, places, strict=True)
        ]
        for file, stretch in zip(files, found, strict=False):
            _save(stretch, file)
        return found


@dataclass(frozen=True)
class _Stretch:
    """Pictures from a frame on; none where there is a cut wherever one begins."""

    start: int
    pictures: Bytes


def read_runs(path: Path, runs: Sequence[range], small: bool = True) -> list[Bytes]:
    """The pictures of some runs of frames, each (n, h, w, 3), decoded in one go; shorter where the
    file ends sooner. small: at the model's size, else at their own."""
    found: list[list[Bytes]] = [[] for _ in runs]
    capture = cv2.VideoCapture(str(path))
    for index in range(max(run.stop for run in runs)):
        if not capture.grab():
            break
        holders = [held for run, held in zip(runs, found, strict=True) if index in run]
        if holders:
            picture = _picture(capture.retrieve()[1], small)
            for held in holders:
                held.append(picture)
    capture.release()
    empty = np.zeros((0, 1, 1, 3), np.uint8)
    return [np.stack(held) if held else empty for held in found]


def read_middle(path: Path, frames: int) -> tuple[Bytes, int]:
    """At most `frames` pictures from the middle of a clip, at the model's size, and their start."""
    count = _count(path)
    start = max(0, (count - frames) // 2)
    return read_runs(path, [range(start, min(count, start + frames))])[0], start


def _picture(read: cv2.typing.MatLike, small: bool) -> Bytes:
    if small:
        size = model_size(read.shape[1], read.shape[0])
        read = cv2.resize(read, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(read, cv2.COLOR_BGR2RGB), np.uint8)


def _count(path: Path) -> int:
    """Frames of a clip as its container tells; counted where it does not."""
    capture = cv2.VideoCapture(str(path))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    if count <= 0:
        count = 0
        while count < _LAST and capture.grab():
            count += 1
    capture.release()
    return count


def _files(folder: Path, path: Path, runs: Sequence[range], length: int) -> list[Path]:
    """Where stretches are kept, by the file's content and the model's size."""
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()[:24]
    capture = cv2.VideoCapture(str(path))
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    capture.release()
    size = "x".join(map(str, model_size(max(1, width), max(1, height))))
    return [folder / f"{digest}-{run.start}-{run.stop}-{length}-{size}.npz" for run in runs]


def _save(stretch: _Stretch, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial.npz")
    np.savez(partial, start=stretch.start, pictures=stretch.pictures)
    partial.replace(file)


def _load(file: Path) -> _Stretch:
    with np.load(file) as held:
        return _Stretch(int(held["start"]), held["pictures"])


def _stretch(pictures: Bytes, first: int, near: int, length: int) -> _Stretch:
    """`length` of the pictures, which begin at frame `first`, without a cut between them: those
    that begin nearest to the picture `near`."""
    if len(pictures) < length:
        return _Stretch(first, pictures[:0])
    steps = np.array(
        [np.abs(after.astype(np.int16) - before).mean() for before, after in pairwise(pictures)]
    )
    cut = (steps > _CUT) & (steps > _CUT_TIMES * np.median(steps))
    places = sorted(range(len(pictures) - length + 1), key=lambda place: abs(place - near))
    for place in places:
        if not cut[place : place + length - 1].any():
            return _Stretch(first + place, pictures[place : place + length])
    return _Stretch(first, pictures[:0])
