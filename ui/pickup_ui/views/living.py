"""The card of a clip that Pickup made: how, which take, whether it still fits, what can be done."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pickup.protocol import SnapshotItem, Take
from pickup_ui.state.living import Living
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.recipes import Recipes
from pickup_ui.state.remedies import plain_words
from pickup_ui.state.session import Session
from pickup_ui.state.wording import made_words, plan_words, take_words
from pickup_ui.theme import GAP, theme_for
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import Elided, IconButton, Wrapped, button
from pickup_ui.views.takes import Tile

_BAR = 3
_INSET = 12
_DOT = 3.4
_SPLIT = "Split at playhead"
"""Pixels: width of the line that marks what was generated, the room beside it, radius of the dot
that marks what is stale. The name of a button that is shorter where it is narrow."""


class Dot(QWidget):
    """The mark of a stale clip, as in the strip; words stand beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(10, 18)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """An amber dot on the first line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme_for(self).amber)
        painter.drawEllipse(QPointF(5, 9), _DOT, _DOT)


class LivingCard(QWidget):
    """Shows `living`; it takes no room while another clip is selected."""

    def __init__(self, session: Session, living: Living) -> None:
        super().__init__()
        self._session, self._living = session, living
        self._recipes = Recipes()
        self._shown: tuple[Take, ...] = ()
        self.tiles: dict[int, Tile] = {}
        self._narrow = False
        self.setAccessibleName("Generated clip")
        self.facts = Elided("")
        self.previous = IconButton("previous", "Previous take ([)", partial(living.turn, -1))
        self.next = IconButton("next", "Next take (])", partial(living.turn, 1))
        self.unfold = IconButton("chevron", "Show all takes", self._follow)
        self.unfold.setCheckable(True)
        self.reason = Wrapped("", "amber")
        self.says = Wrapped("")
        self.more = Wrapped("", "muted", little=True)
        self.update_ = button("Update", living.bring_up_to_date)
        self.keep = button("Keep", living.keep)
        self.keep.setToolTip("It is right as it is: say no more until something else changes")
        self.split = button(_SPLIT, living.split)
        self.split.setAccessibleName(_SPLIT)
        self.remove = button("Remove", living.remove)
        self.remove.setToolTip(
            "Take it out with all clips of the same edit, and give back what was there; one undo"
            " brings it again"
        )
        self._top = QHBoxLayout()
        self._top.setSpacing(GAP)
        self._top.addWidget(self.facts, 1)
        for one in (self.previous, self.next, self.unfold, self.split, self.remove):
            self._top.addWidget(one)
        self._stale = self._make_stale()
        self._buttons = Flow()
        self._buttons.add(self.update_)
        self._buttons.add(self.keep)
        self._flow = Flow()
        column = QVBoxLayout(self)
        column.setContentsMargins(_INSET, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(self._top)
        column.addWidget(self._stale)
        column.addWidget(self._buttons)
        column.addWidget(self._flow)
        living.changed.connect(self._follow)
        session.playhead_changed.connect(self._follow_playhead)
        for signal in (session.engine_changed, session.jobs_changed):
            signal.connect(self._follow)
        self._follow()

    def set_narrow(self, narrow: bool) -> None:
        """All buttons in one row, and the pictures of the takes when they are asked for."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.split.setText("Split" if narrow else _SPLIT)
            for one in (self.split, self.remove):
                if narrow:
                    self._top.removeWidget(one)
                    self._buttons.add(one)
                else:
                    self._buttons.remove(one)
                    self._top.addWidget(one)
            self._follow()

    def _make_stale(self) -> QWidget:
        told = QHBoxLayout()
        told.setSpacing(6)
        told.addWidget(Dot(), 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.reason, 1)
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(told)
        column.addWidget(self.says)
        column.addWidget(self.more)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The line at the left that generated clips have in the strip."""
        painter = QPainter(self)
        painter.fillRect(QRectF(0, 0, _BAR, self.height()), theme_for(self).accent)

    def _follow(self) -> None:
        clip, living = self._living.clip, self._living
        self.setVisible(clip is not None)
        if clip is None:
            return
        take = living.take
        recipe = self._recipes.of(take) if take else None
        model = self._session.name_of(recipe.model) if recipe else ""
        known = take is not None or living.known
        self.facts.setText(made_words(clip, take, model) if known else "")
        several = len(living.takes) > 1
        self.previous.setVisible(several)
        self.next.setVisible(several)
        self.unfold.setVisible(several and self._narrow)
        self._follow_playhead()
        self._tell_stale(clip, living.update)
        self._show_takes(clip, living.takes)

    def _follow_playhead(self) -> None:
        can = self._living.can_split
        self.split.setEnabled(can)
        self.split.setToolTip(
            "Cut it in two; both halves stay takes of the same job"
            if can
            else "Move the playhead into the clip to cut it there"
        )

    def _tell_stale(self, clip: SnapshotItem, update: Outlook | None) -> None:
        self._stale.setVisible(bool(clip.stale))
        self.keep.setVisible(bool(clip.stale))
        self.update_.setVisible(update is not None)
        self._buttons.setVisible(bool(clip.stale) or self._narrow)
        self.reason.setText(clip.stale)
        self.reason.setAccessibleName(f"Stale: {clip.stale}" if clip.stale else "")
        if update is None:
            return
        ready = update.kind is OutlookKind.READY
        hopeless = update.code == "timeline.no_update"
        says = update.hint if hopeless else update.sentence
        self.says.setText(f"{says} {plan_words(update.plan)}".strip())
        refused = update.kind is OutlookKind.REFUSED and not hopeless
        self.says.set_role("failed" if refused else "" if ready else "muted")
        more = [plain_words(update.hint)] if refused and update.hint else []
        more += [*update.warnings, *(update.plan.warnings if update.plan else ())]
        self.more.setText("\n".join(more))
        self.more.setVisible(bool(more))
        self.update_.setVisible(not hopeless)
        self.update_.setEnabled(ready and not self._living.under_way)
        again = update.proposal is not None and update.proposal.request is not None
        self.update_.setToolTip(
            "Make it again; the cut is not touched until you use the new take"
            if again
            else "Do it now; one undo takes it back"
        )

    def _show_takes(self, clip: SnapshotItem, takes: tuple[Take, ...]) -> None:
        """Tiles that stay while the takes do: a click must not meet one just replaced."""
        takes = takes if len(takes) > 1 else ()
        names = [take.media.path for take in takes]
        if names != [take.media.path for take in self._shown]:
            self._flow.clear()
            self.tiles = {}
            for take in takes:
                recipe = self._recipes.of(take)
                request = recipe.request if recipe else None
                words = take_words(take, self._session.rate, request)
                tile = Tile(take, f"Take {take.index + 1}", words)
                switch = partial(self._living.switch, take.index)
                tile.clicked.connect(lambda _on, switch=switch: switch())
                self.tiles[take.index] = tile
                self._flow.add(tile)
        self._shown = takes
        for take in takes:
            shown = take.index == clip.take
            self.tiles[take.index].set_chosen(shown)
            self.tiles[take.index].set_in_cut(shown)
        folded = self._narrow and not self.unfold.isChecked()
        self._flow.setVisible(bool(takes) and not folded)
