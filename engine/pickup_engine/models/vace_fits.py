"""Which picture sizes of a model this machine has the memory for, in sentences."""

from __future__ import annotations

from pickup.errors import ModelError
from pickup.protocol import Execution, Offload
from pickup_engine.models.catalogue import Found
from pickup_engine.models.machine import Machine, machine
from pickup_engine.models.vace import VaceRules
from pickup_engine.models.vace_execution import choose, least
from pickup_engine.models.vace_frames import WINDOW
from pickup_engine.models.vace_memory import Window
from pickup_engine.models.vace_shape import VaceShape
from pickup_engine.models.vace_size import of_area, tiers

_HOW = {
    Offload.NONE: "all of it at hand",
    Offload.PHASES: "loaded part by part",
    Offload.BLOCKS: "passed through block by block, which is slow",
}
_WIDE = 16 / 9


def fits(one: Found, this: Machine | None = None) -> tuple[str, ...]:
    """A sentence for each size that the model was trained at, for wide pictures; nothing for models
    whose shape is not known, and for test models."""
    if not isinstance(one.rules, VaceRules) or one.entry.test:
        return ()
    try:
        shape = one.rules.shape()
    except ModelError:
        return ()
    if shape is None:
        return ()
    this = this or machine()
    return tuple(_sentence(shape, tier.name, tier.area, this) for tier in tiers(shape))


def _sentence(shape: VaceShape, name: str, area: int, this: Machine) -> str:
    window = Window(*of_area(_WIDE, area), WINDOW)
    size = f"{name} ({window.width} x {window.height})"
    there = f"{this.total / 1e9:.1f} GB of {this.memory}"
    chosen = choose(shape, window, Execution(), 1, this)
    if chosen is None:
        needed = least(shape, window, this)
        return f"{size} does not fit: it needs {needed / 1e9:.1f} GB at least, there are {there}"
    how = _HOW[chosen.execution.offload]
    kind = chosen.execution.precision.value
    return f"{size} fits: {chosen.bytes / 1e9:.1f} of {there} ({kind}, {how})"
