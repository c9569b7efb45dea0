"""Input fields: a length, words, a list of choices, a strength."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSizePolicy, QSlider, QWidget

from pickup.errors import RequestError
from pickup_ui.state.lengths import length, parse_length
from pickup_ui.state.session import Session
from pickup_ui.views.parts import Text

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class LengthField(QWidget):
    """`02:00 = 48 f`: a time in the editor's own count, checked while it is typed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.field = QLineEdit()
        self.field.setFixedWidth(72)
        self.field.setAccessibleName("Length")
        self.field.setToolTip("Frames (48), seconds (2s) or seconds and frames (02:00)")
        self.field.textEdited.connect(self._typed)
        self.field.editingFinished.connect(self._shown)
        self._frames = Text("", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.field, self._frames):
            row.addWidget(widget)
        session.draft_changed.connect(self._follow)
        session.snapshot_changed.connect(self._shown)
        self._shown()

    def _follow(self) -> None:
        if not self.field.hasFocus():
            self._shown()
        self._tell()

    def _shown(self) -> None:
        self.field.setText(length(self._session.draft.frames, self._session.rate))
        self._mark(False)
        self._tell()

    def _tell(self) -> None:
        self._frames.setText(f"= {self._session.draft.frames} f")

    def _typed(self, words: str) -> None:
        try:
            frames = parse_length(words, self._session.rate)
        except RequestError:
            self._mark(True)
            return
        self._mark(False)
        self._session.change(frames=frames)

    def _mark(self, invalid: bool) -> None:
        self.field.setProperty("invalid", invalid)
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)


class WordsField(QLineEdit):
    """One line of free text that grows with the window."""

    def __init__(self, name: str, hint: str, told: Callable[[str], object]) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textEdited.connect(told)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a short sentence."""
        return QSize(220, super().sizeHint().height())

    def show_words(self, words: str) -> None:
        """Show these unless the user is typing."""
        if not self.hasFocus() and self.text() != words:
            self.setText(words)
            # A long text is read from its beginning.
            self.setCursorPosition(0)


class Options(QComboBox):
    """A short list; the wheel does nothing, so that scrolling past changes nothing."""

    def __init__(
        self, name: str, words: Sequence[tuple[str, str]], told: Callable[[str], object]
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.fill(words)
        self.activated.connect(lambda at: told(str(self.itemData(at))))

    def fill(self, words: Sequence[tuple[str, str]]) -> None:
        """Replace the list; the choice stays where it still exists."""
        kept = self.currentData()
        self.clear()
        for key, word in words:
            self.addItem(word, key)
        self.choose(str(kept) if kept is not None else "")
        widest = max((QFontMetrics(self.font()).horizontalAdvance(w) for _, w in words), default=40)
        self.setMinimumWidth(widest + 40)

    def choose(self, key: str) -> None:
        """Show a choice without telling anybody."""
        at = self.findData(key)
        self.setCurrentIndex(max(at, 0))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to what is behind."""
        event.ignore()


class Strength(QWidget):
    """A slider from 0 to 100 % with its number."""

    def __init__(self, told: Callable[[float], object]) -> None:
        super().__init__()
        self._slider = _Slider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._slider.setFixedWidth(112)
        self._slider.setAccessibleName("Strength")
        self._number = Text("", "muted")
        self._number.setFixedWidth(QFontMetrics(self.font()).horizontalAdvance("100 %") + 4)
        self._slider.valueChanged.connect(lambda value: told(value / 100))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (Text("Strength", "muted"), self._slider, self._number):
            row.addWidget(widget)

    def show_value(self, value: float) -> None:
        """Show a strength of 0..1."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(value * 100))
        self._slider.blockSignals(False)
        self._number.setText(f"{round(value * 100)} %")


class _Slider(QSlider):
    """A slider that keeps the arrow keys for itself and leaves the wheel alone."""

    def event(self, event: QEvent) -> bool:
        """Claim the arrows before they become a shortcut."""
        if event.type() is QEvent.Type.ShortcutOverride and getattr(event, "key", int)() in _ARROWS:
            event.accept()
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to what is behind."""
        event.ignore()
