"""How well going on would have worked a moment ago: the shot's own past as a test, cell by cell.

For a few earlier frames the motion measured up to there is drawn out to the reference frame and
compared with what really came. The network reads the errors next to the motion itself: they tell a
thing in steady motion from one that stops, and ground that only seems to move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.flow import (
    at_cells,
    cell_mean,
    dense_flow,
    grey,
    grid,
    sample,
)
from pickup_engine.worker.backends.motion.hint import TAU, decayed

TRIALS = (4, 8, 16)
"""Frames before the reference from which it is predicted."""

_SUBLAGS = (1, 2, 4)
_PER_TRIAL = 7
CHANNELS = len(TRIALS) * _PER_TRIAL
_GAIN = 8.0
_AROUND = (5, 5)


@dataclass(frozen=True)
class _Trial:
    """(h, w) brightness errors in 0..1 of standing still, of half and of all of the motion; missed:
    (h, w, 2) pixels per frame between the mean motion that came and the one foreseen."""

    still: Floats
    half: Floats
    moved: Floats
    missed: Floats


def evidence(
    pictures: Bytes, flows: Mapping[int, Floats], scale: float, span: float, pace: float
) -> list[Floats]:
    """Channels (h / 8, w / 8): per trial the motion since then (2, clip scales over `span`), three
    errors, how much the foreseen motion missed, and whether the trial could be made.

    pictures: (n, h, w, 3) in time order, the last is the reference. flows: lag -> flow from the
    reference to the picture so many frames before, where it is already measured.
    """
    greys: dict[int, Bytes] = {}
    channels: list[Floats] = []
    for lag in TRIALS:
        if len(pictures) <= lag + _SUBLAGS[0]:
            channels += _nothing(pictures.shape)
            continue
        now = _grey(pictures, 0, greys)
        back = flows.get(lag)
        if back is None:
            back = dense_flow(now, _grey(pictures, lag, greys))
        trial = _carried(_try(pictures, lag, greys), back)
        unit = np.float32(pace * span / scale)
        motion = at_cells(back) * (-unit / np.float32(lag))
        missed = np.linalg.norm(at_cells(trial.missed), axis=-1) * unit
        errors = (trial.still, trial.half, trial.moved)
        channels += [motion[..., 0], motion[..., 1]]
        channels += [cell_mean(error) * np.float32(_GAIN) for error in errors]
        channels += [np.asarray(missed, np.float32), np.ones(missed.shape, np.float32)]
    return channels


def _nothing(shape: Sequence[int]) -> list[Floats]:
    return [np.zeros((shape[1] // 8, shape[2] // 8), np.float32)] * _PER_TRIAL


def _grey(pictures: Bytes, lag: int, greys: dict[int, Bytes]) -> Bytes:
    if lag not in greys:
        greys[lag] = grey(pictures[-1 - lag])
    return greys[lag]


def _try(pictures: Bytes, lag: int, greys: dict[int, Bytes]) -> _Trial:
    """Predict the reference from the picture `lag` frames before it, in that one's coordinates."""
    then, now = _grey(pictures, lag, greys), _grey(pictures, 0, greys)
    velocities = [
        dense_flow(then, _grey(pictures, lag + sublag, greys)) / np.float32(-sublag)
        for sublag in _SUBLAGS
        if lag + sublag < len(pictures)
    ]
    velocity = np.asarray(np.median(np.stack(velocities), axis=0), np.float32)
    reach = velocity * np.float32(decayed(lag, TAU))
    came = dense_flow(then, now)
    x, y = grid(*then.shape)
    errors = [
        cv2.blur(
            np.abs(sample(now, x + part * reach[..., 0], y + part * reach[..., 1]) - then) / 255,
            _AROUND,
        )
        for part in (np.float32(0), np.float32(0.5), np.float32(1))
    ]
    missed = came / np.float32(lag) - velocity
    still, half, moved = (np.asarray(error, np.float32) for error in errors)
    return _Trial(still, half, moved, missed)


def _carried(trial: _Trial, back: Floats) -> _Trial:
    """The same in the reference's coordinates."""
    x, y = grid(*back.shape[:2])
    at = x + back[..., 0], y + back[..., 1]
    return _Trial(*(sample(field, *at) for field in vars(trial).values()))
