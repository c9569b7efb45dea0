"""The dock's widgets: sentence, parameters, queue, takes, keys, widths, colours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from pickup.protocol import Guidance, JobState, Keyframe, Matte, Operation, PlacementState, Side
from pickup_ui.panel import Panel
from pickup_ui.state.outlook import EngineMood, Notice, Outlook, OutlookKind, Remedy
from pickup_ui.state.program import Cell
from pickup_ui.state.session import Session
from pickup_ui.theme import contrast, theme_of
from pickup_ui.views.viewer import fitted, from_source, to_source
from support import ui

NO = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def session(panel: Panel) -> Session:
    session = panel.desk.session
    session.set_snapshot(ui.cut())
    panel.desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    session.select("c2")
    return session


def ready(session: Session) -> None:
    proposal = ui.proposal()
    session.set_outlook(
        Outlook(OutlookKind.READY, proposal.sentence, proposal=proposal, plan=ui.plan())
    )


def shown(panel: Panel) -> str:
    return str(panel.sentence._says.text())


def test_the_sentence_says_what_will_happen_and_how_long_it_takes(
    panel: Panel, session: Session
) -> None:
    ready(session)
    assert shown(panel) == (
        "Fills 48 frames of the gap after shot 12: 14 real, 34 generated. Nothing else moves. "
        "About 9 s on this machine."
    )
    assert panel.sentence.make.isEnabled()
    session.set_outlook(Outlook(OutlookKind.REFUSED, "It is too long.", "Ask for less."))
    assert shown(panel) == "It is too long."
    assert not panel.sentence.make.isEnabled()


def test_at_most_one_button_is_filled(panel: Panel, session: Session) -> None:
    ready(session)
    assert panel.sentence.make.property("role") == "primary"
    session.set_job(ui.job("j1", JobState.SUCCEEDED))
    session.set_take(("j1", 0))
    assert panel.takes.use.isVisible()
    assert panel.sentence.make.property("role") != "primary"


def test_the_length_field_marks_what_it_cannot_read(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    field = next(f for f in panel.findChildren(QLineEdit) if f.accessibleName() == "Length")
    assert field.text() == "02:00"
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "3s")
    assert session.draft.frames == 72
    field.selectAll()
    qtbot.keyClicks(field, "x")
    assert field.property("invalid")
    assert session.draft.frames == 72, "the last good length stays"


def test_letters_go_to_the_text_field_that_has_the_focus(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    session.set_models((ui.draft_model(), ui.vace()))
    session.change(model="wan2.1-vace-1.3b")
    fields = panel.findChildren(QLineEdit)
    words = next(f for f in fields if f.accessibleName() == "Prompt" and f.isVisible())
    words.setFocus()
    qtbot.keyClicks(words, "jkl I [1]/ E")
    assert words.text() == "jkl I [1]/ E"
    assert not panel.desk.player.playing
    assert session.operation is Operation.EXTEND
    assert session.draft.guidance.prompt == "jkl I [1]/ E"


def test_keys_act_on_the_dock(panel: Panel, session: Session, qtbot: QtBot) -> None:
    panel.strip.setFocus()
    session.set_playhead(100)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Right)
    assert session.playhead == 101
    qtbot.keyClick(panel.strip, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert session.playhead == 91
    for key, verb in (
        (Qt.Key.Key_I, Operation.INPAINT),
        (Qt.Key.Key_R, Operation.RESTYLE),
        (Qt.Key.Key_E, Operation.EXTEND),
    ):
        qtbot.keyClick(panel.strip, key, Qt.KeyboardModifier.ShiftModifier)
        assert session.operation is verb
    qtbot.keyClick(panel.strip, Qt.Key.Key_Space)
    assert panel.desk.player.playing
    qtbot.keyClick(panel.strip, Qt.Key.Key_K)
    assert not panel.desk.player.playing
    qtbot.keyClick(panel.strip, Qt.Key.Key_Slash)
    assert not panel.desk.player.loop


def test_take_keys(panel: Panel, session: Session, qtbot: QtBot) -> None:
    takes = tuple(ui.take("j1", k) for k in range(3))
    session.set_job(ui.job("j1", JobState.SUCCEEDED, takes=takes))
    panel.strip.setFocus()
    for key, take in (
        (Qt.Key.Key_2, 1),
        (Qt.Key.Key_BracketRight, 2),
        (Qt.Key.Key_BracketRight, 0),
        (Qt.Key.Key_BracketLeft, 2),
    ):
        qtbot.keyClick(panel.strip, key)
        assert session.take == ("j1", take)
    qtbot.keyClick(panel.strip, Qt.Key.Key_Backslash)
    assert not session.after
    assert panel.desk.screen.caption == "Before"


def test_space_presses_a_button_that_was_reached_by_tab(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    button = panel.verbs.button_of("restyle")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert session.operation is Operation.RESTYLE
    assert not panel.desk.player.playing


def test_no_two_keys_are_the_same(panel: Panel) -> None:
    sequences = [key.sequence for key in panel.key_list]
    assert len(sequences) == len(set(sequences))


def test_the_queue_shows_what_is_under_way_and_what_failed(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    assert not panel.queue.isVisible()
    error = {"code": "media.missing", "message": "a.mov is missing.", "hint": "Relink it."}
    session.set_job(ui.job("j2", JobState.QUEUED, position=1, created=2.0))
    session.set_job(ui.job("j1", JobState.RUNNING))
    session.set_job(ui.job("j3", JobState.FAILED, error=error))
    session.set_job(ui.job("j4", JobState.SUCCEEDED))
    session.set_job(ui.job("j5", JobState.CANCELLED))
    assert list(panel.queue.rows) == ["j1", "j2", "j3"]
    row = panel.queue.rows["j1"]
    assert row._words.text() == "generating 3/4"
    assert row._left.text() == "4 s left"
    assert panel.queue.rows["j3"]._reason.text() == "a.mov is missing."
    qtbot.waitUntil(panel.queue.rows["j3"]._retry.isVisible)
    session.set_job(ui.job("j1", JobState.RUNNING, progress=0.9, eta=1.0))
    assert panel.queue.rows["j1"] is row, "progress moves the row and does not rebuild it"
    assert row._left.text() == "1 s left"
    panel.queue.rows["j3"].cancel.click()
    assert list(panel.queue.rows) == ["j1", "j2"], "a failed job is put away"


def test_takes_say_which_one_is_in_the_cut(panel: Panel, session: Session, qtbot: QtBot) -> None:
    session.set_job(ui.job("j1", JobState.SUCCEEDED, takes=(ui.take("j1"), ui.take("j1", 1))))
    assert not panel.takes.use.isVisible(), "nothing is chosen"
    tile = panel.takes.tiles["j1", 1]
    qtbot.mouseClick(tile, Qt.MouseButton.LeftButton)
    assert session.take == ("j1", 1)
    assert panel.takes.use.isVisible()
    placed = ui.take("j1", 1, placement=PlacementState.PLACED)
    session.set_job(ui.job("j1", JobState.SUCCEEDED, takes=(ui.take("j1"), placed)))
    assert not panel.takes.use.isVisible()
    session.select("c1")
    assert panel.takes.tiles == {}, "takes belong to their clip"
    assert session.take is None


def test_a_box_is_drawn_in_pixels_of_the_source(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    session.set_operation(Operation.INPAINT)
    session.set_size(1920, 1080)
    viewer = panel.viewer
    place = viewer.picture_rect()
    corner = QPoint(round(place.x() + place.width() / 4), round(place.y() + place.height() / 4))
    middle = place.center().toPoint()
    qtbot.mousePress(viewer, Qt.MouseButton.LeftButton, pos=corner)
    qtbot.mouseMove(viewer, middle)
    qtbot.mouseRelease(viewer, Qt.MouseButton.LeftButton, pos=middle)
    box = session.draft.matte.box
    assert box is not None
    assert all(abs(a - b) < 12 for a, b in zip(box, (480, 270, 480, 270), strict=True))


def test_a_box_never_leaves_the_picture() -> None:
    place = fitted((16, 9), QRectF(0, 0, 400, 400))
    assert to_source(QRectF(-50, -50, 900, 900), place, (1920, 1080)) == (0, 0, 1920, 1080)
    assert to_source(QRectF(0, 0, 10, 10), place, (1920, 1080)) == (0, 0, 0, 0), "beside it"
    box = (100, 200, 300, 400)
    back = to_source(from_source(box, place, (1920, 1080)), place, (1920, 1080))
    assert all(abs(a - b) <= 1 for a, b in zip(back, box, strict=True))
    assert QRectF(0, 0, 400, 400).contains(place.center() - QPointF(0, 0))


def test_sides_and_keyframes_reach_the_draft(panel: Panel, session: Session) -> None:
    page = panel._pages[Operation.EXTEND]
    page._side.button_of(Side.HEAD).click()
    assert session.draft.side is Side.HEAD
    session.change(guidance=Guidance(keyframes=(Keyframe(12, "/a.png"), Keyframe(20, "/b.png"))))
    times = [f for f in panel.findChildren(QLineEdit) if "keyframe" in f.accessibleName()]
    assert [f.text() for f in times] == ["00:12", "00:20"]
    times[0].setText("1s")
    times[0].editingFinished.emit()
    assert session.draft.guidance.keyframes[0].frame == 24


def test_undo_and_save_are_offered_when_there_is_something(panel: Panel, session: Session) -> None:
    assert not panel.header.undo.isEnabled()
    session.set_snapshot(ui.cut(revision=1, can_undo="Extend shot 12", modified=True))
    assert panel.header.undo.isEnabled()
    assert panel.header.undo.toolTip() == "Undo Extend shot 12 (Ctrl+Z)"
    assert panel.header._edited.isVisible()


def test_a_notice_offers_its_remedy_and_goes(panel: Panel, session: Session, qtbot: QtBot) -> None:
    pressed: list[int] = []
    remedy = Remedy("Show", lambda: pressed.append(1))
    session.set_notice(Notice("A finished take is not in the cut yet.", remedies=(remedy,)))
    assert panel.notice.isVisible()
    (entry,) = panel.notice._buttons._entries
    qtbot.mouseClick(entry[0], Qt.MouseButton.LeftButton)
    assert pressed == [1]
    session.set_notice(None)
    assert not panel.notice.isVisible()


def test_takes_of_an_earlier_session_are_offered(panel: Panel, session: Session) -> None:
    session.set_jobs((ui.job("j1", JobState.SUCCEEDED),))
    panel.desk.ledger.offer_open_takes(quietly=False)
    assert session.notice is not None
    assert "not in the cut" in session.notice.text
    session.notice.remedies[0].run()
    assert session.take == ("j1", 0)
    assert session.selected == "c2"


def test_what_is_in_the_cut_is_not_offered(panel: Panel, session: Session) -> None:
    there = ui.clip("g", "shot 12 extend", 500, 34, generated=True, job="j1", take=0)
    track = ui.cut().tracks[0]
    session.set_snapshot(ui.cut(tracks=(replace(track, items=(*track.items, there)),)))
    intended = ui.take("j1", placement=PlacementState.INTENDED)
    session.set_jobs((ui.job("j1", JobState.SUCCEEDED, takes=(intended,)),))
    panel.desk.ledger.offer_open_takes(quietly=False)
    assert session.notice is None


def test_narrow_folds_and_nothing_is_cut_off(panel: Panel, session: Session, qtbot: QtBot) -> None:
    ready(session)
    session.set_engine(EngineMood.READY)
    session.change(guidance=Guidance("x", keyframes=(Keyframe(1, "/a.png"), Keyframe(2, "/b.png"))))
    panel.resize(360, 720)
    assert not panel.viewer.isVisible()
    assert not panel.strip.isVisible()
    body = panel.sentence.parentWidget()
    qtbot.waitUntil(lambda: body.minimumSizeHint().width() <= 352)
    assert panel.sentence.make.geometry().right() <= 360
    session.set_job(ui.job("j1", JobState.SUCCEEDED))
    session.set_take(("j1", 0))
    assert panel.viewer.isVisible(), "a take is looked at"
    assert body.minimumSizeHint().width() <= 352, "beside a scroll bar too"
    panel.resize(900, 800)
    assert panel.strip.isVisible()


@pytest.mark.parametrize(
    ("window", "text"),
    [("#2b2b2d", "#dcdcdc"), ("#ececec", "#1c1c1c"), ("#000000", "#ffffff"), ("#535353", "#ddd")],
)
def test_text_can_be_read_on_any_palette(window: str, text: str) -> None:
    palette = QPalette(QColor(window))
    palette.setColor(QPalette.ColorRole.Window, QColor(window))
    palette.setColor(QPalette.ColorRole.WindowText, QColor(text))
    theme = theme_of(palette)
    for colour in (theme.text, theme.muted, theme.accent, theme.amber, theme.red):
        assert contrast(colour, theme.window) >= 4.5
    assert contrast(theme.on_accent, theme.accent) >= 4.5


def test_the_region_is_told_in_words(panel: Panel, session: Session) -> None:
    session.set_operation(Operation.INPAINT)
    page = panel._pages[Operation.INPAINT]
    assert page._region.text() == "drag a box in the picture"
    session.change(matte=Matte(path="/mattes/frog"))
    assert page._region.text() == "frog"
