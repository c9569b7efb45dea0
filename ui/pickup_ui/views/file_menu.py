"""The menu of the cut as a file: save and export, missing media, notes, frame rate."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from pickup.hosts.file.adapter import EXPORTS
from pickup_ui.state.files import Files
from pickup_ui.state.session import Session
from pickup_ui.views.choosers import Choosers


class FileMenu(QMenu):
    """What cannot be done now is grey; what has no meaning for this file is not there."""

    def __init__(self, session: Session, files: Files, choosers: Choosers, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._files = session, files
        self.setToolTipsVisible(True)
        self.addAction("Open…\tCtrl+O", choosers.ask_open)
        self._save = self.addAction("Save as…\tCtrl+Shift+S", choosers.ask_save_as)
        self.export = self.addMenu("Export as")
        for suffix, form in EXPORTS.items():
            self.export.addAction(f"{form}…", partial(choosers.ask_export, suffix))
        self.addSeparator()
        self._find = self.addAction("Find media…\tCtrl+F", choosers.ask_search)
        self._notes = self.addAction("Notes on this file")
        self._notes.setCheckable(True)
        self._notes.triggered.connect(files.show_notes)
        self._rate = self.addAction("Another frame rate…", files.ask_rate)
        self.aboutToShow.connect(self._follow)

    def _follow(self) -> None:
        files, opened = self._files, self._session.snapshot is not None
        self._save.setEnabled(opened)
        self.export.setEnabled(opened)
        self._find.setEnabled(bool(files.missing))
        self._notes.setEnabled(bool(files.notes))
        self._notes.setChecked(files.shows_notes)
        self._rate.setVisible(files.has_no_rate)
