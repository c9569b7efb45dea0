"""What differs between devices: whether they can be used, and how memory is given back."""

from __future__ import annotations

import gc

import torch
from diffusers import WanVACETransformer3DModel

from pickup.errors import ModelError
from pickup_engine.models.machine import Machine, machine
from pickup_engine.models.vace_execution import host_budget


def usable_device(name: str) -> torch.device:
    """Raises ModelError where a plan counts on a card that PyTorch does not reach."""
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ModelError(
            "The graphics card was found, but PyTorch cannot use it.",
            "Update the driver of the card and start the engine again, or set CUDA_VISIBLE_DEVICES"
            " to -1 to work without it.",
            code="model.no_device",
        )
    return device


def give_back(device: torch.device) -> None:
    """Let other programs have the memory of what is no longer used."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def pass_in_blocks(model: WanVACETransformer3DModel, device: torch.device) -> None:
    """Leave the denoiser in main memory; each of its blocks comes to the device when it works."""
    streams = device.type == "cuda"
    model.enable_group_offload(
        onload_device=device,
        offload_device=torch.device("cpu"),
        offload_type="block_level",
        num_blocks_per_group=1,
        use_stream=streams,
        low_cpu_mem_usage=streams and not pins_all(model.get_memory_footprint(), machine()),
    )


def pins_all(weights: int, machine: Machine) -> bool:
    """Whether main memory has room for a copy of `weights` bytes that the system cannot move away,
    from which a card reads fastest.

    The copy is made while the original is still there, and PyTorch rounds each tensor up to a power
    of two, to twice its size at worst. Otherwise each block is copied when its turn comes.
    """
    return 3 * weights <= host_budget(machine)
