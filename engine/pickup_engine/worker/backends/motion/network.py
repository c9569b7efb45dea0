"""Runs the network: features in, motion residual in pixels out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.model import MotionDiT

RESIDUAL_SCALE = 0.3
"""Typical residual at the last frame in clip scales; grows linearly in time. Targets are divided by
it, so that early frames count as much as late ones."""

SAMPLE_STEPS = 4
_CODES = 6
_MEAN = 5


def residual_unit(frames: int = SPAN) -> Floats:
    """(frames, 1, 1, 1): what one target unit is worth at each frame, in clip scales."""
    time = np.arange(1, frames + 1, dtype=np.float32) / SPAN
    return np.asarray(RESIDUAL_SCALE * time, np.float32).reshape(-1, 1, 1, 1)


class MotionNetwork:
    """The loaded model and its noise schedule."""

    def __init__(self, folder: Path) -> None:
        """Load from a diffusers folder. Raises ModelError where it is missing or broken."""
        try:
            model = MotionDiT.from_pretrained(
                folder, torch_dtype=torch.float32, low_cpu_mem_usage=False, local_files_only=True
            )
            scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(
                folder, local_files_only=True
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise ModelError(
                f"The draft model in {folder} cannot be loaded: {error}",
                "Install Pickup again; its files are damaged or incomplete.",
                code="model.broken",
            ) from error
        self._model = model.eval()
        self._scheduler = scheduler

    def mean(self, analysis: Analysis) -> Floats:
        """The expected residual, (16, 2, h / 8, w / 8) pixels: one evaluation without noise."""
        features = torch.from_numpy(analysis.cells)[None]
        empty = torch.zeros(1, SPAN, 3, *features.shape[2:])
        code = torch.zeros(1, _CODES)
        code[0, _MEAN] = 1.0
        with torch.inference_mode():
            clean = self._model(empty, torch.ones(1), features, code)
        return _to_pixels(clean, analysis)

    def draw(self, analysis: Analysis, seed: int) -> Floats:
        """One sample of the residual, like `mean`; equal for equal seeds."""
        features = torch.from_numpy(analysis.cells)[None]
        source = torch.Generator().manual_seed(seed % 2**63)
        motion = torch.randn(1, SPAN, 3, *features.shape[2:], generator=source)
        code = torch.zeros(1, _CODES)
        self._scheduler.set_timesteps(sigmas=np.linspace(1.0, 1.0 / SAMPLE_STEPS, SAMPLE_STEPS))
        with torch.inference_mode():
            for index, time in enumerate(self._scheduler.timesteps):
                sigma = self._scheduler.sigmas[index]
                clean = self._model(motion, sigma.view(1), features, code)
                velocity = (motion - clean) / sigma
                motion = self._scheduler.step(velocity, time, motion, return_dict=False)[0]
        return _to_pixels(motion, analysis)


def _to_pixels(residual: torch.Tensor, analysis: Analysis) -> Floats:
    motion: Floats = residual[0, :, :2].numpy() * residual_unit() * np.float32(analysis.scale)
    return motion
