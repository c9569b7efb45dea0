"""Begin with the weights of an earlier network, also one with fewer inputs and outputs."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from pickup_engine.worker.backends.motion.model import MotionDiT


@torch.no_grad()
def start_from(network: MotionDiT, folder: Path) -> None:
    """Copy what fits from the shards in a folder: the leading part of each tensor that both have.

    Inputs that the old network did not have begin at zero, so that it answers as before.
    """
    own = network.state_dict()
    for shard in sorted(folder.glob("*.safetensors")):
        for name, value in load_file(shard).items():
            if name in own:
                own[name] = _grown(value.float(), own[name])
    network.load_state_dict(own)


def _grown(value: Tensor, like: Tensor) -> Tensor:
    if value.shape == like.shape:
        return value
    grown = torch.zeros_like(like)
    part = tuple(slice(0, min(a, b)) for a, b in zip(value.shape, like.shape, strict=True))
    grown[part] = value[part]
    return grown
