"""The dock itself: one widget for a host's panel, a dock area, or a window of its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pickup.hosts.base import HostAdapter
from pickup.protocol import Operation
from pickup_ui.icons import FOLDER
from pickup_ui.keys import Key, belongs_to_focus, bind, keys_of, words_of
from pickup_ui.state.desk import Desk
from pickup_ui.state.in_cut import follower, is_workable
from pickup_ui.state.wording import verb_name
from pickup_ui.theme import GAP, MARGIN, NARROW, WIDE, Theme, style_sheet, theme_of
from pickup_ui.views.choosers import Choosers
from pickup_ui.views.header import Header
from pickup_ui.views.living import LivingCard
from pickup_ui.views.models_page import ModelsPage
from pickup_ui.views.notes import NotesBar
from pickup_ui.views.notice import NoticeBar
from pickup_ui.views.parameters_bridge import BridgeParameters
from pickup_ui.views.parameters_extend import ExtendParameters
from pickup_ui.views.parameters_inpaint import InpaintParameters
from pickup_ui.views.parameters_restyle import RestyleParameters
from pickup_ui.views.parts import Choices, Elided, IconButton, line
from pickup_ui.views.queue import Queue
from pickup_ui.views.sentence import Sentence
from pickup_ui.views.strip import Strip
from pickup_ui.views.takes import Takes
from pickup_ui.views.transport import Transport
from pickup_ui.views.viewer import Viewer

_ROOT = "PickupPanel"


def create_panel(host: HostAdapter, parent: QWidget | None = None) -> Panel:
    """The dock for `host`, started. The host decides where the widget lives."""
    desk = Desk(host)
    panel = Panel(desk, parent)
    desk.setParent(panel)
    panel.destroyed.connect(desk.close)
    desk.start()
    return panel


class Panel(QWidget):
    """Header, notice, viewer, strip, verbs, sentence, takes, queue; folds where it is narrow."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        session = desk.session
        self.theme: Theme | None = None
        self._mode = ""
        self._activated = False
        self.setObjectName(_ROOT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(280)
        self.choosers = Choosers(session, desk.actions, desk.files, self)
        self.header = Header(session, desk.actions, desk.shelf, desk.files, self.choosers)
        self.notice = NoticeBar(session)
        self.notes = NotesBar(desk.files)
        self.viewer = Viewer(session, desk.screen, desk.brush)
        self.transport = Transport(session, desk.player)
        self.strip = Strip(session)
        self.takes = Takes(session, desk.actions)
        self.card = LivingCard(session, desk.living)
        self.sentence = Sentence(session, desk.actions, desk.shelf, desk.files)
        self.queue = Queue(session, desk.actions)
        self.models = ModelsPage(session, desk.shelf)
        self._fold_viewer = IconButton("viewer", "Show the picture", self._refold)
        self._fold_strip = IconButton("strip", "Show the timeline", self._refold)
        self._clip = Elided("", "muted")
        self._clip.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._clip_below = Elided("", "muted")
        self._pages = self._make_pages()
        self.verbs = self._make_verbs()
        self._build()
        self._shortcuts = bind(self.key_list, self)
        self.header.key_words = words_of(self.key_list)
        session.draft_changed.connect(self._follow_verb)
        session.selection_changed.connect(self._name_clip)
        session.take_changed.connect(self._unfold)
        desk.shelf.page_changed.connect(self._turn_page)
        desk.brush.changed.connect(self._unfold)
        desk.living.changed.connect(self._refold)
        self._follow_verb()
        self._name_clip()
        self._restyle()

    @property
    def key_list(self) -> list[Key]:
        """All keys, for a list of them."""
        return [*keys_of(self.desk), *self._own_keys()]

    def _own_keys(self) -> list[Key]:
        return [
            Key("Ctrl+O", "open a cut", self.choosers.ask_open),
            Key("Ctrl+S", "save", self.choosers.ask_save),
            Key("Ctrl+Shift+S", "save as", self.choosers.ask_save_as),
            Key("Ctrl+E", "export, missing media, notes on the file", self.header.open_menu),
            Key("Ctrl+F", "find missing media", self.choosers.ask_search),
            Key("Shift+Z", "show the whole cut", self.strip.fit),
            Key("+", "zoom in", lambda: self.strip.zoom(0.7)),
            Key("-", "zoom out", lambda: self.strip.zoom(1 / 0.7)),
        ]

    def _make_verbs(self) -> Choices:
        words = [(operation.value, verb_name(operation)) for operation in self._pages]
        verbs = Choices(words, lambda key: self.desk.session.set_operation(Operation(key)), "verb")
        for operation in self._pages:
            verbs.tip(
                operation.value, f"{verb_name(operation)} (Shift+{operation.value[0].upper()})"
            )
        return verbs

    def _make_pages(self) -> dict[Operation, QWidget]:
        session, shelf = self.desk.session, self.desk.shelf
        return {
            Operation.EXTEND: ExtendParameters(session, shelf, self.desk.brush),
            Operation.BRIDGE: BridgeParameters(session, shelf),
            Operation.INPAINT: InpaintParameters(session, shelf),
            Operation.RESTYLE: RestyleParameters(session, shelf, self.desk.clip_frames),
        }

    def _build(self) -> None:
        picture = QVBoxLayout()
        picture.setSpacing(GAP)
        picture.addWidget(self.viewer, 1)
        picture.addWidget(self.transport)
        self._stage = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._stage.setSpacing(MARGIN)
        self._stage.addLayout(picture, 3)
        self._stage.addWidget(self.takes)
        verbs = QHBoxLayout()
        verbs.setSpacing(GAP)
        verbs.addWidget(self.verbs)
        verbs.addStretch(1)
        verbs.addWidget(self._clip, 2)
        for fold in (self._fold_viewer, self._fold_strip):
            fold.setCheckable(True)
            verbs.addWidget(fold)
        body = QWidget()
        body.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._body = body
        column = QVBoxLayout(body)
        column.setContentsMargins(MARGIN, GAP, MARGIN, MARGIN)
        column.setSpacing(GAP)
        column.addWidget(self.header)
        column.addWidget(self.notice)
        column.addWidget(self.notes)
        column.addLayout(self._stage, 1)
        self._stage_at = column.count() - 1
        column.addWidget(self.strip)
        column.addWidget(self.card)
        self._rule = line()
        column.addWidget(self._rule)
        column.addLayout(verbs)
        column.addWidget(self._clip_below)
        column.addSpacing(GAP // 2)
        for page in self._pages.values():
            column.addWidget(page)
        column.addSpacing(GAP)
        column.addWidget(self.sentence)
        column.addWidget(self.queue)
        column.addStretch(0)
        self._column = column
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        outer.addWidget(self.models)
        self.models.hide()
        self._cut = scroll

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Arrange for the width."""
        width = self.width()
        mode = "narrow" if width < NARROW else "wide" if width >= WIDE else "medium"
        if mode != self._mode:
            self._mode = mode
            self._arrange()

    def _calm_focus(self) -> None:
        """The keys are the dock's own first, not those of its first button."""
        if isinstance(self.focusWidget(), QAbstractButton):
            self._body.setFocus()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the host's palette and font."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._restyle()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave keys to the widget that has the focus where it needs them."""
        if event.type() is QEvent.Type.ShortcutOverride and belongs_to_focus(event):
            event.accept()
            return True
        if event.type() is QEvent.Type.WindowActivate and not self._activated:
            self._activated = True
            # Qt gives the focus to the first button right after this event.
            QTimer.singleShot(0, self, self._calm_focus)
        return super().event(event)

    def _arrange(self) -> None:
        narrow = self._mode == "narrow"
        wide = self._mode == "wide"
        self._stage.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )
        self._stage.setStretch(1, 2 if wide else 0)
        self.sentence.set_narrow(narrow)
        self.transport.set_narrow(narrow)
        self.queue.set_narrow(narrow)
        self.header.set_narrow(narrow)
        self.card.set_narrow(narrow)
        for fold in (self._fold_viewer, self._fold_strip):
            fold.setVisible(narrow)
            fold.setChecked(False)
        self._clip.setVisible(not narrow)
        self._clip_below.setVisible(narrow)
        self._unfold()
        self._refold()

    def _refold(self) -> None:
        narrow = self._mode == "narrow"
        for shown, fold in (
            ((self.viewer, self.transport), self._fold_viewer),
            ((self.strip,), self._fold_strip),
        ):
            for widget in shown:
                widget.setVisible(not narrow or fold.isChecked())
        seen = not narrow or self._fold_viewer.isChecked()
        above = self._fold_strip.isChecked() or not self.card.isHidden()
        self._rule.setVisible(seen or above)
        self._column.setStretch(self._stage_at, 1 if seen else 0)
        self._column.setStretch(self._column.count() - 1, 0 if seen else 1)

    def _unfold(self) -> None:
        """Somebody who looks at a take or draws wants to see it."""
        looks = self.desk.session.take is not None or self.desk.brush.on
        if self._mode == "narrow" and looks and not self._fold_viewer.isChecked():
            self._fold_viewer.setChecked(True)
            self._refold()

    def _turn_page(self) -> None:
        """The cut or the models; on the models page only the way back has a key."""
        shows = self.desk.shelf.is_open
        self._cut.setVisible(not shows)
        self.models.setVisible(shows)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(not shows or shortcut.key() == QKeySequence("Esc"))
        if shows:
            self.models.take_focus()
        else:
            self._body.setFocus()

    def _follow_verb(self) -> None:
        operation = self.desk.session.operation
        self.verbs.choose(operation.value)
        for kind, page in self._pages.items():
            page.setVisible(kind is operation)
        self._offer_bridge()

    def _name_clip(self) -> None:
        item, track = self.desk.session.item, self.desk.session.track
        if item is None or track is None:
            words = "nothing selected"
        else:
            words = f"{item.name or item.kind.value} · {track.label}:{item.index}"
            words += " · stale" if item.stale else ""
        self._clip.setText(words)
        self._clip_below.setText(words)
        self._offer_bridge()

    def _offer_bridge(self) -> None:
        """A bridge leads somewhere; what is in the way is said while it is the verb in view."""
        session, verb = self.desk.session, Operation.BRIDGE
        item, track = session.item, session.track
        after = follower(track, item.uid) if track and item and is_workable(item) else None
        self.verbs.button_of(verb).setEnabled(after is not None or session.operation is verb)
        where = f" to {after.name}" if after and after.name else ", to a clip that follows"
        self.verbs.tip(verb, f"New frames that lead on{where} (Shift+B)")

    def _restyle(self) -> None:
        theme = theme_of(self.palette())
        if theme != self.theme:
            self.theme = theme
            chevron = FOLDER / ("chevron-dark.svg" if theme.dark else "chevron-light.svg")
            self.setStyleSheet(style_sheet(theme, _ROOT).replace("CHEVRON", chevron.as_posix()))
