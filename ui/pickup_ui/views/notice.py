"""One line that says what happened and what to do; it never covers anything."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pickup_ui.state.session import Session
from pickup_ui.theme import GAP
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import IconButton, Wrapped, button, line

_NEWS_MS = 6000
"""Good news goes by itself."""


class NoticeBar(QWidget):
    """Shows the session's notice with its remedies as buttons."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._text = Wrapped()
        self._hint = Wrapped("", "muted", little=True)
        self._buttons = Flow()
        close = IconButton("cross", "Put this notice away", lambda: session.set_notice(None))
        top = QHBoxLayout()
        top.setSpacing(GAP)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._text)
        words.addWidget(self._hint)
        top.addLayout(words, 1)
        top.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self._buttons)
        column.addWidget(line())
        self._news = QTimer(self, interval=_NEWS_MS, singleShot=True)
        self._news.timeout.connect(lambda: session.set_notice(None))
        session.notice_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        notice = self._session.notice
        self.setVisible(notice is not None)
        self._news.stop()
        if notice is None:
            return
        self._text.setText(notice.text)
        self._text.set_role("failed" if notice.failed else "")
        self._hint.setText(notice.hint)
        self._hint.setVisible(bool(notice.hint))
        if not (notice.failed or notice.remedies or notice.stays):
            self._news.start()
        self._buttons.clear()
        for remedy in notice.remedies:
            self._buttons.add(button(remedy.label, remedy.run))
        self._buttons.setVisible(bool(notice.remedies))
