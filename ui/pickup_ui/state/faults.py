"""Which setting a refusal is about, so that it is said beside that setting."""

from __future__ import annotations

from enum import StrEnum

from pickup.errors import PickupError
from pickup.protocol import Operation
from pickup_ui.state.draft import Draft


class Setting(StrEnum):
    """The settings of the dock, in the words that it uses for them."""

    LENGTH = "length"
    CAMERA = "camera move"
    BRUSH = "motion brush"
    KEYFRAMES = "keyframes"
    EDITED = "edited frames"
    REFERENCE = "reference"
    CUTOUT = "cut-out"
    PROMPT = "prompt"
    LOOK = "look"
    STRENGTH = "strength"
    REGION = "region"


_BY_CODE = {
    "request.length": Setting.LENGTH,
    "request.camera": Setting.CAMERA,
    "request.stroke": Setting.BRUSH,
    "request.strength": Setting.STRENGTH,
    "request.matte": Setting.REGION,
    "request.box": Setting.REGION,
    "model.preset": Setting.LOOK,
    "model.one_cutout": Setting.CUTOUT,
    "model.too_many": Setting.BRUSH,
}


def setting_of(error: PickupError, draft: Draft) -> Setting | None:
    """The setting that has to change; None where the refusal is about something else."""
    match error.code:
        case "request.keyframe":
            return _pinned(draft)
        case "model.too_long":
            joins = draft.operation in (Operation.EXTEND, Operation.BRIDGE)
            return Setting.LENGTH if joins else None
        case "model.cannot":
            return _beyond_the_model(draft)
        case code:
            return _BY_CODE.get(code) or _named(error.message, draft)


def _pinned(draft: Draft) -> Setting:
    restyles = draft.operation is Operation.RESTYLE
    return Setting.EDITED if restyles else Setting.KEYFRAMES


def _beyond_the_model(draft: Draft) -> Setting | None:
    """What cannot be done as a whole: the setting that is left out most easily."""
    guidance = draft.guidance
    clashes = (
        (bool(guidance.strokes), Setting.BRUSH),
        (bool(guidance.camera), Setting.CAMERA),
        (bool(guidance.keyframes), _pinned(draft)),
        (len(guidance.references) > 1, Setting.REFERENCE),
        (bool(guidance.prompt), Setting.PROMPT),
    )
    return next((setting for is_set, setting in clashes if is_set), None)


def _named(message: str, draft: Draft) -> Setting | None:
    """The setting whose file a message names."""
    guidance = draft.guidance
    if any(pin.image in message for pin in guidance.keyframes):
        return _pinned(draft)
    if any(path in message for path in guidance.references):
        return Setting.CUTOUT if draft.operation is Operation.INPAINT else Setting.REFERENCE
    if draft.matte.path and draft.matte.path in message:
        return Setting.REGION
    return None
