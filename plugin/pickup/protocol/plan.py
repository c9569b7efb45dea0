"""What will really be made, told before anything is queued."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class RenderPlan:
    """The engine's answer to a request.

    `frames` pictures at `rate` in the source's size; the model works at `model_width` x
    `model_height`. `seconds` is learnt from earlier jobs on this machine (0 = unknown),
    `memory_bytes` the expected peak. `warnings` are sentences for the user; a request that cannot
    be done is an error, not a plan.
    """

    model: str
    draft: bool
    frames: int
    rate: Fraction
    width: int
    height: int
    model_width: int
    model_height: int
    steps: int
    seconds: float
    memory_bytes: int
    warnings: tuple[str, ...] = ()
