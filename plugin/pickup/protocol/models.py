"""What a model is and what it can do, known without loading it."""

from __future__ import annotations

from dataclasses import dataclass

from pickup.protocol.requests import Operation


@dataclass(frozen=True)
class ModelInfo:
    """A catalogue entry. `draft` models move and fill existing pixels and invent no content;
    `cannot` lists in plain sentences what is refused before queueing."""

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
