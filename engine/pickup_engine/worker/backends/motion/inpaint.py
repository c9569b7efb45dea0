"""Remove an object: fill the matte with real pixels of the same shot, as a `Warp`.

Three ways compete on every shot, judged by a backtest on its own known pixels: a *plate* (one
aligned set of pixels for the whole stretch), *track* (each pixel followed by completed optical
flow) and *hold* (each pixel followed by the camera alone). What the winner never saw, the next one
may fill. A *fixed* plate is for bars and logos that a moving camera does not move. What nobody saw
is made up from texture beside it, and told. Nothing here is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import Bytes, Conditioning, Generated, Report, Warp
from pickup_engine.worker.backends.motion.inpaint_backtest import Score, score, trials
from pickup_engine.worker.backends.motion.inpaint_blend import Filling, NoFill, blend
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, follow
from pickup_engine.worker.backends.motion.inpaint_flow import Completed, camera_flow
from pickup_engine.worker.backends.motion.inpaint_light import exposures
from pickup_engine.worker.backends.motion.inpaint_plate import plate_fills
from pickup_engine.worker.backends.motion.inpaint_residue import residue
from pickup_engine.worker.backends.motion.inpaint_track import track_fill
from pickup_engine.worker.backends.motion.inpaint_types import (
    Fill,
    Lazy,
    Mask,
    Shot,
    covered,
    grow,
)
from pickup_engine.worker.backends.motion.inpaint_unseen import texture_fill

_MARGIN = 3
"""Model pixels that are filled beyond the matte: soft edges, and a ring to fit the light in."""
_DOUBT = 3
"""Model pixels beside the matte that are never sources: the object's blur and compression."""
_TRIAL = 30
_DEPTHS = {"plate": 1, "plate3": 3}
"""Plates by the number of pictures that a pixel is the mean of."""
_STILL = ("plate", "plate3", "hold")
_MOVING = ("plate", "plate3", "track", "hold", "fixed")
_NOTHING = "around"
_SMOOTH = 1.5
"""Decibels by which a smooth fill from around the hole must beat real pixels to be preferred. Only
where the camera moves: there they are far off where it could not be followed."""
_HALF = 0.5
_MUCH = 0.2
"""Share of the matte that was made up from which on the user is told."""
_BURNT = 1.0
"""Decibels by which *fixed* must beat what follows a moving camera: it is for burnt-in bars and
logos."""
_STEADY = 1.0
"""Decibels by which *hold* must beat a plate of a still camera: its pieces come from many moments,
some of them touched by the object's shadow, which a backtest cannot see."""
_NEVER_SAMPLES = 16


@dataclass(frozen=True)
class Chosen:
    """The ways in the order in which they are used, and how they scored."""

    order: tuple[str, ...]
    scores: dict[str, float]
    seen: dict[str, float]


def remove(conditioning: Conditioning, report: Report) -> Generated:
    """Fill the matte of an inpaint run from other pictures of it.

    Returns a `Warp` with one tuple of views for each of `conditioning.frames`, made when asked for;
    the first view is the picture itself outside the matte and its margin, which finishing needs to
    fit the light of other moments to this one.
    Raises `ModelError` ("model.matte") if there is no matte, or a frame of the run has no picture.
    """
    shot, matte = _shot(conditioning)
    needed = np.stack([grow(m, _MARGIN) for m in matte])
    steps = shot.count * 5 + min(_TRIAL, shot.count) * 8
    report.phase(JobPhase.ANALYSING, steps)
    camera = follow(shot, report.step)
    ways = Ways(Completed(), report.step)
    shot = replace(shot, light=exposures(shot, camera))
    chosen = _choose(shot, matte, camera, ways)
    made = ways.made(chosen.order, shot, camera, needed)
    fills = tuple(made[name] for name in chosen.order)
    never, unseen = _never(fills, shot, matte, needed)
    texture = texture_fill(shot, camera, fills, needed, unseen)
    filling = Filling(shot, (*fills, texture), needed)
    place = {time: n for n, time in enumerate(shot.times)}
    frames = Lazy(conditioning.frames, lambda k: filling.frame(place[k]))
    left = residue(shot, camera, matte)
    best = chosen.scores.get(chosen.order[0] if chosen.order else _NOTHING)
    return Generated(
        Warp(frames),
        learned=False,
        confidence=None if best is None else float(np.clip((best - 15) / 20, 0, 1) * (1 - never)),
        details={
            "method": chosen.order[0] if chosen.order else _NOTHING,
            "then": list(chosen.order[1:]),
            "backtest_db": {name: round(value, 2) for name, value in chosen.scores.items()},
            "backtest_seen": {name: round(value, 3) for name, value in chosen.seen.items()},
            "camera": "still" if camera.still else "moving",
            "light": "steady" if shot.light is None else "changes",
            "never_seen": round(never, 4),
            "residue": round(left / shot.size[1], 4),
            "warnings": _warnings(left, shot.size[1], never),
        },
    )


