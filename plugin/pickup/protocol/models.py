"""What a model is and what it can do, known without loading it, and how it comes and goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pickup.protocol.requests import Control, Operation

FREE_LICENCES = frozenset({"Apache-2.0", "MIT"})
"""Licences that ask nothing of a user before a model is fetched and used (SPDX names)."""


@dataclass(frozen=True)
class ModelInfo:
    """A catalogue entry. `draft` models move and fill existing pixels and invent no content;
    `cannot` lists in plain sentences what is refused before queueing.

    bytes: what it takes on the disk. words: prompts are read. keyframes: of which verbs images can
    be pinned. controls: what a restyle can be told to keep. operations are empty for models that
    serve others (depth, distilled weights). memory_bytes: the least that it runs in (0 = not
    reckoned). test: the weights are random, what it makes is noise.
    """

    id: str
    name: str
    version: str
    licence: str
    draft: bool
    operations: tuple[Operation, ...]
    installed: bool
    bytes: int
    presets: tuple[str, ...] = ()
    max_frames: int = 0
    max_references: int = 0
    cannot: tuple[str, ...] = ()
    words: bool = False
    keyframes: tuple[Operation, ...] = ()
    controls: tuple[Control, ...] = ()
    memory_bytes: int = 0
    repository: str = ""
    revision: str = ""
    licence_url: str = ""
    test: bool = False


class TransferState(StrEnum):
    """Where a transfer stands; the last three are final."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TransferKind(StrEnum):
    """Where the files of a model come from; `verify` only reads those that are there."""

    PULL = "pull"
    IMPORT = "import"
    VERIFY = "verify"


@dataclass(frozen=True)
class ModelTransfer:
    """Files of a model on their way. `done` and `total` count bytes (total 0 = not known yet)."""

    model: str
    kind: TransferKind
    state: TransferState
    done: int = 0
    total: int = 0
    file: str = ""
    error: dict[str, str] | None = None
