"""The ways to go on from a reference frame, classical and learned, that a backtest chooses
between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.anchors import paths_at
from pickup_engine.worker.backends.motion.flow import grid
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

    tau: frames after which motion decays to 1/e. easing: the whole motion slows down like
    exp(-t / easing), after which nothing new happens; 0 = it does not. network: the network's share
    of the motion, 0 = none, 1 = all. risk: dB that speak against it before any trial, for what is
    lost where the motion does not go on.
    """

    name: str
    way: Way = Way.POINTS
    tau: float = TAU
    easing: float = 0.0
    network: float = 0.0
    risk: float = 0.25

    @property
    def learned(self) -> bool:
        """Whether the network has a say."""
        return self.network > 0.0


STILL = Candidate("still", Way.STILL, risk=0.0)
CAMERA = Candidate("camera", Way.CAMERA, risk=1.0)
SETTLE = Candidate("settle", tau=8.0, risk=0.2)
COAST = Candidate("coast", risk=0.35)
LEARNED = Candidate("network", network=1.0, risk=0.15)
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


@dataclass(frozen=True)
class Mover:
    """A stage with what the network said about it; None = not asked."""

    ready: Stage
    mixture: Mixture | None

    def views(self, candidate: Candidate, frame: int) -> tuple[tuple[View, ...], float]:
        """The views of the frame `frame` >= 1 after the reference, and the invented share."""
        height, width = self.ready.importance.shape
        time = settled(frame)
        if not candidate.learned and candidate.way is Way.STILL:
            return still_views(self.ready.sources[0], height, width), 0.0
        if not candidate.learned and candidate.way is Way.CAMERA:
            views = camera_views(self.ready, time)
            return self.ready.bars.kept(views), _outside(views[0])
        displacement, behind = self.displacement(candidate, time)
        moved, share = moved_views(self.ready, displacement, behind)
        return self.ready.bars.kept(moved), share

    def displacement(self, candidate: Candidate, time: float) -> tuple[Floats, float]:
        """Where each pixel of the reference is after `time` frames at first speed, (h, w, 2), and
        for how many of them the background behind holes has moved: as the points do."""
        eased = decayed(time, candidate.easing) if candidate.easing else time
        height, width = self.ready.importance.shape
        match candidate.way:
            case Way.STILL:
                moved, behind = np.zeros((height, width, 2), np.float32), 0.0
            case Way.CAMERA:
                camera = self.ready.analysis.camera
                moved, behind = camera.displacement(eased, *grid(height, width)), eased
            case Way.POINTS:
                moved = coast(self.ready.analysis.trusted, eased, candidate.tau)
                behind = decayed(eased, candidate.tau)
        if not candidate.learned or self.mixture is None:
            return moved, behind
        share = np.float32(candidate.network)
        learned = self.mixture.move(paths_at(self.ready.analysis, time), time)
        return moved + share * (learned - moved), behind + float(share) * (
            decayed(time, TAU) - behind
        )


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
