"""The second stage of training: the other ways to go on, for further takes.

Only the output layers of modes 1 and up are learnt; what the network says as its best guess stays
exactly as it is. Winner takes (almost) all, as in multiple choice learning (Guzman-Rivera et al.,
2012): the mode that came closest to what was filmed learns most, so that the modes spread out over
what may happen; the small share of the others keeps each of them likely.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from pickup_engine.training.objective import guess
from pickup_engine.training.photometric import photometric
from pickup_engine.training.samples import Sample
from pickup_engine.worker.backends.motion.model import MotionDiT

_OTHERS = 0.15
"""What all modes together learn from a sample that one of them won."""


def takes_loss(network: MotionDiT, sample: Sample, which: int) -> Tensor:
    """How unlike the truth frame `which` of the closest mode looks, and a little of all, in dB."""
    output = guess(network, sample)
    losses = torch.cat(
        [photometric(output, mode, sample, [which]) for mode in range(1, network.modes)]
    )
    return (1 - _OTHERS) * losses.min() + _OTHERS * losses.mean()


def only_other_modes(network: MotionDiT) -> list[nn.Parameter]:
    """Freeze all but the outputs of modes 1 and up; returns what is left to learn."""
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    learnt: list[nn.Parameter] = []
    for layer in (network.motion_out, network.paths_out):
        first = layer.out_features // network.modes
        for parameter in layer.parameters():
            parameter.requires_grad_(True)
            # torch does not type its hooks.
            parameter.register_hook(partial(_without_first, first))  # type: ignore[no-untyped-call]
            learnt.append(parameter)
    return learnt


def _without_first(first: int, grad: Tensor) -> Tensor:
    grad = grad.clone()
    grad[:first] = 0
    return grad
