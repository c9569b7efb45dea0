"""What Wan VACE cannot do, and what an editor should hear before a job begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pickup.errors import ModelError
from pickup.protocol import (
    BridgeRequest,
    Control,
    Execution,
    ExtendRequest,
    InpaintRequest,
    Offload,
    Quality,
    Request,
    RestyleRequest,
    asked_of,
    frames_of,
)
from pickup_engine.models.entry import ModelEntry
from pickup_engine.models.machine import Machine
from pickup_engine.models.vace_execution import budget, choose, host_budget, least
from pickup_engine.models.vace_frames import spans_of
from pickup_engine.models.vace_memory import Window, host_bytes, step_flops
from pickup_engine.models.vace_shape import VaceShape
from pickup_engine.models.vace_size import CELL, P480, aspect_of, of_shorter_side, tiers

MAX_FRAMES: Final = 480
"""As for the draft model, of those that are asked for: seven windows, after which little is left of
the shot."""

MAX_REFERENCES: Final = 4
"""Each costs a latent frame of memory and time."""

CANNOT: Final = (
    "follow a camera move given in numbers, or strokes of the motion brush",
    "place a cut-out as it is: references tell it what to make",
    "use presets: it reads words",
    "make sound",
)

_FPS: Final = 16
"""Frames a second of the clips that the model was trained on."""

_FAST: Final = 30
_DRIFTS: Final = 2
"""Windows from which on colours and things change noticeably."""

_LEAST_SIZE: Final = 240
"""The smallest shorter side that is offered as a way out."""

_PROCESSOR_FLOPS: Final = 1e12
"""Operations a second that a strong processor does in such a model."""

_LONG_SECONDS: Final = 1200

_DRAFT: Final = "Use --model pickup-draft for it"


def check_request(request: Request, has_depth: bool) -> None:
    """Raises ModelError for what the model cannot do, with the remedy."""
    guidance = request.guidance
    if guidance.camera:
        raise _cannot(
            "follow a camera move given in numbers",
            f"Say the move in words (“slow pan to the left”). {_DRAFT}.",
        )
    if guidance.strokes:
        raise _cannot(
            "follow strokes of the motion brush", f"Say in words what moves where. {_DRAFT}."
        )
    if len(guidance.references) > MAX_REFERENCES:
        raise ModelError(
            f"Wan VACE takes at most {MAX_REFERENCES} reference images, not"
            f" {len(guidance.references)}.",
            "Leave out those that matter least.",
            code="model.cannot",
        )
    asked = len(asked_of(request))
    if asked > MAX_FRAMES:
        raise ModelError(
            f"Wan VACE makes at most {MAX_FRAMES} frames at once, not {asked}.",
            f"Ask for {MAX_FRAMES} frames or fewer, in several steps if need be.",
            code="model.too_long",
        )
    if isinstance(request, RestyleRequest):
        _check_restyle(request, has_depth)


def _check_restyle(request: RestyleRequest, has_depth: bool) -> None:
    guidance = request.guidance
    if request.preset:
        raise _cannot(
            f"use the preset “{request.preset}”",
            f"Say the look in words. {_DRAFT}.",
        )
    if not (guidance.prompt or guidance.references or guidance.keyframes):
        raise _cannot(
            "change a look without being told which",
            "Give words, a reference image or an edited frame as a keyframe.",
        )
    if request.control is Control.DEPTH and not has_depth:
        raise ModelError(
            "To keep the depth of a shot a depth model is needed, and none is installed.",
            "Get it with `pickup models pull depth-anything-v2-small`, or use --control edges.",
            code="model.not_installed",
        )


def warnings_of(
    request: Request, shape: VaceShape, window: Window, execution: Execution, test: bool
) -> tuple[str, ...]:
    """Sentences for the user about a job that can be done."""
    told = []
    if test:
        told.append("This is a test model with random weights: what it makes is noise.")
    rate = float(request.source.rate)
    if rate > _FAST:
        told.append(
            f"The model was made for {_FPS} frames a second: at {rate:g} things move slowly."
        )
    goes_on = isinstance(request, ExtendRequest | BridgeRequest)
    if goes_on and execution.windows > _DRIFTS:
        told.append(
            f"The new frames are made in {execution.windows} parts, each going on from the one"
            " before: colours and things drift from part to part."
        )
    if not test:
        told += _about_size(request, shape, window)
        told += _about_time(request, shape, window, execution)
    if request.guidance.negative and execution.guidance <= 1:
        told.append("What must not be seen is not read: with this few steps nothing is amplified.")
    if isinstance(request, InpaintRequest) and not request.guidance.prompt:
        told.append(
            "Without words the model guesses what is behind: say what the place looks like."
        )
    return tuple(told)


def _about_size(request: Request, shape: VaceShape, window: Window) -> list[str]:
    largest = max(tiers(shape), key=lambda tier: tier.area)
    if request.sampling.size and window.pixels > 1.1 * largest.area:
        return [f"The model was trained at up to {largest.name}: larger pictures repeat things."]
    if request.sampling.size and window.pixels < 0.5 * P480.area:
        return [f"The model was trained at {P480.name}: much smaller pictures lose shape."]
    draft = request.sampling.quality is Quality.DRAFT
    wanted = P480 if draft else largest
    if not request.sampling.size and window.pixels < 0.8 * wanted.area:
        used = f"{window.width} x {window.height}"
        return [f"Made at {used}: {wanted.name} does not fit this machine's memory."]
    return []


def _about_time(
    request: Request, shape: VaceShape, window: Window, execution: Execution
) -> list[str]:
    if execution.device != "cpu":
        return []
    step = step_flops(shape, window, guided=execution.guidance > 1)
    # A restyle of less strength begins later, with the source under less noise.
    share = request.strength if isinstance(request, RestyleRequest) else 1.0
    steps = max(1, round(execution.steps * share))
    seconds = step * steps * execution.windows / _PROCESSOR_FLOPS
    if seconds < _LONG_SECONDS:
        return []
    hours = max(1, round(seconds / 3600))
    return [f"No GPU was found: on the processor a take needs {hours} hours or more."]


def too_large(
    request: Request, entry: ModelEntry, shape: VaceShape, window: Window, machine: Machine
) -> ModelError:
    """What to say where no way fits; `window` is the smallest that was tried."""
    host = host_bytes(shape, Execution(machine.device, offload=Offload.BLOCKS))
    if host > host_budget(machine):
        return ModelError(
            f"{entry.name} needs {_gigabytes(host)} of main memory to be loaded;"
            f" {_gigabytes(host_budget(machine))} of this machine's can be used.",
            f"Use a smaller model (--model {_smaller_model(entry)}).",
            code="model.too_large",
        )
    needed = least(shape, window, machine)
    there = budget(machine)
    ways = []
    if size := _smaller_size(request, shape, window, machine):
        ways.append(f"use --size {size}")
    if frames := _fewer_frames(request, shape, window, machine):
        ways.append(f"ask for {frames} frames or fewer")
    if not ways:
        ways.append(f"use a smaller model (--model {_smaller_model(entry)})")
    if _fits_without_handle(request, shape, window, machine):
        ways.append("use --handle 0")
    remedy = " or ".join(ways)
    return ModelError(
        f"{entry.name} at {window.width} x {window.height} needs {_gigabytes(needed)} of memory;"
        f" {_gigabytes(there)} of this machine's {machine.memory} can be used.",
        remedy[0].upper() + remedy[1:] + ".",
        code="model.too_large",
    )


def _smaller_size(
    request: Request, shape: VaceShape, window: Window, machine: Machine
) -> int | None:
    """The largest shorter side with which the request fits."""
    aspect = aspect_of(request.source.media)
    for side in range(min(window.width, window.height) - CELL, _LEAST_SIZE - 1, -CELL):
        width, height = of_shorter_side(aspect, side)
        smaller = replace(window, width=width, height=height)
        if choose(shape, smaller, Execution(), 1, machine) is not None:
            return side
    return None


def _fewer_frames(
    request: Request, shape: VaceShape, window: Window, machine: Machine
) -> int | None:
    """The largest number of frames to ask for that fits at the same size with the handle."""
    asked = len(asked_of(request))
    handle = frames_of(request) - asked
    for fewer in range(asked - 1, 0, -1):
        if _fits(request, fewer + handle, shape, window, machine):
            return fewer
    return None


def _fits_without_handle(
    request: Request, shape: VaceShape, window: Window, machine: Machine
) -> bool:
    asked = len(asked_of(request))
    return asked < frames_of(request) and _fits(request, asked, shape, window, machine)


def _fits(
    request: Request, frames: int, shape: VaceShape, window: Window, machine: Machine
) -> bool:
    """Whether a shorter file would fit, because its windows are shorter."""
    length = max(span.frames for span in spans_of(request, frames))
    smaller = replace(window, frames=length)
    return length < window.frames and choose(shape, smaller, Execution(), 1, machine) is not None


def _smaller_model(entry: ModelEntry) -> str:
    return "wan2.1-vace-1.3b" if entry.configs == "14b" else "pickup-draft"


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"


def _cannot(what: str, hint: str) -> ModelError:
    return ModelError(f"Wan VACE cannot {what}.", hint, code="model.cannot")
