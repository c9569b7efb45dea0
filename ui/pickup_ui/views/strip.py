"""The timeline strip: the host's cut, live, with what Pickup will add."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from pickup.protocol import ItemKind, SnapshotItem
from pickup_ui.state.ghosts import Ghost, ghosts_of
from pickup_ui.state.session import Session
from pickup_ui.state.wording import taken_words
from pickup_ui.theme import Theme, theme_for
from pickup_ui.views import strip_layout as layout
from pickup_ui.views import strip_paint as paint
from pickup_ui.views.strip_picture import StripPicture, View

_WHEEL_NOTCH = 120
_ZOOM_STEP = 0.8
_SMALL_CLIP = 24
_MOST_HEIGHT = 260
"""Wheel units of one notch; zoom per notch; pixels under which a selected clip is zoomed to; the
height above which the strip scrolls instead of growing."""


class Strip(QWidget):
    """Paints only what shows; click selects, the ruler scrubs, the wheel pans, Ctrl+wheel zooms."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scale = layout.fit(0, 1)
        self._fitted = False
        self._lanes: tuple[layout.Lane, ...] = ()
        self._ghosts: tuple[Ghost, ...] = ()
        self._covered: frozenset[str] = frozenset()
        self._cut: tuple[str, Fraction] | None = None
        self._picture = StripPicture()
        self._hovered = ""
        self._scrubbing = False
        self._scroll = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline")
        session.snapshot_changed.connect(self._reload)
        session.jobs_changed.connect(self._reload)
        session.job_moved.connect(self._move_ghosts)
        session.selection_changed.connect(self._show_selection)
        session.take_changed.connect(self._reload)
        session.outlook_changed.connect(self._reload)
        session.playhead_changed.connect(self._show_playhead)
        self._reload()

    @property
    def scale(self) -> layout.Scale:
        """The part of the cut in view."""
        return self._scale

    @property
    def drawn(self) -> int:
        """How many items the picture shows."""
        return self._picture.drawn

    @property
    def lanes(self) -> tuple[layout.Lane, ...]:
        """The lanes as laid out."""
        return self._lanes

    def fit(self) -> None:
        """Show the whole cut."""
        frames = self._session.snapshot.frames if self._session.snapshot else 0
        self._scale = layout.fit(frames, self._room())
        self.update()

    def zoom(self, factor: float) -> None:
        """Zoom around the playhead; below 1 is closer."""
        at = self._scale.x(self._session.playhead)
        inside = 0 <= at <= self._room()
        self._set_scale(self._scale.zoomed(factor, at if inside else self._room() / 2))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as its lanes, up to a limit."""
        return QSize(320, min(layout.height_of(self._lanes), _MOST_HEIGHT))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrow is fine, cut off lanes are not."""
        return QSize(120, self.sizeHint().height())

    def _room(self) -> int:
        return max(1, self.width() - layout.HEAD)

    def _reload(self) -> None:
        snapshot = self._session.snapshot
        self._ghosts = ghosts_of(self._session)
        self._lanes = layout.lanes_of(snapshot, self._ghosts, self._lanes) if snapshot else ()
        self._covered = frozenset(
            item.uid
            for ghost in self._ghosts
            for lane in self._lanes
            if lane.label == ghost.lane
            for item in layout.touched(lane, ghost.record_in, ghost.frames)
        )
        self._scroll = min(self._scroll, self._scroll_limit())
        if snapshot and (snapshot.path, snapshot.rate) != self._cut:
            self._cut = snapshot.path, snapshot.rate
            self._fitted = False
        self.updateGeometry()
        self._fit_once()
        self.update()

    def _fit_once(self) -> None:
        if not self._fitted and self._session.snapshot and self.width() > layout.HEAD + 20:
            self._fitted = True
            self.fit()
            self._show_selection()

    def _move_ghosts(self, _job: str) -> None:
        self._ghosts = ghosts_of(self._session)
        self.update()

    def _show_selection(self) -> None:
        item = self._session.item
        self.setAccessibleDescription(describe(item) if item else "")
        if item and item.frames / self._scale.per_pixel < _SMALL_CLIP:
            self._scale = layout.around(item, self._room())
        elif item:
            left, right = self._scale.x(item.record_in), self._scale.x(item.record_in + item.frames)
            if right < 8 or left > self._room() - 8:
                self._pan(left - self._room() / 3)
        self.update()

    def _show_playhead(self, frame: int) -> None:
        x = self._scale.x(frame)
        if x < 0 or x > self._room():
            self._pan(x - self._room() / 4)
        self.update()

    def _pan(self, pixels: float) -> None:
        self._set_scale(
            layout.Scale(self._scale.left + pixels * self._scale.per_pixel, self._scale.per_pixel)
        )

    def _set_scale(self, scale: layout.Scale) -> None:
        frames = self._session.snapshot.frames if self._session.snapshot else 0
        widest = layout.fit(frames, self._room()).per_pixel
        per_pixel = min(scale.per_pixel, widest)
        rightmost = max(0.0, frames * 1.04 - self._room() * per_pixel)
        self._scale = layout.Scale(min(max(0.0, scale.left), rightmost), per_pixel)
        self.update()

    def _scroll_limit(self) -> int:
        return max(0, layout.height_of(self._lanes) - min(self.height(), _MOST_HEIGHT))

    def _hit(self, at: QPointF) -> layout.Hit:
        if at.y() < layout.RULER:
            return layout.Hit(max(0, self._scale.frame(at.x() - layout.HEAD)))
        return layout.hit(self._lanes, self._scale, at.x(), at.y() + self._scroll)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the same frames in view."""
        before = max(1, event.oldSize().width() - layout.HEAD)
        if self._fitted and event.oldSize().width() > layout.HEAD:
            shown = self._scale.per_pixel * before
            self._set_scale(layout.Scale(self._scale.left, shown / self._room()))
        self._fit_once()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Select an item, or start to scrub on ruler and empty space."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        found = self._hit(event.position())
        if found.item is not None and found.item.uid:
            self._session.select(found.item.uid)
        else:
            self._scrubbing = event.position().y() < layout.RULER
            self._session.set_playhead(found.frame)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Scrub, or light up the item under the pointer."""
        found = self._hit(event.position())
        if self._scrubbing:
            self._session.set_playhead(found.frame)
            return
        hovered = found.item.uid if found.item else ""
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End scrubbing."""
        self._scrubbing = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom to a clip, or back to the whole cut."""
        item = self._hit(event.position()).item
        if item is not None:
            self._set_scale(layout.around(item, self._room()))
        else:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is hovered any more."""
        self._hovered = ""
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Pan; with Ctrl zoom; with Alt, or where there is nothing to pan, scroll the tracks."""
        turn = event.angleDelta()
        notches = (turn.y() or turn.x()) / _WHEEL_NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = event.position().x() - layout.HEAD
            self._set_scale(self._scale.zoomed(_ZOOM_STEP**notches, at))
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._scroll = min(max(0, self._scroll - round(notches * 24)), self._scroll_limit())
            self.update()
        else:
            self._pan(-notches * 60)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Up and down step from clip to clip; everything else belongs to the panel."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._session.select(self._session.neighbour(step))

    def event(self, event: QEvent) -> bool:
        """Tool tips tell what is known of a clip."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            item = self._hit(QPointF(event.pos())).item
            at: QPoint = event.globalPos()
            QToolTip.showText(at, describe(item) if item else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Ruler, lanes and ghosts, which are drawn once and kept; marks and playhead over them."""
        theme = theme_for(self)
        view = View(self.size(), self._scale, self._scroll, self._lanes, self._ghosts)
        picture = self._picture.of(view, self._look(theme), self.devicePixelRatioF())
        painter = QPainter(self)
        painter.drawPixmap(0, 0, picture)
        if self._session.snapshot is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self._room()
        painter.translate(layout.HEAD, 0)
        painter.save()
        painter.setClipRect(QRectF(0, layout.RULER, room, self.height()))
        painter.translate(0, -self._scroll)
        for uid in dict.fromkeys((self._hovered, self._session.selected)):
            self._mark(painter, uid, theme)
        painter.restore()
        painter.setClipRect(QRectF(-6, 0, room + 6, self.height()))
        x = self._scale.x(self._session.playhead)
        if -6 <= x <= room + 6:
            paint.paint_playhead(painter, x, self.height(), theme)

    def _mark(self, painter: QPainter, uid: str, theme: Theme) -> None:
        item, track = self._session.find(uid), self._session.track_of(uid)
        lane = next((one for one in self._lanes if track and one.label == track.label), None)
        if item is not None and lane is not None:
            left = self._scale.x(item.record_in)
            right = self._scale.x(item.record_in + item.frames)
            if right > 0 and left < self._room():
                box = paint.box_of(lane, left, right, self._room())
                paint.paint_mark(painter, item, box, theme, uid == self._session.selected)

    def _look(self, theme: Theme) -> paint.Look:
        session, snapshot = self._session, self._session.snapshot
        return paint.Look(
            theme=theme,
            font=self.font(),
            rate=session.rate,
            start=snapshot.start if snapshot else 0,
            drop=bool(snapshot and snapshot.drop_frame),
            covered=self._covered,
            drafts=frozenset(job.id for job in session.jobs.values() if job.plan.draft),
        )


def describe(item: SnapshotItem) -> str:
    """The tool tip of an item: name, length, handles, and why it cannot be used."""
    if item.kind is ItemKind.GAP:
        return f"Gap of {item.frames} frames"
    lines = [f"{item.name or 'clip'}: {item.frames} frames"]
    if item.generated:
        lines.append(f"Made by Pickup: {taken_words(item)}")
    if item.stale:
        lines.append(f"Stale: {item.stale}")
    if item.head_handle is not None and item.tail_handle is not None:
        lines.append(f"Handles: {item.head_handle} before, {item.tail_handle} after")
    if item.refusal:
        lines.append(item.refusal)
    return "\n".join(lines)
