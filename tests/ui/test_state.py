"""Session, lengths, program, outlook hints: the dock without widgets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from pickup.errors import RequestError
from pickup.protocol import Guidance, JobState, Matte, Mode, Operation, PlacementState
from pickup_ui.state.desk import Desk
from pickup_ui.state.draft import Draft
from pickup_ui.state.folders import file_name, save_name, takes_folder
from pickup_ui.state.lengths import length, parse_length
from pickup_ui.state.outlook import EngineMood, OutlookKind
from pickup_ui.state.pictures import arithmetic_runs
from pickup_ui.state.program import Cell, cells_of, loop_range
from pickup_ui.state.proposer import hint_of, question
from pickup_ui.state.session import Session
from pickup_ui.state.wording import duration, job_words
from support import ui

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("48", Fraction(24), 48),
        ("48f", Fraction(24), 48),
        ("2s", Fraction(24), 48),
        ("1.5s", Fraction(25), 38),
        ("2s", NTSC, 60),
        ("02:00", NTSC, 60),
        ("1:02:05", Fraction(25), 62 * 25 + 5),
    ],
)
def test_lengths_are_read_as_editors_write_them(text: str, rate: Fraction, frames: int) -> None:
    assert parse_length(text, rate) == frames


@pytest.mark.parametrize("text", ["", "0", "-3", "two", "00:24", "1.5", "0s", "1:1:1:1:1"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="is not a length"):
        parse_length(text, Fraction(24))


@pytest.mark.parametrize("rate", [Fraction(24), NTSC, Fraction(50), Fraction(100)])
def test_a_length_is_read_back_as_it_is_shown(rate: Fraction) -> None:
    for frames in (1, 23, 24, 61, 1799, 1800, 5000):
        assert parse_length(length(frames, rate), rate) == frames


def test_the_selection_outlives_an_edit(qtbot: QtBot) -> None:
    session = Session()
    session.set_snapshot(ui.cut())
    session.select("c3")
    session.set_snapshot(ui.cut(revision=1))
    assert session.selected == "c3"
    kept = ui.cut(revision=2)
    shorter = replace(kept.tracks[0], items=kept.tracks[0].items[:2])
    session.set_snapshot(replace(kept, tracks=(shorter,)))
    assert session.selected == "c2", "the nearest clip that still exists"


def test_an_offline_clip_is_not_the_first_selection(qtbot: QtBot) -> None:
    snapshot = ui.cut()
    track = snapshot.tracks[0]
    lost = replace(track.items[0], media="", refusal="shot 11 is offline: relink it.")
    session = Session()
    track = replace(track, items=(lost, *track.items[1:]))
    session.set_snapshot(replace(snapshot, tracks=(track,)))
    assert session.selected == "c2"
    session.select("c1")
    hint = hint_of(session)
    assert hint is not None
    assert hint.kind is OutlookKind.REFUSED
    assert hint.sentence == "shot 11 is offline: relink it."


def hint(session: Session) -> str:
    outlook = hint_of(session)
    return outlook.sentence if outlook else ""


def test_hints_say_what_to_do(qtbot: QtBot) -> None:
    session = Session()
    assert "Open a cut" in hint(session)
    session.set_snapshot(ui.cut())
    session.select("")
    assert hint(session) == "Select a clip in the timeline."
    session.select("gap:V1:216")
    assert "gap of 60 frames" in hint(session)
    assert "extend that into the gap" in hint(session)
    session.select("c2")
    assert hint(session) == "The engine starts …"
    session.set_engine(EngineMood.READY)
    assert hint(session) == "", "now the engine and the timeline are asked"
    session.set_operation(Operation.INPAINT)
    assert "Draw a box" in hint(session)
    session.change(matte=Matte(box=(1, 2, 30, 40)))
    assert hint(session) == ""
    session.set_operation(Operation.RESTYLE)
    assert "reference image" in hint(session)
    session.change(preset="noir")
    assert hint(session) == ""


def test_each_verb_keeps_its_own_settings(qtbot: QtBot) -> None:
    session = Session()
    session.set_snapshot(ui.cut())
    session.change(guidance=Guidance("a whale"), frames=12)
    session.set_operation(Operation.INPAINT)
    assert session.draft.guidance.prompt == ""
    session.set_operation(Operation.EXTEND)
    assert (session.draft.guidance.prompt, session.draft.frames) == ("a whale", 12)


def test_an_extension_starts_at_two_seconds_of_the_cut(qtbot: QtBot) -> None:
    session = Session()
    session.set_snapshot(ui.cut(rate=NTSC))
    assert session.draft.frames == 60


def test_the_question_to_the_timeline_holds_what_its_verb_needs() -> None:
    out = ui.request().output
    method, asked = question(Draft(Operation.EXTEND, frames=9), "c2", ui.media(), out)
    assert (method, asked["frames"], asked["side"]) == ("propose_extend", 9, "tail")
    method, asked = question(Draft(Operation.RESTYLE, preset="noir"), "c2", ui.media(), out)
    assert (method, asked["preset"]) == ("propose_restyle", "noir")
    assert "frames" not in asked


def test_runs_of_the_timeline_become_pictures() -> None:
    runs = [
        {"record_in": 10, "frames": 3, "media": "/a.mov", "first": "5/1", "step": "1/2"},
        {"record_in": 13, "frames": 1, "media": "", "first": "0/1", "step": "0/1"},
        {"record_in": 14, "frames": 9, "media": "/b.mov", "first": "0/1", "step": "1/1"},
    ]
    assert cells_of(runs, 10, 6) == [
        Cell("/a.mov", 5),
        Cell("/a.mov", 5),
        Cell("/a.mov", 6),
        None,
        Cell("/b.mov", 0),
        Cell("/b.mov", 1),
    ]


def chosen(desk: Desk, mode: Mode) -> None:
    """The cut with a take of `mode` in view; before it, record frame k shows frame k of a file."""
    job = ui.job("j1", JobState.SUCCEEDED)
    placement = replace(ui.placement(), mode=mode)
    desk.session.set_snapshot(ui.cut())
    desk.program.put(0, [Cell("/before.mov", k) for k in range(480)])
    desk.session.select("c2")
    desk.session.set_job(replace(job, submission=replace(job.submission, placement=placement)))
    desk.session.set_take(("j1", 0))


@pytest.mark.parametrize("mode", [Mode.GAP, Mode.RIPPLE])
def test_before_and_after_show_the_right_frames(desk: Desk, mode: Mode) -> None:
    chosen(desk, mode)
    program = desk.program
    take = "/cut/harbour media/shot 12 extend.j1.t1.mov"
    assert program.cell(215, True) == Cell("/before.mov", 215)
    # 14 real frames: the end of the 64 that the engine was given, from media frame 50 on.
    assert program.cell(216, True) == Cell("/cut/shot12.mov", 50)
    assert program.cell(229, True) == Cell("/cut/shot12.mov", 63)
    assert program.cell(230, True) == Cell(take, 0)
    assert program.cell(263, True) == Cell(take, 33)
    moved = 48 if mode is Mode.RIPPLE else 0
    assert program.cell(264, True) == Cell("/before.mov", 264 - moved)
    assert program.cell(240, False) == Cell("/before.mov", 240)


def test_a_placed_take_is_not_shown_twice(desk: Desk) -> None:
    chosen(desk, Mode.GAP)
    job = desk.session.jobs["j1"]
    placed = replace(job.takes[0], placement=PlacementState.PLACED)
    desk.session.set_job(replace(job, takes=(placed,)))
    assert desk.program.cell(240, True) == Cell("/before.mov", 240)


def test_the_loop_goes_round_the_new_part_with_a_second_on_either_side(desk: Desk) -> None:
    chosen(desk, Mode.GAP)
    assert loop_range(desk.session) == (216 - 24, 216 + 48 + 24)
    desk.session.set_take(None)
    assert loop_range(desk.session) == (216 - 24, 216 + 24), "without a take: the cut in question"


def test_the_playhead_reaches_the_end_of_a_take_behind_the_cut(desk: Desk) -> None:
    chosen(desk, Mode.GAP)
    job = desk.session.jobs["j1"]
    last = replace(job.submission.placement or ui.placement(), record_in=416)
    desk.session.set_job(replace(job, submission=replace(job.submission, placement=last)))
    desk.session.set_playhead(1000)
    assert desk.session.playhead == 416 + 48 - 1


def test_the_player_stays_in_the_loop(desk: Desk, qtbot: QtBot) -> None:
    chosen(desk, Mode.GAP)
    start, end = desk.player.bounds()
    seen: list[int] = []
    desk.session.playhead_changed.connect(seen.append)
    desk.session.set_playhead(end - 2)
    desk.player.play(4)
    qtbot.waitUntil(lambda: any(b < a for a, b in pairwise(seen)), timeout=4000)
    desk.player.stop()
    assert all(start <= frame < end for frame in seen)


def test_frames_are_asked_for_in_steady_runs() -> None:
    assert arithmetic_runs([4, 5, 6, 9, 11, 13, 3, 3]) == [[4, 5, 6], [9, 11, 13], [3], [3]]


def test_takes_go_beside_the_cut_or_home(tmp_path: Path) -> None:
    cut = tmp_path / "my.cut.v2.otio"
    assert takes_folder(str(cut)) == str(tmp_path / "my media")
    assert save_name(str(cut)) == str(tmp_path / "my.pickup.otio")
    assert save_name(str(tmp_path / "my.pickup.otio")) == str(tmp_path / "my.pickup2.otio")
    missing = takes_folder(str(tmp_path / "locked" / "cut.otio"))
    assert not missing.startswith(str(tmp_path / "locked"))


def test_file_names_are_safe_everywhere() -> None:
    assert file_name('a/b:c*"d".mov', "extend") == "a b c d mov extend"
    assert file_name("...", "extend") == "clip extend"


def test_jobs_are_told_in_short_words() -> None:
    assert job_words(ui.job("j", JobState.RUNNING)) == "generating 3/4"
    assert job_words(ui.job("j", JobState.QUEUED, position=3)) == "waiting, 2 before it"
    assert duration(4000) == "67 min"


class Bell(QObject):
    rang = Signal(bool)


def test_two_thousand_signals_do_not_end_the_process(qtbot: QtBot) -> None:
    """PySide6 6.12 loses a reference to True with each emit and aborts Python 3.11 after 570."""
    heard: list[bool] = []
    bell = Bell()
    bell.rang.connect(heard.append)
    for _ in range(2000):
        bell.rang.emit(True)
    assert len(heard) == 2000


def test_an_answer_that_comes_after_a_newer_event_changes_nothing(qtbot: QtBot) -> None:
    """`cancel` answers "running" on one connection, the stream says "cancelled" on another."""
    session = Session()
    session.set_job(ui.job("j1", JobState.CANCELLED, attempt=1))
    session.set_job(ui.job("j1", JobState.RUNNING, attempt=1))
    assert session.jobs["j1"].state is JobState.CANCELLED
    session.set_job(ui.job("j1", JobState.QUEUED, attempt=1))
    session.set_job(ui.job("j1", JobState.RUNNING, attempt=2))
    assert session.jobs["j1"].state is JobState.RUNNING, "it was tried again"
    session.set_job(ui.job("j1", JobState.QUEUED, attempt=0))
    assert session.jobs["j1"].state is JobState.RUNNING, "the answer to its submission"


def test_a_closed_dock_starts_no_process_again(desk: Desk) -> None:
    """A pause that ends after the dock was closed still asks."""
    desk.close()
    desk.timeline.call("snapshot", {}, lambda _: None)
    assert desk.timeline.pid == 0
