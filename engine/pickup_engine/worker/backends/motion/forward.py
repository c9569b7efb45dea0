"""Go on from the last known picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pickup_engine.worker.backends.base import Report, View
from pickup_engine.worker.backends.motion.backtest import Predict, Scores
from pickup_engine.worker.backends.motion.candidates import (
    CANDIDATES,
    LEARNED,
    SETTLE,
    STILL,
    Candidate,
    Mover,
    mover,
    settled,
)
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.known import Run
from pickup_engine.worker.backends.motion.model import STARTS
from pickup_engine.worker.backends.motion.moved import stage

Views = tuple[View, ...]

MODES = len(STARTS)
"""Ways to go on that the network has learnt; the first is its best guess."""


_TOGETHER = 0.5

_CLEARLY = 3.0
"""What a network that is not asked must have lost by, in the backtest's dB."""


SEEN = 0.002
"""Model pixels: in 4K less than the 1/32 of a pixel that rendering rounds positions to."""


@dataclass(frozen=True)
class Stretch:
    """Consecutive new frames. invented: the share of pixels that were never filmed, per frame.
    faded: two pictures without common motion were dissolved. way: the name of the candidate that
    was followed; empty where there was none to choose."""

    frames: Sequence[Views]
    invented: Sequence[float]
    learned: bool
    faded: bool = False
    way: str = ""


def choose(scores: Scores) -> Candidate:
    """The classical way with the best backtest, averaged with the network's motion unless that lost
    clearly on the shot's known frames; a quick settling where nothing could be tested.

    Two guesses that err differently are better together: on 67 windows of the tuning half the
    average was 0.1 to 0.2 dB over the classical choice, on clips the network knew and on others.
    """
    classical = [way for way in CANDIDATES if not way.learned and way.name in scores.values]
    if not classical:
        return SETTLE
    best = max(classical, key=lambda way: scores.values[way.name])
    learned = scores.values.get(LEARNED.name)
    if learned is None or learned < scores.values[best.name] - _CLEARLY:
        return best
    return replace(best, name=f"{best.name}, network", network=_TOGETHER)


def alternative(best: Candidate, take: int) -> Candidate:
    """What further takes do: the other ways to go on that the network has learnt, then ways drawn
    from noise by the seed (see `extend`)."""
    if take == 0:
        return best
    name = f"way {take}" if take < MODES else "drawn"
    return Candidate(name, network=1.0)


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
    learned = _changed(moving, candidate, frames)
    return Stretch(made, invented, learned, way=candidate.name)


def _changed(moving: Mover, candidate: Candidate, frames: int) -> bool:
    """Whether the network changed the pictures: it may have said that all stands still."""
    if moving.mixture is None:
        return False
    without = replace(candidate, network=0.0)
    for frame in (frames, (frames + 1) // 2):
        time = settled(frame)
        apart = moving.displacement(candidate, time)[0] - moving.displacement(without, time)[0]
        if float(np.abs(apart).max()) > SEEN:
            return True
    return False
