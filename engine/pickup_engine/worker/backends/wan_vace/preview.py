"""Pictures of how it is going, straight from latents: decoding would need the autoencoder, and with
it memory that a small device does not have while it denoises."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan

from pickup_engine.worker.backends.base import Bytes
from pickup_engine.worker.backends.wan_vace.pipeline import latent_statistics

SAMPLES: Final = 2
"""Pictures of the shot from which colours are learnt; each costs a latent frame of encoding."""


class Preview:
    """A linear map from a latent pixel to its colour, fitted to pictures of the shot itself."""

    def __init__(self, weights: torch.Tensor) -> None:
        self._weights = weights

    @staticmethod
    @torch.no_grad()
    def fit(vae: AutoencoderKLWan, pictures: Bytes, device: torch.device) -> Preview:
        """Learn the map from (k, h, w, 3), at most `SAMPLES` of them, spread over k."""
        rows = np.unique(np.linspace(0, len(pictures) - 1, SAMPLES).round().astype(int))
        mean, deviation = latent_statistics(vae, device)
        latents, colours = [], []
        for row in rows:
            picture = torch.from_numpy(np.ascontiguousarray(pictures[row])).to(device)
            colour = picture.permute(2, 0, 1)[None].to(vae.dtype) / 127.5 - 1
            latent = vae.encode(colour[:, :, None]).latent_dist.mode()
            latents.append(_rows((latent - mean) / deviation))
            colours.append(F.adaptive_avg_pool2d(colour, latent.shape[-2:]).flatten(2)[0].T)
        known = torch.cat(latents).cpu().double()
        # A little of the identity keeps the answer tame where a shot has few colours.
        ridge = 1e-3 * len(known) * torch.eye(known.shape[1], dtype=known.dtype)
        wanted = known.T @ torch.cat(colours).cpu().double()
        return Preview(torch.linalg.solve(known.T @ known + ridge, wanted).float())

    @torch.no_grad()
    def picture(self, latents: torch.Tensor, frame: int, size: tuple[int, int]) -> Bytes:
        """Frame `frame` of (16, t, h, w) as a (height, width, 3) picture of `size` (width,
        height)."""
        _, _, height, width = latents.shape
        known = _rows(latents[None, :, frame : frame + 1]).float().cpu()
        colour = (known @ self._weights).view(height, width, 3).numpy()
        codes = np.clip((colour + 1) * 127.5, 0, 255).astype(np.uint8)
        return cv2.resize(codes, size, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _rows(latents: torch.Tensor) -> torch.Tensor:
    """(1, 16, 1, h, w) as (h * w, 17), the last column 1."""
    flat = latents[0, :, 0].flatten(1).T
    return torch.cat([flat, torch.ones_like(flat[:, :1])], dim=1)


def middle(begin: int, end: int) -> int:
    """The latent frame in the middle of the pictures [begin, end) of a window."""
    return ((begin + end) // 2 + 3) // 4
