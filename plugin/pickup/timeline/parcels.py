"""A snapshot on its way to the dock: in lines that are quickly read, without what it has already.

A cut of 10,000 clips is 6 MB of JSON, and to read that at once would hold an editor's window up.

    {"id": 7, "items": [ITEM, ...]}   items of all tracks in their order, 100 a line
    {"id": 7, "result": SNAPSHOT}     whose tracks hold {"count": N, "items": []} for the next N of
                                      these, or {"same": K, "items": []}: as track K of the
                                      snapshot that was sent before

Items leave out what is at its default. A short cut is one line, with its items in their tracks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pickup.protocol import Snapshot, SnapshotItem, compact, encode

SLICE: Final = 100
"""Items a line: read within 5 ms."""


class Sender:
    """Remembers the last snapshot that went out: the other side reads each of them, in order."""

    def __init__(self) -> None:
        self._sent: list[tuple[SnapshotItem, ...]] = []

    def messages(self, number: object, snapshot: Snapshot) -> Iterator[dict[str, Any]]:
        """What answers request `number` with `snapshot`, one message a line."""
        sending = [track.items for track in snapshot.tracks]
        if sum(map(len, sending)) <= SLICE:
            yield {"id": number, "result": encode(snapshot)}
        else:
            yield from self._parts(number, snapshot, sending)
        self._sent = sending

    def _parts(
        self, number: object, snapshot: Snapshot, sending: list[tuple[SnapshotItem, ...]]
    ) -> Iterator[dict[str, Any]]:
        bare = tuple(replace(track, items=()) for track in snapshot.tracks)
        result = encode(replace(snapshot, tracks=bare))
        news: list[SnapshotItem] = []
        for track, items in zip(result["tracks"], sending, strict=True):
            same = next((k for k, known in enumerate(self._sent) if known == items), None)
            if same is None:
                track["count"] = len(items)
                news += items
            else:
                track["same"] = same
        for start in range(0, len(news), SLICE):
            part = news[start : start + SLICE]
            yield {"id": number, "items": [compact(item) for item in part]}
        yield {"id": number, "result": result}
