"""Directing the draft model from the dock, with the real engine, worker and timeline process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from pickup.protocol import Guidance, JobState, Keyframe, Matte, Operation, Recipe
from pickup_engine.media.sidecar import read_recipe
from pickup_ui.state.faults import Setting
from pickup_ui.state.outlook import OutlookKind
from pickup_ui.state.session import Session
from pickup_ui.window import Window
from support.cuts import HEIGHT, WIDTH, make_cut

_PATIENCE = 60_000

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[Window]:
    window = Window(make_cut(tmp_path, Fraction(24)).path)
    window.show()
    qtbot.waitUntil(
        lambda: window.panel.desk.session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE
    )
    yield window
    window.panel.desk.close()
    window.deleteLater()


def settled(session: Session, kind: OutlookKind) -> bool:
    return session.outlook.kind is kind and not session.outlook.stale


def made(window: Window, qtbot: QtBot) -> Recipe:
    """Make what the dock is set to; the recipe of the first take."""
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: settled(session, OutlookKind.READY), timeout=_PATIENCE)
    session.set_take(None)
    window.panel.desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    found = session.take_of(session.take)
    assert found is not None
    assert found[0].state is JobState.SUCCEEDED
    return read_recipe(found[1].media.path)


def test_a_stroke_and_a_camera_move_reach_the_take(window: Window, qtbot: QtBot) -> None:
    panel, desk = window.panel, window.panel.desk
    session, viewer = desk.session, window.panel.viewer
    session.change(frames=10, guidance=Guidance(camera="pan-left 20%"))
    desk.brush.set_on(True)
    qtbot.waitUntil(lambda: viewer.brushing, timeout=_PATIENCE)
    qtbot.waitUntil(lambda: desk.screen.image is not None, timeout=_PATIENCE)
    assert desk.brush.cell is not None
    assert desk.brush.cell.frame == 23, "the last of the file: the handle is used up first"
    place = viewer.picture_rect()
    way = [place.center().toPoint(), (place.center() / 1.3).toPoint()]
    qtbot.mousePress(viewer, Qt.MouseButton.LeftButton, pos=way[0])
    qtbot.mouseMove(viewer, way[1])
    qtbot.mouseRelease(viewer, Qt.MouseButton.LeftButton, pos=QPoint(way[1]))
    (stroke,) = session.draft.guidance.strokes
    assert abs(stroke.points[0][0] - WIDTH // 2) <= 1
    assert abs(stroke.points[0][1] - HEIGHT // 2) <= 1
    qtbot.waitUntil(
        lambda: settled(session, OutlookKind.READY) and session.outlook.plan is not None,
        timeout=_PATIENCE,
    )
    assert session.outlook.plan is not None
    assert any("never" in warning for warning in session.outlook.plan.warnings)
    assert "never" in panel.sentence._more.text()
    recipe = made(window, qtbot)
    assert recipe.request.guidance.strokes == (stroke,)
    assert recipe.request.guidance.camera == "pan-left 20%"
    assert panel.takes._trust.isVisible()
    assert "invented" in panel.takes._trust.text()
    assert "Confidence" in panel.takes._trust.toolTip()


def test_what_the_engine_refuses_is_said_at_the_field_before_anything_is_queued(
    window: Window, qtbot: QtBot
) -> None:
    desk = window.panel.desk
    session = desk.session
    for camera in ("pan-left 80%", "fly away"):
        session.change(frames=10, guidance=Guidance(camera=camera))
        qtbot.waitUntil(lambda: settled(session, OutlookKind.REFUSED), timeout=_PATIENCE)
        assert session.outlook.setting is Setting.CAMERA
        assert camera in session.outlook.sentence
        session.change(guidance=Guidance())
        qtbot.waitUntil(lambda: settled(session, OutlookKind.READY), timeout=_PATIENCE)
    pin = Keyframe(0, "/nowhere/edit.png")
    session.set_operation(Operation.RESTYLE)
    session.change(guidance=Guidance(keyframes=(pin,)))
    qtbot.waitUntil(lambda: settled(session, OutlookKind.REFUSED), timeout=_PATIENCE)
    assert session.outlook.setting is Setting.EDITED
    desk.actions.make()
    assert not [job for job in session.jobs.values() if session.is_of_this_cut(job)]


def test_a_frame_goes_out_is_painted_on_and_comes_back(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    desk = window.panel.desk
    session, frames = desk.session, desk.clip_frames
    session.set_operation(Operation.RESTYLE)
    session.set_playhead(7)
    target = tmp_path / "shot A frame 7.png"
    assert frames.suggested_name() == str(target)
    frames.save(str(target))
    qtbot.waitUntil(target.exists, timeout=_PATIENCE)
    picture = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert picture.shape == (HEIGHT, WIDTH, 3)
    picture[20:40, 40:70] = (0, 0, np.iinfo(picture.dtype).max)
    cv2.imwrite(str(target), picture)
    session.set_playhead(12)
    frames.pin(str(target))
    wanted = (Keyframe(7, str(target)),)
    assert session.draft.guidance.keyframes == wanted, "the frame that was saved, not the playhead"
    other = tmp_path / "from elsewhere.png"
    cv2.imwrite(str(other), picture)
    frames.pin(str(other))
    both = (*wanted, Keyframe(12, str(other)))
    qtbot.waitUntil(lambda: session.draft.guidance.keyframes == both, timeout=_PATIENCE)
    session.change(guidance=Guidance(keyframes=wanted))
    recipe = made(window, qtbot)
    assert recipe.request.guidance.keyframes == wanted
    shown = take_frame(recipe.media, 7)
    red = shown[25:35, 45:65].reshape(-1, 3).mean(axis=0)
    assert red[2] > 180
    assert red[:2].max() < 90, "what was painted is in the take"


def take_frame(path: str, number: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    capture = cv2.VideoCapture(path)
    for _ in range(number + 1):
        done, picture = capture.read()
        assert done
    capture.release()
    return np.asarray(picture, np.uint8)


def test_frames_that_cannot_be_written_are_told(window: Window, qtbot: QtBot) -> None:
    session = window.panel.desk.session
    window.panel.desk.clip_frames.save("/nowhere/frame.png")
    qtbot.waitUntil(lambda: session.notice is not None, timeout=_PATIENCE)
    assert session.notice is not None
    assert session.notice.failed
    assert "/nowhere/frame.png cannot be written" in session.notice.text


def test_a_cut_out_is_placed_where_the_box_is(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    session = window.panel.desk.session
    thing = np.zeros((30, 20, 4), np.uint8)
    thing[5:25, 4:16] = (40, 200, 60, 255)
    image = tmp_path / "thing.png"
    cv2.imwrite(str(image), thing)
    session.set_operation(Operation.INPAINT)
    session.change(matte=Matte(box=(40, 20, 40, 40)))
    session.change(guidance=replace(session.draft.guidance, references=(str(image),)))
    qtbot.waitUntil(lambda: "thing.png" in session.outlook.sentence, timeout=_PATIENCE)
    assert session.outlook.plan is not None
    assert any("flat cut-out" in word for word in session.outlook.plan.warnings)
    recipe = made(window, qtbot)
    assert recipe.request.guidance.references == (str(image),)
