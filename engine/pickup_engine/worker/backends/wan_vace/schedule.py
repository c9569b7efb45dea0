"""The noise levels of a job, from all of them down to the last few."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import UniPCMultistepScheduler


class PartialUniPC(UniPCMultistepScheduler):
    """`UniPCMultistepScheduler` that begins later: at a share of the noise, not at all of it.

    A restyle that begins with the source under less noise stays closer to it (SDEdit, Meng et al.,
    2021). share: of the steps that are made, above 0 up to 1.
    """

    share: float = 1.0
    timesteps: torch.Tensor
    sigmas: torch.Tensor

    def set_timesteps(self, *arguments: Any, **named: Any) -> None:
        """As its parent does, then without the steps before the share."""
        super().set_timesteps(*arguments, **named)
        skipped = len(self.timesteps) - made_steps(len(self.timesteps), self.share)
        self.timesteps = self.timesteps[skipped:]
        self.sigmas = self.sigmas[skipped:]
        self.num_inference_steps = len(self.timesteps)

    def begin(self, noise: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        """Latents of the source under the noise that the first step expects."""
        sigma = self.sigmas[0].to(noise.device)
        return sigma * noise + (1 - sigma) * source


def made_steps(steps: int, share: float) -> int:
    """How many of the steps are made; one at least."""
    return max(1, min(steps, round(steps * share)))
