"""The icon set: small SVG files, drawn in the text colour of whatever palette the host has."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).parent / "icons"
SIZE = 16
_SCALES = (1, 2, 3)


def icon(name: str, colour: QColor, checked: QColor | None = None) -> QIcon:
    """The icon `name` in `colour`, and in `checked` while its button is on."""
    made = QIcon()
    for scale in _SCALES:
        made.addPixmap(_pixmap(name, colour, scale))
        faint = QColor(colour)
        faint.setAlphaF(0.4)
        made.addPixmap(_pixmap(name, faint, scale), QIcon.Mode.Disabled)
        if checked is not None:
            made.addPixmap(_pixmap(name, checked, scale), QIcon.Mode.Normal, QIcon.State.On)
    return made


def _pixmap(name: str, colour: QColor, scale: int) -> QPixmap:
    drawing = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    drawing = drawing.replace("currentColor", colour.name())
    pixmap = QPixmap(SIZE * scale, SIZE * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(colour.alphaF())
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
