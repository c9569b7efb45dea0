"""How the strip's ruler, clips, gaps, ghosts and playhead look."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from pickup.protocol import ItemKind, SnapshotItem
from pickup.protocol.timecode import format_timecode
from pickup_ui.state.ghosts import Ghost
from pickup_ui.theme import Theme, mix, small
from pickup_ui.views.strip_layout import HEAD, RULER, Lane, Scale, ticks, visible

_TEXT_ROOM = 26
_INSET = 7
_SMALL = 12
_SLIVER = 3
"""Pixels: room that a label needs, its inset, the width under which clips are plain boxes, and that
under which neighbours of one colour are one box."""


@dataclass(frozen=True)
class Look:
    """Everything that painting needs besides the layout. `drafts` are job ids of draft takes,
    `covered` gaps that something is drawn on."""

    theme: Theme
    font: QFont
    rate: Fraction
    start: int
    drop: bool
    covered: frozenset[str]
    drafts: frozenset[str]


class Brushes:
    """Colours and measures that every clip of one picture asks for."""

    def __init__(self, look: Look) -> None:
        theme = look.theme
        self.look = look
        self.font = small(look.font)
        self.metrics = QFontMetricsF(self.font)
        self._made = mix(theme.surface, theme.accent, 0.34)
        self._off = mix(theme.surface, theme.raised, 0.45)
        self._plain = mix(theme.raised, theme.text, 0.03)

    def fill(self, item: SnapshotItem, lane: Lane) -> QColor:
        """The colour of a clip; of equal ones the same object."""
        if item.generated:
            return self._made
        if not item.enabled or not lane.enabled or item.refusal:
            return self._off
        return self._plain


def paint_ruler(painter: QPainter, scale: Scale, width: int, look: Look) -> None:
    """Timecode of the host's cut along the top."""
    painter.setFont(small(look.font))
    for frame in ticks(scale, width, look.rate):
        x = round(scale.x(frame)) + 0.5
        painter.setPen(QPen(look.theme.line, 1))
        painter.drawLine(QPointF(x, RULER - 6), QPointF(x, RULER))
        painter.setPen(look.theme.muted)
        label = format_timecode(look.start + frame, look.rate, look.drop)
        painter.drawText(
            QRectF(x + 4, 0, 120, RULER - 2), Qt.AlignmentFlag.AlignVCenter.value, label
        )


def paint_head(painter: QPainter, lane: Lane, look: Look) -> None:
    """The track's label at the left."""
    painter.setFont(small(look.font))
    painter.setPen(look.theme.accent if lane.owned else look.theme.muted)
    box = QRectF(0, lane.top, HEAD - 8, lane.height)
    align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box, align.value, lane.label)


def paint_lane(painter: QPainter, lane: Lane, scale: Scale, width: int, brushes: Brushes) -> int:
    """All items of a lane that show; returns how many were drawn."""
    painter.fillRect(QRectF(0, lane.top, width, lane.height), brushes.look.theme.surface)
    drawn = 0
    boxes = _Boxes(lane)
    for item, left, right in visible(lane, scale, width):
        drawn += 1
        if item.kind is ItemKind.GAP:
            _paint_gap(painter, item, box_of(lane, left, right, width), brushes)
        elif right - left < _SMALL:
            boxes.add(brushes.fill(item, lane), left, right)
        else:
            _paint_clip(painter, item, lane, box_of(lane, left, right, width), brushes)
    boxes.paint(painter)
    return drawn


def box_of(lane: Lane, left: float, right: float, width: int) -> QRectF:
    """Where an item is drawn, cut off a little beyond the edges."""
    end = min(right, width + 4.0) - (1.0 if right - left > _SLIVER else 0.0)
    left = max(left, -4.0)
    return QRectF(left, lane.top, end - left, lane.height)


