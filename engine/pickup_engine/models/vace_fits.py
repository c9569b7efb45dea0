"""Which picture sizes of a model this machine has the memory for, in sentences."""

from __future__ import annotations

from pickup.errors import ModelError
from pickup.protocol import Execution, Offload
from pickup_engine.models.catalogue import Found
from pickup_engine.models.entry import Family
from pickup_engine.models.machine import Machine, machine
from pickup_engine.models.vace_configs import NAMES
from pickup_engine.models.vace_execution import choose, least
from pickup_engine.models.vace_frames import WINDOW
from pickup_engine.models.vace_memory import Window
from pickup_engine.models.vace_shape import VaceShape, shape_of_configs, shape_of_folder
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
    shape = _shape(one)
    if shape is None or one.entry.test:
        return ()
    this = this or machine()
    return tuple(_sentence(shape, tier.name, tier.area, this) for tier in tiers(shape))


def _shape(one: Found) -> VaceShape | None:
    if one.family != Family.WAN_VACE:
        return None
    if one.folder is not None:
        try:
            return shape_of_folder(one.folder)
        except (ModelError, OSError):
            return None
    if one.entry.configs not in NAMES:
        return None
    second = any(file.path.startswith("transformer_2/") for file in one.entry.files)
    return shape_of_configs(one.entry.configs, 1 + second)


def _sentence(shape: VaceShape, name: str, area: int, this: Machine) -> str:
    window = Window(*of_area(_WIDE, area), WINDOW)
    size = f"{name} ({window.width} x {window.height})"
    there = f"{this.total / 1e9:.1f} GB of {this.name}"
    chosen = choose(shape, window, Execution(), 1, this)
    if chosen is None:
        needed = least(shape, window, this)
        return f"{size} does not fit: it needs {needed / 1e9:.1f} GB at least, there are {there}"
    how = _HOW[chosen.execution.offload]
    kind = chosen.execution.precision.value
    return f"{size} fits: {chosen.bytes / 1e9:.1f} of {there} ({kind}, {how})"
