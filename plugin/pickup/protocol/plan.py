"""What will really be made, told before anything is queued."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from pickup.protocol.requests import Control


class Precision(StrEnum):
    """How weights are held and computed with; `float8` is held so and computed in bfloat16."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT8 = "float8"


class Offload(StrEnum):
    """What stays on the device while a model works.

    none: all of it, also between jobs. phases: only what the current phase needs. blocks: as
    phases, and the denoiser passes through the device a few blocks at a time.
    """

    NONE = "none"
    PHASES = "phases"
    BLOCKS = "blocks"


@dataclass(frozen=True)
class Execution:
    """How a model that denoises is run: what a request left open, decided for this machine.

    steps: 0 where nothing is denoised. guidance: 1 = one evaluation a step. window: frames made at
    once, after the model's rule (0 = all). windows: how many of them, one after the other, each
    going on from `overlap` frames of the one before. batch: takes made side by side. tiling: the
    pictures pass the autoencoder in tiles. distilled: id of the weights that make few steps enough.
    """

    device: str = "cpu"
    precision: Precision = Precision.FLOAT32
    offload: Offload = Offload.NONE
    tiling: bool = False
    steps: int = 0
    guidance: float = 1.0
    window: int = 0
    windows: int = 1
    overlap: int = 0
    batch: int = 1
    control: Control = Control.AUTO
    distilled: str = ""


@dataclass(frozen=True)
class RenderPlan:
    """The engine's answer to a request.

    `frames` pictures at `rate` in the source's size; the model works at `model_width` x
    `model_height`. `seconds` is learnt from earlier jobs on this machine (0 = unknown),
    `memory_bytes` the expected peak. `warnings` are sentences for the user; a request that cannot
    be done is an error, not a plan. `test`: the weights are random, the pictures are noise.
    """

    model: str
    draft: bool
    frames: int
    rate: Fraction
    width: int
    height: int
    model_width: int
    model_height: int
    seconds: float
    memory_bytes: int
    warnings: tuple[str, ...] = ()
    execution: Execution = Execution()
    test: bool = False
