"""One sitting in front of the dock, with the real engine, worker and timeline process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from pickup.client.blocking import Engine
from pickup.hosts.file.adapter import FileHost
from pickup.protocol import HANDLE_FRAMES, JobState, PlacementState
from pickup_ui.panel import create_panel
from pickup_ui.state.ghosts import ghosts_of
from pickup_ui.state.outlook import EngineMood, OutlookKind
from pickup_ui.views import strip_layout
from pickup_ui.window import Window
from support.cuts import make_cut
from support.engine import is_alive, kill_engine

_PATIENCE = 60_000


pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[Window]:
    window = Window(make_cut(tmp_path, Fraction(24)).path)
    window.show()
    yield window
    window.panel.desk.close()
    window.deleteLater()


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
    qtbot.waitUntil(lambda: bool(panel.queue.rows), timeout=_PATIENCE)
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    job, take = next(iter(session.takes()))
    assert job.state is JobState.SUCCEEDED
    assert take.media.frames == 8 + HANDLE_FRAMES
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
    qtbot.waitUntil(lambda: placed(window) is PlacementState.INTENDED, timeout=_PATIENCE)
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
    qtbot.waitUntil(lambda: placed(window) is PlacementState.PLACED, timeout=_PATIENCE)
    saved = otio.adapters.read_from_file(str(target))
    assert saved.tracks[0][0].name == "shot A"
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
    """What the engine has stored: the answers that the dock still waits for may be older."""
    session = window.panel.desk.session
    (job,) = [job for job in session.jobs.values() if session.is_of_this_cut(job)]
    return Engine.connect().job(job.id).takes[0].placement


def test_closing_keeps_what_was_not_saved(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    """Close with an unsaved edit: told first; then the take is offered at the next start."""
    desk = window.panel.desk
    session = desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=9)
    qtbot.waitUntil(lambda: " 9 frames" in session.outlook.sentence, timeout=_PATIENCE)
    desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    desk.actions.use()
    qtbot.waitUntil(lambda: names(window) == AFTER, timeout=_PATIENCE)

    assert not window.close()
    assert session.notice is not None
    assert "not saved" in session.notice.text
    window.close()
    qtbot.waitUntil(lambda: desk.timeline.pid == 0, timeout=_PATIENCE)

    again = Window(tmp_path / "cut.otio")
    qtbot.addWidget(again)
    later = again.panel.desk.session
    qtbot.waitUntil(lambda: later.notice is not None, timeout=_PATIENCE)
    assert later.notice is not None
    assert later.notice.text == "A finished take of an earlier session is not in the cut yet."
    later.notice.remedies[0].run()
    qtbot.waitUntil(lambda: again.panel.takes.use.isVisibleTo(again), timeout=_PATIENCE)
    again.panel.desk.actions.use()
    qtbot.waitUntil(lambda: names(again) == AFTER, timeout=_PATIENCE)
    again.panel.desk.close()


def test_what_cannot_be_opened_is_told_and_the_open_cut_stays(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.snapshot is not None, timeout=_PATIENCE)
    broken = tmp_path / "broken.otio"
    broken.write_text('{"OTIO_SCHEMA": "Timeline.1", "tracks": [')
    for path in (broken, tmp_path / "missing.otio"):
        session.set_notice(None)
        window.panel.desk.actions.open(str(path))
        qtbot.waitUntil(lambda: session.notice is not None, timeout=_PATIENCE)
        assert session.notice is not None
        assert session.notice.failed
        assert path.name in session.notice.text
        assert session.snapshot is not None
        assert session.snapshot.path.endswith("cut.otio")


def test_the_opened_file_is_never_saved_over(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.snapshot is not None, timeout=_PATIENCE)
    window.panel.desk.actions.save(str(tmp_path / "cut.otio"))
    qtbot.waitUntil(lambda: session.notice is not None, timeout=_PATIENCE)
    assert session.notice is not None
    assert "never overwritten" in session.notice.text


def test_missing_media_is_refused_in_place(qtbot: QtBot, tmp_path: Path, window: Window) -> None:
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    (tmp_path / "A.mp4").rename(tmp_path / "gone.mp4")
    session.change(frames=20)
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.REFUSED, timeout=_PATIENCE)
    assert "A.mp4" in session.outlook.sentence
    assert session.outlook.hint
    (tmp_path / "gone.mp4").rename(tmp_path / "A.mp4")
    session.change(frames=21)
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)


def test_a_cut_in_a_locked_folder_can_still_be_extended(
    window: Window, qtbot: QtBot, tmp_path: Path, pickup_home: Path
) -> None:
    session = window.panel.desk.session
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write everywhere")
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=10)
    qtbot.waitUntil(lambda: " 10 frames" in session.outlook.sentence, timeout=_PATIENCE)
    assert any("cannot be written" in word for word in session.outlook.warnings)
    window.panel.desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    (found,) = session.takes()
    assert Path(found[1].media.path).is_relative_to(pickup_home)
    window.panel.desk.actions.save(str(tmp_path / "x.otio"))
    qtbot.waitUntil(lambda: session.notice is not None, timeout=_PATIENCE)
    assert session.notice is not None
    assert "x.otio cannot be written" in session.notice.text
    tmp_path.chmod(0o700)


def test_a_job_is_cancelled_and_its_place_is_free_again(window: Window, qtbot: QtBot) -> None:
    panel, session = window.panel, window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=40)
    qtbot.waitUntil(lambda: " 40 frames" in session.outlook.sentence, timeout=_PATIENCE)
    qtbot.mouseClick(panel.sentence.make, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.queue.rows) == 1, timeout=_PATIENCE)
    assert [ghost.frames for ghost in ghosts_of(session) if ghost.job] == [40]
    (row,) = panel.queue.rows.values()
    qtbot.mouseClick(row.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.queue.rows, timeout=_PATIENCE)
    (job,) = [job for job in session.jobs.values() if session.is_of_this_cut(job)]
    assert job.state is JobState.CANCELLED
    assert not [ghost for ghost in ghosts_of(session) if ghost.job]
    assert session.take is None


def test_a_panel_that_is_deleted_leaves_nothing_behind(qtbot: QtBot, tmp_path: Path) -> None:
    panel = create_panel(FileHost(make_cut(tmp_path, Fraction(25)).path))
    desk = panel.desk
    qtbot.waitUntil(lambda: desk.session.snapshot is not None, timeout=_PATIENCE)
    pid = desk.timeline.pid
    assert is_alive(pid)
    shiboken6.delete(panel)
    qtbot.waitUntil(lambda: not is_alive(pid), timeout=_PATIENCE)


def test_the_dock_writes_its_picture_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pickup_ui", str(make_cut(tmp_path, Fraction(24)).path)]
    command += ["--picture", str(tmp_path / "dock.png")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    picture = QImage(str(tmp_path / "dock.png"))
    assert picture.width() >= 700
    colours = {picture.pixel(x, y) for x in range(0, 700, 9) for y in range(0, 600, 9)}
    assert len(colours) > 50, "it shows pictures, not an empty window"


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


def test_make_right_after_a_change_makes_what_was_set(window: Window, qtbot: QtBot) -> None:
    """The outlook of the new length is still on its way when the button is pressed."""
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=9)
    window.panel.desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    made = [take.media.frames - HANDLE_FRAMES for _, take in session.takes()]
    assert made == [3], "9 less 6 of its own"


def test_make_for_one_clip_is_not_carried_over_to_the_next(window: Window, qtbot: QtBot) -> None:
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=9)
    window.panel.desk.actions.make()
    click_clip(qtbot, window, 60)
    qtbot.waitUntil(lambda: "shot B" in session.outlook.sentence, timeout=_PATIENCE)
    qtbot.wait(200)
    assert not [job for job in session.jobs.values() if session.is_of_this_cut(job)]


def test_handles_are_placed_once_however_often_the_button_is_pressed(
    window: Window, qtbot: QtBot
) -> None:
    desk = window.panel.desk
    session = desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=4)
    qtbot.waitUntil(lambda: "all 4 real" in session.outlook.sentence, timeout=_PATIENCE)
    desk.actions.make()
    desk.actions.make()
    qtbot.waitUntil(lambda: len(names(window)) == 4, timeout=_PATIENCE)
    qtbot.waitUntil(lambda: not session.outlook.stale, timeout=_PATIENCE)
    assert session.notice is None
    assert session.snapshot is not None
    assert session.snapshot.revision == 1


def test_another_cut_gives_the_takes_of_unsaved_edits_back(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    desk = window.panel.desk
    session = desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=9)
    desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    desk.actions.use()
    qtbot.waitUntil(lambda: session.is_in_cut(session.take), timeout=_PATIENCE)
    (tmp_path / "other").mkdir()
    desk.actions.open(str(make_cut(tmp_path / "other", Fraction(25)).path))
    qtbot.waitUntil(lambda: session.rate == 25, timeout=_PATIENCE)
    desk.actions.open(str(tmp_path / "cut.otio"))
    qtbot.waitUntil(lambda: session.rate == 24, timeout=_PATIENCE)
    qtbot.waitUntil(lambda: placed(window) is PlacementState.OPEN, timeout=_PATIENCE)


def test_a_saved_take_counts_as_used_whatever_became_of_a_later_undo(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    """Save, undo, close without saving: the file has the take, and is opened again."""
    desk = window.panel.desk
    session = desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    session.change(frames=9)
    desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    desk.actions.use()
    qtbot.waitUntil(lambda: session.is_in_cut(session.take), timeout=_PATIENCE)
    target = tmp_path / "cut.pickup.otio"
    desk.actions.save(str(target))
    qtbot.waitUntil(lambda: placed(window) is PlacementState.PLACED, timeout=_PATIENCE)
    desk.actions.undo()
    qtbot.waitUntil(lambda: placed(window) is PlacementState.OPEN, timeout=_PATIENCE)
    desk.close()

    again = Window(target)
    qtbot.addWidget(again)
    later = again.panel.desk
    qtbot.waitUntil(lambda: later.session.snapshot is not None, timeout=_PATIENCE)
    qtbot.waitUntil(lambda: bool(later.session.jobs), timeout=_PATIENCE)
    qtbot.waitUntil(lambda: placed(again) is PlacementState.PLACED, timeout=_PATIENCE)
    assert later.session.notice is None
    later.close()
