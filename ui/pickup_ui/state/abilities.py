"""What the chosen model can use of what the user has set; the rest is kept and not asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pickup.protocol import Control, Guidance, Matte, ModelInfo, Operation, Quality
from pickup_ui.state.draft import Draft

_NEW_FRAMES = (Operation.EXTEND, Operation.BRIDGE)
"""The verbs whose pictures come between or beside those of a clip."""


@dataclass(frozen=True)
class Abilities:
    """The settings that make sense for a model and a verb. Where the model is not known yet they
    are those of the built-in one.

    words: prompts are read. samples: it denoises, so quality and size are a choice. moves: it moves
    filmed pixels by a camera move and strokes. references: at most. cutouts: the reference of an
    inpaint is placed as it is. keyframes: images can be pinned. presets: None = not known.
    """

    words: bool = False
    samples: bool = False
    moves: bool = True
    references: int = 0
    cutouts: bool = True
    keyframes: bool = True
    controls: tuple[Control, ...] = ()
    presets: tuple[str, ...] | None = None


def abilities(model: ModelInfo | None, operation: Operation) -> Abilities:
    """What `model` can use in `operation`."""
    if model is None:
        inpaints = operation is Operation.INPAINT
        references = 0 if operation in _NEW_FRAMES else 1
        return Abilities(references=references, keyframes=not inpaints)
    # A draft model invents nothing: it has no use for an image of what nobody filmed.
    unseen = model.draft and operation in _NEW_FRAMES
    return Abilities(
        words=model.words,
        samples=not model.draft,
        moves=model.draft,
        references=0 if unseen else model.max_references,
        cutouts=model.draft,
        keyframes=operation in model.keyframes,
        controls=model.controls if operation is Operation.RESTYLE else (),
        presets=model.presets,
    )


def usable(draft: Draft, can: Abilities) -> Draft:
    """The settings that are asked for: those of `draft` that the model can use."""
    guidance = draft.guidance
    controls = (Control.AUTO, *can.controls)
    return replace(
        draft,
        guidance=Guidance(
            prompt=guidance.prompt if can.words else "",
            negative=guidance.negative if can.words else "",
            references=guidance.references[: can.references],
            keyframes=guidance.keyframes if can.keyframes else (),
            camera=guidance.camera if can.moves else "",
            strokes=guidance.strokes if can.moves else (),
        ),
        preset=draft.preset if can.presets is None or draft.preset in can.presets else "",
        control=draft.control if draft.control in controls else Control.AUTO,
        quality=draft.quality if can.samples else Quality.FINAL,
        size=draft.size if can.samples else 0,
    )


def missing(asked: Draft, can: Abilities) -> str:
    """What still has to be given, as one sentence; "" when the request can be made."""
    guidance = asked.guidance
    match asked.operation:
        case Operation.INPAINT if asked.matte == Matte():
            if guidance.references and can.cutouts:
                return "Draw a box in the picture where the cut-out goes, or choose a matte."
            verb = "where it goes" if guidance.prompt else "over what has to go"
            return f"Draw a box in the picture {verb}, or choose a matte."
        case Operation.RESTYLE if not asked.preset and not _says_something(guidance):
            if can.words:
                return "Describe the new look, or choose a reference image."
            return "Choose a look, a reference image or an edited frame, or move the camera."
        case _:
            return ""


def _says_something(guidance: Guidance) -> bool:
    """Words for what must not be seen alone tell no look."""
    return replace(guidance, negative="") != Guidance()
