"""The questions that need a chooser of files: the only windows that the dock opens."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget

from pickup.hosts.file.adapter import EXPORTS, SUFFIXES
from pickup_ui.state.actions import Actions
from pickup_ui.state.files import Files
from pickup_ui.state.session import Session

CUT_FILTER = f"Cuts ({' '.join('*' + suffix for suffix in SUFFIXES)})"


class Choosers:
    """Each asks, and has the answer carried out; the window belongs to `parent`."""

    def __init__(self, session: Session, actions: Actions, files: Files, parent: QWidget) -> None:
        self._session, self._actions, self._files = session, actions, files
        self._parent = parent
        files.search_wanted.connect(self.ask_search)

    def ask_open(self) -> None:
        """Ask which cut to open."""
        name, _ = QFileDialog.getOpenFileName(self._parent, "Open a cut", "", CUT_FILTER)
        if name:
            self._actions.open(name)

    def ask_save(self) -> None:
        """Save where it was saved before; the first time ask."""
        if self._actions.saved_as:
            self._actions.save(self._actions.saved_as)
        else:
            self.ask_save_as()

    def ask_save_as(self) -> None:
        """Ask for a name; never the opened file's own."""
        if self._session.snapshot is None:
            return
        suggested = self._actions.suggested_name()
        if name := self._ask_name("Save the cut", suggested, "OpenTimelineIO", ".otio"):
            self._actions.save(name)

    def ask_export(self, suffix: str) -> None:
        """Ask for the name of the cut in another format."""
        if self._session.snapshot is None:
            return
        suggested = self._files.suggested_export(suffix)
        if name := self._ask_name("Export the cut", suggested, EXPORTS[suffix], suffix):
            self._files.export(name)

    def ask_search(self) -> None:
        """Ask in which folder missing media is."""
        if self._session.snapshot is None:
            return
        title = "Choose the folder that holds the media"
        if folder := QFileDialog.getExistingDirectory(self._parent, title):
            self._files.relink(folder)

    def _ask_name(self, title: str, suggested: str, form: str, suffix: str) -> str:
        kind = f"{form} (*{suffix})"
        name, _ = QFileDialog.getSaveFileName(self._parent, title, suggested, kind)
        return name + suffix if name and not name.lower().endswith(suffix) else name
