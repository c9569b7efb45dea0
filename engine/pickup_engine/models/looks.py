"""What the draft model can do with a look: presets, a reference image, edited keyframes."""

from __future__ import annotations

from pickup.errors import ModelError
from pickup.protocol import RestyleRequest

PRESETS = (
    "noir", "warm", "cool", "faded", "bleach", "night", "sepia",
    "day-to-night", "line", "sketch", "paint",
)  # fmt: skip

_BY_WORDS = "Wan VACE, LTX-Video or Cosmos Transfer"
"""Families that restyle by words (the catalogue lists those that this machine has)."""


def check_look(request: RestyleRequest) -> list[str]:
    """Warnings about a restyle. Raises ModelError for what the draft model cannot, with the
    remedy."""
    guidance, warnings = request.guidance, list[str]()
    if request.preset and request.preset not in PRESETS:
        raise ModelError(
            f"The draft model has no preset “{request.preset}”.",
            "Choose one of: " + ", ".join(PRESETS) + ".",
            code="model.preset",
        )
    if len(guidance.references) > 1:
        raise ModelError(
            "The draft model cannot mix several reference images into one look.",
            "Give one reference image.",
            code="model.cannot",
        )
    if guidance.keyframes:
        warnings += _check_keyframes(request)
    elif not request.preset and not guidance.references:
        raise ModelError(
            "The draft model cannot change a look by words alone.",
            "Give a reference image, a preset or an edited frame as a keyframe; or use a model that"
            f" reads words, such as {_BY_WORDS} (see `pickup models list`).",
            code="model.cannot",
        )
    if guidance.prompt:
        warnings.append(
            "The draft model does not read words: the reference, preset or keyframe decides."
        )
    return warnings


def _check_keyframes(request: RestyleRequest) -> list[str]:
    if request.preset or request.guidance.references:
        raise ModelError(
            "The draft model cannot follow keyframes and change the look in one step.",
            "Do one after the other: a keyframe is an edited copy of a frame of the clip.",
            code="model.cannot",
        )
    times = [keyframe.frame for keyframe in request.guidance.keyframes]
    if len(set(times)) < len(times):
        raise ModelError(
            "Two keyframes are at the same frame.", "Keep one of them.", code="model.cannot"
        )
    warnings = [
        "Keyframes are followed where the shot still shows what was painted on; the recipe names"
        " the frames where they are lost."
    ]
    if request.strength < 1:
        warnings.append("The strength is not used: keyframes are followed as they are painted.")
    return warnings
