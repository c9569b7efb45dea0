"""What is to be known of the file that was opened: said quietly, once, and put away by a click."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pickup_ui.state.files import Files
from pickup_ui.state.wording import lines_words
from pickup_ui.theme import GAP
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import IconButton, Wrapped, button, line

_MOST = 3
"""Notes shown before the rest is asked for."""


class NotesBar(QWidget):
    """The notes of `files`, the first few at first, with what can be done about them."""

    def __init__(self, files: Files) -> None:
        super().__init__()
        self._files = files
        self._all = False
        self.setAccessibleName("Notes on the file")
        self.text = Wrapped("", "muted", little=True)
        self._more = button("", self._unfold, "link")
        self._rate = button("Another rate", files.ask_rate, "link")
        self._rate.setToolTip("Read the file again at another frame rate")
        self._find = button("Find media…", files.ask_search, "link")
        self._find.setToolTip("Look for missing media in a folder")
        self._close = IconButton("cross", "Put the notes away", lambda: files.show_notes(False))
        links = Flow()
        for one in (self._more, self._rate, self._find):
            links.add(one)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.text)
        words.addWidget(links)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addLayout(words, 1)
        top.addWidget(self._close)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(line())
        self._links = links
        files.changed.connect(self._follow)
        self._follow()

    def _unfold(self) -> None:
        self._all = True
        self._follow()

    def _follow(self) -> None:
        files = self._files
        self.setVisible(files.shows_notes)
        if not files.shows_notes:
            self._all = False
            return
        notes = files.notes
        shown = notes if self._all else notes[:_MOST]
        self.text.setText(lines_words(shown))
        rest = len(notes) - len(shown)
        self._more.setText("1 more note" if rest == 1 else f"{rest} more notes")
        for one, wanted in (
            (self._more, rest > 0),
            (self._rate, files.has_no_rate),
            (self._find, bool(files.missing)),
        ):
            one.setVisible(wanted)
        self._links.setVisible(rest > 0 or files.has_no_rate or bool(files.missing))
