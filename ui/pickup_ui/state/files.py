"""The cut as a file: what reading it took for granted, its rate, other formats, moved media."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from pickup.errors import PickupError
from pickup.hosts.file.adapter import EXPORTS, WITHOUT_RATE
from pickup.protocol import ItemKind
from pickup_ui.state.actions import Actions
from pickup_ui.state.folders import export_name
from pickup_ui.state.media import Media
from pickup_ui.state.outlook import Notice, Remedy
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import TimelineProcess
from pickup_ui.state.wording import lines_words, names_words, rate_words

RATES = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001)),
    *(Fraction(30), Fraction(50), Fraction(60000, 1001), Fraction(60)),
)
"""The usual choices for a file that states no rate."""


class Files(QObject):
    """`changed`: the notes, or whether they are shown. `search_wanted`: somebody asked for the
    question where media is; a view asks it and calls `relink`."""

    changed = Signal()
    search_wanted = Signal()

    def __init__(
        self,
        session: Session,
        timeline: TimelineProcess,
        actions: Actions,
        media: Media,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self._actions, self._media = actions, media
        self.shows_notes = False
        self.missing: tuple[str, ...] = ()
        self._nameless = 0
        session.snapshot_changed.connect(self._look)
        actions.opened.connect(self._show_once)
        actions.rate_refused.connect(self._refused)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be known of the file: missing media, and what reading it assumed or lost."""
        snapshot = self._session.snapshot
        found = []
        if count := len(self.missing):
            what = "A media file is" if count == 1 else f"{count} media files are"
            found.append(f"{what} missing: {names_words(self.missing)}.")
        if count := self._nameless:
            what = "A clip names no media file: link it"
            if count > 1:
                what = f"{count} clips name no media file: link them"
            found.append(f"{what} in the editor and export again.")
        return (*found, *(snapshot.notes if snapshot else ()))

    @property
    def has_no_rate(self) -> bool:
        """Whether the open file does not state its rate: it was read at a likely one."""
        snapshot = self._session.snapshot
        return snapshot is not None and snapshot.path.lower().endswith(WITHOUT_RATE)

    def show_notes(self, shown: bool) -> None:
        """Show the notes, or put them away."""
        self.shows_notes = shown and bool(self.notes)
        self.changed.emit()

    # Its rate

    def ask_rate(self) -> None:
        """Ask at which rate the open file counts."""
        snapshot = self._session.snapshot
        if snapshot is not None:
            name = Path(snapshot.path).name
            now = f"Now it is read at {rate_words(snapshot.rate)} frames a second."
            self._ask(Notice(f"At which frame rate does {name} count?", now), snapshot.path)

    def _refused(self, path: str, error: PickupError) -> None:
        self._ask(Notice(error.message, error.hint, failed=True), path)

    def _ask(self, notice: Notice, path: str) -> None:
        snapshot = self._session.snapshot
        given_up = "Edits that are not saved are given up; takes are kept."
        hint = f"{notice.hint} {given_up}" if snapshot and snapshot.modified else notice.hint
        remedies = tuple(
            Remedy(rate_words(rate), partial(self._actions.open, path, rate)) for rate in RATES
        )
        self._session.set_notice(
            Notice(notice.text, hint, notice.failed, stays=True, remedies=remedies)
        )

    # Other formats

    def suggested_export(self, suffix: str) -> str:
        """Where a cut in the format of `suffix` would go."""
        snapshot = self._session.snapshot
        return export_name(snapshot.path, suffix) if snapshot else ""

    def export(self, path: str) -> None:
        """Write the cut in the format of the suffix, and tell what that format cannot keep."""
        name, form = Path(path).name, EXPORTS.get(Path(path).suffix.lower(), "")

        def written(result: Any) -> None:
            lost = tuple(result["losses"])
            text = f"Wrote {name}; {form} cannot keep everything:" if lost else f"Wrote {name}."
            self._session.set_notice(Notice(text, lines_words(lost), stays=bool(lost)))

        self._session.set_notice(Notice(f"Writing {name} …", stays=True))
        self._timeline.call("export", {"path": path}, written, self._actions.fail)

    # Media that moved

    def ask_search(self) -> None:
        """Let the user be asked where missing media is."""
        self.search_wanted.emit()

    def relink(self, folder: str) -> None:
        """Look below `folder` for all media that is missing, and link what is found."""
        self._session.set_notice(Notice(f"Looking for media below {folder} …", stays=True))
        self._timeline.call(
            "relink", {"search": folder}, partial(self._relinked, folder), self._actions.fail
        )

    def _relinked(self, folder: str, result: Any) -> None:
        found, doubtful = dict(result["found"]), tuple(result["doubtful"])
        missing = tuple(result["missing"])
        lines = []
        if missing:
            lines.append(f"Not found: {names_words(missing)}.")
        if doubtful:
            lines.append(f"Not linked, for several files could be meant: {names_words(doubtful)}.")
        count = "1 media file" if len(found) == 1 else f"{len(found)} media files"
        text = f"Linked {count}." if found else f"No media was found below {folder}."
        remedies = [Remedy("Look elsewhere", self.ask_search)] if missing or doubtful else []
        if found:
            remedies.append(Remedy("Undo", self._take_back))
            self._media.forget_errors()
            self._actions.refresh()
        self._session.set_notice(Notice(text, lines_words(lines), remedies=tuple(remedies)))

    def _take_back(self) -> None:
        self._session.set_notice(None)
        self._actions.undo()

    # The cut

    def _show_once(self) -> None:
        self.show_notes(True)

    def _look(self) -> None:
        snapshot, before = self._session.snapshot, self.notes
        offline = [
            item.media
            for track in (snapshot.tracks if snapshot else ())
            for item in track.items
            if not item.online and item.kind is ItemKind.CLIP
        ]
        self.missing = tuple(dict.fromkeys(media for media in offline if media))
        self._nameless = offline.count("")
        if self.notes != before:
            self.show_notes(self.shows_notes)
