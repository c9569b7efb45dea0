"""What every editor looks like to the dock. A file on disk is an editor too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pickup.protocol import EditResult


@dataclass(frozen=True)
class HostInfo:
    """Who the host is: a stable id (`file`, `kdenlive`), its name and version for people."""

    id: str
    name: str
    version: str = ""


@dataclass(frozen=True)
class Capabilities:
    """What the host can do. Nothing is assumed: the dock asks before it offers.

    `saves`: the cut is a file that Pickup writes. `undo`: the host itself takes an edit back.
    """

    saves: bool = False
    undo: bool = False


class HostAdapter(Protocol):
    """The seam to an editor. No object of the host is ever held across two calls."""

    def info(self) -> HostInfo:
        """Name and version."""
        ...

    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def snapshot(self) -> Path | None:
        """The cut as it stands now, as an OpenTimelineIO file; None where no cut is open.

        The timeline process reads it: a cut never passes through the dock's own process.
        """
        ...

    def place(self, edit: EditResult) -> EditResult:
        """Put the clips of `edit` into the host's timeline and return what is really there.

        Raises PickupError where the host refuses; nothing is half placed then.
        """
        ...
