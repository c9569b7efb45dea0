"""The host that is no editor: an OpenTimelineIO file on disk."""

from __future__ import annotations

from pathlib import Path

from pickup.hosts.base import Capabilities, HostInfo
from pickup.protocol import EditResult

SUFFIXES = (
    ".otio", ".otiod", ".otioz", ".xml", ".fcpxml", ".edl", ".aaf", ".kdenlive", ".mlt", ".xges",
)  # fmt: skip
"""Of the files that can be opened; they are always saved as `.otio`."""

EXPORTS = {
    ".xml": "Final Cut Pro 7 XML",
    ".fcpxml": "Final Cut Pro X XML",
    ".edl": "CMX 3600 EDL",
    ".kdenlive": "Kdenlive project",
    ".xges": "GStreamer Editing Services project",
}
"""The exchange formats that can be written, by suffix."""

WITHOUT_RATE = (".edl",)
"""Suffixes of files that do not state their frame rate."""


class FileHost:
    """`HostAdapter` of a file. `place` has nothing to do: clips reach the file when it is saved."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path.absolute() if path else None

    def info(self) -> HostInfo:
        """The file's name stands for the host."""
        return HostInfo("file", self.path.name if self.path else "File")

    def capabilities(self) -> Capabilities:
        """Pickup writes the file itself."""
        return Capabilities(saves=True)

    def snapshot(self) -> Path | None:
        """The file."""
        return self.path

    def place(self, edit: EditResult) -> EditResult:
        """The edit as planned, for nothing stands between it and the file."""
        return edit
