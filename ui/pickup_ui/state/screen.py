"""What the viewer shows: picture, caption, or why there is none."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from pickup_ui.state.brush import Brush
from pickup_ui.state.pictures import Pictures
from pickup_ui.state.player import Player
from pickup_ui.state.program import Cell, Program
from pickup_ui.state.session import Session

_AHEAD = 24
_MOST = 260
_SETTLE_MS = 60
"""Frames fetched after the playhead; frames fetched for a loop at most; pause before fetching."""


class Screen(QObject):
    """Follows playhead, take and comparison; fetches what is needed next."""

    changed = Signal()

    def __init__(
        self,
        session: Session,
        program: Program,
        pictures: Pictures,
        player: Player,
        brush: Brush,
    ) -> None:
        super().__init__(session)
        self._session, self._program = session, program
        self._pictures, self._player, self._brush = pictures, player, brush
        self.image: QImage | None = None
        self.message = ""
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._fetch)
        for signal in (
            session.playhead_changed,
            session.compare_changed,
            session.snapshot_changed,
            session.selection_changed,
            session.engine_changed,
            session.jobs_changed,
            program.changed,
            player.changed,
            brush.changed,
        ):
            signal.connect(self._moved)
        pictures.arrived.connect(self._show)
        self._show()

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return (self.image.width(), self.image.height()) if self.image else (16, 9)

    @property
    def caption(self) -> str:
        """What is being looked at; nothing while there is no take to compare."""
        if self._brush.on:
            return "Motion brush · the picture that the new frames join"
        found = self._session.unplaced
        if found is None:
            return ""
        return f"After · take {found[1].index + 1}" if self._session.after else "Before"

    def _moved(self) -> None:
        self._show()
        self._settle.start()

    def _show(self) -> None:
        session = self._session
        if session.snapshot is None:
            self._set(None, "Reading the cut …" if session.opening else "No cut is open.")
            return
        if self._brush.on:
            self._show_cell(self._brush.cell, self._brush.absence)
        elif not self._program.known(session.playhead, session.after):
            self._set(self.image, self.message or "…")
        else:
            self._show_cell(self._program.cell(session.playhead, session.after), self._absence())

    def _show_cell(self, cell: Cell | None, absence: str) -> None:
        if cell is None:
            self._set(None, absence)
            return
        image = self._pictures.image(cell)
        if image is None and (why := self._pictures.failure(cell.path)):
            self._set(None, why)
        elif image is not None:
            self._set(image, "")
        elif self.image is None:
            self._set(None, "…")

    def _absence(self) -> str:
        """Why there is no picture at the playhead."""
        item, at = self._session.item, self._session.playhead
        if item and item.refusal and item.record_in <= at < item.record_in + item.frames:
            return item.refusal
        return "Nothing is here."

    def _set(self, image: QImage | None, message: str) -> None:
        self.image, self.message = image, message
        self.changed.emit()

    def _fetch(self) -> None:
        """The frame in view first, then the loop as it is seen now, then the other side."""
        session = self._session
        if session.snapshot is None:
            return
        at = session.playhead
        if self._player.loop and (session.take is not None or self._player.playing):
            start, end = self._player.bounds()
            near = [*range(max(at, start), end), *range(start, max(at, start))]
            frames = [at, *near[:_MOST]]
            sides = [session.after, not session.after] if session.take else [False]
        else:
            frames, sides = list(range(at, min(at + _AHEAD, session.end))), [session.after]
        wanted = [self._brush.cell] if self._brush.on and self._brush.cell else []
        for after in sides:
            for frame in frames:
                if self._program.known(frame, after):
                    cell = self._program.cell(frame, after)
                    wanted += [cell] if cell else []
        self._pictures.want(wanted)
