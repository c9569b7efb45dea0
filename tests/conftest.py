"""Every test runs with its own Pickup home, offscreen, and one compute thread."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pickup.client.blocking import Engine

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path.insert(0, str(Path(__file__).parent))
# A shell that starts us in the background has Ctrl+C ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

FOOTAGE = Path(__file__).parents[2] / "shared" / "footage"


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One engine for a whole module (`pytest.mark.usefixtures`); its first client starts it."""
    home = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PICKUP_HOME", str(home))
        yield home
        Engine.connect().shutdown(force=True)


@pytest.fixture(autouse=True)
def pickup_home(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A private folder for engine, jobs and cache, so that tests never meet the user's own."""
    if "shared_engine" in request.fixturenames:
        home: Path = request.getfixturevalue("shared_engine")
    else:
        home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("PICKUP_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def footage() -> Iterator[Path]:
    """The shared footage folder; tests that use it are skipped where it is absent."""
    if not FOOTAGE.is_dir():
        pytest.skip("the shared footage folder is not beside this checkout")
    yield FOOTAGE
