"""The second stage of training: the other ways to go on, for further takes.

Only the output layers of modes 1 and up are learnt; what the network says as its best guess stays
exactly as it is. Winner takes (almost) all, as in multiple choice learning (Guzman-Rivera et al.,
2012): the mode that came closest to what was filmed learns most, so that the modes spread out over
what may happen; the small share of the others keeps each of them likely.
"""

from __future__ import annotations

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
    """Freeze all but the output layers; returns what is left to learn. Their rows of mode 0 are
    kept by `spare_best_guess`."""
    network.requires_grad_(False)
    learnt = [*network.motion_out.parameters(), *network.paths_out.parameters()]
    for parameter in learnt:
        parameter.requires_grad_(True)
    return learnt


def spare_best_guess(network: MotionDiT) -> None:
    """Take the gradient off the rows of mode 0, before a step."""
    for layer in (network.motion_out, network.paths_out):
        for parameter in layer.parameters():
            if parameter.grad is not None:
                parameter.grad[: layer.out_features // network.modes] = 0
