"""The few ways in which a motion may go on, that the network weighs against each other.

Anchored hypotheses (as in MultiPath, Chai et al., 2019): instead of free paths the network mostly
says, cell by cell and over time, how likely each of a few classical paths is, and adds a small
residual. What it answers is a mixture of them, so it cannot be far worse than they are.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.camera import Camera
from pickup_engine.worker.backends.motion.features import SPAN
from pickup_engine.worker.backends.motion.flow import grid
from pickup_engine.worker.backends.motion.hint import TAU, approach, decayed

DISTANCE = SPAN + 1
"""Frames between the two pictures of a bridge that the network was trained with."""

PATHS = 7
"""Number of anchors, with or without an end frame."""

DEFAULT = 4
"""The anchor that a new network answers with: the best single one."""

KNOTS = (4, 8, 12, 16)
"""Frames at which the network weighs the paths; linear between, constant before and after."""

_TAUS = (1.5, 3.0, 8.0, TAU)
_LEAVING = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Factors on the velocity with which a path to an end frame begins."""


def between(time: float) -> tuple[int, float]:
    """The index of the knot before a time, and how far it is to the next one in 0..1."""
    place = min(max(time / KNOTS[0] - 1, 0.0), float(len(KNOTS) - 1))
    low = min(int(place), len(KNOTS) - 2)
    return low, place - low


def going_on(velocity: Floats, camera: Floats, time: float) -> Floats:
    """(7, h, w, 2) displacements after `time` frames: standing still, motion that decays within
    1.5, 3, 8 and 25 frames, motion that goes on, and the camera's.

    velocity: (h, w, 2) pixels per frame. camera: (h, w, 2) its displacement after `time`.
    """
    fading = [velocity * np.float32(decayed(time, tau)) for tau in _TAUS]
    return np.stack([np.zeros_like(velocity), *fading, velocity * np.float32(time), camera])


def arriving(velocity: Floats | None, target: Floats, time: float, frames: float) -> Floats:
    """(7, h, w, 2) displacements on the way to `target`, (h, w, 2), reached after `frames`: eased,
    linear, and cubics that leave with 0, 0.5, 1, 1.5 and 2 times the velocity (None = unknown: that
    of a steady path)."""
    u = time / frames
    leaving = target / np.float32(frames) if velocity is None else velocity
    eased = target * np.float32(u * u * (3 - 2 * u))
    cubics = [approach(leaving * np.float32(pace), target, time, frames) for pace in _LEAVING]
    return np.stack([eased, target * np.float32(u), *cubics])


class Moving(Protocol):
    """What is known of a shot's motion; an `Analysis` is one."""

    @property
    def trusted(self) -> Floats:
        """(h, w, 2) pixels per frame."""

    @property
    def camera(self) -> Camera:
        """The background's motion."""

    @property
    def end(self) -> Floats | None:
        """(h, w, 2) motion to a later picture."""

    @property
    def has_past(self) -> bool:
        """Whether the velocity was measured."""

    @property
    def pace(self) -> float:
        """Frames to the later picture over 17."""


def paths_at(shot: Moving, time: float) -> Floats:
    """(7, h, w, 2) displacements of a shot after `time` frames; with an end picture that is reached
    after `DISTANCE` frames."""
    if shot.end is not None:
        leaving = shot.trusted * np.float32(shot.pace) if shot.has_past else None
        return arriving(leaving, shot.end, time, DISTANCE)
    height, width = shot.trusted.shape[:2]
    camera = shot.camera.displacement(time, *grid(height, width))
    return going_on(shot.trusted, camera, time)
