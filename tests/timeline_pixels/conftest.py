"""The media of these tests are written once: they say file and frame in blocks, and are read only.

Time is counted as a host counts it: the files of camera A begin at 01:00:00:00.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.pixels import Studio


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Where shots are written when they are first asked for."""
    return Studio(Path(tmp_path_factory.mktemp("shots")))
