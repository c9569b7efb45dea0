"""The models page of the dock, with an engine that answers over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from pickup.errors import ModelError, StorageError
from pickup.protocol import (
    Operation,
)
from pickup_ui.panel import Panel
from pickup_ui.state.desk import Desk
from pickup_ui.state.outlook import EngineMood
from pickup_ui.state.session import Session
from pickup_ui.views.model_choice import choices
from pickup_ui.views.model_row import ModelRow
from support import ui
from support.scripted_engine import ModelStore, ScriptedEngine, scripted_engine

VACE = "wan2.1-vace-1.3b"
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    with scripted_engine() as engine:
        yield engine


@pytest.fixture
def store(engine: ScriptedEngine) -> ModelStore:
    strict = ui.vace(id="strict", name="Strict", licence="CC-BY-NC-4.0", installed=False)
    return ModelStore(engine, (ui.draft_model(), ui.vace(installed=False), strict))


@pytest.fixture
def shelf_desk(desk: Desk, panel: Panel, store: ModelStore, qtbot: QtBot) -> Desk:
    """The page is open and the engine has told its models."""
    desk.engine.start()
    qtbot.waitUntil(lambda: bool(desk.session.models))
    desk.shelf.open()
    qtbot.waitUntil(lambda: "pickup-draft" in desk.shelf.details)
    return desk


def row(panel: Panel, model: str) -> ModelRow:
    return panel.models.rows[model]


def press(panel: Panel, button: QPushButton, qtbot: QtBot) -> None:
    assert button.isVisibleTo(panel)
    qtbot.mouseClick(button, LEFT)


def polls(engine: ScriptedEngine) -> int:
    return engine.asked.count("/v1/models/transfers")


def test_a_model_is_got_and_can_be_chosen(
    panel: Panel, shelf_desk: Desk, store: ModelStore, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    one = row(panel, VACE)
    assert one.get.text() == "Get (19 GB)"
    press(panel, one.get, qtbot)
    qtbot.waitUntil(lambda: one.cancel.isVisibleTo(panel))
    store.move(VACE, 7_400_000_000, 19_000_000_000)
    qtbot.waitUntil(lambda: one._words.text() == "Fetching: 7.4 GB of 19 GB")
    assert one.bar.isVisibleTo(panel)
    assert panel.header._coming.text() == "39 %"
    store.finish(VACE)
    qtbot.waitUntil(lambda: one._state.text() == "on this machine")
    assert row(panel, VACE) is one, "a click must not meet a row just replaced"
    assert one.verify.isVisibleTo(panel)
    assert not one.get.isVisibleTo(panel)
    assert not panel.header._coming.text()
    assert (VACE, "Wan2.1 VACE 1.3B") in choices(
        shelf_desk.session.models, Operation.EXTEND, "pickup-draft"
    )
    before = polls(engine)
    qtbot.wait(700)
    assert polls(engine) == before, "nothing is on its way: nobody asks"


def test_a_transfer_is_stopped_and_gone_on_with(
    panel: Panel, shelf_desk: Desk, store: ModelStore, qtbot: QtBot
) -> None:
    one = row(panel, VACE)
    press(panel, one.get, qtbot)
    qtbot.waitUntil(lambda: one.cancel.isVisibleTo(panel))
    store.move(VACE, 5_000_000_000, 19_000_000_000)
    press(panel, one.cancel, qtbot)
    qtbot.waitUntil(lambda: one.get.isVisibleTo(panel))
    assert one.get.text() == "Go on"
    assert "5.0 GB are kept" in one._words.text()
    press(panel, one.get, qtbot)
    qtbot.waitUntil(lambda: one.cancel.isVisibleTo(panel))


@pytest.mark.parametrize(
    "error",
    [
        StorageError("The disk is full.", "Free some space.", code="storage.full"),
        ModelError("The hub cannot be reached.", "Go online.", code="model.offline"),
    ],
)
def test_a_transfer_that_fails_says_why_and_goes_on(
    panel: Panel, shelf_desk: Desk, store: ModelStore, qtbot: QtBot, error: ModelError
) -> None:
    one = row(panel, VACE)
    press(panel, one.get, qtbot)
    qtbot.waitUntil(lambda: one.cancel.isVisibleTo(panel))
    store.move(VACE, 5_000_000_000, 19_000_000_000)
    store.fail(VACE, error)
    qtbot.waitUntil(lambda: one._fault.isVisibleTo(panel))
    assert one._fault.text() == error.message
    assert one._hint.text() == error.hint
    assert one.get.text() == "Go on"


def test_a_licence_that_asks_something_is_agreed_to_first(
    panel: Panel, shelf_desk: Desk, store: ModelStore, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    one = row(panel, "strict")
    press(panel, one.get, qtbot)
    assert "CC-BY-NC-4.0" in one._ask.text()
    assert one.read.isVisibleTo(panel)
    assert "/v1/models/pull" not in engine.asked
    press(panel, one.keep, qtbot)
    assert not one._ask.isVisibleTo(panel)
    press(panel, one.get, qtbot)
    press(panel, one.agree, qtbot)
    qtbot.waitUntil(lambda: one.cancel.isVisibleTo(panel))


def test_files_are_removed_after_one_question(
    panel: Panel, shelf_desk: Desk, store: ModelStore, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    store.models[VACE] = ui.vace()
    shelf_desk.shelf.refresh()
    one = row(panel, VACE)
    qtbot.waitUntil(lambda: one.remove.isVisibleTo(panel))
    store.refusals[VACE] = ModelError("Job j1 needs it.", "Wait for it.", code="model.in_use")
    press(panel, one.remove, qtbot)
    assert "/v1/models/remove" not in engine.asked
    press(panel, one.really, qtbot)
    qtbot.waitUntil(lambda: one._fault.text() == "Job j1 needs it.")
    store.refusals.clear()
    press(panel, one.remove, qtbot)
    press(panel, one.really, qtbot)
    qtbot.waitUntil(lambda: one.get.isVisibleTo(panel))
    assert not one._fault.isVisibleTo(panel)
    built_in = row(panel, "pickup-draft")
    assert not built_in.remove.isVisibleTo(panel)
    assert not built_in.verify.isVisibleTo(panel)


def test_a_check_says_that_all_is_whole_or_offers_to_get_it_again(
    panel: Panel, shelf_desk: Desk, store: ModelStore, qtbot: QtBot
) -> None:
    store.models[VACE] = ui.vace()
    shelf_desk.shelf.refresh()
    one = row(panel, VACE)
    qtbot.waitUntil(lambda: one.verify.isVisibleTo(panel))
    press(panel, one.verify, qtbot)
    qtbot.waitUntil(lambda: one._words.text() == "Checking …")
    store.finish(VACE)
    qtbot.waitUntil(lambda: one._words.text() == "Checked: every file is whole.")
    press(panel, one.verify, qtbot)
    qtbot.waitUntil(lambda: one._words.text() == "Checking …")
    store.fail(VACE, ModelError("vae is broken.", "Get it again.", code="model.broken"))
    qtbot.waitUntil(lambda: one._fault.text() == "vae is broken.")
    assert one.get.text() == "Get again"
    assert one.get.isVisibleTo(panel)


def test_a_folder_is_taken_in_or_refused(
    panel: Panel, shelf_desk: Desk, store: ModelStore, qtbot: QtBot
) -> None:
    store.refusals["/bad"] = ModelError("/bad holds a .bin file.", "Convert it.", code="model.file")
    shelf_desk.shelf.import_folder("/bad")
    qtbot.waitUntil(lambda: panel.models._fault.text() == "/bad holds a .bin file.")
    shelf_desk.shelf.import_folder("/models/mine")
    qtbot.waitUntil(lambda: "mine" in panel.models.rows)
    assert not panel.models._fault.isVisibleTo(panel)
    store.finish("mine")
    qtbot.waitUntil(lambda: row(panel, "mine")._state.text() == "on this machine")


def test_a_transfer_that_ends_while_the_cut_is_in_view_is_told(
    panel: Panel, shelf_desk: Desk, store: ModelStore, qtbot: QtBot
) -> None:
    session = shelf_desk.session
    press(panel, row(panel, VACE).get, qtbot)
    qtbot.waitUntil(lambda: VACE in shelf_desk.shelf.transfers)
    qtbot.keyClick(panel.models.back, Qt.Key.Key_Escape)
    assert not shelf_desk.shelf.is_open
    store.fail(VACE, StorageError("The disk is full.", "Free some space."))
    qtbot.waitUntil(lambda: session.notice is not None)
    assert session.notice is not None
    assert session.notice.text == "The disk is full."
    session.notice.remedies[0].run()
    assert shelf_desk.shelf.is_open


def test_the_page_without_an_engine_says_so(panel: Panel, session: Session, qtbot: QtBot) -> None:
    session.set_models((ui.draft_model(), ui.vace(installed=False)))
    session.set_engine(EngineMood.GONE)
    (models,) = ui.seen(panel, QToolButton, "Models (Ctrl+Shift+M)")
    qtbot.mouseClick(models, LEFT)
    page = panel.models
    assert page.isVisible()
    assert "does not run" in page._says.text()
    assert page.start.isVisibleTo(panel)
    assert not page.bring.isEnabled()
    assert not page.rows[VACE].get.isEnabled()


def test_no_key_of_the_cut_acts_on_the_models_page(
    panel: Panel, session: Session, qtbot: QtBot
) -> None:
    panel.desk.shelf.open()
    qtbot.keyClick(panel.models.back, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert session.operation is Operation.EXTEND
    qtbot.keyClick(panel.models.back, Qt.Key.Key_Escape)
    qtbot.keyClick(panel.strip, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert session.operation is Operation.RESTYLE
