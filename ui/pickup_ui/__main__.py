"""`python -m pickup_ui [CUT.otio]`: the dock in its own window."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from pathlib import Path

import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from pickup_ui.state.outlook import OutlookKind
from pickup_ui.window import Window

_LOOK_MS = 100
_LATEST_MS = 30_000


def main(words: list[str] | None = None) -> int:
    """Run the dock until its window is closed."""
    parser = argparse.ArgumentParser(prog="pickup app", description="The Pickup dock.")
    parser.add_argument("cut", type=Path, nargs="?", help="an OpenTimelineIO file")
    parser.add_argument("--picture", type=Path, help="write a picture of the window, then end")
    options = parser.parse_args(words)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Pickup")
    app.setStyle("Fusion")
    # Qt's loop never returns to Python by itself: Ctrl+C in a terminal must end it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    window = Window(options.cut)
    # What is imported lives as long as the process: left out, the collections that hold the window
    # up take a third of the time.
    gc.freeze()
    window.show()
    if options.picture:
        _Photographer(window, options.picture).wait()
    status = app.exec()
    # Before the application goes: the order in which Python drops the two is not defined.
    shiboken6.delete(window)
    return status


class _Photographer(QObject):
    """Waits until the outlook and the picture are there, then saves what is seen and ends."""

    def __init__(self, window: Window, target: Path) -> None:
        super().__init__(window)
        self._window, self._target = window, target
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def wait(self) -> None:
        """Begin to look; after half a minute it takes what there is."""
        self._timer.start()
        QTimer.singleShot(_LATEST_MS, self, self._shoot)

    def _look(self) -> None:
        desk = self._window.panel.desk
        settled = desk.session.outlook.kind in (OutlookKind.READY, OutlookKind.REFUSED)
        if settled and desk.screen.image is not None:
            self._shoot()

    def _shoot(self) -> None:
        self._timer.stop()
        self._window.grab().save(str(self._target))
        self._window.close()


if __name__ == "__main__":
    sys.exit(main())
