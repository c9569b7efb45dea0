"""What the user has set for one verb, before it meets a clip; the request is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pickup.protocol import Delivery, Guidance, Matte, Mode, Operation, Side


@dataclass(frozen=True)
class Draft:
    """The settings of one verb. `frames` are record frames; a mode other than `auto` is chosen."""

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

    @property
    def missing(self) -> str:
        """What still has to be given, as one sentence; "" when the request can be made."""
        match self.operation:
            case Operation.INPAINT if not self.matte.path and self.matte.box is None:
                if self.guidance.references:
                    return "Draw a box in the picture where the cut-out goes, or choose a matte."
                return "Draw a box in the picture over what has to go, or choose a matte."
            case Operation.RESTYLE if not self.preset and self.guidance == Guidance():
                return "Choose a look, a reference image or an edited frame, or move the camera."
            case _:
                return ""


def fresh_drafts(second: int = 24) -> dict[Operation, Draft]:
    """One draft per verb; an extension starts at two seconds of `second` frames."""
    return {kind: Draft(kind, frames=2 * second) for kind in Operation}
