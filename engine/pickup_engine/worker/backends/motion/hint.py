"""The classical estimate that the network corrects: where each point of the reference frame
goes."""

from __future__ import annotations

import math

import numpy as np

from pickup_engine.worker.backends.base import Floats

TAU = 25.0
"""Frames after which a motion has decayed to 1/e: the best single value on 55 real windows, where 8
was level and constant velocity 0.1 dB worse."""


def decayed(time: float, tau: float) -> float:
    """Frames at first speed that a motion decaying with `tau` is worth: tau (1 - exp(-t / tau))."""
    return tau * (1.0 - math.exp(-time / tau))


def coast(velocity: Floats, time: float, tau: float = TAU) -> Floats:
    """Displacement after `time` frames of a motion that decays."""
    return velocity * np.float32(decayed(time, tau))


def approach(velocity: Floats, target: Floats, time: float, frames: float) -> Floats:
    """Displacement on the way to `target`, reached after `frames`, leaving with `velocity`.

    The cubic Hermite curve with the given start velocity, the given end, and no acceleration at the
    end. On 55 real windows 1.1 dB over moving linearly.
    """
    u = time / frames
    start = frames * (u - 1.5 * u**2 + 0.5 * u**3)
    return target * np.float32(1.5 * u**2 - 0.5 * u**3) + velocity * np.float32(start)
