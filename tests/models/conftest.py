"""One engine and one hub for the transfers of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pickup.client import Engine
from support.engine import running_engine
from support.fake_hub import FakeHub, fake_hub


@pytest.fixture(scope="module")
def hub_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the user's own programs keep what they loaded."""
    return tmp_path_factory.mktemp("hub-cache")


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, hub_cache: Path
) -> Iterator[tuple[Engine, FakeHub, Path]]:
    """One engine and one hub for all tests; each test has a model of its own."""
    with pytest.MonkeyPatch.context() as patch, fake_hub() as hub:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("PICKUP_HOME", str(home))
        patch.setenv("HF_ENDPOINT", hub.url)
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub-home")))
        patch.setenv("HF_HUB_CACHE", str(hub_cache))
        patch.setenv("HF_TOKEN", "a-token-of-the-user")
        patch.delenv("HF_HUB_OFFLINE", raising=False)
        with running_engine(patch, tmp_path_factory.mktemp("project")) as engine:
            yield engine, hub, home
