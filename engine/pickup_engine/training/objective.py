"""What one sample teaches: frames that look like the real ones, and samples of exact motion."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from pickup_engine.training.photometric import photometric
from pickup_engine.training.samples import Sample
from pickup_engine.worker.backends.motion.model import CODES, MotionDiT, MotionOutput
from pickup_engine.worker.backends.motion.network import residual_unit

_SHARP = 0.04
"""Error in clip scales below which the logarithmic loss turns quadratic: it prefers being exact on
what can be known over being half right everywhere."""

_HIDDEN_WEIGHT = 0.35
_VISIBLE_WEIGHT = 0.05
_ALL_NOISE = 0.25

_CALM = 0.4
"""dB for a residual of one target unit everywhere: the anchored paths are to do the most."""


def guess(network: MotionDiT, sample: Sample) -> MotionOutput:
    """Ask for the best single guess."""
    return network.best_guess(_features(sample))


def seen_loss(network: MotionDiT, sample: Sample, which: Sequence[int], mode: int = 0) -> Tensor:
    """How unlike the truth the frames `which` of the best guess look, in dB."""
    output = guess(network, sample)
    calm = (output.residual[:, mode, :, :2] ** 2).mean()
    return photometric(output, mode, sample, which).mean() + _CALM * calm


def denoising_loss(network: MotionDiT, sample: Sample, chance: Generator) -> Tensor:
    """How far the motion denoised from a random level is from the exact one; needs `tracks`."""
    tracks = torch.from_numpy(sample.tracks).float()[None]
    visible = torch.from_numpy(sample.visible).float()[None, :, None] * 2 - 1
    paths = torch.from_numpy(sample.paths).float()[None]
    answer = torch.cat([tracks, visible], dim=2)
    sigma = torch.sigmoid(torch.randn(1, generator=chance) * 1.2 + 0.8)
    if float(torch.rand(1, generator=chance)) < _ALL_NOISE:
        sigma = torch.ones(1)
    noise = torch.randn(answer.shape, generator=chance)
    motion = (1 - sigma) * answer + sigma * noise
    output: MotionOutput = network(motion, sigma, _features(sample), torch.zeros(1, CODES))
    return track_loss(output.mixed(paths), answer)


def track_loss(output: Tensor, answer: Tensor) -> Tensor:
    """(b, frames, 3, h, w) both; hidden points count less."""
    unit = torch.from_numpy(residual_unit())
    error = (output[:, :, :2] - answer[:, :, :2]) * unit
    square = (error**2).sum(dim=2, keepdim=True)
    precise = 0.5 * torch.log1p(square / _SHARP**2)
    early = torch.sqrt(square / unit**2 + 0.06**2) - 0.06
    weight = torch.where(answer[:, :, 2:] > 0, 1.0, _HIDDEN_WEIGHT)
    motion = ((precise + 0.25 * early) * weight).mean()
    visible = ((output[:, :, 2] - answer[:, :, 2]) ** 2).mean()
    return motion + _VISIBLE_WEIGHT * visible


def _features(sample: Sample) -> Tensor:
    return torch.from_numpy(sample.features).float()[None]
