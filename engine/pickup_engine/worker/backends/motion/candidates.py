"""The ways to go on from a reference frame, classical and learned, that a backtest chooses
between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.anchors import paths_at
from pickup_engine.worker.backends.motion.hint import TAU, coast, decayed
from pickup_engine.worker.backends.motion.mixture import Mixture, Prediction, spread
from pickup_engine.worker.backends.motion.moved import (
    Stage,
    camera_views,
    moved_views,
    still_views,
)

FOREVER = 1000.0

TRIED = 24
"""Frames that a way is tried over; what it does beyond, nobody has compared with anything."""

_REST = 12.0
"""Frames after which motion beyond the tried ones has decayed to 1/e."""


class Way(StrEnum):
    """What is moved."""

    STILL = "still"
    CAMERA = "camera"
    POINTS = "points"


@dataclass(frozen=True)
class Candidate:
    """One way to go on.

    tau: frames after which motion decays to 1/e. learned: the network weighs the paths instead.
    easing: the whole motion slows down like exp(-t / easing), after which nothing new happens; 0 =
    it does not. pace: factor on the velocity. risk: dB that speak against it before any trial, for
    what is lost where the motion does not go on; negative = for it.
    """

    name: str
    way: Way = Way.POINTS
    tau: float = TAU
    learned: bool = False
    easing: float = 0.0
    pace: float = 1.0
    risk: float = 0.25


STILL = Candidate("still", Way.STILL, risk=0.0)
CAMERA = Candidate("camera", Way.CAMERA, risk=1.0)
SETTLE = Candidate("settle", tau=8.0, risk=0.2)
COAST = Candidate("coast", risk=0.35)
LEARNED = Candidate("network", learned=True, risk=-2.85)
CANDIDATES = (
    STILL,
    CAMERA,
    Candidate("halt", tau=1.5, risk=0.05),
    Candidate("settle fast", tau=3.0, risk=0.1),
    SETTLE,
    COAST,
    Candidate("keep moving", tau=FOREVER, risk=0.5),
    Candidate("coast settling", easing=8.0, risk=0.2),
    Candidate("coast settling fast", easing=4.0, risk=0.125),
    LEARNED,
)
"""The network has read how the shot's past was foreseen, place by place, so one trial of the whole
picture overrules it only where it says much."""


@dataclass(frozen=True)
class Mover:
    """A stage with what the network said about it; None = not asked."""

    ready: Stage
    mixture: Mixture | None

    def views(self, candidate: Candidate, frame: int) -> tuple[tuple[View, ...], float]:
        """The views of the frame `frame` >= 1 after the reference, and the invented share."""
        height, width = self.ready.importance.shape
        time = settled(frame)
        match candidate.way:
            case Way.STILL:
                return still_views(self.ready.sources[0], height, width), 0.0
            case Way.CAMERA:
                views = camera_views(self.ready, time)
                return self.ready.bars.kept(views), _outside(views[0])
            case Way.POINTS:
                if candidate.easing:
                    time = decayed(time, candidate.easing)
                # The background behind holes moves as the points do, not as the camera would.
                behind = decayed(time, candidate.tau) * candidate.pace
                moved, share = moved_views(self.ready, self.displacement(candidate, time), behind)
                return self.ready.bars.kept(moved), share

    def displacement(self, candidate: Candidate, time: float) -> Floats:
        """Where each pixel of the reference is after `time` frames at first speed, (h, w, 2)."""
        if candidate.learned and self.mixture is not None:
            return self.mixture.move(paths_at(self.ready.analysis, time), time)
        velocity = self.ready.analysis.trusted * np.float32(candidate.pace)
        return coast(velocity, time, candidate.tau)


def mover(ready: Stage, prediction: Prediction | None) -> Mover:
    """A stage with the network's prediction spread to pixels."""
    return Mover(ready, None if prediction is None else spread(prediction, ready.analysis))


def settled(frame: int) -> float:
    """Time of a way at a new frame: as it is while it was tried, then coming to rest."""
    return float(frame) if frame <= TRIED else TRIED + decayed(frame - TRIED, _REST)


def _outside(view: View) -> float:
    height, width = view.weight.shape
    off = (view.x < 0) | (view.y < 0) | (view.x > width - 1) | (view.y > height - 1)
    return float(off.mean())
