"""A dock with nothing behind it: no engine, no timeline process is started."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from pickup.hosts.file.adapter import FileHost
from pickup_ui.panel import Panel
from pickup_ui.state.desk import Desk
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.program import Cell
from pickup_ui.state.session import Session
from support import ui


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(FileHost())
    yield desk
    desk.close()
    desk.deleteLater()


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> Panel:
    panel = Panel(desk)
    qtbot.addWidget(panel)
    panel.resize(900, 800)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def session(panel: Panel) -> Session:
    """A clip is selected and may be made."""
    session = panel.desk.session
    session.set_snapshot(ui.cut())
    panel.desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    session.select("c2")
    session.set_size(1920, 1080)
    proposal = ui.proposal()
    session.set_outlook(Outlook(OutlookKind.READY, proposal.sentence, proposal=proposal))
    return session


@pytest.fixture
def both(session: Session) -> Session:
    """The built-in model and one that denoises are here, a third could be."""
    large = ui.vace(id="wan2.1-vace-14b", name="Wan2.1 VACE 14B", installed=False)
    session.set_models((large, ui.draft_model(), ui.vace()))
    return session
