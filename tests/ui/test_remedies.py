"""The ways out of a refusal of a model, as buttons and in the words of the dock."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from pickup.protocol import (
    Control,
    JobState,
    Operation,
    Quality,
)
from pickup_ui.panel import Panel
from pickup_ui.state.outlook import EngineMood, Outlook, OutlookKind
from pickup_ui.state.proposer import hint_of
from pickup_ui.state.remedies import hint_words
from pickup_ui.state.session import Session
from support import ui

VACE = "wan2.1-vace-1.3b"
LEFT = Qt.MouseButton.LeftButton


def refuse(session: Session, code: str, hint: str = "") -> None:
    session.set_outlook(Outlook(OutlookKind.REFUSED, "It cannot.", hint, code=code))


def offered(panel: Panel) -> dict[str, QPushButton]:
    entries = panel.sentence._remedies._entries
    return {one.text(): one for one, _ in entries if isinstance(one, QPushButton)}


def test_what_does_not_fit_offers_what_does(panel: Panel, both: Session, qtbot: QtBot) -> None:
    both.change(model=VACE)
    refuse(both, "model.too_large", "Ask for `--size 384`, or for fewer frames.")
    assert list(offered(panel)) == ["Make it at 384 pixels", "Use Draft (built in)"]
    assert hint_words(both.outlook, both) == "Ask for a picture size of 384, or for fewer frames."
    qtbot.mouseClick(offered(panel)["Make it at 384 pixels"], LEFT)
    assert both.asked.sampling.size == 384
    refuse(both, "model.too_large", "Ask for fewer frames.")
    qtbot.mouseClick(offered(panel)["Make a draft"], LEFT)
    assert both.asked.sampling.quality is Quality.DRAFT
    refuse(both, "model.too_large", "Ask for fewer frames.")
    assert list(offered(panel)) == ["Use Draft (built in)"]


def test_a_smaller_model_is_named_by_its_name(panel: Panel, both: Session, qtbot: QtBot) -> None:
    large = ui.vace(id="wan2.1-vace-14b", name="Wan2.1 VACE 14B")
    both.set_models((ui.draft_model(), ui.vace(installed=False), large))
    both.change(model=large.id)
    refuse(both, "model.too_large", f"Use a smaller model (--model {VACE}).")
    assert hint_words(both.outlook, both) == "Use a smaller model (Wan2.1 VACE 1.3B)."
    assert list(offered(panel)) == ["Get Wan2.1 VACE 1.3B", "Use Draft (built in)"]
    both.set_models((ui.draft_model(), ui.vace(), large))
    assert list(offered(panel)) == ["Use Wan2.1 VACE 1.3B", "Use Draft (built in)"]


def test_a_helper_that_is_missing_is_got_or_done_without(
    panel: Panel, both: Session, qtbot: QtBot
) -> None:
    depth = ui.vace(id="depth", name="Depth", installed=False, operations=())
    both.set_models((ui.draft_model(), ui.vace(), depth))
    both.set_operation(Operation.RESTYLE)
    both.change(model=VACE, control=Control.DEPTH)
    refuse(
        both,
        "model.not_installed",
        "Get it with `pickup models pull depth`, or use --control edges.",
    )
    assert hint_words(both.outlook, both) == "Get it, or use edges."
    assert list(offered(panel)) == ["Get Depth", "Keep edges", "Use Draft (built in)"]
    qtbot.mouseClick(offered(panel)["Keep edges"], LEFT)
    assert both.asked.control is Control.EDGES
    qtbot.mouseClick(offered(panel)["Get Depth"], LEFT)
    assert panel.desk.shelf.focus == "depth"


def test_what_the_model_cannot_another_may(panel: Panel, both: Session, qtbot: QtBot) -> None:
    refuse(both, "model.cannot")
    assert list(offered(panel)) == ["Use Wan2.1 VACE 1.3B"]
    qtbot.mouseClick(offered(panel)["Use Wan2.1 VACE 1.3B"], LEFT)
    assert both.draft.model == VACE
    both.set_models((ui.draft_model(),))
    both.change(model="pickup-draft")
    refuse(both, "model.cannot")
    qtbot.mouseClick(offered(panel)["Models"], LEFT)
    assert panel.desk.shelf.is_open


def test_a_model_that_is_not_here_is_got_or_replaced(
    panel: Panel, both: Session, qtbot: QtBot
) -> None:
    both.set_models((ui.draft_model(), ui.vace(installed=False)))
    both.change(model=VACE)
    refuse(both, "model.not_installed", f"Get it with `pickup models pull {VACE}`.")
    assert "pickup models pull" not in panel.sentence._more.text(), "the button does that"
    qtbot.mouseClick(offered(panel)["Get Wan2.1 VACE 1.3B"], LEFT)
    assert panel.desk.shelf.focus == VACE
    panel.desk.shelf.close()
    refuse(both, "media.decode")
    assert not panel.sentence._remedies.isVisibleTo(panel)


def test_the_hint_of_a_restyle_follows_the_model(both: Session) -> None:
    both.set_engine(EngineMood.READY)
    both.set_operation(Operation.RESTYLE)
    hint = hint_of(both)
    assert hint is not None
    assert hint.sentence.startswith("Choose a look")
    both.change(model=VACE)
    hint = hint_of(both)
    assert hint is not None
    assert hint.sentence.startswith("Describe the new look")


def test_a_failed_job_says_no_words_of_the_command(panel: Panel, both: Session) -> None:
    hint = "Close other programs, or ask for a smaller --size or for --control edges."
    error = {"code": "model.too_large", "message": "It does not fit.", "hint": hint}
    both.set_job(ui.job("j1", JobState.FAILED, error=error))
    said = panel.queue.rows["j1"]._hint.text()
    assert said == "Close other programs, or ask for a smaller size or for edges."
