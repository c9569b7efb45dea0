"""What the dock can know of this machine by itself."""

from __future__ import annotations

import os

_NAMES = ("SC_PHYS_PAGES", "SC_PAGE_SIZE")


def main_memory() -> int:
    """Bytes of main memory; 0 where the system does not tell."""
    known = getattr(os, "sysconf_names", {})
    if not all(name in known for name in _NAMES):
        return 0
    pages, size = (os.sysconf(name) for name in _NAMES)
    return max(0, pages * size)
