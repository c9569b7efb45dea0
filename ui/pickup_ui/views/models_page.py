"""The models of this machine and those that it could have."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pickup.protocol import ModelInfo
from pickup_ui.state.outlook import EngineMood
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.theme import GAP, MARGIN, title
from pickup_ui.views.model_row import ModelRow, placeholder
from pickup_ui.views.parts import Elided, IconButton, Wrapped, button

_WIDEST = 760
"""Pixels: longer lines are hard to read."""


class ModelsPage(QScrollArea):
    """One row for each model; rows stay while their model is listed."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        super().__init__()
        self._session, self._shelf = session, shelf
        self.rows: dict[str, ModelRow] = {}
        self._says = Wrapped("", "muted")
        self._fault = Wrapped("", "failed")
        self._hint = Wrapped("", "muted", little=True)
        self.back = IconButton("left", "Back to the cut (Esc)", shelf.close)
        self.bring = button("Import a folder…", self._ask_folder)
        self.bring.setToolTip("Take in a model folder that you have, without the network")
        self.start = button("Start the engine", shelf.start_engine)
        self._column = QVBoxLayout()
        self._column.setSpacing(GAP)
        self._build()
        for signal in (session.engine_changed, shelf.changed, shelf.page_changed):
            signal.connect(self._follow)
        shelf.page_changed.connect(self._show_focus)
        self._follow()

    def _build(self) -> None:
        name = Elided("Models")
        name.setFont(title(name.font()))
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.back)
        top.addWidget(name, 1)
        top.addWidget(self.bring)
        body = QWidget()
        body.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        inner = QVBoxLayout()
        inner.setSpacing(GAP)
        inner.addLayout(top)
        for widget in (self._says, self.start, self._fault, self._hint):
            inner.addWidget(widget)
        inner.setAlignment(self.start, Qt.AlignmentFlag.AlignLeft)
        inner.addLayout(self._column)
        inner.addStretch(1)
        holder = QWidget()
        holder.setMaximumWidth(_WIDEST)
        holder.setLayout(inner)
        inner.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(body)
        row.setContentsMargins(MARGIN, GAP, MARGIN, MARGIN)
        row.addWidget(holder, 1)
        row.addStretch(0)
        self._body = body
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(body)

    def take_focus(self) -> None:
        """The keys are the page's."""
        self.back.setFocus()

    def _follow(self) -> None:
        if not self._shelf.is_open:
            return
        mood = self._session.engine
        here = mood is EngineMood.READY
        self._says.setText(_mood_words(mood, bool(self._session.models)))
        self._says.setVisible(bool(self._says.text()))
        self.start.setVisible(mood is EngineMood.GONE)
        self.bring.setEnabled(here)
        error = self._shelf.faults.get("")
        self._fault.setText(error.message if error else "")
        self._hint.setText(error.hint if error else "")
        self._fault.setVisible(error is not None)
        self._hint.setVisible(bool(error and error.hint))
        self._list(self._models())
        for row in self.rows.values():
            row.setEnabled(here)

    def _models(self) -> list[ModelInfo]:
        """Those that make pictures, then those on their way, then helpers."""
        known = self._session.models
        ids = {one.id for one in known}
        coming = [
            placeholder(one) for one in self._shelf.transfers.values() if one.model not in ids
        ]
        makers = [one for one in known if one.operations]
        return [*makers, *coming, *(one for one in known if not one.operations)]

    def _list(self, models: list[ModelInfo]) -> None:
        wanted = [one.id for one in models]
        if list(self.rows) != wanted:
            self._arrange(models)
        for one in models:
            self.rows[one.id].follow(one)

    def _arrange(self, models: list[ModelInfo]) -> None:
        """A click must not meet a row just replaced: those that stay are moved only."""
        kept = {one.id: self.rows.pop(one.id, None) for one in models}
        for gone in self.rows.values():
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self.rows = {}
        for at, one in enumerate(models):
            row = kept[one.id] or ModelRow(self._session, self._shelf)
            self.rows[one.id] = row
            self._column.insertWidget(at, row)

    def _show_focus(self) -> None:
        if self._shelf.is_open and self._shelf.focus in self.rows:
            # After the layout has given the rows their places.
            QTimer.singleShot(0, self, self._scroll)

    def _scroll(self) -> None:
        row = self.rows.get(self._shelf.focus)
        if row is not None:
            self.ensureWidgetVisible(row, 0, MARGIN)
            button_ = row.get if row.get.isVisible() else self.back
            button_.setFocus()

    def _ask_folder(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Choose a model folder"):
            self._shelf.import_folder(name)


def _mood_words(mood: EngineMood, known: bool) -> str:
    match mood:
        case EngineMood.READY:
            return "" if known else "Reading the models …"
        case EngineMood.GONE:
            return "The engine does not run: models cannot be fetched or removed now."
        case _:
            return "The engine starts …"
