"""More motion out of the same scenes, by changing features and targets together."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Generator, Tensor

from pickup_engine.training.batches import Batch
from pickup_engine.worker.backends.motion.hint import TAU

# Channels of `features.analyse`, in its order.
_ACROSS = [0, 3, 6, 9, 18, 20]
_DOWN = [1, 4, 7, 10, 19, 21]
_HAS_PAST, _SPREAD, _HAS_END = 12, 13, 24
_COLOURS = (slice(14, 17), slice(25, 28))
_X, _Y = 28, 29
_LAG_CHANNELS = 4
_LIMIT, _TARGET_LIMIT = 4.0, 6.0


def augment(batch: Batch, chance: Generator) -> Batch:
    """Flip, recolour, and add steady camera motion."""
    batch = replace(batch, features=batch.features.clone(), residual=batch.residual.clone())
    if _draw(chance) < 0.5:
        batch = _flip(batch, -1, 0, _ACROSS, _X)
    if _draw(chance) < 0.5:
        batch = _flip(batch, -2, 1, _DOWN, _Y)
    order = torch.randperm(3, generator=chance)
    gain = 0.6 + 0.6 * _draw(chance)
    for colours in _COLOURS:
        batch.features[:, colours] = batch.features[:, colours][:, order] * gain
    return add_camera(batch, chance)


def _draw(chance: Generator) -> float:
    return float(torch.rand(1, generator=chance))


def _flip(batch: Batch, axis: int, component: int, channels: list[int], place: int) -> Batch:
    features, residual = batch.features.flip(axis), batch.residual.flip(axis)
    features[:, channels] *= -1
    features[:, place] *= -1
    residual[:, :, component] *= -1
    code = batch.code.clone()
    code[:, component] *= -1
    code[:, 3] *= -1
    return Batch(features, residual, batch.visible.flip(axis), code)


def add_camera(batch: Batch, chance: Generator) -> Batch:
    """Add a random steady pan, zoom and turn to half of the samples without an end frame.

    Only numbers change: the velocity channels get it at once, the target what the decaying
    classical estimate lacks of it. Drawn scenes alone have too few full-frame steady motions, and
    the network then learns to brake all of them.
    """
    features, residual = batch.features.clone(), batch.residual.clone()
    count = len(features)
    has_past, has_end = features[:, _HAS_PAST, 0, 0] > 0.5, features[:, _HAS_END, 0, 0] > 0.5
    chosen = has_past & ~has_end & (torch.rand(count, generator=chance) < 0.5)
    added = _camera_motion(features, chance) * chosen[:, None, None, None]
    for index in range(_LAG_CHANNELS):
        features[:, _ACROSS[index]] += added[:, 0]
        features[:, _DOWN[index]] += added[:, 1]
    features[:, _ACROSS[4]] += added[:, 0]
    features[:, _DOWN[4]] += added[:, 1]
    scale = torch.where(chosen, _scale(features), torch.ones(count))
    for channel in [*_ACROSS[:5], *_DOWN[:5], _SPREAD]:
        scaled = features[:, channel] / scale[:, None, None]
        features[:, channel] = scaled.clamp(-_LIMIT, _LIMIT)
    time = torch.arange(1, residual.shape[1] + 1)
    lacking = (time - TAU * (1 - torch.exp(-time / TAU))) / len(time)
    residual = residual + lacking.view(1, -1, 1, 1, 1) * added[:, None]
    residual = (residual / scale.view(-1, 1, 1, 1, 1)).clamp(-_TARGET_LIMIT, _TARGET_LIMIT)
    code = batch.code * (~chosen)[:, None]
    return Batch(features, residual, batch.visible, code)


def _camera_motion(features: Tensor, chance: Generator) -> Tensor:
    """(b, 2, h, w) displacement over 16 frames, in clip scales."""
    count, _, height, width = features.shape
    angle = torch.rand(count, generator=chance) * 2 * math.pi
    length = torch.exp(torch.rand(count, generator=chance) * 4.1 - 2.3)
    pans = (torch.rand(count, generator=chance) < 0.85) * length
    strength = length.clamp(max=2)
    zoom = torch.randn(count, generator=chance) * 0.5 * strength
    zoom = zoom * (torch.rand(count, generator=chance) < 0.4)
    turn = torch.randn(count, generator=chance) * 0.4 * strength
    turn = turn * (torch.rand(count, generator=chance) < 0.25)
    x, y = features[:, _X], features[:, _Y] * (height / width)
    zoom, turn = zoom[:, None, None], turn[:, None, None]
    across = (angle.cos() * pans)[:, None, None] + zoom * x - turn * y
    down = (angle.sin() * pans)[:, None, None] + zoom * y + turn * x
    return torch.stack([across, down], dim=1)


def _scale(features: Tensor) -> Tensor:
    """What `features.analyse` would divide by now, in old clip scales."""
    across = features[:, _ACROSS[:3]].median(dim=1).values
    down = features[:, _DOWN[:3]].median(dim=1).values
    return torch.quantile(torch.hypot(across, down).flatten(1), 0.95, dim=1).clamp(min=0.2)
