"""The connection file: how clients find the service, readable by its user only."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True)
class Connection:
    """Where the service listens and the word that opens it."""

    url: str
    token: str
    pid: int
    protocol: int
    version: str

    def publish(self, path: Path) -> None:
        """Write the file in one step. `mkstemp` makes it 0600 from its first moment."""
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".engine-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)


def version() -> str:
    """The version of the installed Pickup."""
    return metadata.version("pickup-dock")
