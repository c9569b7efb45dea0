"""Go on from the last known picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pickup_engine.worker.backends.base import Report, View
from pickup_engine.worker.backends.motion.backtest import Predict, Scores
from pickup_engine.worker.backends.motion.candidates import (
    CANDIDATES,
    COAST,
    FOREVER,
    LEARNED,
    SETTLE,
    STILL,
    Candidate,
    Way,
    mover,
)
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.known import Run
from pickup_engine.worker.backends.motion.moved import stage

Views = tuple[View, ...]

_DRAW_PACES = (0.6, 1.3)
"""Range of the velocity factor of drawn takes: past velocity says the future's within about a
third."""

_DRAW_TAUS = (6.0, 60.0)


@dataclass(frozen=True)
class Stretch:
    """Consecutive new frames. invented: the share of pixels that were never filmed, per frame.
    faded: two pictures without common motion were dissolved."""

    frames: Sequence[Views]
    invented: Sequence[float]
    learned: bool
    faded: bool = False


def choose(scores: Scores) -> Candidate:
    """The candidate with the best backtest; a quick settling where nothing could be tested."""
    return next((found for found in CANDIDATES if found.name == scores.best), SETTLE)


def alternative(best: Candidate, take: int, seed: int) -> Candidate:
    """What further takes do. Take 1 and 2 move longer and settle sooner than take 0 (or the two
    that are left); later ones vary speed and decay by the seed, with a drawn network residual."""
    if take == 0:
        return best
    longer = Candidate("keep moving", tau=FOREVER)
    shorter = Candidate("settle", tau=6.0)
    fixed = [longer, shorter]
    if best.tau >= FOREVER or best.way is Way.CAMERA:
        fixed = [COAST, shorter]
    if best.way is Way.STILL:
        fixed = [LEARNED, longer]
    if take <= len(fixed):
        return fixed[take - 1]
    chance = np.random.default_rng([seed % 2**32, take])
    tau = float(np.exp(chance.uniform(*np.log(_DRAW_TAUS))))
    pace = float(chance.uniform(*_DRAW_PACES))
    return Candidate("drawn", tau=tau, learned=True, pace=pace)


def go_on(run: Run, frames: int, candidate: Candidate, predict: Predict, report: Report) -> Stretch:
    """Make `frames` frames after the last picture of a run; one report step each."""
    analysis = analyse(run.pictures)
    if not analysis.has_past:
        candidate = STILL
    ready = stage(run.filmed, analysis, run.by_lag)
    moving = mover(ready, predict(analysis) if candidate.learned else None)
    made: list[Views] = []
    invented: list[float] = []
    for time in range(1, frames + 1):
        views, share = moving.views(candidate, time)
        made.append(views)
        invented.append(share)
        report.step()
    return Stretch(made, invented, moving.mixture is not None)
