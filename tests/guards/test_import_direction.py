"""The architecture's arrows, read from the source: who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {"plugin": "pickup", "engine": "pickup_engine", "ui": "pickup_ui"}
CONTRACT = ("pickup.protocol", "pickup.errors", "pickup.paths")

# module prefix -> the only places that may import it
ONLY_IN = {
    "opentimelineio": ("pickup.timeline", "pickup.hosts"),
    "torch": ("pickup_engine.worker", "pickup_engine.training"),
    "diffusers": ("pickup_engine.worker", "pickup_engine.training"),
    "safetensors": ("pickup_engine.worker", "pickup_engine.training"),
    "transformers": ("pickup_engine.worker",),
    "huggingface_hub": ("pickup_engine.models.transfer",),
    "av": ("pickup_engine.media", "pickup_engine.training"),
    "cv2": (
        "pickup_engine.media",
        "pickup_engine.finishing",
        "pickup_engine.worker",
        "pickup_engine.training",
    ),
    "numpy": (
        "pickup_engine.media",
        "pickup_engine.finishing",
        "pickup_engine.worker",
        "pickup_engine.training",
    ),
    "starlette": ("pickup_engine.service",),
    "uvicorn": ("pickup_engine.service",),
    "sqlite3": ("pickup_engine.jobs",),
    "PySide6": ("pickup_ui", "pickup.client.qt", "pickup.hosts"),
}
# package -> prefixes of our own that it must not import
NEVER = {
    "pickup.protocol": ("pickup.timeline", "pickup.client", "pickup.cli", "pickup.hosts"),
    "pickup.timeline": ("pickup.client", "pickup.cli", "pickup.hosts"),
    "pickup.timeline.takes": ("pickup.timeline.edits", "pickup.timeline.living"),
    "pickup.timeline.edits": ("pickup.timeline.living", "pickup.timeline.files"),
    "pickup.timeline.files": ("pickup.timeline.living",),
    "pickup.client": ("pickup.timeline", "pickup.cli", "pickup.hosts"),
    "pickup.hosts": ("pickup.cli",),
    "pickup": ("pickup_engine", "pickup_ui"),
    "pickup_ui": ("pickup_engine", "pickup.timeline", "threading", "asyncio", "concurrent"),
    "pickup_engine.service": ("pickup_engine.worker", "pickup_engine.finishing"),
    "pickup_engine.jobs": ("pickup_engine.worker.run", "pickup_engine.finishing"),
    "pickup_engine.media": ("pickup_engine.finishing", "pickup_engine.worker"),
    "pickup_engine.finishing": ("pickup_engine.jobs", "pickup_engine.service"),
}


def modules() -> list[tuple[str, Path]]:
    found = []
    for folder, package in SOURCES.items():
        for path in sorted((ROOT / folder / package).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            found.append((".".join(parts).removesuffix(".__init__"), path))
    return found


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: str(value)[-40:])
def test_imports_follow_the_arrows(module: str, path: Path) -> None:
    for name in imported(path):
        for library, places in ONLY_IN.items():
            if within(name, (library,)):
                assert within(module, places), f"{module} imports {name}"
        for package, forbidden in NEVER.items():
            if within(module, (package,)) and not within(module, forbidden):
                assert not within(name, forbidden), f"{module} imports {name}"
        if within(module, ("pickup_engine",)) and within(name, ("pickup",)) and name != "pickup":
            assert within(name, (*CONTRACT, "pickup.__version__")), f"{module} imports {name}"


def test_the_guard_sees_the_whole_tree() -> None:
    names = {module for module, _ in modules()}
    assert {"pickup.protocol.codec", "pickup_engine.models.draft", "pickup_ui"} <= names
