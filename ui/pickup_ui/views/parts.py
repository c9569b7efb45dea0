"""Small widgets that the views share: labels by role, icon buttons, choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from pickup_ui.icons import SIZE, icon
from pickup_ui.theme import CONTROL, small, theme_for


class Text(QLabel):
    """A line of text with a role: plain, `muted`, `failed`, `accent` or `amber`; maybe small."""

    def __init__(self, text: str = "", role: str = "", little: bool = False) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._little = little
        self.set_role(role)
        if little:
            self.setFont(small(self.font()))

    def set_role(self, role: str) -> None:
        """Change the colour by role."""
        if self.property("role") != role:
            self.setProperty("role", role)
            self.style().unpolish(self)
            self.style().polish(self)


class Elided(Text):
    """A line that ends in … where it is too long; the whole text is its tool tip."""

    def __init__(self, text: str = "", role: str = "", little: bool = False) -> None:
        super().__init__(text, role, little)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """As much as there is room for."""
        metrics = QFontMetrics(self.font())
        words = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if words != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), words)


class Wrapped(Text):
    """Text over several lines, as high as its width needs."""

    def __init__(self, text: str = "", role: str = "", little: bool = False) -> None:
        super().__init__(text, role, little)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class IconButton(QToolButton):
    """A flat button with an icon of the set; the tool tip is its accessible name."""

    def __init__(self, name: str, tip: str, run: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._name = name
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setIconSize(QSize(SIZE, SIZE))
        self.setFixedHeight(CONTROL)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._draw()
        if run is not None:
            self.clicked.connect(lambda: run())

    def set_name(self, name: str) -> None:
        """Show another icon."""
        if name != self._name:
            self._name = name
            self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the palette."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        theme = theme_for(self)
        self.setIcon(icon(self._name, theme.text, theme.accent))


def button(text: str, run: Callable[[], object], role: str = "") -> QPushButton:
    """A push button; `role` is `primary`, `link`, `verb` or `choice`."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAutoDefault(False)
    made.clicked.connect(lambda: run())
    if role == "link":
        made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


def line() -> QFrame:
    """A separator of one pixel."""
    made = QFrame()
    made.setProperty("role", "line")
    made.setFixedHeight(1)
    return made


def labelled(word: str, field: QWidget) -> QWidget:
    """A field with its name before it, as one."""
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(Text(word, "muted"))
    row.addWidget(field)
    return pair


class Choices(QWidget):
    """A few words of which exactly one is on."""

    def __init__(
        self, words: Sequence[tuple[str, str]], run: Callable[[str], object], role: str = "choice"
    ) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0 if role == "verb" else 4)
        for key, word in words:
            one = button(word, partial(run, key), role)
            one.setCheckable(True)
            self._group.addButton(one)
            self._buttons[key] = one
            row.addWidget(one)

    def choose(self, key: str) -> None:
        """Switch one on without telling anybody."""
        self._buttons[key].setChecked(True)

    def tip(self, key: str, text: str) -> None:
        """Give one a tool tip."""
        self._buttons[key].setToolTip(text)

    def button_of(self, key: str) -> QPushButton:
        """The button of a word."""
        return self._buttons[key]
