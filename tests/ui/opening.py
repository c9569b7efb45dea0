"""The state that most pictures of the dock begin with."""

from __future__ import annotations

from pathlib import Path

from pickup_ui.state.desk import Desk
from pickup_ui.state.outlook import EngineMood, Outlook, OutlookKind
from pickup_ui.state.program import Cell
from support import ui


def opened(desk: Desk, folder: Path) -> None:
    """The small cut with pictures, shot 12 selected, an extension proposed."""
    session = desk.session
    desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    for k in range(480):
        desk.pictures.put(Cell("/cut/shot12.mov", k), str(folder / f"p{k // 20}.png"))
    session.set_engine(EngineMood.READY)
    session.set_models((ui.draft_model(), ui.vace(installed=False)))
    session.set_snapshot(ui.cut())
    desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    session.select("c2")
    session.set_playhead(206)
    session.set_size(1920, 1080)
    ready(desk)


def ready(desk: Desk) -> None:
    """The proposal of the extension."""
    proposal = ui.proposal()
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, proposal.sentence, proposal=proposal, plan=ui.plan())
    )
