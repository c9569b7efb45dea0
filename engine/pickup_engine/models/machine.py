"""What this machine has to work with, found without the libraries that will use it.

The service must answer in milliseconds and must not load torch, so it asks the driver's own tool,
the system and torch's version file.
"""

from __future__ import annotations

import csv
import ctypes
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

LIMIT: Final = "PICKUP_DEVICE_MEMORY"
"""Environment variable: bytes of the device's memory that may be used at most."""

_FRESH_SECONDS: Final = 600
"""Memory does not change, but a driver that did not answer once may later."""
_ASK_SECONDS: Final = 5
_MIB: Final = 1 << 20
_CUDA_BUILD: Final = re.compile(r"^cuda\b[^=\n]*=\s*['\"]", re.MULTILINE)
_SHARED: Final = 0.7
"""Share of a Mac's one memory that its GPU may use (the system's own limit is 2/3 to 3/4)."""


@dataclass(frozen=True)
class Machine:
    """device: `cuda`, `mps` or `cpu`, where models run. total: bytes of its memory.
    host_total: bytes of main memory (on `cpu` and `mps` the same memory)."""

    device: str
    name: str
    total: int
    host_total: int

    @property
    def memory(self) -> str:
        """What its memory is called in a sentence."""
        return "main memory" if self.device == "cpu" else self.name


def machine() -> Machine:
    """This machine, as it was at most ten minutes ago; the limit in the environment counts."""
    found = _machine(int(time.monotonic() / _FRESH_SECONDS))
    try:
        most = int(os.environ.get(LIMIT, ""))
    except ValueError:
        return found
    return replace(found, total=min(found.total, most))


@lru_cache(maxsize=1)
def _machine(_: int) -> Machine:
    total = _main_memory()
    cpu = Machine("cpu", "processor", total, total)
    if sys.platform == "darwin" and os.uname().machine == "arm64":
        return Machine("mps", "Apple GPU", int(total * _SHARED), total)
    if not _torch_has_cuda():
        return cpu
    card = _card()
    return cpu if card is None else Machine("cuda", *card, total)


@lru_cache(maxsize=1)
def _torch_has_cuda() -> bool:
    """Whether the torch that is installed here was built for CUDA. Does not import it."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    version = Path(spec.origin).with_name("version.py")
    try:
        return bool(_CUDA_BUILD.search(version.read_text("utf-8")))
    except OSError:
        return False


def _card() -> tuple[str, int] | None:
    """Name and memory of the card that torch calls the first; None without one."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    first = (visible or "0").split(",")[0].strip()
    if visible is not None and (not visible.strip() or first == "-1"):
        return None
    lines = _ask(
        "nvidia-smi",
        f"--id={first}",
        "--query-gpu=name,memory.total",
        "--format=csv,noheader,nounits",
    )
    try:
        name, total = next(csv.reader(lines.splitlines(), skipinitialspace=True))
        return name, int(total) * _MIB
    except (StopIteration, ValueError):
        return None


def _main_memory() -> int:
    """Bytes of main memory."""
    if sys.platform == "win32":
        return _windows_memory()
    if sys.platform == "darwin":
        return int(_ask("sysctl", "-n", "hw.memsize") or 0)
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    # In a container less may be allowed than there is.
    most = _number("/sys/fs/cgroup/memory.max", r"^(\d+)")
    return min(total, most) if most else total


def _windows_memory() -> int:
    """From `GlobalMemoryStatusEx`: a length and a load of 4 bytes each, then 7 numbers of 8."""
    status = (ctypes.c_uint64 * 8)(ctypes.sizeof(ctypes.c_uint64) * 8)
    windll = getattr(ctypes, "windll", None)
    if windll is None or not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return 0
    return int(status[1])


def _number(path: str, pattern: str) -> int:
    """The first number that the pattern finds in a small file; 0 without one."""
    try:
        found = re.search(pattern, Path(path).read_text("utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        return 0
    return int(found[1]) if found else 0


def _ask(tool: str, *arguments: str) -> str:
    """What a tool of the system prints; nothing where it is not there or does not answer."""
    path = shutil.which(tool)
    if path is None:
        return ""
    try:
        answer = subprocess.run(
            [path, *arguments], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
