"""Server-sent events, read from bytes that arrive in any portions."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pickup.errors import EngineError
from pickup.protocol import JobEvent, decode


@dataclass(frozen=True)
class Resync:
    """Events were missed: read all jobs again. The stream goes on after event `seq`."""

    seq: int


class EventParser:
    """Bytes in, events out. Comments (keepalives) and unknown kinds are skipped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[JobEvent | Resync]:
        """The events that are complete with `data`. EngineError for one that makes no sense."""
        *blocks, self._rest = (self._rest + data).split(b"\n\n")
        events = (_event(block) for block in blocks)
        return [event for event in events if event is not None]


def _event(block: bytes) -> JobEvent | Resync | None:
    fields: dict[bytes, bytes] = {}
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        fields[name] = value.removeprefix(b" ")
    try:
        match fields.get(b"event"):
            case b"job":
                event: JobEvent = decode(JobEvent, json.loads(fields.get(b"data", b"")))
                return event
            case b"resync":
                return Resync(int(fields.get(b"id", b"")))
            case _:
                return None
    except ValueError as error:
        raise EngineError(
            f"The engine sent an event that makes no sense: {error}.",
            "Restart it with `pickup engine stop`.",
            code="engine.answer",
        ) from error
