"""Remove an object: fill the matte with real pixels of the same shot, as a `Warp`.

Which way of filling a shot gets is chosen by a backtest (`inpaint_choose.py`). What nobody saw is
made up from texture beside it, and told. Nothing here is learned.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import Bytes, Conditioning, Generated, Report, Warp
from pickup_engine.worker.backends.motion.inpaint_blend import Filling, blend
from pickup_engine.worker.backends.motion.inpaint_camera import follow
from pickup_engine.worker.backends.motion.inpaint_choose import TRIAL, Ways, choose
from pickup_engine.worker.backends.motion.inpaint_flow import Completed
from pickup_engine.worker.backends.motion.inpaint_light import exposures
from pickup_engine.worker.backends.motion.inpaint_residue import residue
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
_CLOSE = 1
"""The same where nothing else shows a place of a still camera: better than what is made up."""
_HALF = 0.5
_MUCH = 0.2
"""Share of the matte that was made up from which on the user is told."""
_NEVER_SAMPLES = 16


def remove(conditioning: Conditioning, report: Report) -> Generated:
    """Fill the matte of an inpaint run from other pictures of it.

    Returns a `Warp` with one tuple of views for each of `conditioning.frames`, made when asked for;
    the first view is the picture itself outside the matte and its margin, which finishing needs to
    fit the light of other moments to this one.
    Raises `ModelError` ("model.matte") if there is no matte, or a frame of the run has no picture.
    """
    shot, matte = _shot(conditioning)
    needed = np.stack([grow(m, _MARGIN) for m in matte])
    report.phase(JobPhase.ANALYSING, shot.count * 5 + min(TRIAL, shot.count) * 8)
    camera = follow(shot, report.step)
    ways = Ways(Completed(), report.step)
    shot = replace(shot, light=exposures(shot, camera))
    left = residue(shot, camera, matte)
    chosen = choose(shot, matte, camera, ways, stained=left > 0)
    fills = ways.chosen(chosen, shot, camera, needed)
    never, unseen = _never(fills, shot, matte, needed)
    if camera.still and unseen.any():
        close = replace(shot, hidden=_hidden(matte, _CLOSE))
        fills = (*fills, ways.made(("hold",), close, camera, needed)["hold"])
        never, unseen = _never(fills, shot, matte, needed)
    texture = texture_fill(shot, camera, fills, needed, unseen)
    filling = Filling(shot, (*fills, texture), needed)
    place = {time: n for n, time in enumerate(shot.times)}
    frames = Lazy(conditioning.frames, lambda k: filling.frame(place[k]))
    best = chosen.scores.get(chosen.method)
    return Generated(
        Warp(frames),
        learned=False,
        confidence=None if best is None else float(np.clip((best - 15) / 20, 0, 1) * (1 - never)),
        details={
            "method": chosen.method,
            "then": list(chosen.order[1:]),
            "share_of_hold": None if chosen.share is None else round(chosen.share, 2),
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
    hidden = _hidden(matte, _DOUBT)
    times = tuple(conditioning.known_times[n] for n in order)
    return Shot(pictures, _grey(pictures), hidden, tuple(order), times), matte


def _hidden(matte: Mask, margin: int) -> Mask:
    """What is no source: the matte (k, h, w) with a margin in model pixels."""
    return np.stack([grow(m, margin) for m in matte])


def _grey(pictures: Bytes) -> Bytes:
    return np.stack([cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in pictures])


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