def _warnings(left: int, width: int, never: float) -> list[str]:
    """What the user should know before the take is used."""
    found = []
    if left:
        found.append(
            "Something outside the matte moves with what was removed, such as its shadow, and stays"
            f" behind. Grow the matte by about {100 * left / width:.1f} % of the picture's width."
        )
    if never > _MUCH:
        found.append(
            f"{never:.0%} of what is behind the matte is never seen in the shot: it was made up"
            " from what lies beside it."
        )
    return found


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


def _shot(conditioning: Conditioning) -> tuple[Shot, Mask]:
    if conditioning.matte is None:
        raise ModelError(
            "There is no matte that says what to remove.",
            "Give a matte or a box around the object.",
            code="model.matte",
        )
    missing = set(range(conditioning.frames)) - set(conditioning.known_times)
    if missing:
        raise ModelError(
            f"Frame {min(missing)} of the run has no picture to remove something from.",
            "Check that the clip's media holds every frame that the clip shows.",
            code="model.matte",
        )
    order = sorted(range(len(conditioning.known_times)), key=conditioning.known_times.__getitem__)
    pictures = np.ascontiguousarray(conditioning.known[order])
    matte = conditioning.matte[order]
    hidden = np.stack([grow(m, _DOUBT) for m in matte])
    times = tuple(conditioning.known_times[n] for n in order)
    return Shot(pictures, _grey(pictures), hidden, tuple(order), times), matte


def _grey(pictures: Bytes) -> Bytes:
    return np.stack([cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in pictures])


def _choose(shot: Shot, matte: Mask, camera: Camera, ways: Ways) -> Chosen:
    names = _STILL if camera.still else _MOVING
    tests = trials(shot, matte, _TRIAL)
    if not tests:
        return Chosen(("plate3", "hold") if camera.still else ("track", "plate"), {}, {})
    parts: dict[str, list[Score]] = {name: [] for name in (*names, _NOTHING)}
    for test in tests:
        part = slice(test.first, test.first + test.shot.count)
        local = Camera(camera.to_shot[part], camera.scene[part], camera.still)
        for name, fill in ways.made(names, test.shot, local, test.needed).items():
            parts[name].append(score(test, fill))
        parts[_NOTHING].append(score(test, NoFill()))
    found = {name: sum(scored[1:], scored[0]) for name, scored in parts.items()}
    scores = {name: part.psnr for name, part in found.items()}
    seen = {name: part.share for name, part in found.items()}
    ranked = sorted(names, key=lambda name: _BURNT * (name == "fixed") - scores[name])
    if not camera.still and scores[_NOTHING] > scores[ranked[0]] + _SMOOTH:
        return Chosen((), scores, seen)
    plate = next(name for name in ranked if name in _DEPTHS)
    if camera.still and ranked[0] == "hold" and scores["hold"] - scores[plate] < _STEADY:
        ranked.remove(plate)
        ranked.insert(0, plate)
    then = [name for name in ranked[1:] if name[:5] != ranked[0][:5]][:1]
    return Chosen((ranked[0], *then), scores, seen)


def _never(fills: tuple[Fill, ...], shot: Shot, matte: Mask, needed: Mask) -> tuple[float, Mask]:
    """Share of the matte that no view shows, and what is not shown of `needed` (k, h, w), over
    evenly picked pictures."""
    unseen = np.zeros_like(needed)
    busy = np.flatnonzero(matte.any((1, 2)))
    picked = np.unique(np.linspace(0, len(busy) - 1, min(len(busy), _NEVER_SAMPLES)).round())
    hole, total = 0.0, 0
    for picture in busy[picked.astype(int)]:
        inside, region = matte[picture], needed[picture]
        shown = covered(blend(fills, shot, int(picture), region), region.shape)
        unseen[picture] = region & (shown < _HALF)
        hole += float((1 - shown)[inside].sum())
        total += int(inside.sum())
    return (hole / total if total else 0.0), unseen
