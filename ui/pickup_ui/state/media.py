"""What is known of media files: each is measured once by the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import MediaRef

Measured = Callable[[MediaRef], None]
Failure = Callable[[PickupError], None]


class Media(QObject):
    """Asks for many files at once; `changed` tells that answers are here."""

    changed = Signal()

    def __init__(self, engine: QtEngine, parent: QObject) -> None:
        super().__init__(parent)
        self._engine = engine
        self._known: dict[str, MediaRef | PickupError] = {}
        self._asked: set[str] = set()
        self._next: list[str] = []
        self._waiting: list[tuple[str, Measured, Failure]] = []
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._ask)

    def ref(self, path: str) -> MediaRef | None:
        """The measured file, None while it is unknown or cannot be read."""
        known = self._known.get(path)
        return known if isinstance(known, MediaRef) else None

    def error(self, path: str) -> PickupError | None:
        """Why the file cannot be read."""
        known = self._known.get(path)
        return known if isinstance(known, PickupError) else None

    def ready(self, path: str) -> bool:
        """Whether `ref` can answer; if nothing is known yet, it is asked for."""
        if path not in self._known:
            self._want(path)
        return self.ref(path) is not None

    def put(self, media: MediaRef) -> None:
        """Take in a file that is known already: takes come measured."""
        self._known[media.path] = media

    def measure(self, path: str, done: Measured, failed: Failure) -> None:
        """Call `done` with the measured file, now or later."""
        match self._known.get(path):
            case MediaRef() as media:
                done(media)
            case _:
                # What failed before is asked again: the file may be back.
                self._waiting.append((path, done, failed))
                self._want(path)

    def forget_errors(self) -> None:
        """Ask again for what failed: the engine is back, or the user has relinked."""
        kept = [(p, ref) for p, ref in self._known.items() if isinstance(ref, MediaRef)]
        self._known = dict(kept)

    def _want(self, path: str) -> None:
        if path not in self._asked:
            self._asked.add(path)
            self._next.append(path)
            self._soon.start()

    def _ask(self) -> None:
        paths, self._next = self._next, []
        allow(self._engine, paths)
        self._engine.probe_each(paths, partial(self._found, paths), partial(self._lost, paths))

    def _found(self, paths: Sequence[str], found: Sequence[MediaRef | PickupError]) -> None:
        self._take_in(dict(zip(paths, found, strict=True)))

    def _lost(self, paths: Sequence[str], error: PickupError) -> None:
        self._take_in(dict.fromkeys(paths, error))

    def _take_in(self, found: dict[str, MediaRef | PickupError]) -> None:
        self._known.update(found)
        self._asked -= found.keys()
        waiting, self._waiting = self._waiting, []
        for path, done, failed in waiting:
            match found.get(path):
                case MediaRef() as media:
                    done(media)
                case PickupError() as error:
                    failed(error)
                case None:
                    self._waiting.append((path, done, failed))
        self.changed.emit()


def allow(engine: QtEngine, paths: Sequence[str]) -> None:
    """Let the engine read the folders of these files; what is missing, the request tells."""
    for folder in sorted({str(folder_of(path)) for path in paths}):
        if Path(folder).is_dir():
            engine.allow([folder], lambda _: None, lambda _: None)


def folder_of(path: str) -> Path:
    """The folder of a file, or the folder itself."""
    return Path(path) if Path(path).is_dir() else Path(path).parent
