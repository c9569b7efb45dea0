"""Every model that Pickup can run, each on the same bench."""

from __future__ import annotations

import pytest

from pickup_engine.models.draft import MODEL_ID
from support.conformance import Bench
from support.vace import random_vace

__all__ = ["random_vace"]

MODELS = (MODEL_ID, "wan-vace")


@pytest.fixture(scope="package", params=MODELS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("bench")
    model: str = request.param
    if model != MODEL_ID:
        model = str(request.getfixturevalue("random_vace"))
    return Bench(model, folder)
