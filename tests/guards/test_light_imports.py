"""Importing the plugin or the dock must not load what only the engine needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "torch", "diffusers", "transformers", "safetensors", "huggingface_hub", "numpy", "av", "cv2",
    "starlette", "uvicorn",
)  # fmt: skip


def loaded_after(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "statement",
    [
        "import pickup.protocol, pickup.client.blocking, pickup.cli.main",
        "import pickup.timeline",
        "import pickup.client.qt",
        "import pickup_ui.panel, pickup_ui.window",
    ],
)
def test_plugin_and_ui_stay_light(statement: str) -> None:
    assert not loaded_after(statement) & set(HEAVY)


def test_the_service_loads_neither_torch_nor_media_libraries() -> None:
    loaded = loaded_after("import pickup_engine.service.app, pickup_engine.jobs.store")
    own = {"starlette", "uvicorn"}
    assert not loaded & ({*HEAVY, "PySide6", "opentimelineio"} - own)


def test_the_command_starts_without_opentimelineio_or_qt() -> None:
    assert not loaded_after("import pickup.cli.main") & {"opentimelineio", "PySide6"}
