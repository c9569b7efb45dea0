"""Reads the header of a safetensors file with nothing but the standard library.

The format is an 8-byte little-endian length, that many bytes of JSON, then the tensors' bytes.
Files come from outside: lengths and offsets are believed only after they have been checked.
"""

from __future__ import annotations

import json
import math
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pickup.errors import ModelError

_LENGTH_BYTES: Final = 8
_HEADER_LIMIT: Final = 16 << 20
"""Bytes; the largest shards in use have some 300 kB of header. The format itself allows 100 MB."""

_MOST_AXES: Final = 16
_MOST_NUMBER: Final = 1 << 62
"""Of elements along an axis, and of bytes: products of what is larger would take minutes."""

_DTYPE_BITS: Final = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64,
}  # fmt: skip


@dataclass(frozen=True)
class TensorInfo:
    """A tensor in a file: its element type in the format's words, its shape, its size in bytes."""

    dtype: str
    shape: tuple[int, ...]
    bytes: int

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, TensorInfo]:
    """The tensors of a safetensors file by name. Raises ModelError `model.broken` where the file
    is cut off or its header makes no sense; OSError where it cannot be read."""
    size = size_of_regular(path)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if length > min(_HEADER_LIMIT, size - _LENGTH_BYTES):
            raise broken(path, f"its header claims {length} bytes")
        text = file.read(length)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise broken(path, "its header is not JSON") from error
    if not isinstance(data, dict):
        raise broken(path, "its header is no table of tensors")
    data.pop("__metadata__", None)
    spans = {name: _span(path, name, tensor) for name, tensor in data.items()}
    end = 0
    for begin, stop, _ in sorted(spans.values(), key=lambda span: span[:2]):
        if begin != end:
            raise broken(path, "its tensors overlap or leave holes")
        end = stop
    if _LENGTH_BYTES + length + end != size:
        raise broken(path, f"it holds {size} bytes instead of {_LENGTH_BYTES + length + end}")
    return {name: tensor for name, (_, _, tensor) in spans.items()}


def size_of_regular(path: Path) -> int:
    """Bytes of a file. Raises ModelError where it is something else than a file: to open a pipe is
    to wait for ever. OSError where it is not there."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise broken(path, "it is not a file")
    return found.st_size


def _span(path: Path, name: str, data: Any) -> tuple[int, int, TensorInfo]:
    try:
        dtype, shape, (begin, end) = data["dtype"], data["shape"], data["data_offsets"]
        bits = _DTYPE_BITS[dtype]
        whole = len(shape) <= _MOST_AXES and all(
            type(number) is int and 0 <= number <= _MOST_NUMBER for number in (*shape, begin, end)
        )
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole or (end - begin) * 8 != math.prod(shape) * bits:
        raise broken(path, f"the tensor “{name[:80]}” makes no sense")
    return begin, end, TensorInfo(dtype, tuple(shape), end - begin)


def broken(path: Path, why: str) -> ModelError:
    """A file of a model is not what it must be."""
    return ModelError(
        printable(f"{path} cannot be used: {why}."),
        "Get the file again; `pickup models pull` replaces only what is missing or wrong.",
        code="model.broken",
    )


def printable(text: str) -> str:
    """Text from outside without what would give orders to a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
