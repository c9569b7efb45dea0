"""A long cut on its way to the dock: in small lines, and only what is new of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QByteArray, QProcess, QTimer
from pytestqt.qtbot import QtBot

from pickup.errors import RequestError
from pickup.protocol import Snapshot
from pickup.timeline.parcels import SLICE, Sender
from pickup_ui.state.desk import Desk
from pickup_ui.state.snapshot_reader import SnapshotReader
from support import ui


class Wire:
    """What goes through the pipe, line by line."""

    def __init__(self) -> None:
        self.sender, self.reader = Sender(), SnapshotReader()
        self.lines: list[bytes] = []

    def send(self, snapshot: Snapshot) -> Snapshot:
        self.lines = [json.dumps(m).encode() for m in self.sender.messages(7, snapshot)]
        *parts, last = map(json.loads, self.lines)
        for part in parts:
            assert part["id"] == 7 and len(part["items"]) <= SLICE
            self.reader.take(part["items"])
        return self.reader.whole(last["result"])


def tracks_of(count: int) -> Snapshot:
    """`count` tracks of 150 clips."""
    one = ui.long_cut(125)
    tracks = []
    for number in range(count):
        items = tuple(replace(i, uid=f"{number}{i.uid}") for i in one.tracks[0].items)
        tracks.append(replace(one.tracks[0], label=f"V{number + 1}", items=items))
    return replace(one, tracks=tuple(tracks))


def test_a_short_cut_is_one_line() -> None:
    wire = Wire()
    assert wire.send(ui.cut()) == ui.cut()
    assert len(wire.lines) == 1


def test_a_long_cut_comes_in_small_lines() -> None:
    wire, long = Wire(), ui.long_cut(3000)
    assert wire.send(long) == long
    assert len(wire.lines) == -(-len(long.tracks[0].items) // SLICE) + 1
    assert max(map(len, wire.lines)) < 50_000


def test_only_the_tracks_that_have_changed_are_sent_again() -> None:
    wire, before = Wire(), tracks_of(6)
    first = wire.send(before)
    whole = len(wire.lines)
    changed = replace(before.tracks[2], items=before.tracks[2].items[:-1])
    after = replace(before, revision=1, tracks=(*before.tracks[:2], changed, *before.tracks[3:]))
    second = wire.send(after)
    assert second == after
    assert len(wire.lines) < whole / 3
    same = [a.items is b.items for a, b in zip(first.tracks, second.tracks, strict=True)]
    assert same == [True, True, False, True, True, True], "what is the same is not made anew"
    assert wire.send(before) == before, "undone"


def test_tracks_that_came_or_went_move_the_others() -> None:
    wire, before = Wire(), tracks_of(4)
    wire.send(before)
    more = replace(before.tracks[0], label="V5", items=before.tracks[0].items[:9])
    for tracks in (
        (before.tracks[0], more, *before.tracks[1:]),
        (more, *before.tracks[2:]),
        before.tracks,
        (),
        before.tracks,
    ):
        after = replace(before, tracks=tracks)
        assert wire.send(after) == after


def test_a_new_process_starts_from_nothing() -> None:
    wire, long = Wire(), tracks_of(3)
    wire.send(long)
    wire.sender = Sender()
    wire.reader.forget(everything=True)
    assert wire.send(long) == long


def test_what_is_missing_is_an_error_and_no_wrong_cut() -> None:
    wire, long = Wire(), tracks_of(3)
    *parts, last = list(wire.sender.messages(7, long))
    wire.reader.take(parts[0]["items"])
    with pytest.raises(RequestError):
        wire.reader.whole(last["result"])
    wire.sender.messages(8, long)
    (again,) = list(wire.sender.messages(8, long))
    with pytest.raises(RequestError):
        wire.reader.whole(again["result"])
    with pytest.raises(RequestError):
        wire.reader.take([{"kind": "clip", "frames": "many"}])


class FullPipe:
    """A process whose whole answer lies in the pipe already."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines

    def state(self) -> QProcess.ProcessState:
        return QProcess.ProcessState.Running

    def write(self, _: bytes) -> None:
        pass

    def canReadLine(self) -> bool:  # noqa: N802 - Qt's name
        return bool(self.lines)

    def readLine(self) -> QByteArray:  # noqa: N802 - Qt's name
        return QByteArray(self.lines.pop(0) + b"\n")


def test_a_long_answer_is_read_a_few_lines_at_a_time(desk: Desk, qtbot: QtBot) -> None:
    long = ui.long_cut(4000)
    lines = [json.dumps(m).encode() for m in Sender().messages(1, long)]
    timeline, told = desk.timeline, list[object]()
    pipe = FullPipe(lines)
    real, timeline._process = timeline._process, pipe
    try:
        timeline.call("snapshot", {}, told.append)
        beats: list[int] = []
        pulse = QTimer(desk, interval=0)
        pulse.timeout.connect(lambda: beats.append(len(pipe.lines)))
        pulse.start()
        timeline._read()
        assert not told and pipe.lines
        qtbot.waitUntil(lambda: bool(told), timeout=20_000)
        assert told == [long]
        pulse.stop()
        assert len(set(beats)) >= 6, "the event loop had its turn in between"
    finally:
        timeline._process = real
