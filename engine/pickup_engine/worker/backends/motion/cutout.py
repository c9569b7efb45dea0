"""Place a cut-out into a shot: an `Overlay` that the scene carries.

The thing keeps its own pixels. What is read from the shot is where its place goes, what light falls
there, and what passes in front of it. Nothing here is learned; the thing stays flat, it does not
turn, act or step: an animatic.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import (
    Conditioning,
    Cutout,
    Generated,
    Overlay,
    Placed,
    Report,
)
from pickup_engine.worker.backends.motion.cutout_camera import camera_of
from pickup_engine.worker.backends.motion.cutout_front import Front, in_front
from pickup_engine.worker.backends.motion.cutout_light import Light, light_of
from pickup_engine.worker.backends.motion.cutout_place import Place
from pickup_engine.worker.backends.motion.cutout_track import Track, carry
from pickup_engine.worker.backends.motion.inpaint_camera import Camera
from pickup_engine.worker.backends.motion.inpaint_types import Lazy, Shot

_SHUTTER = 0.5
"""Share of a frame that a film camera's shutter is open."""


@dataclass(frozen=True)
class _Manner:
    """How a take is made. light: 0..1 of the fit to the scene's light. shadow: 0..1."""

    light: float
    shadow: float


_MANNERS = (_Manner(1.0, 0.45), _Manner(1.0, 0.0), _Manner(0.5, 0.45), _Manner(0.0, 0.0))
"""Takes differ in light and shadow, in this order again and again; the seed changes the grain."""


def place_cutout(conditioning: Conditioning, report: Report) -> Generated:
    """Lay `conditioning.cutout` over all frames of an inpaint run.

    Raises `ModelError` where a frame of the run has no picture.
    """
    cutout = conditioning.cutout
    if cutout is None:
        raise ModelError(
            "There is no cut-out to place.", "Give a reference image.", code="model.cutout"
        )
    shot = _shot(conditioning)
    manner = _MANNERS[conditioning.take % len(_MANNERS)]
    place = Place.of(cutout, shot.size)
    report.phase(JobPhase.ANALYSING, shot.count * 4)
    camera = camera_of(shot, report.step)
    track = carry(shot, place, camera, report.step)
    front = in_front(shot, place, track, camera, report.step)
    light = light_of(shot, cutout, place, track, manner.light, report.step)
    return Generated(
        Overlay(
            Lazy(shot.count, lambda k: _placed(k, place, track, light, front)),
            shadow=manner.shadow,
            fit_sharpness=True,
            fit_grain=True,
            seed=conditioning.seed,
        ),
        learned=False,
        confidence=track.trust,
        details=_details(cutout, manner, camera, track, light, front),
    )


def _shot(conditioning: Conditioning) -> Shot:
    missing = set(range(conditioning.frames)) - set(conditioning.known_times)
    if missing:
        raise ModelError(
            f"Frame {min(missing)} of the run has no picture to place something in.",
            "Check that the clip's media holds every frame that the clip shows.",
            code="model.cutout",
        )
    row = {time: index for index, time in enumerate(conditioning.known_times)}
    order = [row[time] for time in range(conditioning.frames)]
    pictures = np.ascontiguousarray(conditioning.known[order])
    grey = np.stack([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures])
    hidden = np.zeros(grey.shape, np.bool_)
    return Shot(pictures, grey, hidden, tuple(order), tuple(range(conditioning.frames)))


def _placed(k: int, place: Place, track: Track, light: Light, front: Front) -> Placed | None:
    if k >= track.shown:
        return None
    return Placed(
        matrix=place.matrix(track.moves[k]),
        gain=light.gain(k),
        offset=light.offset,
        hidden=front.matte(k),
        travel=_travel(k, place, track),
    )


def _travel(k: int, place: Place, track: Track) -> tuple[float, float]:
    """Shares of the picture's sides that the foot moves while the shutter is open."""
    before, after = max(0, k - 1), min(track.shown - 1, k + 1)
    if before == after:
        return 0.0, 0.0
    start, end = (place.foot_shares(track.moves[n]) for n in (before, after))
    x, y = (end - start) * _SHUTTER / (after - before)
    return float(x), float(y)


def _details(
    cutout: Cutout, manner: _Manner, camera: Camera, track: Track, light: Light, front: Front
) -> dict[str, object]:
    return {
        "method": "cutout",
        "honestly": "a flat cut-out carried by the scene: it does not turn, act or step",
        "keyed": cutout.keyed,
        "camera": "still" if camera.still else "moving",
        "carried_by": track.told(),
        "light": {"strength": manner.light, **light.told()},
        "shadow": manner.shadow,
        "frames_with_something_in_front": front.frames,
    }
