"""What the network's motion looks like, and how far that is from what was filmed: differentiable.

The same steps as the renderer of a job (forward splatting to a backward map, then reading real
pixels), so that what is learnt is what is seen. Gradients flow through the positions that are read;
which points win where several meet, and where holes are, counts as given.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from pickup_engine.training.samples import Motion, Sample
from pickup_engine.worker.backends.motion.anchors import KNOTS, between, paths_at
from pickup_engine.worker.backends.motion.model import MotionOutput

_PAD = 16
"""Pixels beyond the edges that are imagined to move like the edge."""

_SOLID, _EMPTY = 0.45, 0.20
_THIN = 0.35
_FLOOR = 2.0
"""Squared 8-bit steps below which an error no longer counts: noise, and no eye sees it."""

_DB = 4.342944819


def photometric(output: MotionOutput, mode: int, sample: Sample, which: Sequence[int]) -> Tensor:
    """How far the frames `which` (indices into the sample's times) are from the truth, (m,) dB:
    minus their PSNR, but for a constant."""
    times = [int(sample.times[index]) for index in which]
    weights, residual = _spread(output, mode, sample, times)
    reference, plate = _picture(sample.reference), _picture(sample.plate)
    errors = []
    for index, time, extra in zip(which, times, residual, strict=True):
        moved = _displacement(weights, extra, sample.motion, time)
        made = _draw(moved, sample, reference, plate, time)
        errors.append(((made - _picture(sample.truth[index])) ** 2).mean())
    return _DB * torch.log(torch.stack(errors) + _FLOOR)


def _picture(pixels: object) -> Tensor:
    """(h, w, 3) bytes -> (1, 3, h, w) floats in 0..255."""
    return torch.as_tensor(pixels).permute(2, 0, 1).float()[None]


def _spread(
    output: MotionOutput, mode: int, sample: Sample, times: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Weights (paths, knots, h, w), and the residual at `times`, (m, 2, h, w), in pixels."""
    index = torch.from_numpy(sample.cells_of).long()
    share = torch.from_numpy(sample.shares).float()
    weights = output.weights[0, mode, :, [knot - 1 for knot in KNOTS]]
    places = [time - 1 for time in times]
    residual = output.residual[0, mode, places, :2] * torch.from_numpy(sample.unit)[places]
    both = _listen(torch.cat([weights.flatten(0, 1), residual.flatten(0, 1)]), index, share)
    count = weights.shape[0] * len(KNOTS)
    fine, extra = both[:count], both[count:]
    moving = torch.from_numpy(sample.moving).float()
    height, width = index.shape[1:]
    return (
        fine.view(-1, len(KNOTS), height, width),
        (extra * moving).view(-1, 2, height, width),
    )


def _listen(cells: Tensor, index: Tensor, share: Tensor) -> Tensor:
    """(n, h / 8, w / 8) -> (n, h, w)."""
    flat = cells.flatten(1)
    height, width = index.shape[1:]
    total = torch.zeros(len(flat), height * width)
    for which, weight in zip(index.flatten(1), share.flatten(1), strict=True):
        total = total + flat[:, which] * weight
    return total.view(len(flat), height, width)


def _displacement(weights: Tensor, extra: Tensor, motion: Motion, time: int) -> Tensor:
    """(h, w, 2) pixels after `time` frames."""
    paths = torch.from_numpy(paths_at(motion, float(time)))
    low, part = between(float(time))
    weight = weights[:, low] * (1 - part) + weights[:, low + 1] * part
    return (weight[..., None] * paths).sum(dim=0) + extra.permute(1, 2, 0)


def _draw(moved: Tensor, sample: Sample, reference: Tensor, plate: Tensor, time: int) -> Tensor:
    """The frame that the motion makes, (1, 3, h, w)."""
    height, width = moved.shape[:2]
    importance = torch.from_numpy(sample.importance).float()
    back, hole = _splat(moved, importance)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    front = _read(reference, x - back[..., 0], y - back[..., 1])
    if float(hole.max()) == 0.0:
        return front
    at_x, at_y = sample.motion.camera.place(-time, x.float().numpy(), y.float().numpy())
    behind = _read(plate, torch.from_numpy(at_x), torch.from_numpy(at_y))
    return front * (1 - hole) + behind * hole


def _read(picture: Tensor, x: Tensor, y: Tensor) -> Tensor:
    height, width = picture.shape[2:]
    place = torch.stack([(x + 0.5) * (2 / width) - 1, (y + 0.5) * (2 / height) - 1], dim=-1)
    return functional.grid_sample(
        picture, place[None], mode="bilinear", padding_mode="reflection", align_corners=False
    )


def _splat(moved: Tensor, importance: Tensor) -> tuple[Tensor, Tensor]:
    """Backward motion (h, w, 2) and holes (h, w) in 0..1 from forward motion."""
    height, width = importance.shape
    sides = (_PAD, _PAD, _PAD, _PAD)
    motion = functional.pad(moved.permute(2, 0, 1)[None], sides, mode="replicate")[0].flatten(1)
    weight = functional.pad(importance[None, None], sides, mode="replicate").flatten()
    with torch.no_grad():
        target, share = _targets(motion, height, width)
        mass = share * weight
        planes = torch.zeros(2, height * width + 1)
        planes.index_add_(1, target.flatten(), torch.stack([mass.flatten(), share.flatten()]))
        planes = planes[:, :-1].view(2, height, width)
        smooth = functional.avg_pool2d(planes[None], 5, 1, 2)[0]
        thin = planes[1] < _THIN
        total = torch.where(thin, smooth[0], planes[0]).clamp(min=1e-6)
        cover = torch.where(thin, smooth[1], torch.ones_like(total))
        hole = _wide(((_SOLID - cover) / (_SOLID - _EMPTY)).clamp(0, 1))
    arriving = (mass[None] * motion[:, None]).flatten(1)
    sums = torch.zeros(2, height * width + 1).index_add(1, target.flatten(), arriving)
    sums = sums[:, :-1].view(2, height, width)
    sums = torch.where(thin, functional.avg_pool2d(sums[None], 5, 1, 2)[0], sums)
    return (sums / total).permute(1, 2, 0), hole


def _targets(motion: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """For each padded point, flat indices of the four pixels where it arrives, (4, n), and its
    shares there; what leaves the picture goes to one index behind the last."""
    across = width + 2 * _PAD
    place = torch.arange(motion.shape[1])
    to_x = place % across - _PAD + motion[0]
    to_y = place // across - _PAD + motion[1]
    left, top = to_x.floor(), to_y.floor()
    part_x, part_y = to_x - left, to_y - top
    targets, shares = [], []
    for right in (0, 1):
        for down in (0, 1):
            column, row = left + right, top + down
            inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
            targets.append(torch.where(inside, row * width + column, height * width))
            wide, tall = (part_x if right else 1 - part_x), (part_y if down else 1 - part_y)
            shares.append(wide * tall)
    return torch.stack(targets).long(), torch.stack(shares)


def _wide(hole: Tensor) -> Tensor:
    """Without cracks of less than five pixels."""
    some = (hole > 0).float()[None, None]
    eroded = -functional.max_pool2d(-some, 5, 1, 2)
    return hole * functional.max_pool2d(eroded, 5, 1, 2)[0, 0]
