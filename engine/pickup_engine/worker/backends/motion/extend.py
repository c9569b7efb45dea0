"""Extend a shot at its head or tail, through any keyframes, or lead from one shot to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import numpy as np

from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import Conditioning, Generated, Report, Silent, Warp
from pickup_engine.worker.backends.motion.backtest import Memory, Scores, deepened, draw, steps
from pickup_engine.worker.backends.motion.bridge import Style, backtest_bridge, bridge, same_place
from pickup_engine.worker.backends.motion.candidates import CANDIDATES
from pickup_engine.worker.backends.motion.direct import directed
from pickup_engine.worker.backends.motion.dissolve import dissolve
from pickup_engine.worker.backends.motion.features import Analysis
from pickup_engine.worker.backends.motion.forward import (
    MODES,
    Stretch,
    Views,
    alternative,
    choose,
    go_on,
)
from pickup_engine.worker.backends.motion.known import Known, Run, known_of, mirrored
from pickup_engine.worker.backends.motion.mixture import Prediction
from pickup_engine.worker.backends.motion.moved import still_views

_BRIDGE_PACES = (0.4, 1.4)

_BLEND = 0.5
"""Share of the network in a bridge: as good as all of it in the mean (0.08 dB over the cubic path
on 33 bridges of the tuning half), with half of the loss where it fails."""

_LOSS = -0.3
"""dB on known frames; where the network loses more, a bridge goes without."""

_DISSOLVE = "dissolve"
_DISSOLVED = (
    "The draft model made a dissolve: the pictures on both sides do not show the same place."
)

_PAST = 8
"""Made frames before a keyframe that tell the motion with which it is left."""


class Network(Protocol):
    """What weighs the paths on which a shot may go on; None = there is no network."""

    def mean(self, analysis: Analysis, mode: int = 0) -> Prediction | None:
        """The best single guess, or with `mode` another likely way to go on."""

    def draw(self, analysis: Analysis, seed: int) -> Prediction | None:
        """One possible way, equal for equal seeds."""


@dataclass(frozen=True)
class Part:
    """How some consecutive frames were made, for the recipe. scores: what spoke for each way on
    known frames, in about dB against holding still; for a bridge its PSNR."""

    first: int
    frames: int
    way: str
    scores: Mapping[str, float]
    invented: float


@dataclass(frozen=True)
class Made:
    """Frames so far, and how."""

    frames: tuple[Views, ...] = ()
    parts: tuple[Part, ...] = ()
    learned: bool = False
    faded: bool = False

    def plus(self, stretch: Stretch, way: str, scores: Mapping[str, float]) -> Made:
        """With a stretch more."""
        if not stretch.frames:
            return self
        invented = float(np.mean(stretch.invented))
        rounded = {name: round(value, 2) for name, value in scores.items()}
        part = Part(len(self.frames), len(stretch.frames), way, rounded, round(invented, 4))
        return Made(
            (*self.frames, *stretch.frames),
            (*self.parts, part),
            self.learned or stretch.learned,
            stretch.faded,
        )


def extend(
    conditioning: Conditioning, network: Network, report: Report, memory: Memory | None = None
) -> Generated:
    """Make one take of an extension. Raises ModelError where nothing is known to go on from.

    Known pictures before the new ones make a tail extension, after them a head extension (made in
    reverse), on both sides a bridge; keyframes are reached exactly and left again.
    """
    known = known_of(conditioning)
    turned = known.before is None
    if turned:
        known = mirrored(known, conditioning.frames)
    maker = _Maker(conditioning, network, report, memory or Memory())
    made, confidence = maker.make(known)
    frames: Sequence[Views] = made.frames[::-1] if turned else made.frames
    shown, done = directed(frames, conditioning, known_of(conditioning))
    details: dict[str, object] = {
        "reversed": turned,
        "parts": [asdict(part) for part in made.parts],
        **done,
    }
    if any(part.way.startswith(_DISSOLVE) for part in made.parts):
        details["warnings"] = [_DISSOLVED]
    return Generated(Warp(shown), made.learned, confidence, details)


@dataclass(frozen=True)
class _Maker:
    """One take in the making."""

    conditioning: Conditioning
    network: Network
    report: Report
    memory: Memory

    def make(self, known: Known) -> tuple[Made, float | None]:
        """All frames, in the direction of `known`, and how sure they are: the trial was of going
        on, it tells nothing of a way that leads to a picture."""
        scores = self._analyse(known)
        self.report.phase(JobPhase.DENOISING, self.conditioning.frames)
        made = Made()
        left = known.before
        for right in known.keyframes:
            made = self._up_to(left, right, made)
            left = right if made.faded else self._leaving(right, made)
            made = made.plus(self._still(right, 1), "keyframe", {})
        if known.after is not None:
            return self._up_to(left, known.after, made), None
        frames = self.conditioning.frames - len(made.frames)
        if left is not None and frames > 0:
            own = scores if not known.keyframes else Scores({}, {})
            take = self.conditioning.take
            candidate = alternative(choose(own), take)
            stretch = go_on(left, frames, candidate, self._predict, self.report)
            made = made.plus(stretch, stretch.way, own.values)
        return made, None if known.keyframes else scores.confidence

    def _analyse(self, known: Known) -> Scores:
        """What speaks for each way to go on from what is before; what is after is tried, too, where
        it has to be gone on from."""
        runs = [known.before] if known.before is not None else []
        last = known.keyframes[-1] if known.keyframes else known.before
        if known.after is not None and last is not None and not same_place(last, known.after):
            runs.append(known.after)
        count = sum(steps(len(run.pictures), len(CANDIDATES)) for run in runs)
        self.report.phase(JobPhase.ANALYSING, count)
        scores = [self._tried(run, self.report) for run in runs]
        return Scores({}, {}) if known.before is None else scores[0]

    def _tried(self, run: Run, report: Report) -> Scores:
        return self.memory.backtest(run.pictures, CANDIDATES, self.network.mean, report)

    def _up_to(self, left: Run | None, right: Run, made: Made) -> Made:
        """Fill up to the frame before `right`."""
        frames = right.time - len(made.frames)
        if frames <= 0:
            return made
        if left is None:
            return made.plus(self._still(right, frames), "still", {})
        if not same_place(left, right):
            leaving = self._going_on(left, frames, Silent())
            coming = self._going_on(right, frames, self.report)
            way = f"{_DISSOLVE}: {leaving.way} to {coming.way}"
            return made.plus(dissolve(leaving, coming), way, {})
        scores = backtest_bridge(left.pictures, self.network.mean)
        style = self._style(scores)
        stretch = bridge(left, right, frames, style, self._predict, self.report.step)
        way = "bridge, network" if stretch.learned else "bridge"
        return made.plus(stretch, way, scores)

    def _going_on(self, run: Run, frames: int, report: Report) -> Stretch:
        """A side of a dissolve, which moves on as this take would extend it."""
        candidate = alternative(choose(self._tried(run, Silent())), self.conditioning.take)
        return go_on(run, frames, candidate, self._predict, report)

    def _style(self, scores: Mapping[str, float]) -> Style:
        """How to bridge in this take: 0 as backtested, 1 by the network alone, later ones by the
        seed."""
        gain = scores.get("network", 0.0) - scores.get("cubic", 0.0)
        best = _BLEND if gain > _LOSS else 0.0
        match self.conditioning.take:
            case 0:
                return Style(best)
            case 1:
                return Style(1.0)
            case take:
                chance = np.random.default_rng([self.conditioning.seed % 2**32, take])
                return Style(1.0, float(chance.uniform(*_BRIDGE_PACES)))

    def _still(self, run: Run, frames: int) -> Stretch:
        height, width = run.pictures.shape[1:3]
        views = still_views(run.sources[-1], height, width)
        for _ in range(frames):
            self.report.step()
        return Stretch((views,) * frames, (0.0,) * frames, False)

    def _leaving(self, keyframe: Run, made: Made) -> Run:
        """The keyframe after the frames made so far, which tell its motion."""
        pictures = self.conditioning.known
        if self.conditioning.keyframes is not None:
            pictures = np.concatenate([pictures, self.conditioning.keyframes])
        deep = deepened(pictures)
        past = [draw(views, deep) for views in made.frames[-_PAST:]]
        return Run(np.stack([*past, keyframe.pictures[-1]]), keyframe.sources, keyframe.time)

    def _predict(self, analysis: Analysis) -> Prediction | None:
        """What the network says for this take: its best guess, another of the ways that it has
        learnt, or one drawn from noise."""
        if self.conditioning.take < MODES:
            return self.network.mean(analysis, self.conditioning.take)
        seed = self.conditioning.seed * 1009 + self.conditioning.take
        return self.network.draw(analysis, seed)
