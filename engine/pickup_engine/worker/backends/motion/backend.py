"""The embedded motion model behind the `Backend` door."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pickup.errors import ModelError
from pickup.protocol import Operation
from pickup_engine.worker.backends.base import Conditioning, Generated, Report
from pickup_engine.worker.backends.motion.backtest import Memory
from pickup_engine.worker.backends.motion.extend import extend
from pickup_engine.worker.backends.motion.network import MotionNetwork

WEIGHTS = Path(__file__).parent / "weights"
"""The weights that ship inside Pickup."""


class MotionBackend:
    """Extends with the motion network; removes, places and restyles with classical means."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        self._folder = folder
        self._network: MotionNetwork | None = None
        self._hash: str | None = None
        self._memory = Memory()

    def load(self, report: Report) -> None:
        """Read the weights. Raises ModelError where they are missing or broken."""
        if self._network is None:
            self._network = MotionNetwork(self._folder)

    def generate(self, conditioning: Conditioning, report: Report) -> Generated:
        """Make one take. Deterministic for equal conditioning. Raises ModelError."""
        match conditioning.operation:
            case Operation.EXTEND | Operation.BRIDGE:
                self.load(report)
                assert self._network is not None
                return extend(conditioning, self._network, report, self._memory)
            case Operation.INPAINT:
                if conditioning.cutout is not None:
                    from pickup_engine.worker.backends.motion.cutout import place_cutout

                    return place_cutout(conditioning, report)
                from pickup_engine.worker.backends.motion.inpaint import remove

                return remove(conditioning, report)
            case Operation.RESTYLE if conditioning.camera or conditioning.strokes:
                from pickup_engine.worker.backends.motion.reframe import reframe

                return reframe(conditioning, report)
            case Operation.RESTYLE:
                from pickup_engine.worker.backends.motion.look import restyle

                return restyle(conditioning, report)
        raise ModelError(
            f"The draft model cannot {conditioning.operation}.",
            "Choose another model (see `pickup models list`).",
            code="model.cannot",
        )

    def expand(
        self, conditioning: Conditioning, takes: Sequence[int], report: Report
    ) -> Iterator[Generated]:
        """One after the other: what they have in common is kept by the backtest's memory."""
        for take in takes:
            yield self.generate(replace(conditioning, take=take), report)

    def unload(self) -> None:
        """Drop the weights."""
        self._network = None

    @property
    def sha256(self) -> str:
        """Hash over the weight shards in the order of their names."""
        if self._hash is None:
            digest = hashlib.sha256()
            for shard in sorted(self._folder.glob("*.safetensors")):
                digest.update(shard.read_bytes())
            self._hash = digest.hexdigest()
        return self._hash
