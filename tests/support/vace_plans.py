"""What is asked of Wan VACE on machines that need not be here."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pickup.protocol import (
    ExtendRequest,
    Guidance,
    InpaintRequest,
    Matte,
    MediaKind,
    MediaRef,
    Output,
    RenderPlan,
    RestyleRequest,
    Side,
    Source,
)
from pickup_engine.models.catalogue import entry_of
from pickup_engine.models.machine import Machine
from pickup_engine.models.vace import VaceRules
from pickup_engine.models.vace_shape import VaceShape, shape_of_configs

GIB = 1 << 30
SMALL, LARGE, EXPERTS = "wan2.1-vace-1.3b", "wan2.1-vace-14b", "wan2.2-vace-fun-a14b"


class FullSize(VaceRules):
    """A model of the catalogue whose weights take part by their numbers alone."""

    def shape(self) -> VaceShape:
        return shape_of_configs(self.entry.configs, 2 if self.entry.id == EXPERTS else 1)


def card(gib: float, host: float = 128) -> Machine:
    memory = int(gib * GIB)
    return Machine("cuda", "card", memory, int(host * GIB))


def rules(model: str = SMALL, on: Machine | None = None) -> VaceRules:
    entry = entry_of(model)
    assert entry is not None
    return FullSize(entry, Path("/models/it"), lambda: on or card(96))


def source(
    width: int = 1920, height: int = 1080, rate: int = 24, frames: int = 100, pixel: str = "1"
) -> Source:
    media = MediaRef(
        "/shots/a.mov", MediaKind.VIDEO, 500, Fraction(rate), width, height, Fraction(pixel)
    )
    return Source(media, Fraction(0), Fraction(1), frames, Fraction(rate))


def extend(frames: int = 24, of: Source | None = None, **more: object) -> ExtendRequest:
    made = ExtendRequest(of or source(), Side.TAIL, frames, Output("/out", "take"))
    return replace(made, **more)  # type: ignore[arg-type]


def restyle(**more: object) -> RestyleRequest:
    made = RestyleRequest(source(), Output("/out", "take"), guidance=Guidance("oil paint"))
    return replace(made, **more)  # type: ignore[arg-type]


def inpaint(**more: object) -> InpaintRequest:
    made = InpaintRequest(source(), Matte(box=(10, 10, 90, 90)), Output("/out", "take"))
    return replace(made, **more)  # type: ignore[arg-type]


def size(plan: RenderPlan) -> tuple[int, int]:
    return plan.model_width, plan.model_height
