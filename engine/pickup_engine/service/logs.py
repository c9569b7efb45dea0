"""Where the service writes what happens to it."""

from __future__ import annotations

import faulthandler
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

_BYTES = 5_000_000
_FILES = 5


def start_logging(folder: Path) -> IO[str]:
    """Log to `engine.log`, rotated, and crashes of native code to `engine.crash`; keep the returned
    file open."""
    handler = RotatingFileHandler(
        folder / "engine.log", maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    crashes = (folder / "engine.crash").open("a", encoding="utf-8")
    faulthandler.enable(crashes)
    return crashes
