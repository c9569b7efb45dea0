"""Plays the record frames in time: the clock decides the frame, the timer only looks at it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from pickup_ui.state.program import loop_range
from pickup_ui.state.session import Session

_FASTEST = 8


class Player(QObject):
    """Moves the session's playhead. With `loop` it goes round the cut in question."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.playing = False
        self.loop = True
        self.speed = 1
        self._from = 0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        session.take_changed.connect(self._start_of_loop)

    def bounds(self) -> tuple[int, int]:
        """First frame and the one after the last."""
        if not self.loop:
            return 0, max(1, self._session.end)
        start, end = loop_range(self._session)
        start = min(start, max(0, self._session.end - 1))
        return start, max(start + 1, min(end, self._session.end))

    def toggle(self) -> None:
        """Play or stop."""
        if self.playing:
            self.stop()
        else:
            self.play(1)

    def play(self, speed: int) -> None:
        """Play at `speed` times the edit rate, below 0 backwards; the same again is faster."""
        if self._session.snapshot is None:
            return
        same = self.playing and (speed > 0) == (self.speed > 0)
        self.speed = max(-_FASTEST, min(_FASTEST, self.speed * 2)) if same else speed
        start, end = self.bounds()
        if not start <= self._session.playhead < end:
            self._session.set_playhead(start)
        self._from = self._session.playhead
        self._clock.start()
        self._timer.start(max(4, round(1000 / self._session.rate / 2)))
        self.playing = True
        self.changed.emit()

    def stop(self) -> None:
        """Stop where it is."""
        self._timer.stop()
        if self.playing:
            self.playing = False
            self.changed.emit()

    def step(self, frames: int) -> None:
        """Stop and move by whole frames."""
        self.stop()
        self._session.set_playhead(self._session.playhead + frames)

    def set_loop(self, on: bool) -> None:
        """Go round the cut, or through the whole timeline."""
        self.loop = on
        if self.playing:
            self.stop()
            self.play(1)
        self.changed.emit()

    def toggle_loop(self) -> None:
        """Switch the loop on, and play it; or off."""
        self.set_loop(not self.loop)

    def _start_of_loop(self) -> None:
        """A take was chosen: go to where it can be judged."""
        if self._session.take is None:
            return
        self.loop = True
        start, end = self.bounds()
        if self.playing:
            self.stop()
            self.play(1)
        elif not start <= self._session.playhead < end:
            self._session.set_playhead(start)
        self.changed.emit()

    def _tick(self) -> None:
        start, end = self.bounds()
        frames = int(self._clock.elapsed() * self._session.rate * self.speed / 1000)
        at = start + (self._from - start + frames) % (end - start)
        if not self.loop and not start <= self._from + frames < end:
            self.stop()
            return
        self._session.set_playhead(at)
