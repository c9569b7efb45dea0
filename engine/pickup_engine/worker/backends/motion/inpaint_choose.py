"""Which way of filling a shot gets, by a backtest on its own known pixels.

Three ways compete: a *plate* (one aligned set of pixels for the whole stretch), *track* (each pixel
followed by completed optical flow) and *hold* (each pixel followed by the camera alone). Where the
camera moves the winner fills, and what it never saw the next one. Where it stands, a deep plate and
*hold* are mixed. A *fixed* plate is for bars and logos that a moving camera does not move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pickup_engine.worker.backends.motion.inpaint_backtest import (
    Pair,
    Score,
    Trial,
    score,
    trials,
    weigh,
)
from pickup_engine.worker.backends.motion.inpaint_blend import NoFill
from pickup_engine.worker.backends.motion.inpaint_camera import Camera
from pickup_engine.worker.backends.motion.inpaint_flow import Completed, camera_flow
from pickup_engine.worker.backends.motion.inpaint_mix import MixFill
from pickup_engine.worker.backends.motion.inpaint_plate import plate_fills
from pickup_engine.worker.backends.motion.inpaint_track import track_fill
from pickup_engine.worker.backends.motion.inpaint_types import Fill, Mask, Shot

NOTHING = "around"
"""A smooth fill from around the hole."""
TRIAL = 30
"""Most pictures of a trial."""
_DEPTHS = {"plate": 1, "plate3": 3, "deep": 9}
"""Plates by the number of pictures that a pixel is the mean of. The deep one is as calm as a median
over time, which a plate of few pictures loses 0.3 dB to."""
_MOVING = ("plate", "plate3", "track", "hold", "fixed")
_MIXED = ("deep", "hold")
_SMOOTH = 1.5
"""Decibels by which a smooth fill from around the hole must beat real pixels to be preferred. Only
where the camera moves: there they are far off where it could not be followed."""
_BURNT = 1.0
"""Decibels by which *fixed* must beat what follows a moving camera: it is for burnt-in bars and
logos."""
_PLACES = 4
"""Places where a still camera's ways are tried. What passes behind the matte may pass none of
them."""
_USUAL, _DRAWN = 0.4, 0.25
"""Share of *hold* where a shot tells none, and how far what it tells is drawn there. Chosen on the
tuning half's clips with other mattes."""


@dataclass(frozen=True)
class Chosen:
    """The ways in the order in which they are used, and how they scored.

    share: of *hold* where both ways of a still camera are mixed, None where none are.
    """

    order: tuple[str, ...]
    scores: dict[str, float]
    seen: dict[str, float]
    share: float | None = None

    @property
    def method(self) -> str:
        """What fills first, by the name that `scores` has."""
        if self.share is not None:
            return "mixed"
        return self.order[0] if self.order else NOTHING


@dataclass(frozen=True)
class Ways:
    """Makes ways of filling by their names. step: hears of every picture."""

    flow: Completed
    step: Callable[[], None]

    def made(
        self, names: Sequence[str], shot: Shot, camera: Camera, needed: Mask
    ) -> dict[str, Fill]:
        """The ways that are named, for what is `needed` (k, h, w)."""
        found: dict[str, Fill] = {}
        depths = [name for name in _DEPTHS if name in names]
        if depths:
            plates = plate_fills(shot, camera, needed, [_DEPTHS[name] for name in depths])
            found |= dict(zip(depths, plates, strict=True))
        if "fixed" in names:
            found["fixed"] = plate_fills(shot, camera.held(), needed, [_DEPTHS["plate3"]])[0]
        if "track" in names:
            found["track"] = track_fill(shot, camera, needed, self.flow, self.step)
        if "hold" in names:
            found["hold"] = track_fill(shot, camera, needed, camera_flow, self.step)
        return found

    def chosen(self, chosen: Chosen, shot: Shot, camera: Camera, needed: Mask) -> tuple[Fill, ...]:
        """The fills of a choice, in the order in which they are used."""
        made = self.made(chosen.order, shot, camera, needed)
        if chosen.share is not None:
            return (MixFill(made["deep"], made["hold"], chosen.share),)
        return tuple(made[name] for name in chosen.order)


def choose(shot: Shot, matte: Mask, camera: Camera, ways: Ways, stained: bool) -> Chosen:
    """Try the ways on displaced copies of the matte (k, h, w).

    stained: what is removed has left something outside its matte, such as a shadow. Of a still
    camera the plate alone is used then: *hold* reads just beside the object.
    """
    if camera.still:
        tests = trials(shot, matte, TRIAL, _PLACES)
        return mixed([_weighed(test, camera, ways) for test in tests], stained)
    return _ranked(trials(shot, matte, TRIAL), camera, ways)


def mixed(pairs: Sequence[Pair], stained: bool) -> Chosen:
    """The share of *hold* that a still camera's trials ask for: the median of the places, for one
    of them may be where something passed; drawn a little to what is usual."""
    pairs = [pair for pair in pairs if pair.count]
    told = float(np.median([pair.share for pair in pairs])) if pairs else _USUAL
    share = 0.0 if stained else (1 - _DRAWN) * told + _DRAWN * _USUAL
    if not pairs:
        return Chosen(_MIXED, {}, {}, share)
    total = sum(pairs[1:], pairs[0])
    scores = {"deep": total.psnr(0), "hold": total.psnr(1), "mixed": total.psnr(share)}
    return Chosen(_MIXED, scores, {}, share)


def _weighed(test: Trial, camera: Camera, ways: Ways) -> Pair:
    made = ways.made(_MIXED, test.shot, _part(camera, test), test.needed)
    return weigh(test, made["deep"], made["hold"])


def _part(camera: Camera, test: Trial) -> Camera:
    part = slice(test.first, test.first + test.shot.count)
    return Camera(camera.to_shot[part], camera.scene[part], camera.still)


def _ranked(tests: Sequence[Trial], camera: Camera, ways: Ways) -> Chosen:
    """The ways of a moving camera, the best first."""
    if not tests:
        return Chosen(("track", "plate"), {}, {})
    parts: dict[str, list[Score]] = {name: [] for name in (*_MOVING, NOTHING)}
    for test in tests:
        made = ways.made(_MOVING, test.shot, _part(camera, test), test.needed)
        for name, fill in made.items():
            parts[name].append(score(test, fill))
        parts[NOTHING].append(score(test, NoFill()))
    found = {name: sum(scored[1:], scored[0]) for name, scored in parts.items()}
    scores = {name: part.psnr for name, part in found.items()}
    seen = {name: part.share for name, part in found.items()}
    ranked = sorted(_MOVING, key=lambda name: _BURNT * (name == "fixed") - scores[name])
    if scores[NOTHING] > scores[ranked[0]] + _SMOOTH:
        return Chosen((), scores, seen)
    then = [name for name in ranked[1:] if name[:5] != ranked[0][:5]][:1]
    return Chosen((ranked[0], *then), scores, seen)
