"""Remove an object: fill the matte with real pixels of the same shot, as a `Warp`.

Three ways compete on every shot, judged by a backtest on its own known pixels: a *plate* (one
aligned set of pixels for the whole stretch), *track* (each pixel followed by completed optical
flow) and *hold* (each pixel followed by the camera alone). What the winner never saw, the next one
may fill; what nobody saw stays a hole for finishing. Nothing here is learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import Bytes, Conditioning, Generated, Report, View, Warp
from pickup_engine.worker.backends.motion.inpaint_backtest import score, trials
from pickup_engine.worker.backends.motion.inpaint_blend import Filling
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, follow
from pickup_engine.worker.backends.motion.inpaint_flow import camera_flow, completed
from pickup_engine.worker.backends.motion.inpaint_plate import plate_fill
from pickup_engine.worker.backends.motion.inpaint_track import track_fill
from pickup_engine.worker.backends.motion.inpaint_types import (
    Fill,
    Lazy,
    Mask,
    Shot,
    covered,
    grow,
)

_MARGIN = 3
"""Model pixels that are filled beyond the matte: soft edges, and a ring to fit the light in."""
_DOUBT = 3
"""Model pixels beside the matte that are never sources: the object's blur and compression."""
_TRIAL = 30
_METHODS = ("plate", "plate3", "track", "hold")
_STEADY = 1.0
"""Decibels by which *hold* must beat a plate of a still camera: its pieces come from many moments,
some of them touched by the object's shadow, which a backtest cannot see."""
_NEVER_SAMPLES = 24


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
    chosen = _choose(shot, matte, camera, report.step)
    fills = tuple(make(name, shot, camera, needed, report.step) for name in chosen.order)
    filling = Filling(shot, fills, needed)
    place = {time: n for n, time in enumerate(shot.times)}
    frames = Lazy(conditioning.frames, lambda k: filling.frame(place[k]))
    never = _never(frames, conditioning.frames, matte, place)
    best = chosen.scores.get(chosen.order[0])
    return Generated(
        Warp(frames),
        learned=False,
        confidence=None if best is None else float(np.clip((best - 15) / 20, 0, 1) * (1 - never)),
        details={
            "method": chosen.order[0],
            "then": list(chosen.order[1:]),
            "backtest_db": {name: round(value, 2) for name, value in chosen.scores.items()},
            "backtest_seen": {name: round(value, 3) for name, value in chosen.seen.items()},
            "camera": "still" if camera.still else "moving",
            "never_seen": round(never, 4),
        },
    )


def make(name: str, shot: Shot, camera: Camera, needed: Mask, step: Callable[[], None]) -> Fill:
    """One way of filling by its name."""
    match name:
        case "plate":
            return plate_fill(shot, camera, needed, 1)
        case "plate3":
            return plate_fill(shot, camera, needed, 3)
        case "track":
            return track_fill(shot, camera, needed, completed, step)
        case _:
            return track_fill(shot, camera, needed, camera_flow, step)


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


def _choose(shot: Shot, matte: Mask, camera: Camera, step: Callable[[], None]) -> Chosen:
    tests = trials(shot, matte, _TRIAL)
    if not tests:
        order = ("plate3", "hold") if camera.still else ("track", "plate")
        return Chosen(order, {}, {})
    found = {}
    for name in _METHODS:
        parts = []
        for test in tests:
            part = slice(test.first, test.first + test.shot.count)
            local = Camera(camera.to_shot[part], camera.scene[part], camera.still)
            parts.append(score(test, make(name, test.shot, local, test.needed, step)))
        found[name] = sum(parts[1:], parts[0])
    scores = {name: part.psnr for name, part in found.items()}
    ranked = sorted(_METHODS, key=lambda name: -scores[name])
    plate = next(name for name in ranked if name.startswith("plate"))
    if camera.still and ranked[0] == "hold" and scores["hold"] - scores[plate] < _STEADY:
        ranked.remove(plate)
        ranked.insert(0, plate)
    then = [name for name in ranked[1:] if name[:5] != ranked[0][:5]][:1]
    return Chosen((ranked[0], *then), scores, {name: part.share for name, part in found.items()})


def _never(frames: Lazy[tuple[View, ...]], count: int, matte: Mask, place: dict[int, int]) -> float:
    """Share of the matte that no view shows, over evenly picked frames."""
    picked = np.unique(np.linspace(0, count - 1, min(count, _NEVER_SAMPLES)).round().astype(int))
    hole, total = 0.0, 0
    for number in picked:
        inside = matte[place[int(number)]]
        if inside.any():
            shown = covered(frames[int(number)], inside.shape)
            hole += float((1 - shown)[inside].sum())
            total += int(inside.sum())
    return hole / total if total else 0.0
