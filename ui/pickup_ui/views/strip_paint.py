"""How the strip's ruler, clips, gaps, ghosts and playhead look."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Look:
    """Everything that painting needs besides the layout. `drafts` are job ids of draft takes,
    `covered` gaps that something is drawn on."""

    theme: Theme
    font: QFont
    rate: Fraction
    start: int
    drop: bool
    selected: str
    hovered: str
    covered: frozenset[str]
    drafts: frozenset[str]


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


def paint_lane(painter: QPainter, lane: Lane, scale: Scale, width: int, look: Look) -> int:
    """All items of a lane that show; returns how many were drawn."""
    painter.fillRect(QRectF(0, lane.top, width, lane.height), look.theme.surface)
    drawn = 0
    for item, left, right in visible(lane, scale, width):
        drawn += 1
        box = QRectF(max(left, -4.0), lane.top, 0, lane.height)
        box.setRight(min(right, width + 4.0) - (1.0 if right - left > 3 else 0.0))
        if item.kind is ItemKind.GAP:
            _paint_gap(painter, item, box, look)
        elif box.width() < 4:
            painter.fillRect(box.adjusted(0, 0, 0.4, 0), _fill(item, lane, look))
        else:
            _paint_clip(painter, item, lane, box, look)
    return drawn


def _fill(item: SnapshotItem, lane: Lane, look: Look) -> QColor:
    theme = look.theme
    if item.generated:
        return mix(theme.surface, theme.accent, 0.34)
    if not item.enabled or not lane.enabled or item.refusal:
        return mix(theme.surface, theme.raised, 0.45)
    return mix(theme.raised, theme.text, 0.10 if item.uid == look.hovered else 0.03)


def _paint_clip(painter: QPainter, item: SnapshotItem, lane: Lane, box: QRectF, look: Look) -> None:
    theme = look.theme
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_fill(item, lane, look))
    painter.drawRoundedRect(box, 3, 3)
    if item.generated:
        if item.job in look.drafts:
            hatch(painter, box, theme.accent)
        painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), theme.accent)
    plain = item.enabled and lane.enabled and not item.refusal
    name = item.name or "clip"
    if item.refusal and not item.media:
        name = f"{name} · offline"
    _label(painter, box, name, theme.text if plain else theme.muted, look.font)
    if item.refusal and lane.video:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.muted, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    if item.uid == look.selected:
        _outline(painter, box, theme.selection)


def _paint_gap(painter: QPainter, item: SnapshotItem, box: QRectF, look: Look) -> None:
    chosen = item.uid != "" and item.uid in (look.selected, look.hovered)
    if box.width() > _TEXT_ROOM * 2 and item.uid not in look.covered:
        _label(painter, box, f"gap {item.frames} f", look.theme.muted, look.font, centre=True)
    if chosen:
        style = Qt.PenStyle.SolidLine if item.uid == look.selected else Qt.PenStyle.DashLine
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.theme.muted, 1, style))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def paint_ghost(painter: QPainter, ghost: Ghost, lane: Lane, scale: Scale, look: Look) -> None:
    """What a job will put here: outlined, filled as far as it has come, never blinking."""
    theme = look.theme
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
    _label(painter, box, ghost.text, plain, look.font)


def paint_playhead(painter: QPainter, x: float, height: int, look: Look) -> None:
    """A line with a small head in the ruler."""
    x = round(x) + 0.5
    painter.setPen(QPen(look.theme.text, 1))
    painter.drawLine(QPointF(x, RULER - 4), QPointF(x, height))
    painter.setBrush(look.theme.text)
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


def _outline(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 2))
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 3, 3)


def _label(
    painter: QPainter, box: QRectF, text: str, colour: QColor, font: QFont, centre: bool = False
) -> None:
    shown = box.intersected(QRectF(0, box.top(), 1e6, box.height()))
    room = shown.width() - 2 * _INSET
    if room < _TEXT_ROOM:
        return
    painter.setFont(small(font))
    metrics = QFontMetricsF(small(font))
    words = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
    painter.setPen(colour)
    side = Qt.AlignmentFlag.AlignHCenter if centre else Qt.AlignmentFlag.AlignLeft
    align = side | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(shown.adjusted(_INSET, 0, -_INSET, 0), align.value, words)
