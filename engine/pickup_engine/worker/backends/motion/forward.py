"""Go on from the last known picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pickup_engine.worker.backends.base import Report, View
from pickup_engine.worker.backends.motion.backtest import Predict, Scores
from pickup_engine.worker.backends.motion.candidates import (
    CANDIDATES,
    SETTLE,
    STILL,
    Candidate,
    mover,
)
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.known import Run
from pickup_engine.worker.backends.motion.model import STARTS
from pickup_engine.worker.backends.motion.moved import stage

Views = tuple[View, ...]

MODES = len(STARTS)
"""Ways to go on that the network has learnt; the first is its best guess."""


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


def alternative(best: Candidate, take: int) -> Candidate:
    """What further takes do: the other ways to go on that the network has learnt, then ways drawn
    from noise by the seed (see `extend`)."""
    if take == 0:
        return best
    name = f"way {take}" if take < MODES else "drawn"
    return Candidate(name, learned=True)


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
