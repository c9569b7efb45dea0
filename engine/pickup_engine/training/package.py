"""Make a weights folder out of a checkpoint:
`python -m pickup_engine.training.package CHECKPOINT FOLDER`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from pickup_engine.training.train import make_network

_SHARD = "15MB"
"""Largest file: some hosts of repositories refuse larger ones."""


def package(checkpoint: Path, folder: Path) -> None:
    """Write config, scheduler and bfloat16 shards of the averaged network."""
    stored = torch.load(checkpoint, map_location="cpu")
    network = make_network(stored["tiny"])
    network.load_state_dict(stored["average"])
    network.to(torch.bfloat16).save_pretrained(folder, max_shard_size=_SHARD)
    FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=1.0).save_pretrained(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.package", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    package(given.checkpoint, given.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
