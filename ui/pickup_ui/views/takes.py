"""The takes of the selected clip: film strips that play under the pointer, and Use."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QEnterEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QVBoxLayout, QWidget

from pickup.protocol import JobStatus, PlacementState, Take
from pickup_ui.state.actions import Actions
from pickup_ui.state.in_cut import TakeKey
from pickup_ui.state.recipes import Recipes, Trust
from pickup_ui.state.session import Session
from pickup_ui.state.wording import (
    seam_words,
    take_words,
    trust_numbers,
    trust_words,
    verb_name,
)
from pickup_ui.theme import GAP, mix, small, theme_for
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import Elided, IconButton, Text, button
from pickup_ui.views.strip_paint import hatch

_PICTURE = QSize(128, 72)
_WORDS = 22
_LABEL = 18
_HOVER_MS = 120
_MOST = 24


class Tile(QAbstractButton):
    """One take: a still that plays its film strip while the pointer is on it."""

    def __init__(self, take: Take, name: str, tip: str) -> None:
        super().__init__()
        self._take, self._name = take, name
        self._in_cut = False
        self._chosen = False
        self._at = 0
        self._strip = QPixmap(take.strip) if take.strip else QPixmap()
        self._pictures = pictures_in(self._strip, take)
        self._at = self._pictures // 2
        self._timer = QTimer(self, interval=_HOVER_MS)
        self._timer.timeout.connect(self._next)
        self.setFixedSize(_PICTURE.width(), _PICTURE.height() + _WORDS)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_in_cut(self, in_cut: bool) -> None:
        """Say whether it is in the cut."""
        if in_cut != self._in_cut:
            self._in_cut = in_cut
            self.update()

    def set_chosen(self, chosen: bool) -> None:
        """Mark the take in view."""
        if chosen != self._chosen:
            self._chosen = chosen
            self.update()

    def _next(self) -> None:
        self._at = (self._at + 1) % self._pictures
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Play."""
        if self._pictures > 1:
            self._timer.start()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Stop in the middle."""
        self._timer.stop()
        self._at = self._pictures // 2
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Picture, frame, number and seam."""
        theme = theme_for(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = QRectF(0, 0, _PICTURE.width(), _PICTURE.height())
        shape = QPainterPath()
        shape.addRoundedRect(place, 4, 4)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(place, theme.raised)
        if not self._strip.isNull():
            width = self._strip.width() / self._pictures
            source = QRectF(self._at * width, 0, width, self._strip.height())
            painter.drawPixmap(place, self._strip, cropped(source, place))
        if self._take.draft:
            corner = QRectF(place.right() - 22, place.top(), 22, 10)
            painter.fillRect(corner, mix(theme.window, theme.accent, 0.25))
            hatch(painter, corner, theme.accent)
        if self._take.test:
            self._label(painter, place)
        painter.restore()
        if self._chosen or self.hasFocus():
            painter.setPen(QPen(theme.accent if self._chosen else theme.muted, 2))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 4, 4)
        painter.setFont(small(self.font()))
        painter.setPen(theme.text if self._chosen else theme.muted)
        words = QRectF(2, place.bottom() + 2, place.width() - 4, _WORDS - 2)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter.value, self._name)
        end = "in the cut" if self._in_cut else seam_words(self._take.seam)
        painter.setPen(theme.accent if self._in_cut else theme.muted)
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, side.value, end)

    def _label(self, painter: QPainter, place: QRectF) -> None:
        """Over the foot of the picture: what a test model made is noise and looks like a fault."""
        theme = theme_for(self)
        painter.setFont(small(self.font()))
        foot = QRectF(place.left(), place.bottom() - _LABEL, place.width(), _LABEL)
        painter.fillRect(foot, theme.window)
        painter.setPen(theme.amber)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter.value, "Test model")


def pictures_in(strip: QPixmap, take: Take) -> int:
    """How many pictures stand side by side in a film strip, from its shape and the take's."""
    if strip.isNull() or strip.height() == 0:
        return 1
    shape = take.media.width * take.media.pixel_aspect / take.media.height
    return max(1, round(strip.width() / (strip.height() * shape)))


def cropped(source: QRectF, place: QRectF) -> QRectF:
    """The middle of `source` in the shape of `place`."""
    shape = place.width() / place.height()
    width = min(source.width(), source.height() * shape)
    height = min(source.height(), source.width() / shape)
    left = source.x() + (source.width() - width) / 2
    return QRectF(left, source.y() + (source.height() - height) / 2, width, height)


class Takes(QWidget):
    """Tiles, and what can be done with the chosen one."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session, self._actions = session, actions
        self._tiles: dict[TakeKey, Tile] = {}
        self._shown: list[tuple[str, Take]] = []
        self._flow = Flow()
        self._recipes = Recipes()
        self._words = Elided("", "muted")
        self._trust = Text("")
        self.use = button("Use", actions.use, "primary")
        self.use.setToolTip("Put this take into the cut; one undo takes it back")
        self._dismiss = IconButton("cross", "Put this take away", actions.dismiss)
        bar = QHBoxLayout()
        bar.setSpacing(GAP)
        bar.addWidget(self._words, 1)
        bar.addWidget(self._trust)
        bar.addWidget(self._dismiss)
        bar.addWidget(self.use)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self._flow)
        column.addLayout(bar)
        column.addStretch(1)
        signals = (session.jobs_changed, session.selection_changed, session.take_changed)
        for signal in (*signals, session.snapshot_changed):
            signal.connect(self._follow)
        self._follow()

    @property
    def tiles(self) -> dict[TakeKey, Tile]:
        """Tiles by take."""
        return self._tiles

    def _follow(self) -> None:
        takes = [
            (job, take)
            for job, take in self._session.takes()
            if take.placement is not PlacementState.DISMISSED
        ][:_MOST]
        shown = [(job.id, take) for job, take in takes]
        if shown != self._shown:
            self._shown = shown
            self._flow.clear()
            self._tiles = {}
            for job, take in takes:
                verb = verb_name(job.submission.request.operation)
                words = self._words_of(job, take)
                tile = Tile(take, f"{verb} {take.index + 1}", words)
                look = partial(self._session.set_take, (job.id, take.index))
                tile.clicked.connect(lambda _on, look=look: look())
                self._tiles[job.id, take.index] = tile
                self._flow.add(tile)
        for key, tile in self._tiles.items():
            tile.set_chosen(key == self._session.take)
            tile.set_in_cut(self._session.is_in_cut(key))
        self._tell()

    def _tell(self) -> None:
        chosen = self._session.take_of(self._session.take)
        placed = self._session.is_in_cut(self._session.take)
        self.setVisible(bool(self._tiles))
        self.use.setVisible(chosen is not None and not placed)
        self._dismiss.setVisible(chosen is not None and not placed)
        trust = self._recipes.trust(chosen[1]) if chosen else Trust()
        self._trust.setText(trust_words(trust))
        self._trust.setToolTip(trust_numbers(trust))
        self._trust.setVisible(bool(self._trust.text()))
        if chosen is None:
            self._words.setText("Choose a take to see it in the cut.")
        elif placed:
            self._words.setText("This take is in the cut.")
        else:
            self._words.setText(self._words_of(*chosen))

    def _words_of(self, job: JobStatus, take: Take) -> str:
        return take_words(take, self._session.rate, job.submission.request)
