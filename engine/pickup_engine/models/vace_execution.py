"""How a job is run on this machine: the fastest way that its memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from pickup.protocol import Execution, Offload, Precision
from pickup_engine.models.machine import Machine
from pickup_engine.models.vace_memory import Window, host_bytes, needs, tokens
from pickup_engine.models.vace_shape import VaceShape

_MARGIN: Final = {"cuda": 0.9, "mps": 0.95, "cpu": 0.8}
"""Share of a device's memory that is planned with: the rest is the display's or other programs',
the allocator's gaps, and what the formula is off by."""

_CONTEXT: Final = 600 << 20
"""What CUDA itself takes on a card; not of a limit so small that only test models fit it."""

_HOST_MARGIN: Final = 0.85
"""Share of main memory that weights may take beside a device: the rest is the system's, the
editor's and ours."""

_SIDE_BY_SIDE: Final = 8192
"""Tokens from which on a device is busy with one take; below it takes are made in one batch."""


@dataclass(frozen=True)
class Chosen:
    """A way to run a job, and the bytes that it takes on the device at its peak."""

    execution: Execution
    bytes: int


def choose(
    shape: VaceShape, window: Window, base: Execution, takes: int, machine: Machine
) -> Chosen | None:
    """The fastest way that fits; None where none does. `base` holds what is decided already."""
    limit, beside = budget(machine), host_budget(machine)
    for execution in ways(shape, window, base, takes, machine):
        peak = needs(shape, window, execution).peak
        host = host_bytes(shape, execution)
        if peak <= limit and host <= beside:
            return Chosen(execution, peak)
    return None


def least(shape: VaceShape, window: Window, machine: Machine) -> int:
    """Bytes of the leanest way."""
    found = ways(shape, window, Execution(), 1, machine)
    return min(needs(shape, window, execution).peak for execution in found)


def ways(
    shape: VaceShape, window: Window, base: Execution, takes: int, machine: Machine
) -> Iterator[Execution]:
    """All ways, the fastest first. Tiles cost a little at their seams, moving parts of the model a
    wait in every phase, moving blocks one in every step, and then words are read by the processor;
    8 bits cost quality, so they come last."""
    together = min(takes, max(1, _SIDE_BY_SIDE // tokens(shape, window)))
    for precision, offload, tiling in _rungs(machine.device):
        way = replace(
            base, device=machine.device, precision=precision, offload=offload, tiling=tiling
        )
        for batch in sorted({together, 1}, reverse=True):
            yield replace(way, batch=batch)


def budget(machine: Machine) -> int:
    """Bytes of the device that a plan may use."""
    allowed = int(machine.total * _MARGIN.get(machine.device, 0.8))
    if machine.device == "cuda" and allowed > 4 * _CONTEXT:
        allowed -= _CONTEXT
    return allowed


def host_budget(machine: Machine) -> int:
    """Bytes of main memory that weights may take beside a device."""
    return int(machine.host_total * _HOST_MARGIN)


def _rungs(device: str) -> tuple[tuple[Precision, Offload, bool], ...]:
    full, half, eighth = Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT8
    whole = ((Offload.NONE, False), (Offload.NONE, True))
    parts = ((Offload.PHASES, False), (Offload.PHASES, True))
    match device:
        case "cuda":
            ladder = [(half, *way) for way in (*whole, *parts, (Offload.BLOCKS, True))]
            last = [(eighth, Offload.PHASES, True), (eighth, Offload.BLOCKS, True)]
            return (*ladder, *last)
        case "mps":
            return tuple((half, *way) for way in (*whole, *parts))
    # Processors are slow in bfloat16, but half of the memory may be all there is.
    return (*((full, *way) for way in (*whole, *parts)), (half, Offload.PHASES, True))
