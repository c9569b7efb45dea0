"""Extensions and bridges against what really followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from pickup.protocol import JobPhase, Operation
from pickup_engine.training.footage import Window
from pickup_engine.training.tables import Measure
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Generated, Warp
from pickup_engine.worker.backends.motion.backtest import deepened, draw
from pickup_engine.worker.backends.motion.extend import extend
from pickup_engine.worker.backends.motion.features import SPAN, Analysis, analyse
from pickup_engine.worker.backends.motion.flow import dense_flow, grey, grid
from pickup_engine.worker.backends.motion.hint import coast
from pickup_engine.worker.backends.motion.mixture import Prediction
from pickup_engine.worker.backends.motion.moved import moved_views, stage
from pickup_engine.worker.backends.motion.network import MotionNetwork
from pickup_engine.worker.backends.motion.quality import psnr, ssim

KNOWN, LEAST_KNOWN = 33, 17
_EVERY = 2
"""Every second new frame is compared."""


class Silent:
    """A report that nobody reads."""

    def phase(self, phase: JobPhase, steps: int) -> None:
        """A phase begins."""

    def step(self) -> None:
        """A step is done."""


class NoNetwork:
    """No network: what is left are the classical ways."""

    def mean(self, analysis: Analysis) -> Prediction | None:
        """Nothing."""
        return None

    def draw(self, analysis: Analysis, seed: int) -> Prediction | None:
        """Nothing."""
        return None


def measure_extend(window: Window, network: MotionNetwork) -> Measure:
    """All methods on one window: the frames after `known` from those before."""
    past, truth = window.pictures[: window.known], window.pictures[window.known :]
    conditioning = Conditioning(
        operation=Operation.EXTEND,
        frames=len(truth),
        rate=Fraction(25),
        known=past,
        known_times=tuple(range(-len(past), 0)),
    )
    ours = extend(conditioning, network, Silent())
    without = extend(conditioning, NoNetwork(), Silent())
    made = {
        "freeze": [past[-1]] * len(truth),
        "DIS constant velocity": _constant(past, len(truth)),
        "coast (classical start)": _coast(past, len(truth)),
        "ours, network off": _drawn(without, past),
        "ours": _drawn(ours, past),
    }
    return _measure(window, made, truth, _ways(ours))


def measure_bridge(window: Window, network: MotionNetwork) -> Measure:
    """All methods on one window: 16 frames between known ones on both sides."""
    first = window.known
    last = first + SPAN
    known = np.concatenate([window.pictures[:first], window.pictures[last:]])
    times = (*range(-first, 0), *range(SPAN, SPAN + len(window.pictures) - last))
    truth = window.pictures[first:last]
    conditioning = Conditioning(
        operation=Operation.EXTEND,
        frames=SPAN,
        rate=Fraction(25),
        known=known,
        known_times=times,
    )
    ours = extend(conditioning, network, Silent())
    pinned = replace(
        conditioning,
        known=known[first - 1 : first],
        known_times=(-1,),
        keyframes=known[first : first + 1],
        keyframe_times=(SPAN,),
        frames=SPAN + 1,
    )
    stills = extend(pinned, network, Silent())
    pair = np.concatenate([pinned.known, known[first : first + 1]])
    ends = known[first - 1], known[first]
    made = {
        "cross-fade": _faded(*ends),
        "DIS interpolation": _interpolated(*ends),
        "ours, two stills": _drawn(stills, pair)[:SPAN],
        "ours, network off": _drawn(extend(conditioning, NoNetwork(), Silent()), known),
        "ours": _drawn(ours, known),
    }
    return _measure(window, made, truth, _ways(ours))


def measure_all(
    found: Iterable[Window],
    network: MotionNetwork,
    one: Callable[[Window, MotionNetwork], Measure],
    told: Callable[[str], None],
) -> list[Measure]:
    """Measure every window; `told` hears a line for each."""
    measures = []
    for window in found:
        measure = one(window, network)
        measures.append(measure)
        values = "  ".join(f"{name} {value[0]:.2f}" for name, value in measure.values.items())
        told(f"{measure.clip} @ {measure.window}: {values}  ({measure.note})")
    return measures


def _measure(
    window: Window, made: Mapping[str, Sequence[Bytes]], truth: Bytes, note: str
) -> Measure:
    times = range(0, len(truth), _EVERY)
    values = {
        name: (
            float(np.mean([psnr(pictures[time], truth[time]) for time in times])),
            float(np.mean([ssim(pictures[time], truth[time]) for time in times])),
        )
        for name, pictures in made.items()
    }
    return Measure(window.clip, str(window.start + window.known), values, note)


def _drawn(generated: Generated, pictures: Bytes) -> list[Bytes]:
    assert isinstance(generated.output, Warp)
    deep = deepened(pictures)
    return [draw(views, deep) for views in generated.output.frames]


def _ways(generated: Generated) -> str:
    parts = generated.details["parts"]
    assert isinstance(parts, list)
    return ", ".join(str(part["way"]) for part in parts)


def _constant(past: Bytes, frames: int) -> list[Bytes]:
    flow = dense_flow(grey(past[-1]), grey(past[-2]))
    x, y = grid(*flow.shape[:2])
    return [
        _read(past[-1], x + flow[..., 0] * time, y + flow[..., 1] * time)
        for time in range(1, frames + 1)
    ]


def _coast(past: Bytes, frames: int) -> list[Bytes]:
    """The estimate that the network starts from: median velocity, decaying."""
    analysis = analyse(past)
    by_lag = {lag: len(past) - 1 - lag for lag in range(len(past))}
    ready = stage(past, analysis, by_lag)
    deep = deepened(past)
    return [
        draw(moved_views(ready, coast(analysis.velocity, time), time)[0], deep)
        for time in range(1, frames + 1)
    ]


def _faded(start: Bytes, end: Bytes) -> list[Bytes]:
    parts = [time / (SPAN + 1) for time in range(1, SPAN + 1)]
    return [_mixed(start, end, part) for part in parts]


def _interpolated(start: Bytes, end: Bytes) -> list[Bytes]:
    there, back = dense_flow(grey(start), grey(end)), dense_flow(grey(end), grey(start))
    x, y = grid(*there.shape[:2])
    made = []
    for time in range(1, SPAN + 1):
        part = time / (SPAN + 1)
        near = _read(start, x - there[..., 0] * part, y - there[..., 1] * part)
        rest = 1 - part
        far = _read(end, x - back[..., 0] * rest, y - back[..., 1] * rest)
        made.append(_mixed(near, far, part))
    return made


def _mixed(near: Bytes, far: Bytes, part: float) -> Bytes:
    return np.asarray(cv2.addWeighted(near, 1 - part, far, part, 0), np.uint8)


def _read(picture: Bytes, x: Floats, y: Floats) -> Bytes:
    return np.asarray(
        cv2.remap(
            picture,
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        ),
        np.uint8,
    )
