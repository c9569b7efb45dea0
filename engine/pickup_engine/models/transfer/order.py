"""What the service asks of the transfer process, and what it hears of it: one JSON line each."""

from __future__ import annotations

from dataclasses import dataclass

from pickup.protocol import TransferKind


@dataclass(frozen=True)
class Order:
    """The first line on stdin. model: a catalogue id, or the id that an imported folder gets."""

    kind: TransferKind
    model: str
    folder: str = ""


@dataclass(frozen=True)
class Word:
    """A line on stdout: bytes done and to be done, and the file at hand. The last line has
    `finished`, or the `error` that ended it."""

    done: int = 0
    total: int = 0
    file: str = ""
    finished: bool = False
    error: dict[str, str] | None = None
