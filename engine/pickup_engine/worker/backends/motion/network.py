"""Runs the network: features in, weights of paths and a residual in pixels out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.anchors import DEFAULT, KNOTS, paths_at
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.flow import at_cells
from pickup_engine.worker.backends.motion.mixture import Prediction
from pickup_engine.worker.backends.motion.model import CODES, MotionDiT, MotionOutput

RESIDUAL_SCALE = 0.3
"""Typical residual at the last frame in clip scales; grows linearly in time. Targets are divided by
it, so that early frames count as much as late ones."""

SAMPLE_STEPS = 4


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

    def mean(self, analysis: Analysis, mode: int = 0) -> Prediction:
        """The best single guess, or another of the likely ways to go on: one evaluation."""
        with torch.inference_mode():
            output = self._model.best_guess(torch.from_numpy(analysis.cells)[None])
        return _prediction(output, analysis, mode)

    def draw(self, analysis: Analysis, seed: int) -> Prediction:
        """One sample of what may come, denoised in a few steps; equal for equal seeds."""
        features = torch.from_numpy(analysis.cells)[None]
        paths = torch.from_numpy(target_paths(analysis))[None]
        source = torch.Generator().manual_seed(seed % 2**63)
        motion = torch.randn(1, SPAN, 3, *features.shape[2:], generator=source)
        code = torch.zeros(1, CODES)
        self._scheduler.set_timesteps(sigmas=np.linspace(1.0, 1.0 / SAMPLE_STEPS, SAMPLE_STEPS))
        with torch.inference_mode():
            for index, time in enumerate(self._scheduler.timesteps):
                sigma = self._scheduler.sigmas[index]
                output = self._model(motion, sigma.view(1), features, code)
                velocity = (motion - output.mixed(paths)) / sigma
                motion = self._scheduler.step(velocity, time, motion, return_dict=False)[0]
        return _prediction(output, analysis, 0)


def target_paths(analysis: Analysis, frames: int = SPAN) -> Floats:
    """(paths, frames, 2, h / 8, w / 8): the anchored paths of a shot at its cells, as differences
    to the default one, in target units."""
    paths = _paths_at_cells(analysis, frames)
    unit = residual_unit(frames) * np.float32(analysis.scale)
    return np.asarray((paths - paths[DEFAULT : DEFAULT + 1]) / unit, np.float32)


def default_path(analysis: Analysis, frames: int = SPAN) -> Floats:
    """(frames, 2, h / 8, w / 8): the default path in pixels."""
    path: Floats = _paths_at_cells(analysis, frames)[DEFAULT]
    return path


def _paths_at_cells(analysis: Analysis, frames: int) -> Floats:
    found = [
        np.stack([at_cells(path) for path in paths_at(analysis, float(time))])
        for time in range(1, frames + 1)
    ]
    return np.stack(found, axis=1).transpose(0, 1, 4, 2, 3)


def _prediction(output: MotionOutput, analysis: Analysis, mode: int) -> Prediction:
    weights = output.weights[0, mode, :, [knot - 1 for knot in KNOTS]].numpy()
    residual = output.residual[0, mode, :, :2].numpy() * residual_unit()
    return Prediction(weights, np.asarray(residual * np.float32(analysis.scale), np.float32))
