"""The top row: the cut, undo and redo, save, and how the engine is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from pickup_ui.state.actions import Actions
from pickup_ui.state.files import Files
from pickup_ui.state.outlook import EngineMood
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.state.wording import percent
from pickup_ui.theme import GAP, theme_for, title
from pickup_ui.views.choosers import Choosers
from pickup_ui.views.file_menu import FileMenu
from pickup_ui.views.parts import Elided, IconButton, Text

_MOODS = {
    EngineMood.STARTING: "engine starts",
    EngineMood.READY: "ready",
    EngineMood.RESTARTING: "engine restarts",
    EngineMood.GONE: "no engine",
}


class Lamp(QWidget):
    """A dot for the engine: filled when ready, a ring while it starts; the word stands beside."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setFixedSize(10, 10)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A dot."""
        return QSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Filled or a ring."""
        theme = theme_for(self)
        ready = self._session.engine is EngineMood.READY
        starting = self._session.engine is EngineMood.STARTING
        colour = theme.accent if ready else theme.muted if starting else theme.amber
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if ready else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(5, 5), 3.4, 3.4)


class Header(QWidget):
    """Name of the cut and the few things that are always there."""

    def __init__(
        self, session: Session, actions: Actions, shelf: Shelf, files: Files, choosers: Choosers
    ) -> None:
        super().__init__()
        self._session = session
        self._narrow = False
        self._name = Elided("")
        self._name.setFont(title(self._name.font()))
        self._name.setMinimumWidth(48)
        self._edited = Text("not saved", "muted", little=True)
        self._mood = Text("", "muted", little=True)
        self._lamp = Lamp(session)
        self.open = IconButton("open", "Open a cut (Ctrl+O)", choosers.ask_open)
        self.undo = IconButton("undo", "Undo", actions.undo)
        self.redo = IconButton("redo", "Redo", actions.redo)
        self.save = IconButton("save", "Save (Ctrl+S)", choosers.ask_save)
        self.menu = FileMenu(session, files, choosers, self)
        self.more = IconButton("menu", "Export, media, notes (Ctrl+E)", self.open_menu)
        self._shelf = shelf
        self._coming = Text("", "muted", little=True)
        self._coming.setToolTip("A model is on its way")
        self.models = IconButton("models", "Models (Ctrl+Shift+M)", shelf.open)
        self.keys = IconButton("keys", "Keys", self._tell_keys)
        self.key_words = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._name, 1)
        row.addWidget(self._edited)
        row.addSpacing(GAP)
        row.addWidget(self._lamp)
        row.addSpacing(4)
        row.addWidget(self._mood)
        row.addSpacing(GAP)
        row.addWidget(self._coming)
        for one in (self.models, self.keys, self.undo, self.redo, self.open, self.save, self.more):
            row.addWidget(one)
        session.snapshot_changed.connect(self._follow)
        session.engine_changed.connect(self._follow)
        shelf.changed.connect(self._follow_coming)
        self._follow_coming()
        self._follow()

    def _tell_keys(self) -> None:
        QToolTip.showText(self.keys.mapToGlobal(self.keys.rect().bottomLeft()), self.key_words)

    def open_menu(self) -> None:
        """Open the menu of the cut under its button."""
        self.menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _follow(self) -> None:
        snapshot = self._session.snapshot
        if snapshot is None:
            name = (
                f"Opening {Path(self._session.opening).name}" if self._session.opening else "Pickup"
            )
        else:
            name = snapshot.name or Path(snapshot.path).stem
        self._edited.setVisible(bool(snapshot and snapshot.modified))
        self._name.setText(name)
        self._name.setToolTip(snapshot.path if snapshot else "")
        self._mood.setText(_MOODS[self._session.engine])
        self._lamp.setToolTip(self._mood.text())
        self._lamp.update()
        for one, label, word, keys in (
            (self.undo, snapshot.can_undo if snapshot else "", "Undo", "Ctrl+Z"),
            (self.redo, snapshot.can_redo if snapshot else "", "Redo", "Ctrl+Shift+Z"),
        ):
            one.setEnabled(bool(label))
            one.setToolTip(f"{word} {label} ({keys})" if label else f"Nothing to {word.lower()}")
        self.save.setEnabled(bool(snapshot))
        self._follow_room()

    def _follow_coming(self) -> None:
        part = self._shelf.coming
        self._coming.setText("" if part is None else percent(part))
        self._coming.setVisible(part is not None)

    def set_narrow(self, narrow: bool) -> None:
        """Leave the engine's word out; the dot's tool tip has it."""
        self._narrow = narrow
        self._mood.setVisible(not narrow)
        self.keys.setVisible(not narrow)
        self._follow_room()

    def _follow_room(self) -> None:
        """Where it is narrow, opening is in the menu once there is something to open it for."""
        opened = self._session.snapshot is not None
        self.open.setVisible(not (self._narrow and opened))
        self.more.setVisible(opened or not self._narrow)
