"""A row of small pictures: reference images, or images pinned at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImageReader,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QHBoxLayout, QLineEdit, QWidget

from pickup.errors import RequestError
from pickup.protocol import Keyframe
from pickup_ui.state.lengths import length, parse_length
from pickup_ui.theme import CONTROL, theme_for
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import IconButton, Text

IMAGE_FILTER = "Images (*.png *.jpg *.jpeg *.tif *.tiff *.webp *.bmp *.exr)"
_WIDTH = 44
_TIME_WIDTH = 64


class Thumbnail(QAbstractButton):
    """One picture; pressing it removes it."""

    def __init__(self, path: str, remove: Callable[[], object]) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(_WIDTH, CONTROL)
        self.setToolTip(f"{Path(path).name}\nClick to remove")
        self.setAccessibleName(f"Image {Path(path).name}, click to remove")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._pixmap = read_cropped(path, QSize(_WIDTH * 2, CONTROL * 2))
        self.clicked.connect(lambda: remove())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The picture with round corners and a cross."""
        theme = theme_for(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 4, 4)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), theme.raised)
        if self._pixmap.isNull():
            painter.setPen(theme.muted)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter.value, "?")
        else:
            painter.drawPixmap(QRectF(self.rect()), self._pixmap, QRectF(self._pixmap.rect()))
        if self.underMouse() or self.hasFocus():
            painter.fillRect(self.rect(), QColor(0, 0, 0, 150))
            painter.setPen(QPen(Qt.GlobalColor.white, 1.6))
            middle = QPointF(self.rect().center())
            painter.drawLine(middle - QPointF(4, 4), middle + QPointF(4, 4))
            painter.drawLine(middle - QPointF(4, -4), middle + QPointF(4, -4))


def read_cropped(path: str, size: QSize) -> QPixmap:
    """The picture cropped to `size`; a null pixmap where it cannot be read."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    full = reader.size()
    if full.isValid():
        reader.setScaledSize(full.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    left, top = (image.width() - size.width()) // 2, (image.height() - size.height()) // 2
    cropped = image.copy(max(0, left), max(0, top), size.width(), size.height())
    return QPixmap.fromImage(cropped) if not image.isNull() else QPixmap()


class ImageRow(QWidget):
    """A title, thumbnails and a plus. `told` gets the paths after each change by the user."""

    def __init__(self, name: str, told: Callable[[tuple[str, ...]], object], tip: str) -> None:
        super().__init__()
        self._told, self._most = told, 1
        self.paths: tuple[str, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._name = Text(name, "muted")
        self._row.addWidget(self._name)
        self._add = IconButton("plus", tip, self._ask)
        self._row.addWidget(self._add)
        self._shown: list[QWidget] = []

    def show_paths(self, paths: tuple[str, ...], most: int) -> None:
        """Show these, the first `most` of which are used, without telling anybody."""
        if (paths, most) == (self.paths, self._most):
            return
        self.paths, self._most = paths, most
        _clear(self._shown)
        for at, path in enumerate(paths[:most]):
            self._shown.append(Thumbnail(path, partial(self._remove, at)))
            self._row.insertWidget(1 + at, self._shown[-1])
        self._add.setVisible(len(paths) < self._most)

    def call(self, name: str, tip: str) -> None:
        """Give it another title."""
        self._name.setText(name)
        self._add.setToolTip(tip)
        self._add.setAccessibleName(tip)

    def _ask(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Choose images", "", IMAGE_FILTER)
        if names:
            self._told((self.paths + tuple(names))[: self._most])

    def _remove(self, at: int) -> None:
        self._told(self.paths[:at] + self.paths[at + 1 :])


@dataclass(frozen=True)
class PinWords:
    """What a row of pinned images is called: its title, one of its images, what a time means, and
    what its plus does ("" = it has none, images are added elsewhere)."""

    title: str
    one: str
    time: str
    add: str = ""


class KeyframeRow(Flow):
    """Images pinned at times that can be edited; on several lines where it is narrow."""

    def __init__(self, words: PinWords, told: Callable[[tuple[Keyframe, ...]], object]) -> None:
        super().__init__(gap=4)
        self._told, self._words = told, words
        self._rate = Fraction(24)
        self._limit = 1
        self.pinned: tuple[Keyframe, ...] = ()
        self.add(Text(words.title, "muted"))
        self._plus = IconButton("plus", words.add, self._ask) if words.add else None
        if self._plus is not None:
            self.add(self._plus)
        self._shown: list[QWidget] = []

    def show_pinned(self, pinned: tuple[Keyframe, ...], rate: Fraction, limit: int) -> None:
        """Show these at an edit rate; new ones go to the last of `limit` frames."""
        self._limit = max(1, limit)
        if (pinned, rate) == (self.pinned, self._rate):
            return
        self.pinned, self._rate = pinned, rate
        for pair in self._shown:
            self.remove(pair)
        _clear(self._shown)
        for at, one in enumerate(pinned):
            self._shown.append(self._pair(at, one))
            self.add(self._shown[-1])
        if self._plus is not None:
            self.remove(self._plus)
            self.add(self._plus)

    def _pair(self, at: int, one: Keyframe) -> QWidget:
        """A picture and its time, which stay together."""
        time = QLineEdit(length(one.frame, self._rate))
        time.setFixedWidth(_TIME_WIDTH)
        time.setToolTip(f"{self._words.time}: 24, 1s or 01:00")
        time.setAccessibleName(f"Time of {self._words.one} {at + 1}")
        time.editingFinished.connect(partial(self._retime, at, time))
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(Thumbnail(one.image, partial(self._remove, at)))
        row.addWidget(time)
        return pair

    def _ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose an image", "", IMAGE_FILTER)
        if name:
            self._told((*self.pinned, Keyframe(self._limit - 1, name)))

    def _remove(self, at: int) -> None:
        self._told(self.pinned[:at] + self.pinned[at + 1 :])

    def _retime(self, at: int, field: QLineEdit) -> None:
        words = field.text().strip()
        try:
            frame = 0 if words in ("0", "00:00", "0s") else parse_length(words, self._rate)
        except RequestError:
            field.setText(length(self.pinned[at].frame, self._rate))
            return
        if frame != self.pinned[at].frame:
            moved = Keyframe(frame, self.pinned[at].image)
            self._told((*self.pinned[:at], moved, *self.pinned[at + 1 :]))


def _clear(widgets: list[QWidget]) -> None:
    for widget in widgets:
        widget.hide()
        widget.deleteLater()
    widgets.clear()
