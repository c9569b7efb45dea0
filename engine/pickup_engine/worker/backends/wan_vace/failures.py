"""What libraries raise: over files that they cannot make sense of, and where memory runs out."""

from __future__ import annotations

import errno
from typing import Final

import torch
from safetensors import SafetensorError

OVER_FILES: Final = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError)
"""Also where memory runs out: ask `is_out_of_memory` first."""

_WORDS: Final = (
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "out of memory",
    # Libraries of CUDA that allocate on their own, and Metal over a single large tensor.
    "alloc_failed",
    "invalid buffer size",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device or the machine had no more memory to give: every allocator says it in its
    own way, CUDA with a type, the others in words."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if not isinstance(error, (RuntimeError, SafetensorError)):
        return False
    return any(word in str(error).lower() for word in _WORDS)


def in_short(error: BaseException) -> str:
    """The first line of what an error says, as part of a sentence."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
