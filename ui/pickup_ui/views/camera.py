"""The camera move: one of the usual ones, or any in the engine's words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit

from pickup_ui.state.camera import GRAMMAR, MOVES

_STILL = "no camera move"
_WIDTH = 168


class CameraField(QComboBox):
    """`told` gets the move after each change by the user; "" = the camera stays as it is."""

    def __init__(self, told: Callable[[str], object], tip: str) -> None:
        super().__init__()
        self._told = told
        self._words = QLineEdit()
        self._words.setPlaceholderText(_STILL)
        self._words.setAccessibleName("Camera move")
        self.setLineEdit(self._words)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        # One without words: completing a half-typed amount would change what is meant.
        self.setCompleter(QCompleter(self))
        self.setAccessibleName("Camera move")
        self.setToolTip(f"{tip}\n{GRAMMAR}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.addItem(_STILL, "")
        for move in MOVES:
            self.addItem(move, move)
        self.setMaxVisibleItems(len(MOVES) + 1)
        self.activated.connect(self._choose)
        self._words.textEdited.connect(lambda words: told(words.strip()))
        self.show_move("")

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a move and its amount."""
        return QSize(_WIDTH, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as usual: the list is wider than its field."""
        return self.sizeHint()

    def show_move(self, move: str) -> None:
        """Show a move unless the user is typing one."""
        if self._words.text().strip() != move and not self._words.hasFocus():
            self._words.setText(move)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to what is behind."""
        event.ignore()

    def _choose(self, at: int) -> None:
        move = str(self.itemData(at) or "")
        self._words.setText(move)
        self._told(move)
