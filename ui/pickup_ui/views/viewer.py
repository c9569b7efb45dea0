"""The picture under the playhead, before and after, and what is drawn on it: box or strokes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from pickup.protocol import Matte, Operation
from pickup_ui.state.brush import Brush
from pickup_ui.state.screen import Screen
from pickup_ui.state.session import Session
from pickup_ui.theme import small, theme_for
from pickup_ui.views.brush import paint_stroke, point_in_source, point_on_widget

_LEAST_BOX = 4
_USUAL_HEIGHT = 360


class Viewer(QWidget):
    """Shows what the screen has; a drag draws the region in Inpaint, a stroke with the brush."""

    def __init__(self, session: Session, screen: Screen, brush: Brush) -> None:
        super().__init__()
        self._session, self._screen, self._brush = session, screen, brush
        self._way: list[QPointF] = []
        self._from: QPointF | None = None
        self._to = QPointF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setAccessibleName("Viewer")
        screen.changed.connect(self.update)
        session.draft_changed.connect(self._follow)
        session.selection_changed.connect(self._follow)
        brush.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A 16:9 picture."""
        return QSize(480, min(_USUAL_HEIGHT, max(160, self.width() * 9 // 16)))

    @property
    def drawing(self) -> bool:
        """Whether a drag draws the region."""
        known = self._session.size != (0, 0)
        return known and self._session.operation is Operation.INPAINT

    @property
    def brushing(self) -> bool:
        """Whether a drag draws a stroke of the motion brush."""
        return self._brush.on and self._brush.cell is not None and self._session.size != (0, 0)

    def picture_rect(self) -> QRectF:
        """Where the picture is drawn, in widget coordinates."""
        return fitted(self._screen.shape, QRectF(self.rect()))

    def _follow(self) -> None:
        crossed = self.drawing or self.brushing
        self.setCursor(Qt.CursorShape.CrossCursor if crossed else Qt.CursorShape.ArrowCursor)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a box or a stroke."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if self.brushing and self.picture_rect().contains(event.position()):
            self._way = [event.position()]
        elif self.drawing:
            self._from = self._to = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Pull the box, lengthen the stroke."""
        if self._way:
            self._way.append(event.position())
            self.update()
        if self._from is not None:
            self._to = event.position()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the box or the stroke, in pixels of the source."""
        if self._way:
            drawn, self._way = [*self._way, event.position()], []
            place, size = self.picture_rect(), self._session.size
            self._brush.draw([point_in_source(at, place, size) for at in drawn])
            self.update()
        if self._from is None:
            return
        dragged = QRectF(self._from, event.position()).normalized()
        self._from = None
        box = to_source(dragged, self.picture_rect(), self._session.size)
        if box[2] >= _LEAST_BOX and box[3] >= _LEAST_BOX:
            self._session.change(matte=Matte(box=box))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Picture, region, and what is being looked at."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        theme = theme_for(self)
        place = self.picture_rect()
        image = self._screen.image
        if image is None:
            painter.fillRect(self.rect(), theme.well)
            painter.setPen(theme.muted)
            painter.drawText(
                QRectF(self.rect()).adjusted(16, 8, -16, -8),
                int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
                self._screen.message,
            )
            return
        painter.fillRect(self.rect(), theme.well)
        painter.drawImage(place, image)
        if self._region_is_of_interest():
            self._paint_region(painter, place)
        if self.brushing:
            self._paint_strokes(painter, place)
        if self._screen.caption:
            self._paint_caption(painter, place)

    def _region_is_of_interest(self) -> bool:
        """The box belongs to the selected clip, and must not cover what was made of it."""
        session, item = self._session, self._session.item
        if session.operation is not Operation.INPAINT or item is None:
            return False
        within = item.record_in <= session.playhead < item.record_in + item.frames
        return within and (session.unplaced is None or not session.after)

    def _paint_region(self, painter: QPainter, place: QRectF) -> None:
        box = self._session.draft.matte.box
        if self._from is not None:
            region = QRectF(self._from, self._to).normalized().intersected(place)
        elif box is not None and self._session.size != (0, 0):
            region = from_source(box, place, self._session.size)
        else:
            return
        accent = theme_for(self).accent
        veil = QColor(accent)
        veil.setAlphaF(0.28)
        painter.fillRect(region, veil)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawRect(region)
        painter.setPen(QPen(accent, 1.5))
        painter.drawRect(region)

    def _paint_strokes(self, painter: QPainter, place: QRectF) -> None:
        size, accent = self._session.size, theme_for(self).accent
        scale = place.width() / size[0]
        for number, stroke in enumerate(self._brush.strokes, 1):
            points = [point_on_widget(point, place, size) for point in stroke.points]
            paint_stroke(painter, points, stroke.radius * scale, accent, number)
        if self._way:
            paint_stroke(painter, self._way, self._brush.radius * scale, accent)

    def _paint_caption(self, painter: QPainter, place: QRectF) -> None:
        painter.setFont(small(self.font()))
        words = self._screen.caption
        width = painter.fontMetrics().horizontalAdvance(words) + 16
        chip = QRectF(place.left() + 8, place.top() + 8, width, 22)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(chip, 4, 4)
        painter.setPen(QColor(240, 240, 240))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter.value, words)


def fitted(shape: tuple[int, int], room: QRectF) -> QRectF:
    """The largest rectangle of `shape` (width, height) in the middle of `room`."""
    width, height = shape if shape[0] and shape[1] else (16, 9)
    scale = min(room.width() / width, room.height() / height)
    w, h = width * scale, height * scale
    return QRectF(room.x() + (room.width() - w) / 2, room.y() + (room.height() - h) / 2, w, h)


def to_source(dragged: QRectF, place: QRectF, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A rectangle on the widget as x, y, width, height in source pixels, cut at the edges."""
    inside = dragged.intersected(place)
    if inside.isEmpty():
        return 0, 0, 0, 0
    sx, sy = size[0] / place.width(), size[1] / place.height()
    left, top = int((inside.x() - place.x()) * sx), int((inside.y() - place.y()) * sy)
    right = round((inside.right() - place.x()) * sx)
    bottom = round((inside.bottom() - place.y()) * sy)
    return left, top, min(right, size[0]) - left, min(bottom, size[1]) - top


def from_source(box: tuple[int, int, int, int], place: QRectF, size: tuple[int, int]) -> QRectF:
    """The inverse of `to_source`."""
    sx, sy = place.width() / size[0], place.height() / size[1]
    return QRectF(place.x() + box[0] * sx, place.y() + box[1] * sy, box[2] * sx, box[3] * sy)
