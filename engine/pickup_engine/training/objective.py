"""Flow matching with a clean-sample target, and what counts as a small error."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from pickup_engine.training.batches import Batch
from pickup_engine.worker.backends.motion.network import residual_unit

_MEAN_SHARE = 0.45
"""Samples that are asked for the mean answer instead of one drawn from noise."""

_ALL_NOISE = 0.25
_SHARP = 0.04
"""Error in clip scales below which the logarithmic loss turns quadratic: it prefers being exact on
what can be known over being half right everywhere."""

_HIDDEN_WEIGHT = 0.35
_VISIBLE_WEIGHT = 0.05


@dataclass(frozen=True)
class Question:
    """What the network is asked: arguments of `MotionDiT.forward`, and the answer."""

    motion: Tensor
    sigma: Tensor
    features: Tensor
    code: Tensor
    answer: Tensor


def ask(batch: Batch, chance: Generator) -> Question:
    """Add noise to the target of each sample."""
    unit = torch.from_numpy(residual_unit())
    visible = batch.visible[:, :, None] * 2 - 1
    answer = torch.cat([batch.residual / unit, visible], dim=2)
    count = len(answer)
    mean = (torch.rand(count, generator=chance) < _MEAN_SHARE).float()
    sigma = torch.sigmoid(torch.randn(count, generator=chance) * 1.2 + 0.8)
    whole = torch.rand(count, generator=chance) < _ALL_NOISE
    sigma = torch.where(whole | (mean > 0), torch.ones(count), sigma)
    noise = torch.randn(answer.shape, generator=chance) * (1 - mean).view(-1, 1, 1, 1, 1)
    level = sigma.view(-1, 1, 1, 1, 1)
    motion = (1 - level) * answer + level * noise
    code = torch.cat([batch.code, mean[:, None]], dim=1)
    return Question(motion, sigma, batch.features, code, answer)


def loss(output: Tensor, answer: Tensor) -> Tensor:
    """Mean over a batch; hidden points count less."""
    unit = torch.from_numpy(residual_unit()).to(output.device)
    error = (output[:, :, :2] - answer[:, :, :2]) * unit
    square = (error**2).sum(dim=2, keepdim=True)
    precise = 0.5 * torch.log1p(square / _SHARP**2)
    early = torch.sqrt(square / unit**2 + 0.06**2) - 0.06
    seen = answer[:, :, 2:] > 0
    weight = torch.where(seen, 1.0, _HIDDEN_WEIGHT)
    motion = ((precise + 0.25 * early) * weight).mean()
    visible = ((output[:, :, 2] - answer[:, :, 2]) ** 2).mean()
    return motion + _VISIBLE_WEIGHT * visible


def track_error(output: Tensor, answer: Tensor) -> tuple[float, float]:
    """Mean distance of seen points from the truth in clip scales: network, classical estimate."""
    unit = torch.from_numpy(residual_unit()).to(output.device)
    seen = (answer[:, :, 2] > 0).float()
    truth = answer[:, :, :2] * unit
    network = torch.linalg.vector_norm(output[:, :, :2] * unit - truth, dim=2)
    classical = torch.linalg.vector_norm(truth, dim=2)
    count = seen.sum().clamp(min=1)
    return float((network * seen).sum() / count), float((classical * seen).sum() / count)
