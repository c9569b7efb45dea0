"""Models in the dock: what a choice shows, asks for and says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from pickup.protocol import (
    Control,
    Guidance,
    JobPhase,
    JobState,
    Keyframe,
    Matte,
    ModelInfo,
    Operation,
    Quality,
    Sampling,
    Stroke,
    decode,
)
from pickup_ui.panel import Panel
from pickup_ui.state.abilities import abilities, missing, usable
from pickup_ui.state.draft import Draft
from pickup_ui.state.model_words import deeds, facts, sampling_words, size_words, title_words
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.proposer import question
from pickup_ui.state.session import Session
from pickup_ui.state.wording import job_words, plan_words, take_words
from pickup_ui.views.model_choice import choices
from support import ui

VACE = "wan2.1-vace-1.3b"
LEFT = Qt.MouseButton.LeftButton


def everything(operation: Operation) -> Draft:
    """All that can be set at once."""
    guidance = Guidance(
        "a ferry", ("/a.png", "/b.png"), (Keyframe(3, "/k.png"),), "zoom-in",
        (Stroke(((1, 1), (9, 9)), 4),), "people",
    )  # fmt: skip
    return Draft(
        operation, guidance, preset="noir", strength=0.5, quality=Quality.DRAFT, size=384,
        control=Control.GREY, matte=Matte(box=(0, 0, 9, 9)),
    )  # fmt: skip


# What is asked for


def test_only_what_the_model_can_use_is_asked_for() -> None:
    draft = everything(Operation.EXTEND)
    built_in = usable(draft, abilities(ui.draft_model(), Operation.EXTEND)).guidance
    assert (built_in.prompt, built_in.negative, built_in.references) == ("", "", ())
    assert built_in.camera == "zoom-in"
    assert built_in.strokes
    made = usable(draft, abilities(ui.vace(), Operation.EXTEND))
    assert (made.guidance.prompt, made.guidance.negative) == ("a ferry", "people")
    assert made.guidance.references == ("/a.png", "/b.png")
    assert (made.guidance.camera, made.guidance.strokes) == ("", ())
    assert (made.sampling.quality, made.sampling.size) == (Quality.DRAFT, 384)
    one = usable(draft, abilities(ui.vace(max_references=1, keyframes=()), Operation.EXTEND))
    assert one.guidance.references == ("/a.png",)
    assert one.guidance.keyframes == ()


def test_a_look_is_a_preset_for_one_model_and_words_for_another() -> None:
    draft = everything(Operation.RESTYLE)
    built_in = usable(draft, abilities(ui.draft_model(), Operation.RESTYLE))
    assert (built_in.preset, built_in.strength, built_in.control) == ("noir", 0.5, Control.AUTO)
    made = usable(draft, abilities(ui.vace(), Operation.RESTYLE))
    assert (made.preset, made.strength, made.control) == ("", 0.5, Control.GREY)
    only_depth = abilities(ui.vace(controls=(Control.DEPTH,)), Operation.RESTYLE)
    assert usable(draft, only_depth).control is Control.AUTO


@pytest.mark.parametrize(
    ("model", "guidance", "says"),
    [
        (ui.draft_model(), Guidance("a ferry"), "Choose a look"),
        (ui.vace(), Guidance(camera="zoom-in", negative="rain"), "Describe the new look"),
        (ui.vace(), Guidance("a ferry"), ""),
        (ui.draft_model(), Guidance(camera="zoom-in"), ""),
    ],
)
def test_what_is_missing_depends_on_the_model(
    model: ModelInfo, guidance: Guidance, says: str
) -> None:
    can = abilities(model, Operation.RESTYLE)
    told = missing(usable(Draft(Operation.RESTYLE, guidance), can), can)
    assert told.startswith(says)
    assert bool(told) is bool(says)


def test_the_question_names_model_quality_and_control() -> None:
    draft = usable(
        replace(everything(Operation.RESTYLE), model=VACE),
        abilities(ui.vace(), Operation.RESTYLE),
    )
    method, params = question(draft, "c2", ui.media(), ui.request().output)
    assert method == "propose_restyle"
    assert params["model"] == VACE
    assert decode(Sampling, params["sampling"]) == Sampling(Quality.DRAFT, size=384)
    assert params["control"] == "grey"
    assert params["guidance"]["negative"] == "people"


# The fields


def field(panel: Panel, kind: type, name: str) -> bool:
    return bool(ui.seen(panel, kind, name))


def test_fields_follow_the_model_and_nothing_typed_is_lost(
    panel: Panel, both: Session, qtbot: QtBot
) -> None:
    assert not field(panel, QLineEdit, "Prompt")
    assert field(panel, QLineEdit, "Camera move")
    assert not field(panel, QComboBox, "Quality")
    both.change(guidance=Guidance(camera="zoom-in"))
    both.change(model=VACE)
    assert not field(panel, QLineEdit, "Camera move")
    (words,) = ui.seen(panel, QLineEdit, "Prompt")
    qtbot.keyClicks(words, "a ferry")
    (words,) = ui.seen(panel, QLineEdit, "Not")
    qtbot.keyClicks(words, "people")
    assert both.asked.guidance == Guidance("a ferry", negative="people")
    (quality,) = ui.seen(panel, QComboBox, "Quality")
    quality.setCurrentIndex(quality.findData(Quality.DRAFT))
    quality.activated.emit(quality.currentIndex())
    assert both.asked.sampling.quality is Quality.DRAFT
    both.change(model="pickup-draft")
    assert both.asked.guidance == Guidance(camera="zoom-in")
    assert not field(panel, QLineEdit, "Prompt")
    both.change(model=VACE)
    assert both.asked.guidance == Guidance("a ferry", negative="people")
    assert ui.seen(panel, QLineEdit, "Prompt")[0].text() == "a ferry"


def test_a_restyle_says_what_it_keeps_where_the_model_can(panel: Panel, both: Session) -> None:
    both.set_operation(Operation.RESTYLE)
    assert not field(panel, QComboBox, "What is kept of the shot")
    assert field(panel, QComboBox, "Look")
    both.change(model=VACE)
    (control,) = ui.seen(panel, QComboBox, "What is kept of the shot")
    offered = [control.itemData(at) for at in range(control.count())]
    assert offered == [Control.AUTO, Control.DEPTH, Control.EDGES, Control.GREY, Control.FLOW]
    control.activated.emit(3)
    assert both.asked.control is Control.GREY
    assert not field(panel, QComboBox, "Look")


def test_the_brush_is_put_down_where_the_model_follows_no_strokes(
    panel: Panel, both: Session
) -> None:
    brush = panel.desk.brush
    brush.set_on(True)
    both.change(model=VACE)
    assert not brush.on
    brush.toggle()
    assert not brush.on


def test_models_that_are_here_come_first_and_others_lead_to_the_page(
    panel: Panel, both: Session
) -> None:
    (model,) = ui.seen(panel, QComboBox, "Model")
    offered = [model.itemText(at) for at in range(model.count())]
    assert offered == ["Draft (built in)", "Wan2.1 VACE 1.3B", "Wan2.1 VACE 14B: get it (19 GB) …"]
    model.activated.emit(2)
    assert panel.desk.shelf.is_open
    assert panel.desk.shelf.focus == "wan2.1-vace-14b"
    assert both.draft.model == "pickup-draft"
    assert model.currentText() == "Draft (built in)"
    panel.desk.shelf.close()
    model.activated.emit(1)
    assert both.draft.model == VACE


def test_only_models_that_do_the_verb_are_offered_and_the_chosen_one_stays() -> None:
    removes = ui.vace(id="removes", name="Removes", operations=(Operation.INPAINT,))
    models = (ui.draft_model(), removes)
    assert [key for key, _ in choices(models, Operation.EXTEND, "pickup-draft")] == ["pickup-draft"]
    assert ("removes", "Removes") in choices(models, Operation.INPAINT, "pickup-draft")
    gone = choices((ui.draft_model(), ui.vace(installed=False)), Operation.EXTEND, VACE)
    assert (VACE, "Wan2.1 VACE 1.3B (not here)") in gone


def test_the_model_stays_chosen_when_another_cut_is_opened(both: Session) -> None:
    both.change(model=VACE, frames=7)
    both.set_snapshot(ui.cut(path="/cut/other.otio"))
    assert both.draft.model == VACE
    assert both.draft.frames == 48


def test_pictures_pinned_in_a_region_stay_with_their_clip(both: Session) -> None:
    both.set_operation(Operation.INPAINT)
    both.change(guidance=Guidance("rain", keyframes=(Keyframe(0, "/k.png"),)))
    both.select("c3")
    assert both.draft.guidance == Guidance("rain")
    both.select("c2")
    assert both.draft.guidance.keyframes == (Keyframe(0, "/k.png"),)


# What is said


def test_the_sentence_tells_size_time_and_memory(panel: Panel, both: Session) -> None:
    plan = ui.vace_plan()
    words = plan_words(plan).replace("\N{NO-BREAK SPACE}", " ")
    assert words == (
        "Made at 832 × 480, shown at 1920 × 1080; needs 9.2 GB of memory. "
        "About 4 min on this machine."
    )
    assert sampling_words(ui.plan()) == "", "moved pixels have no such size"
    both.set_outlook(Outlook(OutlookKind.READY, "Makes it.", proposal=ui.proposal(), plan=plan))
    assert not panel.sentence._quality.isVisibleTo(panel)
    test = replace(plan, test=True)
    both.set_outlook(Outlook(OutlookKind.READY, "Makes it.", proposal=ui.proposal(), plan=test))
    assert panel.sentence._quality.text() == "test model: noise"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (12_400_000, "12 MB"), (4_100_000, "4.1 MB"),
     (9_200_000_000, "9.2 GB"), (999_600_000, "1.0 GB"), (75 * 10**9, "75 GB")],
)  # fmt: skip
def test_sizes_are_said_shortly(count: int, words: str) -> None:
    assert size_words(count) == words


def test_a_model_says_what_it_does() -> None:
    assert deeds(ui.vace()) == (
        "Extends, bridges, inpaints, restyles · reads words · up to 4 references · pinned frames"
        " · keeps structure"
    )
    helper = ui.vace(operations=())
    assert deeds(helper, ("Wan2.1 VACE 1.3B",)).startswith("Helps Wan2.1 VACE 1.3B;")
    assert title_words(ui.vace()) == "Wan2.1 VACE 1.3B"
    assert title_words(ui.draft_model()) == "Draft (built in) 0.2"
    assert facts(ui.vace(repository="", bytes=0)) == "Apache-2.0"


def test_a_take_of_a_test_model_is_labelled(panel: Panel, both: Session) -> None:
    takes = (ui.take("j1", draft=False, test=True), ui.take("j1", 1))
    both.set_job(ui.job("j1", JobState.SUCCEEDED, takes=takes))
    assert "test model: noise" in take_words(takes[0], ui.RATE)
    assert "draft" in take_words(takes[1], ui.RATE)
    amber = panel.theme.amber.name() if panel.theme else ""

    def has_label(index: int) -> bool:
        picture = panel.takes.tiles["j1", index].grab().toImage()
        near = QColor(amber)
        return any(
            abs(QColor(picture.pixel(x, y)).red() - near.red()) < 30
            and abs(QColor(picture.pixel(x, y)).blue() - near.blue()) < 30
            for x in range(picture.width())
            for y in range(54, 72)
        )

    assert has_label(0)
    assert not has_label(1)


def test_a_model_that_denoises_looks_at_no_motion(both: Session) -> None:
    reads = ui.job("j1", JobState.RUNNING, phase=JobPhase.ANALYSING, step=0)
    assert job_words(reads) == "looking at the motion"
    assert job_words(replace(reads, plan=ui.vace_plan())) == "reading words and pictures"


def test_the_queue_shows_how_it_goes(panel: Panel, both: Session, tmp_path: Path) -> None:
    picture = tmp_path / "look.jpg"
    both.set_job(ui.job("j1", JobState.RUNNING, preview=str(picture)))
    row = panel.queue.rows["j1"]
    assert not row.preview.isVisibleTo(panel), "it is not written yet"
    red = QImage(64, 36, QImage.Format.Format_RGB32)
    red.fill(QColor("red"))
    red.save(str(picture))
    both.set_job(ui.job("j1", JobState.RUNNING, preview=str(picture), progress=0.7))
    assert row.preview.isVisibleTo(panel)
    assert QColor(row.preview.grab().toImage().pixel(32, 18)).red() > 200
    picture.write_bytes(b"half a pict")
    both.set_job(ui.job("j1", JobState.RUNNING, preview=str(picture), progress=0.8))
    assert row.preview.isVisibleTo(panel), "the last one stays until the next can be read"
    both.set_job(ui.job("j1", JobState.FAILED, preview=str(picture)))
    assert not row.preview.isVisibleTo(panel)


def test_all_fields_of_a_model_fit_a_narrow_dock(panel: Panel, both: Session, qtbot: QtBot) -> None:
    guidance = Guidance("x" * 200, ("/a.png",) * 4, (Keyframe(1, "/k.png"),), negative="y" * 200)
    long = ui.vace(id="long", name="A model with a very long name that somebody gave it")
    both.set_models((ui.draft_model(), long))
    panel.resize(360, 720)
    body = panel.sentence.parentWidget()
    for operation in panel._pages:
        both.set_operation(operation)
        both.change(model="long", guidance=guidance)
        qtbot.wait(20)
        assert body.minimumSizeHint().width() <= 352, operation
