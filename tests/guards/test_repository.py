"""Rules about the files themselves: length, private paths, binary weights."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".svg", ".yml"}


def tracked() -> list[Path]:
    """The project's own files: those that git knows or would take."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    names = listing.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_no_module_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked()
        if path.suffix == ".py" and (lines := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert not long


def test_no_machine_path_and_no_registry_in_the_project() -> None:
    private = re.compile(
        r"(?<![\w.])/(?:work|farm|root)/[a-z]|pypi\." + r"org|files\.python" + "hosted"
    )
    hits = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix in TEXT and path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if private.search(line)
    ]
    assert not hits


def test_no_tracked_file_is_larger_than_a_weight_shard() -> None:
    assert not [path for path in tracked() if path.stat().st_size > 16_000_000]
