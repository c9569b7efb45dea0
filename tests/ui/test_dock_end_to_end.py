"""One sitting in front of the dock, with the real engine, worker and timeline process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from pickup.client.blocking import Engine
from pickup.protocol import JobState, PlacementState
from pickup_ui.state.session import EngineMood, OutlookKind
from pickup_ui.views import strip_layout
from pickup_ui.window import Window
from support.cuts import make_cut
from support.engine import kill_engine

_PATIENCE = 60_000


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot, pickup_home: Path) -> Iterator[Window]:
    window = Window(make_cut(tmp_path, Fraction(24)).path)
    window.show()
    yield window
    window.panel.desk.close()
    window.deleteLater()
    Engine.connect().shutdown(force=True)


def click_clip(qtbot: QtBot, window: Window, frame: int) -> None:
    strip = window.panel.strip
    lane = next(lane for lane in strip.lanes if lane.label == "V1")
    x = strip_layout.HEAD + round(strip.scale.x(frame))
    at = QPoint(x, lane.top + lane.height // 2)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)


def test_extend_use_undo_save(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    panel, desk = window.panel, window.panel.desk
    session = desk.session
    original = (tmp_path / "cut.otio").read_bytes()

    # First sight: the cut is there, a clip is selected, the sentence says what would happen.
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    assert session.item is not None
    assert session.item.name == "shot A"
    click_clip(qtbot, window, 60)
    assert session.item.name == "shot B"
    click_clip(qtbot, window, 4)
    session.change(frames=14)
    wanted = "Fills 14 frames of the gap after shot A: 6 real, 8 generated. Nothing else moves."
    qtbot.waitUntil(lambda: session.outlook.sentence == wanted, timeout=_PATIENCE)

    # The picture under the playhead is the clip's own.
    qtbot.waitUntil(lambda: desk.screen.image is not None, timeout=_PATIENCE)

    # Make: a placeholder at once, then a take that is shown in the cut.
    qtbot.mouseClick(panel.sentence.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(session.jobs), timeout=_PATIENCE)
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    job, take = next(iter(session.takes()))
    assert job.state is JobState.SUCCEEDED
    assert take.media.frames == 8
    assert session.snapshot is not None
    assert session.snapshot.revision == 0, "nothing is placed before Use"

    # Before and after differ in the gap: nothing, and the take.
    session.set_playhead(18 + 6 + 2)
    qtbot.waitUntil(lambda: desk.screen.image is not None, timeout=_PATIENCE)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Backslash)
    qtbot.waitUntil(lambda: desk.screen.image is None, timeout=_PATIENCE)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Backslash)

    # Use writes the clips; one undo takes them back; redo brings them again.
    qtbot.mouseClick(panel.takes.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(window) == AFTER, timeout=_PATIENCE)
    qtbot.waitUntil(lambda: placed(window) is PlacementState.PLACED, timeout=_PATIENCE)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(window) == BEFORE, timeout=_PATIENCE)
    qtbot.waitUntil(lambda: placed(window) is PlacementState.OPEN, timeout=_PATIENCE)
    qtbot.mouseClick(panel.header.redo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: names(window) == AFTER, timeout=_PATIENCE)

    # Save goes beside the cut, never over it.
    target = Path(desk.actions.suggested_name())
    assert target == tmp_path / "cut.pickup.otio"
    desk.actions.save(str(target))
    qtbot.waitUntil(target.exists, timeout=_PATIENCE)
    saved = otio.adapters.read_from_file(str(target))
    assert [item.name for item in saved.tracks[0]][0] == "shot A"
    assert (tmp_path / "cut.otio").read_bytes() == original


BEFORE = ["shot A", "gap", "shot B"]
AFTER = ["shot A", "shot A handle", "shot A extend", "gap", "shot B"]


def names(window: Window) -> list[str]:
    """What stands on V1, without the job ids that end the names of new clips."""
    snapshot = window.panel.desk.session.snapshot
    assert snapshot is not None
    known = sorted({*BEFORE, *AFTER}, key=len, reverse=True)
    found = [item.name or "gap" for item in snapshot.tracks[0].items]
    return [next((word for word in known if name.startswith(word)), name) for name in found]


def placed(window: Window) -> PlacementState:
    (job,) = window.panel.desk.session.jobs.values()
    return job.takes[0].placement


def test_a_crash_of_the_timeline_process_loses_no_edit(window: Window, qtbot: QtBot) -> None:
    desk = window.panel.desk
    session = desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=4)
    qtbot.waitUntil(
        lambda: session.outlook.proposal is not None and session.outlook.proposal.request is None,
        timeout=_PATIENCE,
    )
    assert window.panel.sentence.make.text() == "Use handles"
    desk.actions.make()
    qtbot.waitUntil(lambda: len(names(window)) == 4, timeout=_PATIENCE)

    os.kill(desk.timeline.pid, signal.SIGKILL)
    with qtbot.waitSignal(desk.timeline.reopened, timeout=_PATIENCE):
        pass
    assert len(names(window)) == 4
    assert session.snapshot is not None
    assert session.snapshot.can_undo


def test_the_engine_comes_back(window: Window, qtbot: QtBot) -> None:
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    kill_engine()
    qtbot.waitUntil(lambda: session.engine is EngineMood.RESTARTING, timeout=_PATIENCE)
    assert session.notice is not None
    qtbot.waitUntil(lambda: session.engine is EngineMood.READY, timeout=_PATIENCE)
    assert session.notice is None
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
