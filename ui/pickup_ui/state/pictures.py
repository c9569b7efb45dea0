"""Preview pictures: asked of the engine in runs, kept as files, decoded when they are shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import MediaRef, Source
from pickup_ui.state.media import Media
from pickup_ui.state.program import Cell

HEIGHT = 360
_BATCH = 32
_FIRST = 4
_DECODED = 160
"""Lines of a preview; pictures asked for at once, and while the one in view
is missing; decoded pictures kept (0.9 MB each at 16:9)."""


class Pictures(QObject):
    """One request to the engine at a time; the picture that is looked at goes first."""

    arrived = Signal()

    def __init__(self, engine: QtEngine, media: Media, parent: QObject) -> None:
        super().__init__(parent)
        self._engine, self._media = engine, media
        self._files: dict[Cell, str] = {}
        self._failed: dict[str, str] = {}
        self._images: OrderedDict[Cell, QImage] = OrderedDict()
        self._wanted: list[Cell] = []
        self._busy = False
        media.changed.connect(self._go_on)

    def image(self, cell: Cell) -> QImage | None:
        """The picture if it is here."""
        if cell in self._images:
            self._images.move_to_end(cell)
            return self._images[cell]
        path = self._files.get(cell)
        if path is None:
            return None
        image = QImage(path)
        if image.isNull():
            # The cache folder was emptied behind our back: ask again.
            del self._files[cell]
            return None
        self._images[cell] = image
        while len(self._images) > _DECODED:
            self._images.popitem(last=False)
        return image

    def failure(self, path: str) -> str:
        """Why a file gives no pictures; "" if it does."""
        error = self._media.error(path)
        return error.message if error else self._failed.get(path, "")

    def put(self, cell: Cell, file: str) -> None:
        """Take in a picture file."""
        self._files[cell] = file

    def want(self, cells: Iterable[Cell]) -> None:
        """Replace what is wanted; the first come first."""
        self._wanted = [cell for cell in dict.fromkeys(cells) if cell not in self._files]
        self._go_on()

    def forget_failures(self) -> None:
        """The engine is back, or media was relinked: try everything again."""
        self._failed.clear()
        self._go_on()

    def _go_on(self) -> None:
        if self._busy:
            return
        open_ = [c for c in self._wanted if c not in self._files and c.path not in self._failed]
        path = next((cell.path for cell in open_ if self._media.ready(cell.path)), "")
        media = self._media.ref(path) if path else None
        if media is None:
            return
        # What is looked at comes first and alone: it must not wait for the rest of a loop.
        most = _FIRST if open_[0] == self._wanted[0] else _BATCH
        frames = [cell.frame for cell in open_ if cell.path == path][:most]
        runs = arithmetic_runs(frames)
        sources = [source_of(media, run) for run in runs]
        self._busy = True

        def done(answer: Sequence[Sequence[str]]) -> None:
            self._busy = False
            for run, files in zip(runs, answer, strict=False):
                for frame, file in zip(run, files, strict=False):
                    self._files[Cell(path, frame)] = file
            self._settled(path, frames)

        def failed(error: PickupError) -> None:
            self._busy = False
            self._failed[path] = error.message
            self.arrived.emit()
            self._go_on()

        self._engine.preview(sources, HEIGHT, done, failed)

    def _settled(self, path: str, frames: list[int]) -> None:
        if all(Cell(path, frame) not in self._files for frame in frames):
            self._failed[path] = f"{path} gives no pictures."
        self.arrived.emit()
        self._go_on()


def arithmetic_runs(frames: Sequence[int]) -> list[list[int]]:
    """Split into runs of one constant step, so that each is one `Source`."""
    runs: list[list[int]] = []
    for frame in frames:
        run = runs[-1] if runs else []
        fits = len(run) == 1 or (len(run) > 1 and frame - run[-1] == run[-1] - run[-2])
        if run and fits and frame != run[-1]:
            run.append(frame)
        else:
            runs.append([frame])
    return runs


def source_of(media: MediaRef, run: Sequence[int]) -> Source:
    """The frames of `run` as a source."""
    step = run[1] - run[0] if len(run) > 1 else 1
    return Source(media, Fraction(run[0]), Fraction(step), len(run), media.rate)
