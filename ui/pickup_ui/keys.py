"""The keys of the dock, in one list. They act only while the dock has the focus.

No letter acts while a text field has the focus: fields claim printable keys before shortcuts do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)

from pickup.protocol import Operation
from pickup_ui.state.desk import Desk

_TEN = 10


@dataclass(frozen=True)
class Key:
    """A sequence, what it does in words, and what it runs."""

    sequence: str
    text: str
    run: Callable[[], object]


def keys_of(desk: Desk) -> list[Key]:
    """All keys that need no widget."""
    session, player, actions, living = desk.session, desk.player, desk.actions, desk.living

    def verb(operation: Operation) -> Callable[[], None]:
        return lambda: session.set_operation(operation)

    def number(one: int) -> Callable[[], None]:
        return lambda: living.number_take(one)

    return [
        Key("Space", "play or stop", player.toggle),
        Key("J", "play backwards", lambda: player.play(-1)),
        Key("K", "stop", player.stop),
        Key("L", "play, again for faster", lambda: player.play(1)),
        Key("/", "loop the cut", player.toggle_loop),
        Key("\\", "before and after", lambda: session.set_after(not session.after)),
        Key("[", "previous take", lambda: living.step_take(-1)),
        Key("]", "next take", lambda: living.step_take(1)),
        *(Key(str(n), f"take {n}", number(n)) for n in range(1, 10)),
        Key("Shift+E", "extend", verb(Operation.EXTEND)),
        Key("Shift+B", "bridge", verb(Operation.BRIDGE)),
        Key("Shift+I", "inpaint", verb(Operation.INPAINT)),
        Key("Shift+R", "restyle", verb(Operation.RESTYLE)),
        Key("B", "motion brush", desk.brush.toggle),
        Key("Ctrl+Return", "make", actions.make),
        Key("Ctrl+U", "use the take", actions.use),
        Key("Ctrl+Shift+M", "models", desk.shelf.open),
        Key("Ctrl+Z", "undo", actions.undo),
        Key("Ctrl+Shift+Z", "redo", actions.redo),
        Key(
            "Esc",
            "back from the models, put the brush down, stop playing, or cancel the newest job",
            lambda: _escape(desk),
        ),
        Key("Left", "one frame back", lambda: player.step(-1)),
        Key("Right", "one frame on", lambda: player.step(1)),
        Key("Shift+Left", "ten frames back", lambda: player.step(-_TEN)),
        Key("Shift+Right", "ten frames on", lambda: player.step(_TEN)),
        Key("Up", "previous clip", lambda: session.select(session.neighbour(-1))),
        Key("Down", "next clip", lambda: session.select(session.neighbour(1))),
    ]


def _escape(desk: Desk) -> None:
    if desk.shelf.is_open:
        desk.shelf.close()
    elif desk.brush.on:
        desk.brush.set_on(False)
    elif desk.player.playing:
        desk.player.stop()
    else:
        desk.actions.cancel_last()


def words_of(keys: list[Key]) -> str:
    """The keys as a table for a tool tip; the nine numbers in one line."""
    rows = []
    for key in keys:
        if key.sequence.isdigit() and key.sequence != "1":
            continue
        shown = "1 … 9" if key.sequence == "1" else escape(key.sequence)
        text = "take 1 to 9" if key.sequence == "1" else escape(key.text)
        rows.append(f"<tr><td><b>{shown}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def bind(keys: list[Key], panel: QWidget) -> list[QShortcut]:
    """Make the keys work while the focus is in `panel`."""
    made = []
    for key in keys:
        shortcut = QShortcut(QKeySequence(key.sequence), panel)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda run=key.run: run())
        made.append(shortcut)
    return made


def belongs_to_focus(event: QEvent) -> bool:
    """Whether the widget with the focus needs this key for itself: Space presses a focused button,
    arrows move a slider or a list, Return and Esc end an edit."""
    focus = QApplication.focusWidget()
    key = event.key() if isinstance(event, QKeyEvent) else 0
    arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
    match focus:
        case QAbstractButton():
            return key == Qt.Key.Key_Space
        case QAbstractSlider() | QComboBox():
            return key in arrows or key == Qt.Key.Key_Space
        case QLineEdit():
            return key in arrows or (key == Qt.Key.Key_Escape and bool(focus.text()))
        case _:
            return False
