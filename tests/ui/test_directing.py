"""What directs the draft model from the dock: camera, motion brush, edited frames, cut-outs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from pickup.cli.values import stroke_points
from pickup.protocol import (
    Guidance,
    JobState,
    Keyframe,
    Matte,
    ModelInfo,
    Operation,
    Side,
    Stroke,
)
from pickup_engine.models.camera import parse_camera
from pickup_engine.models.draft import DraftRules
from pickup_ui.panel import Panel
from pickup_ui.state.abilities import Abilities, missing
from pickup_ui.state.brush import points_of, simplified, words_of
from pickup_ui.state.camera import GRAMMAR, MOVES
from pickup_ui.state.draft import Draft
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.program import Cell
from pickup_ui.state.session import Session
from pickup_ui.theme import theme_for
from pickup_ui.views.brush import point_in_source, point_on_widget
from support import ui

LEFT = Qt.MouseButton.LeftButton
STROKE = Stroke(((100, 80), (180, 60)), 20)
IMAGE = "/cut/edit.png"


# The camera


@pytest.mark.parametrize("move", MOVES)
def test_every_offered_move_is_one_that_the_engine_reads(move: str) -> None:
    assert parse_camera(move) != parse_camera("handheld 0.01")
    assert all(part.split()[0] in GRAMMAR for part in move.split(" + "))


@pytest.mark.parametrize("operation", [Operation.EXTEND, Operation.RESTYLE])
def test_a_camera_move_is_chosen_or_written(
    panel: Panel, session: Session, qtbot: QtBot, operation: Operation
) -> None:
    session.set_operation(operation)
    (box,) = ui.seen(panel, QComboBox, "Camera move")
    assert isinstance(box, QComboBox)
    field = box.lineEdit()
    field.setFocus()
    qtbot.keyClicks(field, "handheld 0.8")
    assert session.draft.guidance.camera == "handheld 0.8", "letters are no keys here"
    box.activated.emit(box.findText("zoom-in 1.15x"))
    assert session.draft.guidance.camera == "zoom-in 1.15x"
    assert field.text() == "zoom-in 1.15x"
    box.activated.emit(0)
    assert session.draft.guidance.camera == ""
    assert field.text() == ""


def test_a_camera_move_alone_is_something_to_make() -> None:
    draft = Draft(Operation.RESTYLE)
    assert "move the camera" in missing(draft, Abilities())
    for guidance in (Guidance(camera="zoom-in"), Guidance(keyframes=(Keyframe(0, IMAGE),))):
        assert not missing(replace(draft, guidance=guidance), Abilities())


# The motion brush


def drag(panel: Panel, qtbot: QtBot, points: Sequence[tuple[float, float]]) -> None:
    """Press, move and release at shares of the picture."""
    place = panel.viewer.picture_rect()
    at = [
        QPoint(round(place.x() + x * place.width()), round(place.y() + y * place.height()))
        for x, y in points
    ]
    qtbot.mousePress(panel.viewer, LEFT, pos=at[0])
    for one in at[1:]:
        qtbot.mouseMove(panel.viewer, one)
    qtbot.mouseRelease(panel.viewer, LEFT, pos=at[-1])


def test_a_drag_with_the_brush_is_a_stroke_in_source_pixels(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    drag(panel, qtbot, [(0.2, 0.5), (0.6, 0.5)])
    assert not session.draft.guidance.strokes, "the brush is not in the hand"
    qtbot.keyClick(panel.strip, Qt.Key.Key_B)
    assert panel.viewer.brushing
    steps = [(0.25 + 0.01 * k, 0.5) for k in range(26)]
    drag(panel, qtbot, [*steps, (0.5, 0.7)])
    (stroke,) = session.draft.guidance.strokes
    assert len(stroke.points) == 3, "a straight way and its corner"
    wanted = [(480, 540), (960, 540), (960, 756)]
    for (x, y), (wx, wy) in zip(stroke.points, wanted, strict=True):
        assert abs(x - wx) < 12
        assert abs(y - wy) < 12
    assert stroke.radius == round(0.03 * 1920)


def test_a_click_with_the_brush_draws_nothing(panel: Panel, session: Session, qtbot: QtBot) -> None:
    panel.desk.brush.set_on(True)
    drag(panel, qtbot, [(0.2, 0.5), (0.2, 0.5)])
    assert not session.draft.guidance.strokes


def test_strokes_are_seen_on_the_picture(panel: Panel, session: Session, tmp_path: Path) -> None:
    ui.scenery(0).save(str(tmp_path / "p.png"))
    brush = panel.desk.brush
    brush.set_on(True)
    assert brush.cell is not None
    panel.desk.pictures.put(brush.cell, str(tmp_path / "p.png"))
    brush.set_size("large")
    stroke = Stroke(((200, 900), (900, 900)), 60)
    session.change(guidance=Guidance(strokes=(stroke,)))

    accent = theme_for(panel.viewer).accent

    def from_accent() -> int:
        """How far the most alike pixel across the middle of the way is from the accent."""
        picture = panel.viewer.grab().toImage()
        at = point_on_widget((550, 900), panel.viewer.picture_rect(), (1920, 1080)).toPoint()
        return min(apart(picture.pixelColor(at.x(), at.y() + k), accent) for k in range(-3, 4))

    assert from_accent() < 30
    brush.set_on(False)
    assert from_accent() > 60, "the picture is clear without the brush"
    brush.set_on(True)
    brush.remove(0)
    assert from_accent() > 60


def apart(a: QColor, b: QColor) -> int:
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())


def test_the_brush_shows_the_picture_that_the_new_frames_join(
    panel: Panel, session: Session
) -> None:
    brush = panel.desk.brush
    brush.set_on(True)
    assert brush.cell == Cell("/cut/shot12.mov", 63), "the last of the 64 of the request"
    assert "join" in panel.desk.screen.caption
    session.set_outlook(Outlook(OutlookKind.REFUSED, "Stroke 1 goes nowhere."))
    assert brush.cell == Cell("/cut/shot12.mov", 63), "it stays while the stroke is mended"
    proposal = ui.proposal()
    request = replace(ui.request(), side=Side.HEAD)
    session.change(side=Side.HEAD)
    assert brush.cell is None
    session.set_outlook(Outlook(OutlookKind.READY, "", proposal=replace(proposal, request=request)))
    assert brush.cell == Cell("/cut/shot12.mov", 0)
    session.set_outlook(Outlook(OutlookKind.READY, "", proposal=replace(proposal, request=None)))
    assert brush.cell is None
    assert "own frames suffice" in panel.desk.screen.message


def test_the_brush_is_put_down_by_esc_by_a_take_and_by_another_verb(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    brush = panel.desk.brush
    brush.set_on(True)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Escape)
    assert not brush.on
    brush.set_on(True)
    session.set_job(ui.job("j1", JobState.SUCCEEDED))
    session.set_take(("j1", 0))
    assert not brush.on
    brush.set_on(True)
    assert session.take is None
    session.set_operation(Operation.RESTYLE)
    assert not brush.on
    brush.toggle()
    assert session.operation is Operation.EXTEND


def test_strokes_are_made_and_changed_without_a_pointer(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    panel.desk.brush.set_on(True)
    (plus,) = ui.seen(panel, QToolButton, "Add a stroke and write its points")
    plus.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(plus, Qt.Key.Key_Space)
    assert session.draft.guidance.strokes[0].points == ((960, 540), (1152, 540))
    (field,) = ui.seen(panel, QLineEdit, "Points of stroke 1")
    assert isinstance(field, QLineEdit)
    field.setText("10,20 30,40 -5,60")
    field.editingFinished.emit()
    assert session.draft.guidance.strokes[0].points == ((10, 20), (30, 40), (-5, 60))
    (field,) = ui.seen(panel, QLineEdit, "Points of stroke 1")
    assert isinstance(field, QLineEdit)
    field.setText("10,20")
    field.editingFinished.emit()
    assert field.text() == "10,20 30,40 -5,60", "one point is no way"
    (cross,) = ui.seen(panel, QToolButton, "Remove stroke 1")
    assert isinstance(cross, QToolButton)
    cross.click()
    assert not session.draft.guidance.strokes


def test_strokes_are_written_as_the_command_writes_them() -> None:
    assert stroke_points(words_of(STROKE.points)) == STROKE.points
    assert points_of(words_of(STROKE.points)) == STROKE.points
    assert points_of("1,2 3") is None
    assert points_of("a,b c,d") is None


def test_a_hand_drawn_way_is_told_by_its_corners() -> None:
    there = [(x, x % 2) for x in range(101)]
    back = [(100 - x, 30) for x in range(101)]
    assert simplified([*there, *back], 5) == ((0, 0), (100, 0), (100, 30), (0, 30))
    circle = [(0, 0), (50, 0), (50, 50), (0, 50), (1, 1)]
    assert len(simplified(circle, 5)) == 5, "a way that ends where it began is kept"


def test_points_of_widget_and_source_are_the_same_place() -> None:
    place, size = QRectF(30, 20, 384, 216), (1920, 1080)
    for point in ((0, 0), (960, 540), (1919, 1079), (7, 1000)):
        assert point_in_source(point_on_widget(point, place, size), place, size) == point
    assert point_in_source(QPoint(0, 900), place, size) == (0, 1079), "kept within the picture"


# Edited frames, cut-outs, presets


def test_an_edited_picture_is_pinned_where_the_planner_counts(
    panel: Panel, session: Session
) -> None:
    frames = panel.desk.clip_frames
    session.set_playhead(150)
    assert frames.at_hand
    assert frames.suggested_name() == "/cut/shot 12 frame 54.png"
    session.set_playhead(20)
    assert not frames.at_hand
    session.set_operation(Operation.RESTYLE)
    session.change(guidance=Guidance(keyframes=(Keyframe(24, IMAGE), Keyframe(110, IMAGE))))
    times = [f for f in panel.findChildren(QLineEdit) if "edited frame" in f.accessibleName()]
    assert [f.text() for f in times] == ["01:00", "04:14"]


def test_settings_of_a_picture_stay_with_their_clip(session: Session) -> None:
    session.change(guidance=Guidance("rain", strokes=(STROKE,)))
    session.set_operation(Operation.INPAINT)
    session.change(matte=Matte(box=(1, 2, 30, 40)))
    session.set_operation(Operation.RESTYLE)
    session.change(guidance=Guidance(keyframes=(Keyframe(3, IMAGE),), camera="zoom-in"))
    session.select("c3")
    drafts = session.drafts
    assert drafts[Operation.EXTEND].guidance == Guidance("rain"), "words are for any clip"
    assert drafts[Operation.INPAINT].matte == Matte()
    assert drafts[Operation.RESTYLE].guidance == Guidance(camera="zoom-in")
    session.select("c2")
    assert session.drafts[Operation.EXTEND].guidance.strokes == (STROKE,)
    assert session.drafts[Operation.INPAINT].matte.box == (1, 2, 30, 40)
    assert session.drafts[Operation.RESTYLE].guidance.keyframes == (Keyframe(3, IMAGE),)


def test_a_cut_out_needs_a_place(panel: Panel, session: Session, qtbot: QtBot) -> None:
    session.set_operation(Operation.INPAINT)
    page = panel._pages[Operation.INPAINT]
    page._cutout._told((IMAGE,))
    assert session.draft.guidance.references == (IMAGE,)
    assert "where the cut-out goes" in missing(session.asked, session.can(Operation.INPAINT))
    name = "Image edit.png, click to remove"
    qtbot.waitUntil(lambda: len(ui.seen(panel, QAbstractButton, name)) == 1)
    (picture,) = ui.seen(panel, QAbstractButton, name)
    picture.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(picture, Qt.Key.Key_Space)
    assert session.draft.guidance.references == ()


def test_presets_of_the_model_appear_by_themselves(panel: Panel, session: Session) -> None:
    info = DraftRules("1", 0).info
    session.set_models((info, replace(info, id="other", presets=("neon_rain",))))
    box = panel._pages[Operation.RESTYLE]._preset

    def offered() -> list[str]:
        return [box.itemData(k) for k in range(box.count())]

    assert offered() == ["", *info.presets]
    session.set_operation(Operation.RESTYLE)
    session.change(model="other")
    assert offered() == ["", "neon_rain"]
    assert isinstance(info, ModelInfo)
