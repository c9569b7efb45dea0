"""The motion brush: the tool, the strokes that were drawn, and how they look on the picture."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from pickup.protocol import Stroke
from pickup_ui.state.brush import SIZES, Brush, Point, points_of, words_of
from pickup_ui.views.fields import Options
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import IconButton, Text

_WIDTH = 148
_ARROW = 7.0
_NUMBER = 8.0


class BrushTool(QWidget):
    """Takes and puts down the brush, chooses its size, adds a stroke without a pointer."""

    def __init__(self, brush: Brush) -> None:
        super().__init__()
        self._brush = brush
        self.button = IconButton(
            "brush",
            "Motion brush: drag a thing along its way in the picture (B)",
            brush.toggle,
        )
        self.button.setCheckable(True)
        self._size = Options(
            "Size of the brush", [(name, f"{name} brush") for name in SIZES], brush.set_size
        )
        self._add = IconButton("plus", "Add a stroke and write its points", brush.add)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(Text("Motion", "muted"))
        row.addWidget(self.button)
        row.addWidget(self._size)
        row.addWidget(self._add)
        brush.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.button.setChecked(self._brush.on)
        self._size.choose(self._brush.size)
        self._size.setVisible(self._brush.on)
        self._add.setVisible(self._brush.on)


class StrokeList(Flow):
    """One field and a cross for each stroke; no room while there are none."""

    def __init__(self, brush: Brush) -> None:
        super().__init__()
        self._brush = brush
        self._shown: tuple[Stroke, ...] = ()
        self.setVisible(False)

    def show_strokes(self, strokes: tuple[Stroke, ...]) -> None:
        """Show these, without telling anybody."""
        if strokes == self._shown:
            return
        self._shown = strokes
        self.clear()
        for at, stroke in enumerate(strokes):
            self.add(self._chip(at, stroke))
        self.setVisible(bool(strokes))

    def _chip(self, at: int, stroke: Stroke) -> QWidget:
        chip = QWidget()
        field = QLineEdit(words_of(stroke.points))
        field.setFixedWidth(_WIDTH)
        field.setCursorPosition(0)
        field.setAccessibleName(f"Points of stroke {at + 1}")
        field.setToolTip(
            f"Stroke {at + 1}, radius {stroke.radius}: x,y of the thing, then of its way, "
            "in pixels of the source"
        )
        field.editingFinished.connect(partial(self._rewrite, at, field))
        row = QHBoxLayout(chip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(Text(f"{at + 1}", "muted"))
        row.addWidget(field)
        remove = partial(self._brush.remove, at)
        row.addWidget(IconButton("cross", f"Remove stroke {at + 1}", remove))
        return chip

    def _rewrite(self, at: int, field: QLineEdit) -> None:
        points = points_of(field.text())
        if points is None:
            field.setText(words_of(self._shown[at].points))
        elif points != self._shown[at].points:
            self._brush.move(at, points)


def paint_stroke(
    painter: QPainter, points: list[QPointF], radius: float, accent: QColor, number: int = 0
) -> None:
    """A way with an arrow at its end, and the brush around its start; in widget coordinates."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 160), 4.0), (accent, 2.0)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        if len(points) > 1:
            painter.drawPolyline(_arrow(points[-2], points[-1]))
        painter.drawEllipse(points[0], radius, radius)
    veil = QColor(accent)
    veil.setAlphaF(0.2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawEllipse(points[0], radius, radius)
    if number:
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawEllipse(points[0], _NUMBER, _NUMBER)
        painter.setPen(QColor(240, 240, 240))
        corner = QPointF(_NUMBER, _NUMBER)
        place = QRectF(points[0] - corner, points[0] + corner)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter.value, str(number))
    painter.restore()


def _arrow(before: QPointF, end: QPointF) -> QPolygonF:
    way = before - end
    length = max(1e-6, (way.x() ** 2 + way.y() ** 2) ** 0.5)
    along, across = way * (_ARROW / length), QPointF(-way.y(), way.x()) * (_ARROW / length)
    return QPolygonF([end + along + across * 0.6, end, end + along - across * 0.6])


def point_in_source(at: QPointF, place: QRectF, size: tuple[int, int]) -> Point:
    """A point on the widget in pixels of the source, kept within its picture."""
    x = int((at.x() - place.x()) / place.width() * size[0])
    y = int((at.y() - place.y()) / place.height() * size[1])
    return min(max(x, 0), size[0] - 1), min(max(y, 0), size[1] - 1)


def point_on_widget(point: Point, place: QRectF, size: tuple[int, int]) -> QPointF:
    """The inverse: the middle of that pixel."""
    x = (point[0] + 0.5) / size[0] * place.width()
    y = (point[1] + 0.5) / size[1] * place.height()
    return QPointF(place.x() + x, place.y() + y)
