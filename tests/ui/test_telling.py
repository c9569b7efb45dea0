"""What the dock says of a request that cannot be made, and of a take that was made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit

from pickup.errors import MediaError, PickupError
from pickup.protocol import (
    ExtendRequest,
    Guidance,
    InpaintRequest,
    JobState,
    Keyframe,
    Matte,
    Operation,
    Recipe,
    Request,
    RestyleRequest,
    Stroke,
    encode,
)
from pickup_engine.models.draft import DraftRules
from pickup_ui.panel import Panel
from pickup_ui.state.draft import Draft
from pickup_ui.state.faults import Setting, setting_of
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.recipes import Trust, read_recipe, trust_in
from pickup_ui.state.session import Session
from pickup_ui.state.wording import trust_numbers, trust_words
from support import ui

STROKE = Stroke(((100, 80), (180, 60)), 20)
IMAGE = "/cut/edit.png"


# What cannot be done


def refusal(request: Request) -> PickupError:
    with pytest.raises(PickupError) as caught:
        DraftRules("1", 0).plan(request)
    return caught.value


PINS = (Keyframe(3, IMAGE),)
BAD = Stroke(((5000, 1), (5000, 9)), 20)


@pytest.mark.parametrize(
    ("guidance", "setting"),
    [
        (Guidance(camera="pan-lft 10%"), Setting.CAMERA),
        (Guidance(camera="pan-left 80%"), Setting.CAMERA),
        (Guidance(strokes=(BAD,)), Setting.BRUSH),
        (Guidance(strokes=(STROKE,) * 9), Setting.BRUSH),
        (Guidance(strokes=(STROKE,), keyframes=PINS), Setting.BRUSH),
    ],
)
def test_a_refused_extension_names_its_setting(guidance: Guidance, setting: Setting) -> None:
    request = replace(ui.request(), guidance=guidance)
    error = refusal(request)
    assert setting_of(error, Draft(Operation.EXTEND, guidance)) is setting
    assert error.hint


def test_a_length_that_is_refused_is_the_length_s_fault() -> None:
    error = refusal(replace(ui.request(), frames=481))
    assert setting_of(error, Draft(Operation.EXTEND)) is Setting.LENGTH


@pytest.mark.parametrize(
    ("guidance", "preset", "setting"),
    [
        (Guidance(camera="zoom-in"), "noir", Setting.CAMERA),
        (Guidance(camera="zoom"), "", Setting.CAMERA),
        (Guidance(keyframes=PINS), "noir", Setting.EDITED),
        (Guidance(references=("/a.png", "/b.png")), "", Setting.REFERENCE),
        (Guidance("in the style of a poem"), "", Setting.PROMPT),
        (Guidance(), "neon", Setting.LOOK),
    ],
)
def test_a_refused_restyle_names_its_setting(
    guidance: Guidance, preset: str, setting: Setting
) -> None:
    base = ui.request()
    request = RestyleRequest(base.source, base.output, preset, guidance=guidance)
    draft = Draft(Operation.RESTYLE, guidance, preset=preset)
    assert setting_of(refusal(request), draft) is setting


@pytest.mark.parametrize(
    ("guidance", "setting"),
    [
        (Guidance("a dragon"), Setting.PROMPT),
        (Guidance(references=("/a.png", "/b.png")), Setting.CUTOUT),
    ],
)
def test_a_refused_inpaint_names_its_setting(guidance: Guidance, setting: Setting) -> None:
    base = ui.request()
    request = InpaintRequest(base.source, Matte(box=(0, 0, 9, 9)), base.output, guidance=guidance)
    assert setting_of(refusal(request), Draft(Operation.INPAINT, guidance)) is setting


def test_a_missing_file_is_the_fault_of_what_names_it() -> None:
    def named(operation: Operation, **fields: object) -> Setting | None:
        error = MediaError(f"{IMAGE} does not exist.", code="media.missing")
        return setting_of(error, replace(Draft(operation), **fields))

    pinned, placed = Guidance(keyframes=PINS), Guidance(references=(IMAGE,))
    assert named(Operation.EXTEND, guidance=pinned) is Setting.KEYFRAMES
    assert named(Operation.RESTYLE, guidance=pinned) is Setting.EDITED
    assert named(Operation.RESTYLE, guidance=placed) is Setting.REFERENCE
    assert named(Operation.INPAINT, guidance=placed) is Setting.CUTOUT
    assert named(Operation.INPAINT, matte=Matte(path=IMAGE)) is Setting.REGION
    assert named(Operation.EXTEND) is None, "the clip's own file"


def words_in(panel: Panel) -> list[str]:
    return [one.text() for one in panel.findChildren(QLabel) if one.isVisibleTo(panel)]


def test_a_refusal_is_said_beside_its_setting(panel: Panel, session: Session) -> None:
    why, what = "“pan-lft 10%” is no camera move.", "The words are pan-left, pan-right."
    session.set_outlook(Outlook(OutlookKind.REFUSED, why, what, setting=Setting.CAMERA))
    (box,) = ui.seen(panel, QComboBox, "Camera move")
    assert box.property("invalid")
    assert words_in(panel).count(f"{why} {what}") == 1
    assert panel.sentence._says.text() == "Change the camera move first."
    assert not panel.sentence.make.isEnabled()
    session.set_outlook(Outlook(OutlookKind.REFUSED, "The disk is full.", "Free some space."))
    assert not box.property("invalid")
    (length,) = ui.seen(panel, QLineEdit, "Length")
    length.setProperty("invalid", True)
    session.set_outlook(Outlook(OutlookKind.HINT, "Select a clip."))
    assert length.property("invalid"), "a field that marks itself is left alone"
    session.set_outlook(Outlook(OutlookKind.REFUSED, "The disk is full.", "Free some space."))
    assert {"The disk is full.", "Free some space."} <= set(words_in(panel))


def test_warnings_of_the_plan_stand_under_the_button(panel: Panel, session: Session) -> None:
    plan = ui.plan(warnings=("15% was never filmed.", "Depth is coarse."))
    session.set_outlook(Outlook(OutlookKind.READY, "Makes it.", proposal=ui.proposal(), plan=plan))
    assert panel.sentence._more.text() == "15% was never filmed.\nDepth is coarse."
    for width in (900, 360):
        panel.resize(width, 800)
        panel.grab()
        below = panel.sentence._more.geometry().top()
        assert below >= panel.sentence.make.geometry().bottom()


# What a take says about itself


def test_confidence_is_said_in_words_and_told_in_numbers() -> None:
    assert trust_words(Trust(0.9, 0.0)) == "sure"
    assert trust_words(Trust(0.5, 0.041)) == "unsure, 4 % invented"
    assert trust_words(Trust(0.0)) == "a guess"
    assert trust_words(Trust()) == ""
    assert trust_numbers(Trust(0.464, 0.0412)).startswith("Confidence 0.46 of 1")
    assert "4.1% of the picture was never filmed" in trust_numbers(Trust(0.464, 0.0412))


def recipe(folder: Path, details: dict[str, object]) -> str:
    request = ui.request()
    assert isinstance(request, ExtendRequest)
    made = Recipe(
        job="j1", take=0, request=request, plan=ui.plan(), model="pickup-draft", model_version="1",
        model_sha256="", draft=True, learned=True, seed=0, media="/cut/t1.mov", media_sha256="",
        source_sha256="", details=details,
    )  # fmt: skip
    file = folder / "t1.mov.pickup.json"
    file.write_text(json.dumps(encode(made)))
    return str(file)


def test_the_take_in_view_says_how_sure_it_is(
    panel: Panel, session: Session, tmp_path: Path
) -> None:
    sidecar = recipe(tmp_path, {"confidence": 0.41, "invented": 0.13, "parts": [{"way": "coast"}]})
    takes = (ui.take("j1", sidecar=sidecar), ui.take("j1", 1))
    session.set_job(ui.job("j1", JobState.SUCCEEDED, takes=takes))
    session.set_take(("j1", 0))
    assert panel.takes._trust.text() == "unsure, 13 % invented"
    assert "0.41" in panel.takes._trust.toolTip()
    session.set_take(("j1", 1))
    assert not panel.takes._trust.isVisible(), "a take without a recipe says nothing"


@pytest.mark.parametrize("text", ["", "null", "{}", '{"job": 1}', "\x00"])
def test_a_broken_recipe_says_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.pickup.json"
    file.write_text(text)
    assert trust_in(read_recipe(str(file))) == Trust()
    assert trust_in(read_recipe(recipe(tmp_path, {"confidence": "high"}))) == Trust()
    assert trust_in(read_recipe("")) == Trust()
