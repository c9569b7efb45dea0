"""Play, step, loop around the cut, before and after."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from pickup.protocol.timecode import format_timecode
from pickup_ui.state.player import Player
from pickup_ui.state.session import Session
from pickup_ui.theme import GAP
from pickup_ui.views.parts import Choices, IconButton, Text


class Transport(QWidget):
    """One row under the viewer."""

    def __init__(self, session: Session, player: Player) -> None:
        super().__init__()
        self._session, self._player = session, player
        self._play = IconButton("play", "Play or stop (Space)", player.toggle)
        self._loop = IconButton("loop", "Loop around the cut (/)")
        self._loop.setCheckable(True)
        self._loop.clicked.connect(lambda on: player.set_loop(on))
        self._time = Text("")
        self._sides = Choices(
            [("before", "Before"), ("after", "After")],
            lambda key: session.set_after(key == "after"),
        )
        self._sides.tip("before", "The cut as it is (\\ switches)")
        self._sides.tip("after", "The cut with this take (\\ switches)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(IconButton("back", "One frame back (Left)", lambda: player.step(-1)))
        row.addWidget(self._play)
        row.addWidget(IconButton("forward", "One frame on (Right)", lambda: player.step(1)))
        row.addWidget(self._loop)
        row.addSpacing(GAP)
        row.addWidget(self._time)
        row.addStretch(1)
        row.addWidget(self._sides)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        session.playhead_changed.connect(self._follow)
        session.snapshot_changed.connect(self._follow)
        session.compare_changed.connect(self._follow)
        session.take_changed.connect(self._follow)
        session.jobs_changed.connect(self._follow)
        player.changed.connect(self._follow)
        self._follow()

    def set_narrow(self, narrow: bool) -> None:
        """Leave the timecode out."""
        self._time.setVisible(not narrow)

    def _follow(self) -> None:
        session, snapshot = self._session, self._session.snapshot
        start = snapshot.start if snapshot else 0
        drop = bool(snapshot and snapshot.drop_frame)
        self._time.setText(format_timecode(start + session.playhead, session.rate, drop))
        self._play.set_name("pause" if self._player.playing else "play")
        self._loop.setChecked(self._player.loop)
        self._sides.choose("after" if session.after else "before")
        self._sides.setVisible(session.unplaced is not None)
        self.setEnabled(snapshot is not None)
