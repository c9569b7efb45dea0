"""Where every take begins: noise from the CPU's generator, so that it is equal on all devices."""

from __future__ import annotations

import hashlib

import torch

_CHANNELS = 16
_SCALE = 8
"""Pixels of a picture's side in one of a latent's."""


def noise(
    seed: int, take: int, window: int, frames: int, width: int, height: int, references: int
) -> torch.Tensor:
    """(1, 16, latent frames, height / 8, width / 8), standard normal.

    The first window of take 0 begins where a plain diffusers call with this seed does.
    """
    generator = torch.Generator("cpu").manual_seed(_derived(seed, take, window))
    length = (frames - 1) // 4 + 1 + references
    shape = (1, _CHANNELS, length, height // _SCALE, width // _SCALE)
    return torch.randn(shape, generator=generator, dtype=torch.float32)


def _derived(seed: int, take: int, window: int) -> int:
    if take == 0 and window == 0:
        return seed
    digest = hashlib.sha256(f"{seed}/{take}/{window}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
