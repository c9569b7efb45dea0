"""The dock shows of a take what the cut will show, and tells its handle apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pickup.protocol import ExtendRequest, JobState, JobStatus, Mode, Origin, Piece, Side
from pickup_ui.panel import Panel
from pickup_ui.state.desk import Desk
from pickup_ui.state.ghosts import ghosts_of
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.program import Cell
from pickup_ui.state.remedies import plain_words
from pickup_ui.state.session import Session
from support import ui

TAKE = "/cut/harbour media/shot 12 extend.j1.t1.mov"
HANDLE = 12


def extended(side: Side) -> JobStatus:
    """34 frames more of shot 12 (record frames 96 to 215), at the tail after 14 real ones."""
    job = ui.job("j1", JobState.SUCCEEDED)
    request = job.submission.request
    assert isinstance(request, ExtendRequest)
    request = replace(request, side=side, frames=34 + HANDLE, handle=HANDLE)
    placement = ui.placement()
    if side is Side.HEAD:
        pieces = (
            Piece(Origin.GENERATED, "shot 12 extend", 34, HANDLE),
            Piece(Origin.SOURCE, "shot 12 handle", 14, -14),
        )
        placement = replace(placement, pieces=pieces, record_in=48, mode=Mode.OVERWRITE)
    take = replace(job.takes[0], media=ui.media(TAKE, 34 + HANDLE))
    submission = replace(job.submission, request=request, placement=placement)
    return replace(job, submission=submission, takes=(take,))


@pytest.mark.parametrize(("side", "begin", "first"), [(Side.TAIL, 230, 0), (Side.HEAD, 48, HANDLE)])
def test_the_preview_leaves_the_handle_out(desk: Desk, side: Side, begin: int, first: int) -> None:
    desk.session.set_snapshot(ui.cut())
    desk.program.put(0, [Cell("/before.mov", k) for k in range(480)])
    desk.session.select("c2")
    desk.session.set_job(extended(side))
    desk.session.set_take(("j1", 0))
    shown = [desk.program.cell(frame, True) for frame in range(begin, begin + 34)]
    assert shown == [Cell(TAKE, first + k) for k in range(34)]
    beside = [desk.program.cell(frame, True) for frame in (begin - 1, begin + 34)]
    assert all(cell is not None and cell.path != TAKE for cell in beside)


@pytest.mark.parametrize("side", list(Side))
def test_the_length_of_a_take_is_what_it_adds(session: Session, panel: Panel, side: Side) -> None:
    session.set_job(extended(side))
    session.set_take(("j1", 0))
    tip = panel.takes.tiles["j1", 0].toolTip()
    assert tip.startswith("Take 1: 01:10, 12 f handle, ")


def test_what_comes_from_the_handle_of_a_take_is_not_called_real(session: Session) -> None:
    cut = ui.cut()
    video = cut.tracks[0]
    made = tuple(replace(item, generated=item.uid == "c2") for item in video.items)
    session.set_snapshot(replace(cut, revision=1, tracks=(replace(video, items=made),)))
    session.select("c2")
    session.set_outlook(Outlook(OutlookKind.READY, "…", proposal=ui.proposal(), plan=ui.plan()))
    assert [(ghost.text, ghost.real) for ghost in ghosts_of(session)] == [
        ("14 handle", False),
        ("+34 f", False),
    ]


def test_a_remedy_that_only_the_command_has_is_left_out() -> None:
    hint = "Use --size 704 or ask for 19 frames or fewer or use --handle 0."
    assert plain_words(hint) == "Use a picture size of 704 or ask for 19 frames or fewer."
