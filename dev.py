#!/usr/bin/env python3
"""Pickup's two commands, for a bare machine with Python 3.11 to 3.13 and pip configured.

    python3 dev.py run  [--timeline CUT.otio] [--no-window]   make the demo, then open the dock
    python3 dev.py test [pytest arguments]                    lint, types, guards and tests

Standard library only. `.venv` is made on the first start and again only when pyproject.toml,
constraints.txt or the interpreter changed. pip's own configuration is used as it is.
"""

from __future__ import annotations

import configparser
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
EXTRAS = {"run": "timeline,ui,engine,torch", "test": "test"}
SOURCES = ("plugin", "engine", "ui", "tests", "packaging", "dev.py")
TYPED = ("plugin/pickup", "engine/pickup_engine", "ui/pickup_ui")


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in EXTRAS:
        print(__doc__)
        return 2
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        print(f"Pickup needs Python 3.11 to 3.13; this is {sys.version.split()[0]}.")
        return 2
    command, arguments = sys.argv[1], sys.argv[2:]
    prepare(EXTRAS[command])
    return demo(arguments) if command == "run" else test(arguments)


def demo(arguments: list[str]) -> int:
    return call(str(PYTHON), "-m", "pickup.cli.main", "demo", str(ROOT / "demo"), *arguments)


def test(arguments: list[str]) -> int:
    """Every check runs even when an earlier one failed, so that one run shows everything."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sources = [name for name in SOURCES if (ROOT / name).exists()]
    checks = {
        "lint": ("-m", "ruff", "check", *sources),
        "format": ("-m", "ruff", "format", "--check", *sources),
        "types": ("-m", "mypy", *TYPED),
        "tests": ("-m", "pytest", *arguments),
    }
    failed = [name for name, check in checks.items() if announce(name, *check)]
    print("failed: " + ", ".join(failed) if failed else "everything passed")
    return 1 if failed else 0


def announce(name: str, *check: str) -> int:
    print(f"== {name}", flush=True)
    return call(str(PYTHON), *check)


def call(*command: str) -> int:
    return subprocess.call(command, cwd=ROOT)


def prepare(extras: str) -> None:
    """Make `.venv` and install Pickup into it, unless nothing changed since the last time."""
    recipe = [sys.version, extras]
    recipe += [(ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "constraints.txt")]
    key = hashlib.sha256("\0".join(recipe).encode()).hexdigest()
    stamp = VENV / f"ready-{hashlib.sha256(extras.encode()).hexdigest()[:8]}"
    if stamp.exists() and stamp.read_text() == key:
        return
    if not PYTHON.exists():
        print(f"Making {VENV} ...", flush=True)
        make_venv()
    print("Installing what Pickup needs (once; this takes some minutes) ...", flush=True)
    install = ("install", "--quiet", "--disable-pip-version-check")
    constraints = ("--constraint", str(ROOT / "constraints.txt"))
    subprocess.check_call(
        [str(PYTHON), "-m", "pip", *install, *constraints, "--editable", f"{ROOT}[{extras}]"]
    )
    stamp.write_text(key)


def make_venv() -> None:
    """A virtual environment with pip, also where Debian's python3-venv is not installed."""
    import venv

    bundled = importlib.util.find_spec("ensurepip") is not None
    venv.EnvBuilder(with_pip=bundled, symlinks=not WINDOWS, clear=True).create(VENV)
    if bundled:
        return
    if importlib.util.find_spec("pip") is not None:
        subprocess.check_call(
            [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip"]
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(Path(folder))
        # A wheel is a zip that Python can run: pip installs itself.
        subprocess.check_call(
            [str(PYTHON), f"{wheel}/pip", "install", "-q", "--no-index", str(wheel)]
        )


def fetch_pip(folder: Path) -> Path:
    """A wheel of pip itself: from find-links, pip's configured index, or Debian's own package."""
    settings = pip_settings()
    places = [place.removeprefix("file://") for place in settings.get("find-links", "").split()]
    for place in [*places, "/usr/share/python-wheels"]:
        wheels = sorted(Path(place).glob("pip-*-py3-none-any.whl"))
        if wheels:
            return wheels[-1]
    if index := settings.get("index-url", "").rstrip("/"):
        return fetch_pip_from_index(index, folder)
    if wheel := fetch_pip_from_debian(folder):
        return wheel
    sys.exit(
        "There is neither pip nor python3-venv here, and no index in pip's configuration.\n"
        "Install one of them (apt-get install python3-venv), or set PIP_INDEX_URL."
    )


def fetch_pip_from_debian(folder: Path) -> Path | None:
    """Unpack Debian's wheel of pip into `folder`; nothing is installed and no rights are needed."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if subprocess.call(["apt-get", "download", "python3-pip-whl"], **quiet):
        return None
    for package in folder.glob("*.deb"):
        subprocess.check_call(["dpkg-deb", "-x", str(package), str(folder)])
    return next(folder.glob("usr/share/python-wheels/pip-*.whl"), None)


def fetch_pip_from_index(index: str, folder: Path) -> Path:
    """The newest wheel on a PEP 503 index, checked against its hash."""
    with urllib.request.urlopen(f"{index}/pip/", timeout=60) as page:
        listing = page.read().decode()
    pattern = r'href="([^"]*?pip-(\d+(?:\.\d+)+)-py3-none-any\.whl)(?:#sha256=([0-9a-f]{64}))?"'
    links = re.findall(pattern, listing)
    if not links:
        sys.exit(f"The index in pip's configuration offers no pip ({index}/pip/).")
    link, version, digest = max(links, key=lambda found: tuple(map(int, found[1].split("."))))
    with urllib.request.urlopen(urllib.parse.urljoin(f"{index}/pip/", link), timeout=120) as file:
        data = file.read()
    if digest and hashlib.sha256(data).hexdigest() != digest:
        sys.exit("The pip wheel from the index does not match its checksum; try again.")
    wheel = folder / f"pip-{version}-py3-none-any.whl"
    wheel.write_bytes(data)
    return wheel


def pip_settings() -> dict[str, str]:
    """pip's `[global]` settings, in its own order: machine, user, environment."""
    home = Path.home()
    files = [
        "/etc/xdg/pip/pip.conf",
        "/etc/pip.conf",
        home / ".pip/pip.conf",
        home / ".config/pip/pip.conf",
        os.environ.get("PIP_CONFIG_FILE", ""),
    ]
    parser = configparser.RawConfigParser()
    parser.read([str(file) for file in files if file], encoding="utf-8")
    settings = dict(parser["global"]) if parser.has_section("global") else {}
    for key in ("index-url", "find-links"):
        if value := os.environ.get("PIP_" + key.replace("-", "_").upper()):
            settings[key] = value
    return settings


if __name__ == "__main__":
    sys.exit(main())
