"""`python -m pickup_ui [CUT.otio]`: the dock in its own window."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from pickup_ui.window import Window


def main() -> int:
    """Run the dock until its window is closed."""
    app = QApplication(sys.argv)
    app.setApplicationName("Pickup")
    app.setStyle("Fusion")
    # Qt's loop never returns to Python by itself: Ctrl+C in a terminal must end it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    arguments = app.arguments()[1:]
    window = Window(Path(arguments[0]) if arguments else None)
    window.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
