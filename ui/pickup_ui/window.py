"""The dock in a window of its own, for every editor that can read and write OpenTimelineIO."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow

from pickup.hosts.file.adapter import SUFFIXES, FileHost
from pickup_ui.panel import create_panel
from pickup_ui.state.outlook import Notice, Remedy

_SIZE = (1120, 860)
_PATIENCE_MS = 2000
"""How long a closed window waits for the engine to take back what was not saved."""


class Window(QMainWindow):
    """Holds the panel; a cut can be dropped on it. Unsaved edits are told before they are lost."""

    def __init__(self, cut: Path | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Pickup")
        self.resize(QSize(*_SIZE).boundedTo(self.screen().availableSize()))
        self.setAcceptDrops(True)
        self.panel = create_panel(FileHost(cut), self)
        self.setCentralWidget(self.panel)
        self.panel.desk.session.snapshot_changed.connect(self._name)
        self._give_up = self._ended = False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take cuts."""
        if any(url.toLocalFile().lower().endswith(SUFFIXES) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open the first cut."""
        for url in event.mimeData().urls():
            if url.toLocalFile().lower().endswith(SUFFIXES):
                self.panel.desk.actions.open(url.toLocalFile())
                return

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Unsaved edits are said once in place; closing again, or the button, gives them up."""
        desk = self.panel.desk
        snapshot = desk.session.snapshot
        if snapshot is not None and snapshot.modified and not self._give_up:
            self._give_up = True
            desk.session.set_notice(
                Notice(
                    "The cut has edits that are not saved.",
                    "Takes are kept either way and offered again at the next start.",
                    remedies=(
                        Remedy("Save", self.panel.choosers.ask_save),
                        Remedy("Close without saving", self._close),
                    ),
                )
            )
            event.ignore()
            return
        if not self._ended and snapshot is not None and snapshot.modified:
            event.ignore()
            QTimer.singleShot(_PATIENCE_MS, self, self._end)
            # Not from within the engine's answer: closing lets go of the engine.
            desk.ledger.give_up_edits(lambda: QTimer.singleShot(0, self, self._end))
            return
        desk.close()
        super().closeEvent(event)

    def _close(self) -> None:
        self.close()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self.close()

    def _name(self) -> None:
        self._give_up = False
        snapshot = self.panel.desk.session.snapshot
        self.setWindowTitle(f"{Path(snapshot.path).name} · Pickup" if snapshot else "Pickup")
