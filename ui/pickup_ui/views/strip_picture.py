"""The picture of ruler, lanes and ghosts: drawn when something in it changes, and else kept.

What moves often lies over it and is drawn each time: playhead, selection, what is hovered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from pickup_ui.state.ghosts import Ghost
from pickup_ui.views import strip_layout as layout
from pickup_ui.views import strip_paint as paint


@dataclass(frozen=True)
class View:
    """What is in view: `scroll` pixels of the lanes are above the upper edge."""

    size: QSize
    scale: layout.Scale
    scroll: int
    lanes: tuple[layout.Lane, ...]
    ghosts: tuple[Ghost, ...]

    @property
    def room(self) -> int:
        """Pixels beside the track labels."""
        return max(1, self.size.width() - layout.HEAD)

    def is_like(self, other: View) -> bool:
        """Whether both give one picture. Items are compared by identity: to compare 10,000 takes as
        long as to draw them."""
        if (self.size, self.scale, self.scroll) != (other.size, other.scale, other.scroll):
            return False
        if self.ghosts != other.ghosts or len(self.lanes) != len(other.lanes):
            return False
        pairs = zip(self.lanes, other.lanes, strict=True)
        return all(a.items is b.items and _facts(a) == _facts(b) for a, b in pairs)


def _facts(lane: layout.Lane) -> tuple[Any, ...]:
    return (lane.label, lane.top, lane.height, lane.enabled, lane.owned)


class StripPicture:
    """`of()` gives the picture; `drawn` counts the items in it."""

    def __init__(self) -> None:
        self.drawn = 0
        self._pixmap = QPixmap()
        self._view: View | None = None
        self._look: paint.Look | None = None

    def of(self, view: View, look: paint.Look, ratio: float) -> QPixmap:
        """The picture at `ratio` device pixels to a pixel."""
        same = self._view is not None and view.is_like(self._view) and look == self._look
        if not same or ratio != self._pixmap.devicePixelRatio():
            self._view, self._look = view, look
            self._draw(view, look, ratio)
        return self._pixmap

    def _draw(self, view: View, look: paint.Look, ratio: float) -> None:
        self._pixmap = QPixmap(view.size * ratio)
        self._pixmap.setDevicePixelRatio(ratio)
        self._pixmap.fill(look.theme.window)
        painter = QPainter(self._pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_lanes(painter, view, paint.Brushes(look))
        if view.lanes:
            painter.translate(layout.HEAD, 0)
            painter.setClipRect(QRectF(-6, 0, view.room + 6, view.size.height()))
            paint.paint_ruler(painter, view.scale, view.room, look)
        painter.end()

    def _draw_lanes(self, painter: QPainter, view: View, brushes: paint.Brushes) -> None:
        width, height = view.size.width(), view.size.height()
        painter.save()
        painter.setClipRect(QRectF(0, layout.RULER, width, height))
        painter.translate(0, -view.scroll)
        self.drawn = 0
        for lane in view.lanes:
            if not layout.RULER - lane.height < lane.top - view.scroll < height:
                continue
            paint.paint_head(painter, lane, brushes.look)
            painter.save()
            painter.translate(layout.HEAD, 0)
            place = QRectF(0, lane.top, view.room, lane.height)
            painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
            self.drawn += paint.paint_lane(painter, lane, view.scale, view.room, brushes)
            for ghost in view.ghosts:
                if ghost.lane == lane.label:
                    paint.paint_ghost(painter, ghost, lane, view.scale, brushes)
            painter.restore()
        painter.restore()
