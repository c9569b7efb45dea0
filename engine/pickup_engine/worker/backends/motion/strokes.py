"""The motion brush: a thing that the user grabbed follows a stroke; the rest goes on as it would.

The thing keeps its own pixels and shape (a rigid layer); what it leaves is filled with texture from
elsewhere in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pickup_engine.worker.backends.base import BrushStroke, Bytes, Floats, View
from pickup_engine.worker.backends.motion.beside import Filling, copied_in
from pickup_engine.worker.backends.motion.camera_move import Views, looked_behind
from pickup_engine.worker.backends.motion.cutting import cut_out, grab, soft
from pickup_engine.worker.backends.motion.flow import grid
from pickup_engine.worker.backends.motion.plate import Mask

_THINNEST = 2.5
"""Model pixels of radius: of less, the soft edge leaves a ghost only."""

_CORE = 0.4
"""Of the radius: what is surely grabbed."""

_REACHES = (1.6, 2.4, 3.6)
"""In radii: how far the thing is searched for."""

_RIM, _CUT = 0.15, 0.12
"""A thing that fills more of the rim of its search goes on beyond it."""

_APART, _ALIKE = 0.3, 0.5
"""Pixels per frame between a thing and its surroundings from which on motion tells it; and the
share of that within which pixels move along."""

_FLOW = 3
"""Pixels by which flow misses an edge: there colour decides."""

_LEAST = 0.2
"""Share of the brush that a thing fills at least, or its colours were not told apart."""


@dataclass(frozen=True)
class Thing:
    """What a stroke moves: its matte (h, w) at the reference; whether it was cut along edges."""

    stroke: BrushStroke
    matte: Floats
    snapped: bool

    def offset(self, share: float) -> tuple[float, float]:
        """How far it has moved after a share of the time, at one speed along the stroke: x, y.
        After more than 1 it has gone on straight from the stroke's end."""
        points = np.asarray(self.stroke.points, np.float64)
        steps = np.diff(points, axis=0)
        lengths = np.linalg.norm(steps, axis=1)
        along = np.concatenate([[0.0], np.cumsum(lengths)])
        place = share * along[-1]
        last = int(np.flatnonzero(lengths)[-1])
        beyond = max(0.0, place - along[-1]) * steps[last] / lengths[last]
        x, y = (float(np.interp(place, along, points[:, axis])) for axis in (0, 1))
        return x - float(points[0, 0] - beyond[0]), y - float(points[0, 1] - beyond[1])


@dataclass(frozen=True)
class Grabbed:
    """All things that are moved, the picture that they were grabbed from (an index for
    `View.source`), and what fills the places that they leave there."""

    things: tuple[Thing, ...]
    source: int
    filling: Filling

    @property
    def told(self) -> list[dict[str, object]]:
        """For the recipe."""
        return [
            {"snapped": thing.snapped, "area": round(float(thing.matte.mean()), 4)}
            for thing in self.things
        ]


def grab_things(
    picture: Bytes, source: int, strokes: Sequence[BrushStroke], motion: Floats | None = None
) -> Grabbed:
    """Find the things under the first points of strokes, in the reference picture (h, w, 3), whose
    pixels move by `motion` (h, w, 2) a frame (None = it is a still)."""
    things = tuple(grab_thing(picture, stroke, motion) for stroke in strokes)
    matte = np.maximum.reduce([thing.matte for thing in things])
    return Grabbed(things, source, copied_in(picture, matte))


def grab_thing(picture: Bytes, stroke: BrushStroke, motion: Floats | None = None) -> Thing:
    """The thing under the first point of a stroke. It may be larger than the brush: the search goes
    further out until it ends before; where it never does, the brush itself is cut out. Motion tells
    it where it moves otherwise than what is around, else colour."""
    height, width = picture.shape[:2]
    x, y = grid(height, width)
    away = np.hypot(x - stroke.points[0][0], y - stroke.points[0][1]) / max(
        stroke.radius, _THINNEST
    )
    away = np.asarray(away, np.float32)
    moving = None if motion is None else _moving_apart(motion, away)
    if moving is not None:
        return Thing(stroke, cut_out(picture, moving, inner=_FLOW, outer=_FLOW), True)
    for reach in _REACHES:
        labels = np.full((height, width), cv2.GC_BGD, np.uint8)
        labels[away < reach] = cv2.GC_PR_BGD
        labels[away < 1.0] = cv2.GC_PR_FGD
        labels[away < _CORE] = cv2.GC_FGD
        found = _touching(grab(picture, labels), away < _CORE)
        rim = (away > reach - _RIM) & (away < reach)
        fits = found.sum() > _LEAST * (away < 1.0).sum()
        if fits and _ends(found, rim):
            return Thing(stroke, soft(found), True)
    return Thing(stroke, soft(away < 1.0), False)


def stroked(views: Views, grabbed: Grabbed, share: float) -> Views:
    """A frame of `views` with the things moved on after 0..1 of the time."""
    x, y = grid(*views[0].weight.shape)
    left = grabbed.filling.read(views[0].x, views[0].y)
    behind_x = np.asarray(x + left.offset[..., 0], np.float32)
    behind_y = np.asarray(y + left.offset[..., 1], np.float32)
    made = looked_behind(views, behind_x, behind_y, left.hidden)
    for thing in grabbed.things:
        across, down = thing.offset(share)
        from_x, from_y = x - np.float32(across), y - np.float32(down)
        read = cv2.remap(thing.matte, from_x, from_y, cv2.INTER_LINEAR, borderValue=0)
        cover = np.asarray(read, np.float32)
        rest = np.float32(1) - cover
        under = [replace(v, weight=np.asarray(v.weight * rest, np.float32)) for v in made]
        made = (*under, View(grabbed.source, from_x, from_y, cover))
    return made


def _moving_apart(motion: Floats, away: Floats) -> Mask | None:
    """What moves as the core of the brush does; None where all around it does, or it goes on."""
    core, reach = away < _CORE, away < _REACHES[-1]
    ring = reach & (away > 1.0)
    if not core.any() or not ring.any():
        return None
    own = np.median(motion[core], axis=0)
    apart = float(np.linalg.norm(own - np.median(motion[ring], axis=0)))
    if apart < _APART:
        return None
    along = np.asarray(np.linalg.norm(motion - own, axis=-1) < _ALIKE * apart)
    found = _touching(along & reach, core)
    rim = reach & (away > _REACHES[-1] - _RIM)
    fits = found.sum() > _LEAST * (away < 1.0).sum() and _ends(found, rim)
    return found if fits else None


def _ends(found: Mask, rim: Mask) -> bool:
    """Whether a thing ends before the rim of its search; one outside the picture tells nothing."""
    return bool(rim.any()) and float(found[rim].mean()) < _CUT


def _touching(cut: Mask, core: Mask) -> Mask:
    """The parts of a cut that the core of the brush touches."""
    _, labels = cv2.connectedComponents(cut.astype(np.uint8))
    kept = np.unique(labels[core & cut])
    return np.asarray(cut & np.isin(labels, kept))
