"""The strip: hits, what is painted, scrubbing, ghosts."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pickup.protocol import JobState, Mode, SnapshotTrack
from pickup_ui.panel import Panel
from pickup_ui.state.ghosts import ghosts_of
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.session import Session
from pickup_ui.views import strip_layout as layout
from pickup_ui.views.strip import Strip
from support import ui


@pytest.fixture
def session(qtbot: QtBot) -> Session:
    return Session()


@pytest.fixture
def strip(session: Session, qtbot: QtBot) -> Strip:
    strip = Strip(session)
    qtbot.addWidget(strip)
    strip.resize(836, 200)
    strip.show()
    return strip


def point(strip: Strip, label: str, frame: float) -> QPoint:
    lane = next(lane for lane in strip.lanes if lane.label == label)
    return QPoint(layout.HEAD + int(strip.scale.x(frame)) + 1, lane.top + lane.height // 2)


def test_nothing_open_paints_nothing(strip: Strip) -> None:
    strip.grab()
    assert strip.drawn == 0


def test_an_empty_cut_is_fine(strip: Strip, session: Session) -> None:
    session.set_snapshot(ui.cut(tracks=(), frames=0))
    strip.grab()
    assert session.item is None
    assert session.playhead == 0


def test_first_and_last_frame_of_every_item_hit_it(strip: Strip, session: Session) -> None:
    snapshot = ui.cut()
    session.set_snapshot(snapshot)
    for track in snapshot.tracks:
        lane = next(lane for lane in strip.lanes if lane.label == track.label)
        for item in track.items:
            for frame in (item.record_in, item.record_in + item.frames - 1):
                x = layout.HEAD + strip.scale.x(frame + 0.5)
                found = layout.hit(strip.lanes, strip.scale, x, lane.top + 2)
                assert found.item == item
                assert found.frame == frame
    beyond = layout.hit(strip.lanes, strip.scale, layout.HEAD + strip.scale.x(420), lane.top + 2)
    assert beyond.item is None


def test_click_selects_and_the_playhead_follows(
    strip: Strip, session: Session, qtbot: QtBot
) -> None:
    session.set_snapshot(ui.cut())
    assert session.selected == "c1", "at first sight a clip is selected"
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=point(strip, "V1", 300))
    assert session.selected == "c3"
    assert session.playhead == 276
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=point(strip, "V1", 240))
    assert session.selected == "gap:V1:216"


def test_the_ruler_scrubs(strip: Strip, session: Session, qtbot: QtBot) -> None:
    session.set_snapshot(ui.cut())
    x = layout.HEAD + int(strip.scale.x(150)) + 1
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 5))
    assert session.playhead == 150
    qtbot.mouseMove(strip, QPoint(layout.HEAD + int(strip.scale.x(50)) + 1, 5))
    assert session.playhead == 50
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 5))
    assert session.selected == "c1", "scrubbing selects nothing else"


def test_ten_thousand_clips_cost_what_is_seen(strip: Strip, session: Session) -> None:
    session.set_snapshot(ui.long_cut(10_000))
    strip.fit()
    strip.grab()
    began = time.perf_counter()
    strip.grab()
    took = time.perf_counter() - began
    assert strip.drawn <= 2 * strip.width(), "never more than the pixels"
    assert took < 0.5
    session.select("k5000")
    strip.grab()
    assert strip.drawn < 20, "zoomed to the clip, only its neighbours are drawn"


def test_all_clips_of_a_long_cut_can_be_hit(strip: Strip, session: Session) -> None:
    session.set_snapshot(ui.long_cut(10_000))
    session.select("k9999")
    item = session.item
    assert item is not None
    x = layout.HEAD + strip.scale.x(item.record_in + 0.5)
    lane = strip.lanes[0]
    assert layout.hit(strip.lanes, strip.scale, x, lane.top + 1).item == item
    assert 0 <= x <= strip.width(), "the selection is brought into view"


def test_wheel_zooms_around_the_pointer(strip: Strip, session: Session) -> None:
    session.set_snapshot(ui.cut())
    at = QPointF(400, 60)
    under = strip.scale.frame(at.x() - layout.HEAD)
    wheel = QWheelEvent(
        at, strip.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    before = strip.scale.per_pixel
    QApplication.sendEvent(strip, wheel)
    assert strip.scale.per_pixel < before
    assert abs(strip.scale.frame(at.x() - layout.HEAD) - under) <= 1


def test_up_and_down_step_through_the_track(strip: Strip, session: Session, qtbot: QtBot) -> None:
    session.set_snapshot(ui.cut())
    seen = [session.selected]
    for _ in range(4):
        qtbot.keyClick(strip, Qt.Key.Key_Down)
        seen.append(session.selected)
    assert seen == ["c1", "c2", "gap:V1:216", "c3", "c3"]


def test_a_proposal_a_job_and_a_take_are_drawn_before_they_are_placed(session: Session) -> None:
    session.set_snapshot(ui.cut())
    session.select("c2")
    session.set_outlook(Outlook(OutlookKind.READY, "…", proposal=ui.proposal(), plan=ui.plan()))
    assert [(g.record_in, g.frames, g.real) for g in ghosts_of(session)] == [
        (216, 14, True),
        (230, 34, False),
    ]
    session.set_job(ui.job("j1", JobState.RUNNING))
    assert [(g.job, g.frames, g.progress) for g in ghosts_of(session)] == [("j1", 48, 0.62)]
    session.set_job(ui.job("j1", JobState.SUCCEEDED))
    session.set_outlook(Outlook(OutlookKind.HINT, ""))
    assert ghosts_of(session) == (), "a take is drawn while it is looked at"
    session.set_take(("j1", 0))
    assert [g.text for g in ghosts_of(session)] == ["take 1 · not used yet"]


def test_ghosts_above_get_a_lane_of_their_own_or_a_free_one(session: Session) -> None:
    above = replace(ui.placement(), mode=Mode.ABOVE, record_in=96)
    job = ui.job("j1", JobState.QUEUED, position=1)
    job = replace(job, submission=replace(job.submission, placement=above))
    session.set_snapshot(ui.cut())
    session.set_job(job)
    (ghost,) = ghosts_of(session)
    assert ghost.lane == "V1+"
    labels = [lane.label for lane in layout.lanes_of(ui.cut(), (ghost,))]
    assert labels == ["V1+", "V1", "A1"]
    full = ui.clip("x", "restyle", 90, 20, generated=True)
    owned = SnapshotTrack("V2", "Pickup V1", "video", True, True, (full,))
    session.set_snapshot(ui.cut(owned, revision=1))
    assert ghosts_of(session)[0].lane == "V1+"
    free = replace(owned, items=(ui.clip("x", "restyle", 300, 20, generated=True),))
    session.set_snapshot(ui.cut(free, revision=2))
    assert ghosts_of(session)[0].lane == "V2"


def test_the_strip_keeps_its_view_when_it_is_resized(panel: Panel) -> None:
    session = panel.desk.session
    session.set_snapshot(ui.cut())
    panel.resize(900, 800)
    seen = panel.strip.scale.per_pixel * (panel.strip.width() - layout.HEAD)
    panel.resize(1300, 800)
    wider = panel.strip.scale.per_pixel * (panel.strip.width() - layout.HEAD)
    assert wider == pytest.approx(seen, rel=0.05)


def test_scrubbing_and_selecting_draw_no_clip_again(strip: Strip, session: Session) -> None:
    """The lanes are drawn once and kept: of 10,000 clips that takes as long as ten frames."""
    session.set_snapshot(ui.cut())
    strip.grab()
    kept = strip._picture._pixmap.cacheKey()
    before = strip.grab().toImage()
    session.set_playhead(40)
    session.select("c3")
    assert strip.grab().toImage() != before, "playhead and selection are over it"
    assert strip._picture._pixmap.cacheKey() == kept
    session.set_snapshot(ui.cut(revision=1, tracks=ui.cut().tracks[:1]))
    strip.grab()
    assert strip._picture._pixmap.cacheKey() != kept


def test_lanes_of_tracks_that_stay_the_same_are_used_again() -> None:
    cut = ui.cut()
    before = layout.lanes_of(cut)
    other = replace(cut.tracks[1], items=cut.tracks[1].items[:0])
    after = layout.lanes_of(replace(cut, tracks=(cut.tracks[0], other)), (), before)
    assert after[0].starts is before[0].starts
    assert after[1].items == ()
    assert layout.lanes_of(replace(cut, tracks=(cut.tracks[0], other))) == after


def test_slivers_of_one_colour_are_one_box_and_gaps_stay_gaps(
    strip: Strip, session: Session
) -> None:
    """Clips of a third of a pixel: a solid band, with its gap and the clip that is off left out."""
    clips = [ui.clip(f"k{k}", "shot", 2 * k, 2) for k in range(3000)]
    clips[1000:1500] = [replace(one, enabled=False) for one in clips[1000:1500]]
    items = (*clips[:2000], ui.gap(4000, 1000), *clips[2500:])
    track = SnapshotTrack("V1", "", "video", True, False, items)
    session.set_snapshot(ui.cut(tracks=(track,), frames=6000))
    session.select("")
    strip.fit()
    assert strip.scale.per_pixel > 6
    image = strip.grab().toImage()
    y = strip.lanes[0].top + 30

    def at(frame: int) -> str:
        return str(image.pixelColor(layout.HEAD + round(strip.scale.x(frame)), y).name())

    on, off, gap = at(1000), at(2500), at(4500)
    assert len({on, off, gap}) == 3
    assert {at(frame) for frame in range(100, 1900, 100)} == {on}
    assert {at(frame) for frame in range(2100, 2900, 100)} == {off}
    assert {at(frame) for frame in range(4100, 4900, 100)} == {gap}
    assert at(5500) == on
