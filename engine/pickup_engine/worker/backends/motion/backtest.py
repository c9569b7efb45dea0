"""Choose a way to go on by trying all of them on the shot's own known frames."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.render import render_warp
from pickup_engine.worker.backends.base import Bytes, Report, View
from pickup_engine.worker.backends.motion.candidates import (
    TRIED,
    Candidate,
    mover,
)
from pickup_engine.worker.backends.motion.features import LAGS, Analysis, analyse
from pickup_engine.worker.backends.motion.mixture import Prediction
from pickup_engine.worker.backends.motion.moved import stage
from pickup_engine.worker.backends.motion.quality import psnr, ssim

_RECENT = 8
"""Frames of the first trial: the last ones before the cut."""

_LONG = TRIED
"""Frames of the second trial, where so many are known: what happens after a second."""

_LONG_LEAST = 12
"""A shorter second trial would only repeat the first."""

_LOOK_BACK = 17
_LIKENESS = 15.0
"""dB that an SSIM of 1 is worth in the choice: at PSNR alone it moves still ground too often."""

_LOOKS = 5
"""Frames of a trial that are compared; neighbours tell the same."""

_LARGE = 4.0
"""Gains level off here: past a few dB a trial says that a way fits, not how well it will."""

_LOSS = 2.0
"""A loss counts so many times: what failed once on the shot fails again."""

Predict = Callable[[Analysis], Prediction | None]
"""The network's best single guess; None = there is no network."""


@dataclass(frozen=True)
class Scores:
    """Candidate name -> what speaks for it against the first candidate, and its PSNR in dB, both
    over predicted known frames; empty where too few are known."""

    values: Mapping[str, float]
    psnr: Mapping[str, float]

    @property
    def best(self) -> str | None:
        """The name with the best value, the first of equals."""
        if not self.values:
            return None
        return max(self.values, key=lambda name: self.values[name])

    @property
    def confidence(self) -> float | None:
        """0 at 20 dB (nothing matches) .. 1 at 36 dB (the eye sees no difference) of the best."""
        best = self.best
        if best is None:
            return None
        return min(1.0, max(0.0, (self.psnr[best] - 20.0) / 16.0))


def trials(known: int) -> tuple[int, ...]:
    """How many last frames are predicted from those before, for each trial."""
    recent = min(_RECENT, (known - 1) // 2)
    long = min(_LONG, known - 1 - max(LAGS))
    return tuple(frames for frames in (recent, long if long >= _LONG_LEAST else 0) if frames > 0)


def steps(known: int, candidates: int) -> int:
    """Report steps of `backtest`."""
    return len(trials(known)) * (candidates + 1)


def backtest(
    pictures: Bytes, candidates: Sequence[Candidate], predict: Predict, report: Report
) -> Scores:
    """Score candidates on (n, h, w, 3) known pictures in time order, against the first of them.

    The numbers were chosen on 79 windows of the tuning half (17 known, 16 new frames).
    """
    found = [
        _try(pictures, frames, candidates, predict, report) for frames in trials(len(pictures))
    ]
    if not found:
        return Scores({}, {})
    table = np.stack(found)
    offered = np.flatnonzero(~np.isnan(table).any(axis=(0, 2)))
    table, candidates = table[:, offered], [candidates[int(i)] for i in offered]
    gains = table @ np.array([1.0, _LIKENESS])
    gains = gains - gains[:, :1]
    gains = np.where(gains < 0, _LOSS * gains, gains)
    risks = np.array([candidate.risk for candidate in candidates])
    values = (_LARGE * np.tanh(gains / _LARGE)).mean(axis=0) - risks
    names = [candidate.name for candidate in candidates]
    levels = table[..., 0].mean(axis=0)
    return Scores(
        dict(zip(names, map(float, values), strict=True)),
        dict(zip(names, map(float, levels), strict=True)),
    )


class Memory:
    """The last backtests, one of each side of a bridge: the takes of a job all ask the same."""

    def __init__(self) -> None:
        self._scores: dict[bytes, Scores] = {}

    def backtest(
        self, pictures: Bytes, candidates: Sequence[Candidate], predict: Predict, report: Report
    ) -> Scores:
        """As `backtest`, at once where the pictures are those of one of the last two times."""
        key = hashlib.sha256(pictures.tobytes()).digest()
        if key not in self._scores:
            found = backtest(pictures, candidates, predict, report)
            self._scores = {**dict([*self._scores.items()][-1:]), key: found}
        return self._scores[key]


def _try(
    pictures: Bytes,
    frames: int,
    candidates: Sequence[Candidate],
    predict: Predict,
    report: Report,
) -> NDArray[np.float64]:
    """(candidates, 2): mean PSNR and SSIM over some of the last `frames` pictures."""
    past, truth = pictures[:-frames][-_LOOK_BACK:], pictures[-frames:]
    analysis = analyse(past)
    by_lag = {lag: len(past) - 1 - lag for lag in range(len(past))}
    ready = stage(past, analysis, by_lag)
    moving = mover(ready, predict(analysis))
    report.step()
    deep = deepened(past)
    times = np.unique(np.linspace(1, frames, min(frames, _LOOKS)).round().astype(int))
    rows = []
    for candidate in candidates:
        if candidate.learned and moving.mixture is None:
            rows.append((np.nan, np.nan))
            continue
        made = [(draw(moving.views(candidate, time)[0], deep), truth[time - 1]) for time in times]
        rows.append(
            (
                float(np.mean([psnr(*pair) for pair in made])),
                float(np.mean([ssim(*pair) for pair in made])),
            )
        )
        report.step()
    return np.array(rows)


def deepened(pictures: Bytes) -> NDArray[np.uint16]:
    """8-bit pictures as finishing takes them."""
    return np.left_shift(pictures.astype(np.uint16), 8)


def draw(views: Sequence[View], deep: NDArray[np.uint16]) -> Bytes:
    """Render views into `deep` pictures as finishing does, at the model's size, back to 8 bit."""
    height, width = deep.shape[1:3]
    picture, _ = render_warp(views, lambda index: deep[index], (width, height))
    return np.asarray(np.minimum((picture.astype(np.uint32) + 128) >> 8, 255), np.uint8)
