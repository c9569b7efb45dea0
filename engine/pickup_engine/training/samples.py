"""What the network is shown of a shot, and what it should answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.camera import Camera
from pickup_engine.worker.backends.motion.features import SPAN, Analysis, analyse
from pickup_engine.worker.backends.motion.moved import stage
from pickup_engine.worker.backends.motion.network import default_path, residual_unit, target_paths
from pickup_engine.worker.backends.motion.plate import Plate
from pickup_engine.worker.backends.motion.upsample import listening

Halves = NDArray[np.float16]


@dataclass(frozen=True)
class Motion:
    """The parts of an `Analysis` that its anchored paths follow from."""

    trusted: Floats
    camera: Camera
    end: Floats | None
    has_past: bool
    pace: float = 1.0


@dataclass(frozen=True)
class Sample:
    """A shot up to its reference frame, and real frames after it. All arrays, to be stored.

    features: (45, h / 8, w / 8). trusted: (h, w, 2) velocity; turn: (4,) the camera. end: (h, w, 2)
    motion to an end picture after 17 frames, or (0,) without one. cells_of, shares: (4, h, w), see
    `upsample.listening`. moving, importance: (h, w). reference, plate: (h, w, 3). truth: (m, h, w,
    3) frames at `times` (m,). paths: (7, 16, 2, h / 8, w / 8) and tracks: (16, 2, h / 8, w / 8) in
    target units, as differences to the default path; visible: (16, h / 8, w / 8); these three are
    (0,) for filmed clips, whose tracks nobody knows.
    """

    features: Halves
    trusted: Halves
    turn: NDArray[np.float64]
    end: Halves
    cells_of: NDArray[np.int16]
    shares: Halves
    moving: Halves
    importance: Floats
    reference: Bytes
    plate: Bytes
    truth: Bytes
    times: NDArray[np.int16]
    scale: Floats
    has_past: NDArray[np.bool_]
    paths: Halves
    tracks: Halves
    visible: Halves

    @property
    def motion(self) -> Motion:
        """What `anchors.paths_at` needs."""
        turn, shift = complex(*self.turn[:2]), complex(*self.turn[2:])
        end = self.end.astype(np.float32) if self.end.ndim == 3 else None
        return Motion(
            self.trusted.astype(np.float32), Camera(turn, shift), end, bool(self.has_past[0])
        )

    @property
    def unit(self) -> Floats:
        """(16, 1, 1, 1) pixels of one target unit."""
        return residual_unit() * np.float32(self.scale[0])

    def save(self, path: Path) -> None:
        """Write one file."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: Path) -> Sample:
        """Read one file."""
        with np.load(path) as stored:
            return Sample(**{name: stored[name] for name in stored.files})


@dataclass(frozen=True)
class Tracks:
    """Exact motion at cells: displacement (16, 2, h / 8, w / 8) in pixels, visible (16, h / 8,
    w / 8)."""

    displacement: Floats
    visible: Floats


def measured(
    pictures: Bytes,
    end: Bytes | None,
    truth: Bytes,
    times: Sequence[int],
    tracks: Tracks | None = None,
) -> Sample:
    """Measure (n, h, w, 3) known pictures, as a job would."""
    analysis = analyse(pictures, end)
    by_lag = {lag: len(pictures) - 1 - lag for lag in range(len(pictures))}
    ready = stage(pictures, analysis, by_lag)
    guide = analysis.velocity * SPAN if analysis.end is None else analysis.end
    cells_of, shares = listening(np.asarray(guide / analysis.scale, np.float32))
    none = np.zeros(0, np.float16)
    camera = analysis.camera
    paths, path_tracks, visible = none, none, none
    if tracks is not None:
        paths, path_tracks, visible = _targets(analysis, tracks)
    return Sample(
        features=analysis.cells.astype(np.float16),
        trusted=analysis.trusted.astype(np.float16),
        turn=np.array([camera.turn.real, camera.turn.imag, camera.shift.real, camera.shift.imag]),
        end=none if analysis.end is None else analysis.end.astype(np.float16),
        cells_of=cells_of.astype(np.int16),
        shares=shares.astype(np.float16),
        moving=analysis.moving.astype(np.float16),
        importance=ready.importance,
        reference=pictures[-1],
        plate=_plate_picture(ready.plate, pictures),
        truth=truth,
        times=np.asarray(times, np.int16),
        scale=np.array([analysis.scale], np.float32),
        has_past=np.array([analysis.has_past]),
        paths=paths,
        tracks=path_tracks,
        visible=visible,
    )


def _targets(analysis: Analysis, tracks: Tracks) -> tuple[Halves, Halves, Halves]:
    paths = target_paths(analysis)
    default = default_path(analysis)
    unit = residual_unit() * np.float32(analysis.scale)
    wanted = np.clip((tracks.displacement - default) / unit, -_LIMIT, _LIMIT)
    return (
        paths.astype(np.float16),
        wanted.astype(np.float16),
        tracks.visible.astype(np.float16),
    )


_LIMIT = 20.0
"""Target units; further away nothing can be learnt from."""


def _plate_picture(plate: Plate, pictures: Bytes) -> Bytes:
    """The background that is shown in holes, in the reference's coordinates."""
    height, width = plate.lag.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    made: Bytes = pictures[-1].copy()
    for lag in np.unique(plate.lag):
        there = cv2.remap(
            pictures[-1 - int(lag)],
            x + plate.offset[..., 0],
            y + plate.offset[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        made[plate.lag == lag] = there[plate.lag == lag]
    return made
