"""No network during a job: libraries are told so before they are imported, and Python's sockets
refuse what would ask all the same."""

from __future__ import annotations

import os
import sys
from typing import Final

_TOLD: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # Nobody reads bars in a log.
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    # Kernels from the hub are code from outside.
    "DIFFUSERS_ATTN_BACKEND": "native",
}
_REFUSED: Final = frozenset({"socket.connect", "socket.sendto", "socket.getaddrinfo",
    "socket.gethostbyname", "socket.gethostbyaddr"})  # fmt: skip


def go_offline() -> None:
    """Shut the network for the rest of this process; it cannot be opened again.

    Call it before torch, diffusers or transformers are imported: they read the environment then.
    """
    os.environ.update(_TOLD)
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _REFUSED:
        return
    # An address of a local socket is a path: that is no network.
    if event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], (str, bytes)):
        return
    raise PermissionError(
        f"Pickup's worker has no network during a job, and something asked for it ({event})."
    )
