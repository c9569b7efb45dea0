"""An open timeline: edits that succeed whole or not at all, undo, and a save that is whole too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from pickup.errors import TimelineError
from pickup.timeline.files.drop_frame import counts_drop_frame
from pickup.timeline.files.export import Export, export
from pickup.timeline.files.moved import Relinked, find_moved, link
from pickup.timeline.files.parse import load
from pickup.timeline.files.relink import with_absolute_media
from pickup.timeline.files.saving import same_file, write_whole
from pickup.timeline.identity import assign_uids
from pickup.timeline.normalise import normalise
from pickup.timeline.rates import nearest_frame
from pickup.timeline.takes.recovery import recover
from pickup.timeline.validate import check_edit

T = TypeVar("T")


@dataclass(frozen=True)
class _Step:
    label: str
    timeline: Any


class Document:
    """A timeline, its history, and the file that it came from.

    `timeline` is an OTIO Timeline to be read only; `edit` is the one way to change it. `rate` is
    the edit rate and stays. `revision` grows with every edit, undo and redo. `notes` are sentences
    about what was lost or assumed when the file was read. The timeline that a Document is made of
    becomes its own and is mended in place.
    """

    def __init__(self, timeline: Any, path: Path | None = None) -> None:
        self.rate = normalise(timeline)
        self.timeline = timeline
        self.path = path
        recover(timeline, self.folder)
        self.notes: tuple[str, ...] = ()
        self.revision = 0
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []
        self._saved = self.timeline

    @classmethod
    def open(cls, path: str | Path, rate: Fraction | None = None) -> Document:
        """Open a timeline of any format in `formats.py`; `rate` is for an EDL, which states none.

        `notes` say what reading took for granted. Raises TimelineError that names the file and the
        remedy, StorageError where a packed bundle cannot be unpacked.
        """
        loaded = load(Path(path), rate)
        document = cls(loaded.timeline, loaded.file)
        document.notes = loaded.notes
        return document

    @property
    def folder(self) -> str:
        """Where relative media paths start ("" for a timeline that has no file)."""
        return str(self.path.parent) if self.path else ""

    @property
    def start(self) -> int:
        """Frame number of the start timecode."""
        begin = self.timeline.global_start_time
        return 0 if begin is None else nearest_frame(begin, self.rate)

    @property
    def drop_frame(self) -> bool:
        """Whether timecode is drop-frame, where the host told (OTIO itself has no field for it)."""
        return counts_drop_frame(self.timeline)

    @property
    def modified(self) -> bool:
        """Whether there is something to save."""
        return self.timeline is not self._saved

    @property
    def can_undo(self) -> str:
        """Label of the edit that `undo` takes back, or ""."""
        return self._undo[-1].label if self._undo else ""

    @property
    def can_redo(self) -> str:
        """Label of the edit that `redo` brings again, or ""."""
        return self._redo[-1].label if self._redo else ""

    def edit(self, label: str, change: Callable[[Any], T]) -> T:
        """Run `change` on a clone and take the clone over if it is sound.

        On any failure the document is what it was, to the byte. Raises what `change` raises, or
        TimelineError where the result would be broken.
        """
        work = self.timeline.clone()
        result = change(work)
        assign_uids(work)
        check_edit(self.timeline, work, self.rate)
        self._undo.append(_Step(label, self.timeline))
        self._redo.clear()
        self._take_over(work)
        return result

    def relink(self, search: str | Path) -> Relinked:
        """Link offline media to files below the folder `search`, as one edit; MediaError."""
        result = find_moved(self.timeline, self.folder, search)
        if result.found:
            self.edit("Relink media", lambda cut: link(cut, self.folder, result.found))
        return result

    def undo(self) -> str:
        """Take the last edit back and return its label; TimelineError where there is none."""
        return self._step(self._undo, self._redo, "undo")

    def redo(self) -> str:
        """Bring the last undone edit again and return its label."""
        return self._step(self._redo, self._undo, "redo")

    def _step(self, source: list[_Step], target: list[_Step], what: str) -> str:
        if not source:
            raise TimelineError(f"There is nothing to {what}.", code="timeline.history")
        step = source.pop()
        target.append(_Step(step.label, self.timeline))
        self._take_over(step.timeline)
        return step.label

    def _take_over(self, timeline: Any) -> None:
        self.timeline = timeline
        self.revision += 1

    def save(self, path: str | Path) -> Path:
        """Write the timeline to `path` (`.otio`), whole or not at all; returns the absolute path.

        The file that the document was opened from is never overwritten. Media paths relative to it
        become absolute where `path` is in another folder. Raises TimelineError, StorageError.
        """
        target = self.check_target(path)
        moved = self.path is not None and target.parent != self.path.parent
        timeline = with_absolute_media(self.timeline, self.folder) if moved else self.timeline
        write_whole(target, timeline.to_json_string(indent=4))
        self._saved = self.timeline
        return target

    def export(self, path: str | Path) -> Export:
        """Write the timeline in another format (`formats.py`); the result names every loss.

        Raises TimelineError where the format cannot hold the cut, StorageError.
        """
        return export(self.timeline, self.rate, self.path, path)

    def check_target(self, path: str | Path) -> Path:
        """Raise TimelineError where `save` may not write to `path`; else return it, absolute."""
        target = Path(path).absolute()
        if target.suffix.lower() != ".otio":
            raise TimelineError(
                f"{target.name} is not an .otio file.",
                "Save as .otio: it is the one format that keeps everything.",
                code="timeline.format",
            )
        if self.path and same_file(target, self.path):
            raise TimelineError(
                f"{target.name} is the timeline that was opened, and it is never overwritten.",
                "Save under another name, such as " + target.stem + ".pickup.otio.",
                code="timeline.input_file",
            )
        return target
