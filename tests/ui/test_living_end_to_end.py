"""Generated clips live on: real engine, worker and timeline process, from Make to Update."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pickup.client.blocking import Engine
from pickup.protocol import ItemKind, JobState, PlacementState, SnapshotItem
from pickup_ui.state.outlook import OutlookKind
from pickup_ui.window import Window
from support.cuts import make_cut
from support.living import trim_tail
from support.timeline import gap

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[Window]:
    window = Window(make_cut(tmp_path, Fraction(24)).path)
    window.show()
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=WAIT)
    yield window
    window.panel.desk.close()
    window.deleteLater()


def clips(window: Window) -> list[SnapshotItem]:
    snapshot = window.panel.desk.session.snapshot
    assert snapshot is not None
    return [item for item in snapshot.tracks[0].items if item.kind is ItemKind.CLIP]


def made(window: Window) -> list[SnapshotItem]:
    return [item for item in clips(window) if item.generated]


def stored(job: str) -> list[PlacementState]:
    """What the engine has stored of the takes of a job."""
    return [take.placement for take in Engine.connect().job(job).takes]


def make_and_use(window: Window, qtbot: QtBot) -> str:
    """Make what is proposed and use its first take; returns the job."""
    panel, session = window.panel, window.panel.desk.session
    qtbot.waitUntil(
        lambda: session.outlook.kind is OutlookKind.READY and not session.outlook.stale,
        timeout=WAIT,
    )
    qtbot.mouseClick(panel.sentence.make, LEFT)
    qtbot.waitUntil(lambda: session.unplaced is not None, timeout=WAIT)
    qtbot.mouseClick(panel.takes.use, LEFT)
    qtbot.waitUntil(lambda: bool(made(window)), timeout=WAIT)
    return made(window)[0].job


def select_made(window: Window, qtbot: QtBot) -> None:
    desk = window.panel.desk
    desk.session.select(made(window)[0].uid)
    qtbot.waitUntil(lambda: desk.living.known, timeout=WAIT)


def test_takes_follow_and_a_stale_clip_is_made_again(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    panel, desk = window.panel, window.panel.desk
    session = desk.session
    session.change(frames=14, takes=2)
    job = make_and_use(window, qtbot)
    open_, intended = PlacementState.OPEN, PlacementState.INTENDED
    qtbot.waitUntil(lambda: stored(job) == [intended, open_], timeout=WAIT)

    # From the shot itself the other take is looked at in the cut, and switched to by Use.
    session.set_take((job, 1))
    (clip,) = made(window)
    qtbot.waitUntil(lambda: desk.program.known(clip.record_in, True), timeout=WAIT)
    cell = desk.program.cell(clip.record_in, True)
    assert cell is not None
    assert (Path(cell.path).name.split(".")[2], cell.frame) == ("t2", 0)
    qtbot.mouseClick(panel.takes.use, LEFT)
    qtbot.waitUntil(lambda: made(window)[0].take == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: stored(job) == [open_, intended], timeout=WAIT)

    # From the clip itself by a key; the engine follows again.
    select_made(window, qtbot)
    assert panel.card.facts.text() == "Extend · take 2 of 2 · Draft (built in) · seed 0"
    assert all(one.strip for one in desk.living.takes), "the film strips lie beside the files"
    panel.strip.setFocus()
    qtbot.keyClick(panel.strip, Qt.Key.Key_BracketLeft)
    qtbot.waitUntil(lambda: made(window)[0].take == 0, timeout=WAIT)
    qtbot.waitUntil(lambda: stored(job) == [intended, open_], timeout=WAIT)
    qtbot.keyClick(panel.strip, Qt.Key.Key_BracketRight)
    qtbot.waitUntil(lambda: made(window)[0].take == 1, timeout=WAIT)

    # An editor shortens the real frames before it.
    saved = tmp_path / "cut.pickup.otio"
    desk.actions.save(str(saved))
    qtbot.waitUntil(lambda: stored(job) == [open_, PlacementState.PLACED], timeout=WAIT)
    timeline = otio.adapters.read_from_file(str(saved))
    trim_tail(timeline.tracks[0][1], 3)
    timeline.tracks[0].insert(2, gap(3, Fraction(24)))
    otio.adapters.write_to_file(timeline, str(saved))
    with qtbot.waitSignal(desk.actions.opened, timeout=WAIT):
        desk.actions.open(str(saved))
    (clip,) = made(window)
    assert (clip.record_in, clip.frames) == (24, 8)
    select_made(window, qtbot)
    qtbot.waitUntil(panel.card.update_.isEnabled, timeout=WAIT)
    assert "3 frames" in panel.card.reason.text()
    assert panel.card.says.text().startswith("Makes shot A extend again, 11 frames instead of 8")
    assert "takes 1 to 2 are made again" in panel.card.more.text()

    # Update makes it with the same seed; the take that follows the old one is shown, then used.
    qtbot.mouseClick(panel.card.update_, LEFT)
    qtbot.waitUntil(lambda: desk.living.under_way, timeout=WAIT)
    assert not panel.card.update_.isEnabled()
    qtbot.waitUntil(lambda: session.unplaced is not None, timeout=WAIT)
    found = session.unplaced
    assert found is not None
    again, take = found
    assert again.state is JobState.SUCCEEDED
    assert (take.index, take.seed, again.submission.label[:6]) == (1, 0, "Update")
    assert Path(take.media.path).parent == tmp_path / "cut media"
    qtbot.mouseClick(panel.takes.use, LEFT)
    qtbot.waitUntil(lambda: made(window)[0].stale == "", timeout=WAIT)
    (new,) = made(window)
    assert (new.uid, new.record_in, new.frames) == (clip.uid, 21, 11)
    assert session.take is None, "the card has it now"
    qtbot.waitUntil(lambda: stored(again.id) == [open_, intended], timeout=WAIT)
    qtbot.waitUntil(lambda: stored(job) == [open_, open_], timeout=WAIT)

    # Remove: the gap is back, and the take is free.
    desk.living.remove()
    qtbot.waitUntil(lambda: not made(window), timeout=WAIT)
    qtbot.waitUntil(lambda: stored(again.id) == [open_, open_], timeout=WAIT)
    desk.actions.undo()
    qtbot.waitUntil(lambda: len(made(window)) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: stored(again.id) == [open_, intended], timeout=WAIT)


def test_a_bridge_is_made_and_used(window: Window, qtbot: QtBot) -> None:
    panel, session = window.panel, window.panel.desk.session
    panel.strip.setFocus()
    qtbot.keyClick(panel.strip, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    sentence = (
        "Bridges shot A and shot B with 40 generated frames in the gap between them. Nothing else"
        " moves."
    )
    qtbot.waitUntil(lambda: session.outlook.sentence == sentence, timeout=WAIT)
    make_and_use(window, qtbot)
    (clip,) = made(window)
    assert (clip.record_in, clip.frames, clip.operation) == (18, 40, "bridge")
    select_made(window, qtbot)
    assert panel.card.facts.text() == "Bridge · take 1 · Draft (built in) · seed 0"
    session.select(clips(window)[-1].uid)
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.REFUSED, timeout=WAIT)
    assert "last clip on V1" in session.outlook.sentence
