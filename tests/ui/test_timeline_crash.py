"""The timeline process dies: every edit is made again, and what was asked for meanwhile waits."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pickup.errors import PickupError
from pickup.protocol import Mode, Side, Snapshot, encode
from pickup_ui.state.timeline_process import TimelineProcess
from support.timeline import Shot, make_timeline, open_timeline, propose, take_for

R = Fraction(25)
NAMES = ("A", "B", "C")
PATIENCE = 20_000


class Client(TimelineProcess):
    """Asks and waits. `dies_at`: the answer after which the process is killed, counted down."""

    dies_at = 0

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self.qtbot = qtbot
        self.errors: list[PickupError] = []
        self.lost.connect(self.errors.append)

    def ask(self, method: str, **params: object) -> Any:
        told: list[Any] = []
        self.call(method, encode(params), told.append, told.append)
        self.qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE)
        return told[0]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def die(self) -> Snapshot:
        """Kill the process; the cut as it is when that is mended."""
        with self.qtbot.waitSignal(self.reopened, timeout=PATIENCE) as mended:
            self.kill()
        view = mended.args[0]
        assert isinstance(view, Snapshot)
        return view

    def _answer(self, message: dict[str, Any]) -> None:
        super()._answer(message)
        if self.dies_at:
            self.dies_at -= 1
            if not self.dies_at:
                self.kill()


@pytest.fixture
def client(qtbot: QtBot) -> Iterator[Client]:
    client = Client(qtbot)
    yield client
    client.close()


@pytest.fixture
def edited(client: Client, tmp_path: Path) -> Snapshot:
    """A cut with three edits, each of which depends on nothing but its clip."""
    shots = [Shot(name, 40, first=10, total=60) for name in NAMES]
    track = [part for shot in shots for part in (shot, 30)]
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [track]))
    client.ask("open", path=str(document.path))
    for shot in shots:
        proposal = propose(document, tmp_path, shot, Side.TAIL, 24, Mode.AUTO)
        take = take_for(tmp_path, proposal, f"job-{shot.name}")
        answer = client.ask("place", placement=proposal.placement, take=take)
        assert not isinstance(answer, PickupError), answer
    view: Snapshot = client.ask("snapshot")
    assert view.revision == len(NAMES)
    return view


def test_every_edit_is_made_again(client: Client, edited: Snapshot) -> None:
    assert client.die().tracks == edited.tracks
    client.ask("undo")
    two = client.ask("snapshot").tracks
    assert client.die().tracks == two, "what was undone stays undone"
    assert not client.errors


def test_a_second_crash_while_they_are_made_again_loses_none(
    client: Client, edited: Snapshot
) -> None:
    client.dies_at = 3  # after the opening, the first edit and the second
    assert client.die().tracks == edited.tracks
    assert client.dies_at == 0
    assert not client.errors


def test_what_is_asked_meanwhile_waits_for_the_last_edit(client: Client, edited: Snapshot) -> None:
    told: list[Any] = []
    failed: list[PickupError] = []

    def ask_again(error: PickupError) -> None:
        failed.append(error)
        client.call("snapshot", {}, told.append)

    client.kill()
    client.call("snapshot", {}, told.append, ask_again)
    client.qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE)
    assert failed[0].message.endswith("nothing was changed.")
    assert [view.tracks for view in told] == [edited.tracks]


def test_an_edit_that_cannot_be_made_again_is_told(client: Client, tmp_path: Path) -> None:
    shot = Shot("A", 40, total=90)
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[shot, 60]]))
    media = next(path for path in tmp_path.iterdir() if path.stem == "A")
    found = tmp_path / "moved" / media.name
    found.parent.mkdir()
    media.rename(found)
    client.ask("open", path=str(document.path))
    assert client.ask("relink", search=str(found.parent))["found"]
    found.unlink()
    view = client.die()
    assert not view.can_undo
    client.qtbot.waitUntil(lambda: bool(client.errors), timeout=PATIENCE)
    assert "without the last edit: What it needs is gone." in client.errors[0].message
    assert not client.die().can_undo
    assert len(client.errors) == 1, "it is given up, and not tried again"


def test_a_file_that_kills_it_is_named_and_the_cut_is_still_open(
    client: Client, edited: Snapshot
) -> None:
    client.kill()
    error = client.ask("open", path="/cuts/hostile.otio")
    assert "while it worked on /cuts/hostile.otio; nothing was changed" in error.message
    assert client.ask("snapshot").tracks == edited.tracks


def test_after_three_crashes_it_is_left_alone(client: Client, edited: Snapshot) -> None:
    client.die()
    client.die()
    client.kill()
    client.qtbot.waitUntil(lambda: bool(client.errors), timeout=PATIENCE)
    assert client.errors[0].message.endswith("and was not started again.")
    assert not client.pid
    assert client.ask("open", path=edited.path).revision == 0
