"""Simple ways to make frames, that a model must beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.backtest import deepened, draw
from pickup_engine.worker.backends.motion.candidates import FOREVER
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.flow import dense_flow, grey, grid
from pickup_engine.worker.backends.motion.forward import Views
from pickup_engine.worker.backends.motion.hint import TAU, coast, decayed
from pickup_engine.worker.backends.motion.moved import camera_views, moved_views, stage

ESTIMATES = ("freeze", "DIS constant velocity", "settle", "coast", "keep moving", "camera")
"""The single classical estimates of an extension."""


_SETTLE = 8.0


def going_on(past: Bytes, times: Sequence[int]) -> dict[str, list[Bytes]]:
    """Pictures after (n, h, w, 3) known ones by each of `ESTIMATES`; time 0 is the first new one.

    Coast is the start that the motion network was first built on: forward tracks of the median
    velocity that decays in 25 frames; settle decays in 8, keep moving does not.
    """
    analysis = analyse(past)
    ready = stage(past, analysis, {lag: len(past) - 1 - lag for lag in range(len(past))})
    deep = deepened(past)

    def tracks(tau: float) -> Callable[[float], Views]:
        return lambda time: moved_views(
            ready, coast(analysis.velocity, time, tau), decayed(time, tau)
        )[0]

    def pictures(views: Callable[[float], Views]) -> list[Bytes]:
        return [draw(views(float(time + 1)), deep) for time in times]

    found = (
        [past[-1]] * len(times),
        _constant(past, times),
        pictures(tracks(_SETTLE)),
        pictures(tracks(TAU)),
        pictures(tracks(FOREVER)),
        pictures(lambda time: camera_views(ready, time)),
    )
    return dict(zip(ESTIMATES, found, strict=True))


def _constant(past: Bytes, times: Sequence[int]) -> list[Bytes]:
    """The last flow (Kroeger et al., 2016) goes on; read backwards from the last picture."""
    flow = dense_flow(grey(past[-1]), grey(past[-2]))
    x, y = grid(*flow.shape[:2])
    return [
        _read(past[-1], x + flow[..., 0] * (time + 1), y + flow[..., 1] * (time + 1))
        for time in times
    ]


def between(start: Bytes, end: Bytes, frames: int, times: Sequence[int]) -> dict[str, list[Bytes]]:
    """Some of `frames` pictures between two: cross-faded, and interpolated along their flow."""
    there, back = dense_flow(grey(start), grey(end)), dense_flow(grey(end), grey(start))
    x, y = grid(*there.shape[:2])
    faded, interpolated = [], []
    for part in ((time + 1) / (frames + 1) for time in times):
        rest = 1 - part
        near = _read(start, x - there[..., 0] * part, y - there[..., 1] * part)
        far = _read(end, x - back[..., 0] * rest, y - back[..., 1] * rest)
        faded.append(_mixed(start, end, part))
        interpolated.append(_mixed(near, far, part))
    return {"cross-fade": faded, "DIS interpolation": interpolated}


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
