"""A dock with nothing behind it: no engine, no timeline process is started."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from pickup.hosts.file.adapter import FileHost
from pickup_ui.panel import Panel
from pickup_ui.state.desk import Desk


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
