"""How things move in time: nine kinds of curves over the frames of a training scene."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Curve = NDArray[np.float64]

TIMES = np.arange(-20, 18, dtype=np.float64)
"""Frames of a scene: 20 known ones, the reference 0, 16 to predict, and 17, a possible end."""

NOW = 20
"""Index of the reference in `TIMES`."""

SPAN = 16.0


class Kind(StrEnum):
    """Kinds of motion; constant velocity is by far the most common in real footage."""

    STEADY = "steady"
    ACCELERATED = "accelerated"
    EASED = "eased"
    SWINGING = "swinging"
    WANDERING = "wandering"
    STOPPING = "stopping"
    STARTING = "starting"
    DECAYING = "decaying"
    BOUNCING = "bouncing"


_ODDS = {
    Kind.STEADY: 10.0,
    Kind.ACCELERATED: 1.5,
    Kind.EASED: 2.5,
    Kind.SWINGING: 2.5,
    Kind.WANDERING: 2.5,
    Kind.STOPPING: 0.7,
    Kind.STARTING: 0.4,
    Kind.DECAYING: 1.0,
    Kind.BOUNCING: 0.8,
}


def still() -> Curve:
    """No motion."""
    return np.zeros_like(TIMES)


def curve(chance: Generator, amount: float, steady: float = 0.0) -> Curve:
    """A random curve that moves about `amount` over 16 frames and is 0 at the reference.

    steady: probability of constant velocity before the common odds apply.
    """
    if chance.random() < steady:
        kind = Kind.STEADY
    else:
        odds = np.array(list(_ODDS.values()))
        kind = list(_ODDS)[int(chance.choice(len(odds), p=odds / odds.sum()))]
    values = _shape(chance, kind, amount)
    return np.asarray(values - values[NOW])


def _shape(chance: Generator, kind: Kind, amount: float) -> Curve:
    sign = float(chance.choice([-1.0, 1.0]))
    speed = amount / SPAN * sign
    time = TIMES
    match kind:
        case Kind.STEADY:
            return speed * time
        case Kind.ACCELERATED:
            return speed * (time + chance.uniform(-1, 1) * time**2 / 24)
        case Kind.EASED:
            start, length = chance.uniform(-32, 8), chance.uniform(10, 44)
            part = np.clip((time - start) / length, 0, 1)
            return speed * length * part**2 * (3 - 2 * part)
        case Kind.SWINGING:
            period = log_uniform(chance, 8, 70)
            phase = time / period + chance.random()
            return amount * sign * chance.uniform(0.15, 0.6) * np.sin(2 * math.pi * phase)
        case Kind.WANDERING:
            memory = math.exp(-1 / log_uniform(chance, 2, 60))
            return np.asarray(np.cumsum(wander(chance, memory, 40)) * abs(speed))
        case Kind.STOPPING:
            return speed * np.minimum(time, chance.uniform(-6, 14))
        case Kind.STARTING:
            return speed * np.maximum(time, chance.uniform(-6, 10))
        case Kind.DECAYING:
            tau = chance.uniform(3, 16)
            return -speed * tau * np.exp(-(time + 4) / tau) * 1.5
        case Kind.BOUNCING:
            part = (time / chance.uniform(8, 30) + chance.random()) % 1
            return amount * sign * chance.uniform(0.3, 1) * 4 * part * (1 - part)


def wander(chance: Generator, memory: float, warm: int) -> Curve:
    """A first-order autoregressive series of unit variance, one value a frame."""
    noise = chance.normal(size=len(TIMES) + warm) * math.sqrt(1 - memory**2)
    values = np.empty_like(noise)
    level = 0.0
    for index, step in enumerate(noise):
        level = memory * level + step
        values[index] = level
    return values[warm:]


def handheld(chance: Generator, amount: float) -> Curve:
    """Shake of a camera held by hand: a damped random walk, mean speed `amount` / 8 a frame."""
    memory = chance.uniform(0.6, 0.95)
    place = speed = 0.0
    path = []
    for push in chance.normal(size=len(TIMES) + 20):
        speed = memory * speed + push - 0.03 * place
        place += speed
        path.append(place)
    walked = np.array(path[20:])
    walked *= amount / 8 / (np.abs(np.diff(walked)).mean() + 1e-6)
    return np.asarray(walked - walked[NOW])


def log_uniform(chance: Generator, low: float, high: float) -> float:
    """A number between two, evenly spread over its logarithm."""
    return math.exp(chance.uniform(math.log(low), math.log(high)))
