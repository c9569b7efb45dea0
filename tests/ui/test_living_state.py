"""What the dock knows of generated clips and of bridges, without processes behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from living_states import generated, living_cut, told
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QPushButton
from pytestqt.qtbot import QtBot

from pickup.protocol import (
    BridgeRequest,
    InpaintRequest,
    ItemKind,
    JobState,
    JobStatus,
    Matte,
    Mode,
    Operation,
    Side,
    Snapshot,
    SnapshotItem,
    files_of,
)
from pickup_ui.panel import Panel
from pickup_ui.state.draft import Draft
from pickup_ui.state.ghosts import ghosts_of
from pickup_ui.state.in_cut import clips_of_jobs, follower, gap_after, preceding, used_takes
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.program import Cell, loop_range
from pickup_ui.state.proposer import question
from pickup_ui.state.session import Session
from pickup_ui.state.wording import made_words, taken_words
from pickup_ui.theme import theme_for
from pickup_ui.views import strip_layout
from support import ui

STALE = "shot 12 ends 6 frames earlier now."


@pytest.fixture
def living(session: Session, panel: Panel) -> Session:
    """The cut with a generated clip, which is selected; its four takes are known."""
    session.set_snapshot(living_cut())
    panel.desk.program.put(0, [Cell("/cut/t2.mov", k - 230) for k in range(480)])
    session.select("g")
    told(panel.desk, *(ui.take("j1", k) for k in range(4)))
    return session


def with_items(*items: SnapshotItem) -> Snapshot:
    track = replace(ui.cut().tracks[0], items=items)
    return ui.cut(tracks=(track,))


def test_what_follows_a_clip() -> None:
    one, two = ui.clip("a", "a", 0, 10), ui.clip("b", "b", 16, 10)
    track = with_items(one, ui.gap(10, 6), two).tracks[0]
    assert follower(track, "a") == two
    assert gap_after(track, "a") == 6
    assert follower(track, "b") is None
    assert gap_after(track, "b") == 0
    assert follower(track, "nobody") is None
    mix = SnapshotItem(ItemKind.TRANSITION, "t", 0, "dissolve", 8, 4)
    assert follower(with_items(one, mix, two).tracks[0], "a") is None
    lost = replace(two, refusal="b is offline.")
    assert follower(with_items(one, lost).tracks[0], "a") is None


def test_which_clip_shows_a_job(living: Session) -> None:
    snapshot = living.snapshot
    assert snapshot is not None
    assert clips_of_jobs(snapshot) == {"j1": generated()}
    assert used_takes(snapshot) == {("j1", 1)}
    copy = ui.clip("copy", "copy", 400, 34, generated=True, job="j1", take=1)
    track = replace(snapshot.tracks[0], items=(*snapshot.tracks[0].items, copy))
    living.set_snapshot(replace(snapshot, tracks=(track,), revision=9))
    living.select("c1")
    assert living.clip_of("j1") == generated()
    living.select("copy")
    assert living.clip_of("j1") == copy, "the selected one"
    assert living.clip_of("j7") is None


def finished(living: Session) -> JobStatus:
    """The job that made the clip, of which the engine knows three takes."""
    takes = tuple(ui.take("j1", k) for k in range(3))
    living.set_job(ui.job("j1", JobState.SUCCEEDED, takes=takes))
    return living.jobs["j1"]


def test_another_take_of_a_clip_is_seen_where_the_clip_is(living: Session, panel: Panel) -> None:
    """Wherever an editor has moved the clip to, and however it was trimmed."""
    job = finished(living)
    moved = replace(generated(), record_in=300, frames=20)
    track = replace(living.snapshot.tracks[0], items=(ui.cut().tracks[0].items[1], moved))
    living.set_snapshot(replace(living.snapshot, tracks=(track,), revision=5))
    cells = [Cell("/cut/shot12.mov", k) for k in range(300)]
    panel.desk.program.put(0, [*cells, *(Cell("/cut/t2.mov", k + 7) for k in range(20))])
    living.select("c2")
    living.set_take(("j1", 2))
    program = panel.desk.program
    assert program.cell(300, True) == Cell(job.takes[2].media.path, 7)
    assert program.cell(300, False) == Cell("/cut/t2.mov", 7)
    assert program.cell(230, True) == Cell("/cut/shot12.mov", 230), "it was planned there"
    (ghost,) = ghosts_of(living)
    assert (ghost.lane, ghost.record_in, ghost.frames) == ("V1", 300, 20)
    assert loop_range(living) == (276, 344)


def test_the_job_that_made_a_clip_is_on_its_card_alone(living: Session, panel: Panel) -> None:
    finished(living)
    assert living.takes() == []
    assert not panel.takes.isVisible()
    living.select("c2")
    assert [take.index for _, take in living.takes()] == [0, 1, 2]
    living.set_take(("j1", 2))
    living.select("g")
    assert living.take is None


def test_keys_look_at_takes_that_are_reviewed_before_they_switch(
    living: Session, panel: Panel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    monkeypatch.setattr(
        panel.desk.timeline,
        "call",
        lambda method, params, *_: asked.append((method, params.get("take", {}).get("index"))),
    )
    job = ui.job("j2", JobState.SUCCEEDED, takes=(ui.take("j2"), ui.take("j2", 1)))
    place = replace(ui.placement(), mode=Mode.REPLACE, clip="g")
    living.set_job(replace(job, submission=replace(job.submission, placement=place)))
    living.set_take(("j2", 0))
    panel.strip.setFocus()
    qtbot.keyClick(panel.strip, Qt.Key.Key_BracketRight)
    assert living.take == ("j2", 1)
    assert asked == []
    living.set_take(None)
    qtbot.keyClick(panel.strip, Qt.Key.Key_BracketRight)
    assert asked == [("switch_take", 2)]


def test_an_update_under_way_is_not_asked_for_twice(living: Session, panel: Panel) -> None:
    living.set_snapshot(replace(living_cut(STALE), revision=2))
    sentence = "Makes shot 12 extend again."
    proposal = replace(ui.proposal(), sentence=sentence)
    update = Outlook(OutlookKind.READY, sentence, proposal=proposal, plan=ui.plan())
    told(panel.desk, *panel.desk.living.takes, update=update)
    assert panel.card.update_.isEnabled()
    assert panel.card.says.text() == f"{sentence} About 9 s on this machine."
    job = ui.job("j2", JobState.RUNNING)
    place = replace(ui.placement(), mode=Mode.REPLACE, clip="g")
    living.set_job(replace(job, submission=replace(job.submission, placement=place)))
    assert not panel.card.update_.isEnabled()
    living.set_job(replace(living.jobs["j2"], state=JobState.CANCELLED))
    assert panel.card.update_.isEnabled()


def test_where_nothing_can_be_done_the_card_offers_to_keep(living: Session, panel: Panel) -> None:
    living.set_snapshot(replace(living_cut(STALE), revision=2))
    refused = Outlook(
        OutlookKind.REFUSED, "It cannot.", "Put it back or keep it.", code="timeline.no_update"
    )
    told(panel.desk, update=refused)
    assert panel.card.says.text() == "Put it back or keep it."
    assert not panel.card.update_.isVisible()
    assert panel.card.keep.isVisible()


def test_how_a_clip_was_made_in_words() -> None:
    item = generated()
    assert taken_words(item) == "Extend, take 2 of 4"
    take = ui.take("j1", 1)
    assert made_words(item, take, "Draft (built in)") == (
        "Extend · take 2 of 4 · Draft (built in) · seed 1"
    )
    final = replace(take, draft=False)
    assert made_words(item, final, "Wan") == "Extend · take 2 of 4 · final · Wan · seed 1"
    strange = replace(item, operation="melt", takes=1)
    assert made_words(strange, None, "") == "Generated · take 2 · no recipe beside its file"


@pytest.mark.parametrize("stale", ["", STALE])
def test_a_stale_clip_has_an_amber_dot(living: Session, panel: Panel, stale: str) -> None:
    living.set_outlook(Outlook(OutlookKind.HINT, "Nothing is drawn over it."))
    living.set_snapshot(replace(living_cut(stale), revision=3))
    strip = panel.strip
    picture = strip.grab().toImage()
    lane = strip.lanes[0]
    scale = picture.devicePixelRatio()
    left = strip_layout.HEAD + strip.scale.x(230)
    right = strip_layout.HEAD + strip.scale.x(264)
    amber = theme_for(strip).amber
    dots = [
        x
        for x in range(round(left * scale), round(right * scale))
        for y in range(round(lane.top * scale), round((lane.top + 18) * scale))
        if QColor(picture.pixel(x, y)) == amber
    ]
    assert bool(dots) is bool(stale)
    assert all(x > (left + right) / 2 * scale for x in dots), "in the corner"


# Bridge


def test_the_bridge_asks_for_both_files() -> None:
    out, after = ui.request().output, ui.media("/cut/b.mov", 50)
    draft = Draft(Operation.BRIDGE, frames=16, mode=Mode.RIPPLE)
    method, asked = question(draft, "c1", ui.media(), out, after)
    assert method == "propose_bridge"
    assert (asked["frames"], asked["mode"], asked["after"]["path"]) == (
        None,
        "ripple",
        "/cut/b.mov",
    )
    _, asked = question(replace(draft, whole=False), "c1", ui.media(), out, after)
    assert asked["frames"] == 16


def test_a_request_names_all_its_files() -> None:
    request = ui.request()
    second = replace(request.source, media=ui.media("/cut/b.mov"))
    bridge = BridgeRequest(request.source, second, 9, request.output, model="/models/mine")
    assert set(files_of(bridge)) == {"/cut/shot12.mov", "/cut/b.mov", "/models/mine"}
    matte = InpaintRequest(request.source, Matte("/cut/matte.png"), request.output)
    assert set(files_of(matte)) == {"/cut/shot12.mov", "/cut/matte.png"}


def test_the_verb_is_there_where_another_clip_follows(
    session: Session, panel: Panel, qtbot: QtBot
) -> None:
    verb = panel.verbs.button_of("bridge")
    assert verb.isEnabled()
    assert "to shot 14" in verb.toolTip()
    session.select("c3")
    assert not verb.isEnabled(), "the last clip"
    session.select("gap:V1:216")
    assert not verb.isEnabled()
    panel.strip.setFocus()
    qtbot.keyClick(panel.strip, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert session.operation is Operation.BRIDGE
    assert verb.isEnabled(), "it is the verb in view: what is in the way is said"


def test_a_bridge_is_as_long_as_its_gap_or_as_was_said(
    session: Session, panel: Panel, qtbot: QtBot
) -> None:
    session.set_operation(Operation.BRIDGE)
    page = panel._pages[Operation.BRIDGE]
    whole, own = page.length.button_of("whole"), page.length.button_of("own")
    assert whole.text() == "Whole gap"
    assert not page._field.isVisible()
    session.select("c1")
    assert whole.text() == "Usual length"
    qtbot.mouseClick(own, Qt.MouseButton.LeftButton)
    assert not session.draft.whole
    assert page._field.isVisible()
    assert session.draft.frames == 16, "two thirds of a second"


def test_the_loop_of_a_bridge_shows_both_joins(session: Session) -> None:
    session.set_operation(Operation.BRIDGE)
    assert loop_range(session) == (216 - 24, 276 + 24)
    session.select("c1")
    assert loop_range(session) == (96 - 24, 96 + 24)


def test_the_bridge_has_what_its_model_can_use(both: Session, panel: Panel) -> None:
    both.set_operation(Operation.BRIDGE)
    can = both.can(Operation.BRIDGE)
    assert (can.moves, can.keyframes, can.references, can.words) == (True, True, 0, False)
    both.change(model="wan2.1-vace-1.3b")
    can = both.can(Operation.BRIDGE)
    assert (can.moves, can.keyframes, can.references, can.words) == (False, True, 4, True)


def press(panel: Panel, label: str) -> None:
    found = panel.sentence._remedies.findChildren(QPushButton)
    next(one for one in found if one.text() == label and one.isVisible()).click()


def test_a_gap_offers_what_can_be_made_in_it(session: Session, panel: Panel, qtbot: QtBot) -> None:
    session.set_outlook(Outlook(OutlookKind.HINT, "This is a gap of 60 frames."))
    session.select("gap:V1:216")
    qtbot.waitUntil(panel.sentence._remedies.isVisible)
    press(panel, "Bridge it")
    assert (session.selected, session.operation, session.draft.whole) == (
        "c2",
        Operation.BRIDGE,
        True,
    )
    session.select("gap:V1:216")
    press(panel, "Extend shot 12")
    draft = session.draft
    assert (session.selected, draft.operation, draft.side, draft.frames) == (
        "c2",
        Operation.EXTEND,
        Side.TAIL,
        60,
    )
    assert not panel.sentence._remedies.isVisible()


def test_a_gap_at_the_start_has_nothing_before_it() -> None:
    track = with_items(ui.gap(0, 10, 1), ui.clip("a", "a", 10, 10)).tracks[0]
    assert preceding(track, "gap:V1:0") is None


# Narrow, and by the keyboard


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_the_card_fits(living: Session, panel: Panel, qtbot: QtBot, width: int) -> None:
    living.set_snapshot(replace(living_cut(STALE), revision=2))
    sentence = "Makes shot 12 extend again, 34 frames, with the same seed. Nothing else moves."
    update = Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=ui.plan())
    told(panel.desk, *(ui.take("j1", k) for k in range(4)), update=update)
    panel.resize(width, 860)
    body = panel.sentence.parentWidget()
    qtbot.waitUntil(lambda: body.minimumSizeHint().width() <= width - 8)
    shown = [one for one in panel.card.findChildren(QAbstractButton) if one.isVisible()]
    words = {one.text() for one in shown if isinstance(one, QPushButton)}
    assert words == {"Update", "Keep", "Remove", "Split" if width == 360 else "Split at playhead"}
    for one in shown:
        assert one.mapTo(panel, one.rect().topRight()).x() <= width
    assert panel.card._flow.isVisible() is (width > 360)
    if width == 360:
        panel.card.unfold.click()
        assert panel.card._flow.isVisible()


def test_every_button_of_the_card_has_a_name_and_is_reached_by_tab(
    living: Session, panel: Panel
) -> None:
    living.set_snapshot(replace(living_cut(STALE), revision=2))
    told(panel.desk, *(ui.take("j1", k) for k in range(4)))
    order: list[QAbstractButton] = []
    widget = panel.card.nextInFocusChain()
    while widget is not panel.card and len(order) < 99:
        if isinstance(widget, QAbstractButton) and panel.card.isAncestorOf(widget):
            order.append(widget)
        widget = widget.nextInFocusChain()
    visible = [one for one in order if one.isVisible()]
    assert all(one.focusPolicy() & Qt.FocusPolicy.TabFocus for one in visible)
    assert all(one.accessibleName() or one.text() for one in visible)
    names = [one.text() or one.accessibleName() for one in visible]
    assert names[:3] == ["Previous take ([)", "Next take (])", "Split at playhead"]
