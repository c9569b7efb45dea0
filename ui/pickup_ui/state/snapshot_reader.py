"""Puts a snapshot together from the lines in which the timeline process sends it (`parcels.py`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pickup.errors import RequestError
from pickup.protocol import Snapshot, SnapshotItem, SnapshotTrack, decode

_Items = tuple[SnapshotItem, ...]


class SnapshotReader:
    """Reads one line at a time, so that the dock never stands still, and remembers the last
    snapshot: of the next one only the tracks that have changed are sent."""

    def __init__(self) -> None:
        self._known: list[_Items] = []
        self._arrived: list[SnapshotItem] = []

    def take(self, items: list[Any]) -> None:
        """Read one line of items; RequestError."""
        self._arrived += [decode(SnapshotItem, item) for item in items]

    def whole(self, data: Any) -> Snapshot:
        """The snapshot that `data` and the items before it are; RequestError."""
        arrived, self._arrived = self._arrived, []
        bare: Snapshot = decode(Snapshot, data)
        tracks = []
        for track, told in zip(bare.tracks, data["tracks"], strict=True):
            tracks.append(self._filled(track, told, arrived))
            arrived = arrived[told.get("count", 0) :]
        self._known = [track.items for track in tracks]
        return replace(bare, tracks=tuple(tracks))

    def forget(self, everything: bool = False) -> None:
        """Drop what has come of a snapshot that will not be whole; `everything`: another process
        answers from now on."""
        self._arrived = []
        if everything:
            self._known = []

    def _filled(
        self, track: SnapshotTrack, told: dict[str, Any], arrived: list[SnapshotItem]
    ) -> SnapshotTrack:
        match told:
            case {"same": int(number)} if number < len(self._known):
                return replace(track, items=self._known[number])
            case {"count": int(count)} if count <= len(arrived):
                return replace(track, items=tuple(arrived[:count]))
            case {"same": _} | {"count": _}:
                raise RequestError(
                    "A part of the cut is missing in what the timeline process sent.",
                    "Open the cut again.",
                    code="request.malformed",
                )
            case _:
                return track
