"""Diffusers' own pipeline, with what it does in one go taken apart into phases.

The pictures are encoded once and the denoising runs on what came of it, for several takes side by
side; decoding follows on its own. So each phase can have the device to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from PIL import Image
from torch import nn

from pickup_engine.worker.backends.base import Bytes
from pickup_engine.worker.backends.wan_vace.inputs import VaceInputs

FRAMES_IN_LATENT = 4


@dataclass(frozen=True)
class Encoded:
    """What the denoiser is shown of one take's window.

    latents: (1, 32, t, h, w), kept half and made half; mask: (1, 64, t, h, w); the first
    `references` of t are the references. source: (1, 16, t, h, w), what a restyle begins with; None
    where it begins with noise.
    """

    latents: torch.Tensor
    mask: torch.Tensor
    references: int
    source: torch.Tensor | None = None


@dataclass(frozen=True)
class Sampler:
    """How it is denoised. positive, negative: (1, n, features); negative is None without
    guidance."""

    steps: int
    guidance: float
    positive: torch.Tensor
    negative: torch.Tensor | None


class Seat(nn.Module):
    """Stands where a pipeline has a denoiser. The denoiser itself is fetched for each call, so that
    it can leave in between: the pipeline's own variables would keep it in memory.

    config, dtype: the denoiser's.
    """

    def __init__(
        self, config: Any, dtype: torch.dtype, fetch: Callable[[], WanVACETransformer3DModel]
    ) -> None:
        super().__init__()
        self.config = config
        self.dtype = dtype
        self._fetch = fetch

    def forward(self, **arguments: Any) -> Any:
        """The denoiser's answer."""
        return self._fetch()(**arguments)

    def cache_context(self, name: str) -> AbstractContextManager[None]:
        """Whether it is asked with the words or without."""
        return self._fetch().cache_context(name)


class TakesPipeline(WanVACEPipeline):
    """`WanVACEPipeline` whose call takes what `encode` made of pictures, for several takes."""

    working: torch.device
    shown: tuple[Encoded, ...] = ()

    @property
    def _execution_device(self) -> torch.device:
        # The parts may lie elsewhere while they rest, so they cannot tell.
        return self.working

    @torch.no_grad()
    def encode(self, inputs: VaceInputs, source: Sequence[Image.Image] = ()) -> Encoded:
        """Pictures, mask and references to what the denoiser takes, and the source with them."""
        video, mask, references = super().preprocess_conditions(
            inputs.video,
            inputs.mask,
            inputs.references or None,
            1,
            inputs.height,
            inputs.width,
            inputs.frames,
            torch.float32,
            self.working,
        )
        if video.shape[2:] != (inputs.frames, inputs.height, inputs.width):
            raise ValueError(f"the pipeline made {tuple(video.shape)} of the pictures")
        latents = super().prepare_video_latents(video, mask, references, None, self.working)
        count = len(references[0])
        # Left alone with them, it cuts the references' part where there are more than latents.
        masks = super().prepare_masks(mask, [[]])
        kept = masks.new_zeros(masks.shape[0], masks.shape[1], count, *masks.shape[3:])
        masks = torch.cat([kept, masks], dim=2)
        if not source:
            return Encoded(latents, masks, count)
        channels = self.vae.config.z_dim
        begun = torch.cat([latents[:, :channels, :count], self._encode(source)], dim=2)
        return Encoded(latents, masks, count, begun)

    def _encode(self, pictures: Sequence[Image.Image]) -> torch.Tensor:
        """(1, 16, t, h, w), normalised."""
        video = self.video_processor.preprocess_video(list(pictures)).to(self.working)
        mean, deviation = latent_statistics(self.vae, self.working)
        return (self.vae.encode(video).latent_dist.mode() - mean) / deviation

    def denoise(
        self,
        shown: Sequence[Encoded],
        start: torch.Tensor,
        sampler: Sampler,
        after_step: Callable[[int], None],
    ) -> torch.Tensor:
        """Latents of all takes, without those of references: (takes, 16, t, h, w).

        start: (takes, 16, t + references, h, w). `after_step` gets the number of the step that is
        done and stops everything with an exception.
        """
        takes, _, length, height, width = start.shape
        self.shown = tuple(shown)
        references = self.shown[0].references
        negative = sampler.negative

        def told(_: Any, step: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
            after_step(step)
            return values

        try:
            (made,) = self(
                prompt_embeds=sampler.positive.expand(takes, -1, -1),
                negative_prompt_embeds=None if negative is None else negative.expand(takes, -1, -1),
                height=height * self.vae_scale_factor_spatial,
                width=width * self.vae_scale_factor_spatial,
                num_frames=(length - references - 1) * FRAMES_IN_LATENT + 1,
                num_inference_steps=sampler.steps,
                guidance_scale=sampler.guidance,
                latents=start,
                output_type="latent",
                return_dict=False,
                callback_on_step_end=told,
                callback_on_step_end_tensor_inputs=["latents"],
            )
        finally:
            self.shown = ()
            self.maybe_free_model_hooks()
        return made[:, :, references:]

    def preprocess_conditions(self, *_: Any, **__: Any) -> tuple[None, None, list[list[None]]]:
        """Nothing is left to do: what the call asks for is only how many references there are."""
        return None, None, [[None] * self.shown[0].references]

    def prepare_video_latents(self, *_: Any, **__: Any) -> torch.Tensor:
        """(takes, 32, t, h, w)."""
        return torch.cat([one.latents for one in self.shown]).to(self.working)

    def prepare_masks(self, *_: Any, **__: Any) -> torch.Tensor:
        """(takes, 64, t, h, w)."""
        return torch.cat([one.mask for one in self.shown]).to(self.working)


def guess(scheduler: UniPCMultistepScheduler) -> torch.Tensor | None:
    """What the denoiser took the finished latents to be in the step that is done; None where the
    scheduler does not keep it."""
    outputs = scheduler.model_outputs
    return outputs[-1] if scheduler.config.predict_x0 else None


def latent_statistics(vae: AutoencoderKLWan, device: torch.device) -> tuple[Any, Any]:
    """Mean and deviation of the autoencoder's latents, each (1, 16, 1, 1, 1)."""
    shape = (1, vae.config.z_dim, 1, 1, 1)
    return (
        torch.tensor(vae.config.latents_mean, device=device).view(shape),
        torch.tensor(vae.config.latents_std, device=device).view(shape),
    )


@torch.no_grad()
def decode(vae: AutoencoderKLWan, latents: torch.Tensor, frames: int) -> Bytes:
    """The first `frames` pictures of (1, 16, t, h, w) as (frames, h', w', 3), 8 bit."""
    # The autoencoder looks back only: what is not wanted at the end need not be decoded.
    needed = latents[:, :, : (frames - 1 + FRAMES_IN_LATENT - 1) // FRAMES_IN_LATENT + 1]
    mean, deviation = latent_statistics(vae, latents.device)
    video = vae.decode(needed.to(vae.dtype) * deviation + mean, return_dict=False)[0]
    codes = ((video[0, :, :frames] + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return np.ascontiguousarray(codes.permute(1, 2, 3, 0).cpu().numpy())


@contextmanager
def counted(module: nn.Module, step: Callable[[], None]) -> Iterator[None]:
    """`step` is called before each of the module's calls; what it raises stops everything."""
    handle = module.register_forward_pre_hook(lambda *_: step())
    try:
        yield
    finally:
        handle.remove()
