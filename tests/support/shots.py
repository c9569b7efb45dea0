"""Pictures of the dock in hosts of different colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from pickup.hosts.file.adapter import FileHost
from pickup_ui.panel import Panel
from pickup_ui.state.desk import Desk

State = Callable[[Desk, Path], None]
"""Brings a desk into a state; the folder holds pictures for it."""


def dark() -> QPalette:
    """A dark host."""
    return _palette("#2b2b2d", "#dcdcdc", "#1f1f21")


def light() -> QPalette:
    """A light host."""
    return _palette("#ececec", "#1c1c1c", "#ffffff")


def _palette(window: str, text: str, base: str) -> QPalette:
    palette = QPalette(QColor(window))
    role = QPalette.ColorRole
    for one in (role.WindowText, role.Text, role.ButtonText, role.ToolTipText):
        palette.setColor(one, QColor(text))
    palette.setColor(role.Base, QColor(base))
    palette.setColor(role.Window, QColor(window))
    palette.setColor(role.Button, QColor(window))
    return palette


def shoot(state: State, size: tuple[int, int], palette: QPalette, folder: Path) -> QImage:
    """One picture."""
    QApplication.setPalette(palette)
    desk = Desk(FileHost())
    panel = Panel(desk)
    panel.resize(*size)
    panel.show()
    state(desk, folder)
    for _ in range(8):
        QApplication.processEvents()
    image = panel.grab().toImage()
    image.setDevicePixelRatio(1)
    panel.hide()
    desk.close()
    panel.deleteLater()
    desk.deleteLater()
    QApplication.processEvents()
    return image


def sheet(pictures: list[QImage]) -> QImage:
    """Pictures side by side."""
    width = sum(picture.width() + 12 for picture in pictures)
    made = QImage(width, max(p.height() for p in pictures), QImage.Format.Format_RGB32)
    made.fill(QColor("#777777"))
    painter = QPainter(made)
    x = 0
    for picture in pictures:
        painter.drawImage(QRect(x, 0, picture.width(), picture.height()), picture)
        x += picture.width() + 12
    painter.end()
    return made
