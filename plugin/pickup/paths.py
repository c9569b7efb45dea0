"""Where Pickup keeps its own files, per user and platform. `PICKUP_HOME` moves all of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def data_dir() -> Path:
    """Jobs, models and settings: kept between sessions."""
    if home := os.environ.get("PICKUP_HOME"):
        return _private(Path(home))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData/Local")))
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local/share")))
    return _private(base / "pickup")


def runtime_dir() -> Path:
    """The engine's connection file and lock: private to the user."""
    if os.environ.get("PICKUP_HOME") or sys.platform in ("win32", "darwin"):
        return _private(data_dir() / "run")
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return _private(Path(runtime) / "pickup")
    return _private(data_dir() / "run")


def log_dir() -> Path:
    """Logs of service and worker."""
    return _private(data_dir() / "log")


def cache_dir() -> Path:
    """Film strips, previews and probe results: safe to delete."""
    return _private(data_dir() / "cache")
