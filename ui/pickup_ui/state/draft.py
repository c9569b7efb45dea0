"""What the user has set for one verb, before it meets a clip; the request is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pickup.protocol import (
    Control,
    Delivery,
    Guidance,
    Matte,
    Mode,
    Operation,
    Quality,
    Sampling,
    Side,
)

DRAFT_MODEL = "pickup-draft"
"""The model that is built in: it is always there."""


@dataclass(frozen=True)
class Draft:
    """The settings of one verb. `frames` are record frames; a mode other than `auto` is chosen. A
    bridge that is `whole` is as long as its gap, or as is usual where there is none.

    It keeps what another model could use: `abilities.usable` says what is asked for. `size` is the
    shorter side of the model's picture, 0 = its own choice.
    """

    operation: Operation
    guidance: Guidance = field(default_factory=Guidance)
    side: Side = Side.TAIL
    frames: int = 48
    mode: Mode = Mode.AUTO
    matte: Matte = field(default_factory=Matte)
    delivery: Delivery = Delivery.PATCH
    preset: str = ""
    strength: float = 1.0
    seed: int = 0
    takes: int = 1
    model: str = DRAFT_MODEL
    quality: Quality = Quality.FINAL
    size: int = 0
    control: Control = Control.AUTO
    whole: bool = True

    @property
    def sampling(self) -> Sampling:
        """How a model that denoises is asked."""
        return Sampling(self.quality, size=self.size)


def fresh_drafts(second: int = 24) -> dict[Operation, Draft]:
    """One draft per verb; an extension starts at two seconds of `second` frames, a bridge at two
    thirds of one."""
    frames = {Operation.BRIDGE: round(second * 2 / 3)}
    return {kind: Draft(kind, frames=frames.get(kind, 2 * second)) for kind in Operation}
