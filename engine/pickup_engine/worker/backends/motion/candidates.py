"""The ways to go on from a reference frame, classical and learned, that a backtest chooses
between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.features import SPAN
from pickup_engine.worker.backends.motion.hint import TAU, coast, decayed
from pickup_engine.worker.backends.motion.moved import (
    Stage,
    camera_views,
    moved_views,
    still_views,
)
from pickup_engine.worker.backends.motion.upsample import spread_cells

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

    tau: frames after which motion decays to 1/e. network: share of the network's residual at frame
    16; ramped: it grows linearly from nothing at frame 0, because the network is behind the
    classical estimate in the first frames and ahead in the last ones. easing: the whole motion
    slows down like exp(-t / easing), after which nothing new happens; 0 = it does not. pace:
    factor on the velocity. risk: how much is lost where the motion does not go on, 0 = nothing.
    """

    name: str
    way: Way = Way.POINTS
    tau: float = TAU
    network: float = 0.0
    ramped: bool = False
    easing: float = 0.0
    pace: float = 1.0
    risk: float = 0.5

    @property
    def learned(self) -> bool:
        """Whether the network has a say."""
        return self.way is Way.POINTS and self.network > 0.0


STILL = Candidate("still", Way.STILL, risk=0.0)
CAMERA = Candidate("camera", Way.CAMERA, risk=2.0)
SETTLE = Candidate("settle", tau=8.0, risk=0.4)
COAST = Candidate("coast", risk=0.7)
RAMPED = Candidate("network ramped", network=0.7, ramped=True, risk=0.8)
CANDIDATES = (
    STILL,
    CAMERA,
    Candidate("halt", tau=1.5, risk=0.1),
    Candidate("settle fast", tau=3.0, risk=0.2),
    SETTLE,
    COAST,
    Candidate("keep moving", tau=FOREVER, risk=1.0),
    Candidate("coast settling", easing=8.0, risk=0.4),
    Candidate("coast settling fast", easing=4.0, risk=0.25),
    RAMPED,
    Candidate("network", network=1.0, risk=0.9),
    Candidate("network settling", network=0.7, ramped=True, easing=8.0, risk=0.5),
    Candidate("network settling fast", network=0.7, ramped=True, easing=4.0, risk=0.35),
)
"""Each way of the network stands beside the same way without it, at a higher risk: it is used
where it has improved the shot's own known frames, not where it made no difference."""


@dataclass(frozen=True)
class Mover:
    """A stage with the network's residual in pixels, (16, h, w, 2); None = not asked."""

    ready: Stage
    residual: Floats | None

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
        velocity = self.ready.analysis.trusted * np.float32(candidate.pace)
        moved = coast(velocity, time, candidate.tau)
        if not candidate.learned or self.residual is None:
            return moved
        # Beyond its 16 frames the network's last word is kept, the classical part goes on settling.
        reached = min(time, float(SPAN))
        share = candidate.network * (reached / SPAN if candidate.ramped else 1.0)
        return moved + np.float32(share) * self._learned(reached)

    def _learned(self, time: float) -> Floats:
        """The residual between two of its frames; nothing at frame 0."""
        assert self.residual is not None
        low = min(int(time), SPAN - 1)
        part = np.float32(time - low)
        before = self.residual[low - 1] if low else np.zeros_like(self.residual[0])
        return np.asarray(before * (1 - part) + self.residual[low] * part, np.float32)


def settled(frame: int) -> float:
    """Time of a way at a new frame: as it is while it was tried, then coming to rest."""
    return float(frame) if frame <= TRIED else TRIED + decayed(frame - TRIED, _REST)


def pixel_residual(residual: Floats, ready: Stage) -> Floats:
    """(16, 2, h / 8, w / 8) pixels at cells -> (16, h, w, 2)."""
    analysis = ready.analysis
    guide = analysis.velocity * SPAN if analysis.end is None else analysis.end
    spread = spread_cells(residual, np.asarray(guide / analysis.scale, np.float32))
    return np.asarray(spread * analysis.moving[..., None], np.float32)


def _outside(view: View) -> float:
    height, width = view.weight.shape
    off = (view.x < 0) | (view.y < 0) | (view.x > width - 1) | (view.y > height - 1)
    return float(off.mean())
