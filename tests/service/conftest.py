"""One engine for a whole test file, where a fresh one per test would only cost time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pickup.client import Engine
from support.engine import running_engine


@pytest.fixture(scope="module")
def shared_engine(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Engine, dict[str, str]]]:
    """An engine with the slow worker, and the variables with which it was started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PICKUP_HOME", str(tmp_path_factory.mktemp("shared-home")))
        with running_engine(patch, tmp_path_factory.mktemp("shared-project")) as engine:
            yield engine, {k: v for k, v in os.environ.items() if k.startswith("PICKUP_")}


@pytest.fixture
def engine(
    shared_engine: tuple[Engine, dict[str, str]],
    pickup_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Engine:
    """The shared engine, allowed to use this test's folder; it can be started again in the test."""
    engine, variables = shared_engine
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    engine.allow([tmp_path])
    return engine
