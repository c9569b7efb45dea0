"""`dev.py` on a machine that has next to nothing: how it finds pip and leaves it alone."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pickup_dev", ROOT / "dev.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_uses_only_the_standard_library(dev: ModuleType) -> None:
    names = {value.__name__ for value in vars(dev).values() if isinstance(value, ModuleType)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_pip_settings_are_those_of_the_environment_over_the_files(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://one.example/simple\nfind-links = /a /b\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_INDEX_URL", "https://two.example/simple")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    settings = dev.pip_settings()
    assert settings["index-url"] == "https://two.example/simple"
    assert settings["find-links"] == "/a /b"


def test_pip_comes_from_find_links_where_it_lies_there(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = tmp_path / "pip-99.0-py3-none-any.whl"
    wheel.touch()
    monkeypatch.setenv("PIP_FIND_LINKS", f"/nowhere file://{tmp_path}")
    assert dev.fetch_pip(tmp_path) == wheel


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Path]:
    """A folder and a real index server for it, on the loopback."""
    (tmp_path / "pip").mkdir()
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "url").write_text(f"http://127.0.0.1:{server.server_port}")
        yield tmp_path
        server.shutdown()


def test_the_newest_pip_comes_from_the_configured_index_and_is_checked(
    dev: ModuleType, index: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    newest = index / "pip" / "pip-10.1-py3-none-any.whl"
    newest.write_bytes(b"new")
    (index / "pip" / "pip-9.0-py3-none-any.whl").write_bytes(b"old")
    page = index / "pip" / "index.html"
    digest = hashlib.sha256(b"new").hexdigest()
    link = f'<a href="{newest.name}#sha256={digest}">new</a>'
    page.write_text('<a href="pip-9.0-py3-none-any.whl">old</a>' + link)
    folder = tmp_path_factory.mktemp("wheels")
    wheel = dev.fetch_pip_from_index((index / "url").read_text(), folder)
    assert (wheel.name, wheel.read_bytes()) == (newest.name, b"new")
    newest.write_bytes(b"not what was promised")
    with pytest.raises(SystemExit, match="checksum"):
        dev.fetch_pip_from_index((index / "url").read_text(), folder)
