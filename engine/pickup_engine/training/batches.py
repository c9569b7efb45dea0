"""Batches of tensors, the same for the same seed and step, on any number of processes."""

from __future__ import annotations

import multiprocessing
from collections import OrderedDict
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from pickup_engine.training.samples import Sample, draw_batch
from pickup_engine.training.scenes import Stock

_REUSE = 3
"""Steps for each newly drawn group: drawing is slower than training."""

_WINDOW = 24
"""Groups that a step may be taken from; older ones are forgotten."""

_STOCK_EVERY = 400
"""Groups made from one stock of textures."""


@dataclass(frozen=True)
class Batch:
    """features (b, 30, h, w), residual (b, 16, 2, h, w), visible (b, 16, h, w), code (b, 5)."""

    features: Tensor
    residual: Tensor
    visible: Tensor
    code: Tensor

    @staticmethod
    def stack(samples: list[Sample]) -> Batch:
        """Put samples of one size together."""
        return Batch(
            torch.from_numpy(np.stack([sample.features for sample in samples])),
            torch.from_numpy(np.stack([sample.residual for sample in samples])),
            torch.from_numpy(np.stack([sample.visible for sample in samples])),
            torch.from_numpy(np.stack([sample.code for sample in samples])),
        )

    def to(self, device: torch.device) -> Batch:
        """On another device."""
        return Batch(
            self.features.to(device),
            self.residual.to(device),
            self.visible.to(device),
            self.code.to(device),
        )


class Batches:
    """Draws groups of samples ahead of time in `workers` processes (0 = here, when needed)."""

    def __init__(self, seed: int, size: int, workers: int, tiny: bool = False) -> None:
        self._seed, self._size, self._tiny = seed, size, tiny
        self._workers = workers
        self._groups: OrderedDict[int, Future[list[Sample]] | list[Sample]] = OrderedDict()
        self._pool: ProcessPoolExecutor | None = None
        if workers:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(workers, mp_context=context)

    def at(self, step: int) -> Batch:
        """The batch of a step: any of the last groups, chosen by seed and step."""
        newest = step // _REUSE
        for ahead in range(self._workers * 2):
            self._ask(newest + ahead + 1)
        chance = np.random.default_rng([self._seed, 1, step])
        oldest = max(0, newest - _WINDOW + 1)
        group = int(chance.integers(oldest, newest + 1))
        for past in [key for key in self._groups if key < oldest]:
            del self._groups[past]
        return Batch.stack(self._take(group))

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _ask(self, group: int) -> None:
        if group not in self._groups and self._pool is not None:
            self._groups[group] = self._pool.submit(_draw, *self._arguments(group))

    def _take(self, group: int) -> list[Sample]:
        found = self._groups.get(group)
        if isinstance(found, Future):
            found = found.result()
        elif found is None:
            found = _draw(*self._arguments(group))
        self._groups[group] = found
        return found

    def _arguments(self, group: int) -> tuple[int, int, int, bool]:
        return self._seed, group, self._size, self._tiny


class _Stocks:
    """The last stock of this process."""

    def __init__(self) -> None:
        self._key: tuple[int, bool] | None = None
        self._stock: Stock | None = None

    def get(self, seed: int, tiny: bool) -> Stock:
        """The stock of a seed, made once."""
        if self._stock is None or self._key != (seed, tiny):
            self._key = seed, tiny
            self._stock = Stock.make(seed, 3, 6, 3) if tiny else Stock.make(seed)
        return self._stock


def _draw(seed: int, group: int, size: int, tiny: bool) -> list[Sample]:
    cv2.setNumThreads(1)
    stock = _STOCKS.get(seed * 1000 + group // _STOCK_EVERY, tiny)
    return draw_batch(seed, group, stock, size, tiny)


_STOCKS = _Stocks()
