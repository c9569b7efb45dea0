"""Why a setting cannot be used, and what to do, right under it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from pickup_ui.state.faults import Setting
from pickup_ui.state.session import Session
from pickup_ui.views.parts import Wrapped


class FaultLine(Wrapped):
    """Shows the refusal of the outlook while it is about one of `fields`, and marks its widget."""

    def __init__(self, session: Session, fields: Mapping[Setting, QWidget]) -> None:
        super().__init__("", "failed", little=True)
        self._session, self._fields = session, dict(fields)
        self._marked: QWidget | None = None
        session.outlook_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        outlook = self._session.outlook
        at_fault = outlook.setting if outlook.setting in self._fields else None
        if self._marked is not None:
            _mark(self._marked, False)
        self._marked = self._fields[at_fault] if at_fault else None
        if self._marked is not None:
            _mark(self._marked, True)
        self.setText(f"{outlook.sentence} {outlook.hint}".strip() if at_fault else "")
        self.setAccessibleName(f"Why not: {at_fault}" if at_fault else "")
        self.setVisible(at_fault is not None)


def _mark(widget: QWidget, invalid: bool) -> None:
    widget.setProperty("invalid", invalid)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
