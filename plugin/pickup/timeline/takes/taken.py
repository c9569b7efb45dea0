"""What a take's file and sidecar tell: checked before a clip shows it, kept on that clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from pickup.errors import MediaError
from pickup.protocol import Codec, Delivery, InpaintRequest, MediaKind, MediaRef, Recipe, Take
from pickup.timeline.rates import same_rate
from pickup.timeline.takes.recipes import Sidecar, read_recipe

_BITS: Final = {Codec.PRORES: 10, Codec.H264: 8, Codec.FFV1: 16}


def check_take(take: Take, end: int, rate: Fraction) -> None:
    """Raise MediaError where the take is missing, runs at another rate than the timeline's `rate`,
    or has no `end` frames."""
    media = take.media
    if not Path(media.path).is_file():
        raise MediaError(
            f"The take {media.path} is missing.", "Make it again.", code="media.missing"
        )
    if not same_rate(media.rate, rate):
        raise MediaError(
            f"The take {media.path} runs at {float(media.rate):.6g} frames per second, "
            f"the timeline at {float(rate):.6g}.",
            "Make it again for this timeline.",
            code="media.rate",
        )
    if end > media.frames:
        raise MediaError(
            f"The take {media.path} has {media.frames} frames, and {end} are needed.",
            "Make it again.",
            code="media.too_short",
        )


def take_record(take: Take, operation: str, model: str = "") -> dict[str, object]:
    """What is kept on a generated clip and its reference: enough to find the whole recipe.

    `operation` is the verb's name, `model` its id (read from the sidecar where left out).
    """
    recipe = read_recipe(take.sidecar)
    return {
        "job": take.job,
        "take": take.index,
        "operation": operation,
        "model": model or (recipe.model if recipe else ""),
        "learned": take.learned,
        "draft": take.draft,
        **({"test": True} if take.test else {}),
        "digital_source_type": (recipe or Recipe).digital_source_type,
        "sidecar": take.sidecar,
    }


def told(take: Take | None) -> list[str]:
    """What the model warned of when it made the take, such as a shadow that stays behind."""
    recipe = read_recipe(take.sidecar) if take else None
    warnings = recipe.details.get("warnings") if recipe else None
    return (
        [text for text in warnings if isinstance(text, str)] if isinstance(warnings, list) else []
    )


def take_from(sidecar: Sidecar) -> Take:
    """The take that lies beside its recipe, wherever both were moved to.

    Its media is described as the recipe planned it; what is really in the file the engine's probe
    tells.
    """
    recipe, strip = sidecar.recipe, f"{sidecar.media}.strip.jpg"
    plan, source = recipe.plan, recipe.request.source.media
    request = recipe.request
    is_patch = isinstance(request, InpaintRequest) and request.delivery is Delivery.PATCH
    codec = Codec.PRORES if is_patch else request.output.codec
    media = MediaRef(
        sidecar.media,
        MediaKind.VIDEO,
        plan.frames,
        plan.rate,
        plan.width,
        plan.height,
        pixel_aspect=source.pixel_aspect,
        bit_depth=_BITS[codec],
        colour=source.colour,
        codec=codec.value,
    )
    return Take(
        recipe.job,
        recipe.take,
        media,
        sidecar.path,
        recipe.seed,
        recipe.learned,
        recipe.draft,
        recipe.seam,
        strip if Path(strip).is_file() else "",
        test=plan.test,
    )