class _Boxes:
    """Clips too narrow for anything but their colour: drawn at once, for there may be thousands."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._boxes: defaultdict[int, list[QRectF]] = defaultdict(list)
        self._colours: dict[int, QColor] = {}
        self._colour: QColor | None = None
        self._left = self._right = 0.0

    def add(self, colour: QColor, left: float, right: float) -> None:
        if right - left > _SLIVER:
            self._put(colour, left, right - 1.0)
        elif colour is self._colour and left - self._right < 1.0:
            self._right = right
        else:
            self._end()
            self._colour, self._left, self._right = colour, left, right

    def paint(self, painter: QPainter) -> None:
        self._end()
        painter.setPen(Qt.PenStyle.NoPen)
        for key, boxes in self._boxes.items():
            painter.setBrush(self._colours[key])
            painter.drawRects(boxes)

    def _end(self) -> None:
        if self._colour is not None:
            self._put(self._colour, self._left, max(self._right, self._left + 0.8))
            self._colour = None

    def _put(self, colour: QColor, left: float, right: float) -> None:
        self._colours[id(colour)] = colour
        self._boxes[id(colour)].append(
            QRectF(left, self._lane.top, right - left, self._lane.height)
        )


def _paint_clip(
    painter: QPainter, item: SnapshotItem, lane: Lane, box: QRectF, brushes: Brushes
) -> None:
    theme = brushes.look.theme
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brushes.fill(item, lane))
    painter.drawRoundedRect(box, 3, 3)
    if item.generated:
        if item.job in brushes.look.drafts:
            hatch(painter, box, theme.accent)
        painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), theme.accent)
    if item.stale:
        _paint_stale(painter, box, theme)
    plain = item.enabled and lane.enabled and not item.refusal
    name = item.name or "clip"
    if not item.online:
        name = f"{name} · offline"
    _label(painter, box, name, theme.text if plain else theme.muted, brushes)
    if item.refusal and lane.video and box.width() > 2 * _SMALL:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.muted, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def _paint_stale(painter: QPainter, box: QRectF, theme: Theme) -> None:
    """An amber dot in the upper corner, on a ring of the background so that it is seen on all."""
    painter.setPen(QPen(theme.surface, 1.5))
    painter.setBrush(theme.amber)
    right = min(box.right() - 7.0, max(box.left() + 7.0, box.right() - 9.0))
    painter.drawEllipse(QPointF(right, box.top() + 8.0), 4.0, 4.0)
    painter.setPen(Qt.PenStyle.NoPen)


def _paint_gap(painter: QPainter, item: SnapshotItem, box: QRectF, brushes: Brushes) -> None:
    if box.width() > _TEXT_ROOM * 2 and item.uid not in brushes.look.covered:
        colour = brushes.look.theme.muted
        _label(painter, box, f"gap {item.frames} f", colour, brushes, centre=True)


def paint_mark(
    painter: QPainter, item: SnapshotItem, box: QRectF, theme: Theme, selected: bool
) -> None:
    """What is selected, or lies under the pointer: drawn over the picture of the lanes, so that
    this need not be drawn again."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if item.kind is ItemKind.GAP:
        style = Qt.PenStyle.SolidLine if selected else Qt.PenStyle.DashLine
        painter.setPen(QPen(theme.muted, 1, style))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    elif selected:
        painter.setPen(QPen(theme.selection, 2))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)
    else:
        light = QColor(theme.text)
        light.setAlphaF(0.07)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(light)
        painter.drawRoundedRect(box, 3, 3)


def paint_ghost(
    painter: QPainter, ghost: Ghost, lane: Lane, scale: Scale, brushes: Brushes
) -> None:
    """What a job will put here: outlined, filled as far as it has come, never blinking."""
    theme = brushes.look.theme
    left, right = scale.x(ghost.record_in), scale.x(ghost.record_in + ghost.frames)
    box = QRectF(left, lane.top, max(right - left - 1, 3), lane.height)
    colour = theme.muted if ghost.real else theme.accent
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mix(theme.surface, colour, 0.06 if ghost.state is None else 0.16))
    painter.drawRoundedRect(box, 3, 3)
    if ghost.progress > 0:
        done = QRectF(box.left(), box.top(), box.width() * ghost.progress, box.height())
        painter.setBrush(mix(theme.surface, colour, 0.34))
        painter.drawRoundedRect(done, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    plain = theme.muted if ghost.state is None else theme.text
    _label(painter, box, ghost.text, plain, brushes)


def paint_playhead(painter: QPainter, x: float, height: int, theme: Theme) -> None:
    """A line with a small head in the ruler."""
    x = round(x) + 0.5
    painter.setPen(QPen(theme.text, 1))
    painter.drawLine(QPointF(x, RULER - 4), QPointF(x, height))
    painter.setBrush(theme.text)
    painter.setPen(Qt.PenStyle.NoPen)
    top = RULER - 10
    painter.drawPolygon(
        QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, RULER - 2)])
    )


def hatch(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """The pattern that marks a draft."""
    faint = QColor(colour)
    faint.setAlphaF(0.42)
    painter.fillRect(box, QBrush(faint, Qt.BrushStyle.BDiagPattern))


def _label(
    painter: QPainter,
    box: QRectF,
    text: str,
    colour: QColor,
    brushes: Brushes,
    centre: bool = False,
) -> None:
    shown = box.intersected(QRectF(0, box.top(), 1e6, box.height()))
    room = shown.width() - 2 * _INSET
    if room < _TEXT_ROOM:
        return
    painter.setFont(brushes.font)
    words = brushes.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.setPen(colour)
    side = Qt.AlignmentFlag.AlignHCenter if centre else Qt.AlignmentFlag.AlignLeft
    align = side | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(shown.adjusted(_INSET, 0, -_INSET, 0), align.value, words)
