"""The light at a cut-out's place, as one gain per channel and one offset in linear light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Cutout, Floats
from pickup_engine.worker.backends.motion.cutout_place import Place
from pickup_engine.worker.backends.motion.cutout_track import Track, smooth_in_time
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot

_GAMMA = 2.4
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
_PULL = 0.5
"""Half way to the surroundings: a dark thing in a bright place stays a dark thing."""
_GAIN = (0.35, 1.9)
_TINT = 0.6
_TINTS = (0.8, 1.25)
_LIFT = 0.6
_MOST_LIFT = 0.03
_NORM = 6
"""Minkowski norm of the illuminant: between grey world (1) and white patch (infinite)."""
_AROUND = 0.6
_DENSE = 0.8
_USABLE = (0.004, 0.95)
_CHANGE = (0.25, 4.0)
_ALIKE = 0.35
_LEAST_SHARE = 0.3
_SMOOTH = 1.0


@dataclass(frozen=True)
class Light:
    """base: (3,) gain in the first frame; offset: of all channels; change: (k, 3) against it."""

    base: Floats
    offset: float
    change: Floats

    def gain(self, k: int) -> tuple[float, float, float]:
        """Of frame `k`, r, g, b."""
        red, green, blue = (float(value) for value in self.base * self.change[k])
        return red, green, blue

    def told(self) -> dict[str, object]:
        """For the recipe."""
        level = self.change @ _WEIGHTS
        return {
            "gain": [round(float(value), 3) for value in self.base],
            "lift": round(self.offset, 4),
            "change": [round(float(level.min()), 3), round(float(level.max()), 3)],
        }


def light_of(
    shot: Shot,
    cutout: Cutout,
    place: Place,
    track: Track,
    strength: float,
    step: Callable[[], None],
) -> Light:
    """Fit the thing to the place. strength 0 leaves its colours as they are."""
    around = place.covers(track.moves[0], _AROUND)
    if strength <= 0 or not around.any():
        return Light(np.ones(3, np.float32), 0.0, np.ones((shot.count, 3), np.float32))
    scene = _linear(shot.pictures[0])
    # Glass and smoke are nowhere opaque: what is most so stands for the thing.
    thing = _linear(cutout.picture)[cutout.alpha >= _DENSE * cutout.alpha.max()]
    here = scene[around]
    level = np.clip(_level_ratio(here, thing) ** _PULL, *_GAIN)
    tint = np.clip(_illuminant(scene, around) ** _TINT, *_TINTS)
    base = (level * tint / float(tint @ _WEIGHTS)) ** strength
    dark = np.percentile(here @ _WEIGHTS, 2) - np.percentile(thing @ _WEIGHTS * level, 2)
    offset = float(np.clip(_LIFT * dark, 0, _MOST_LIFT)) * strength
    return Light(base.astype(np.float32), offset, _change(shot, place, track, step))


def _linear(picture: Bytes) -> Floats:
    return np.asarray((picture.astype(np.float32) / 255) ** _GAMMA, np.float32)


def _level_ratio(here: Floats, thing: Floats) -> float:
    """How much brighter the place is, by geometric means and by the brighter parts."""
    scene, own = here @ _WEIGHTS + 0.002, thing @ _WEIGHTS + 0.002
    mean = np.log(scene).mean() - np.log(own).mean()
    bright = np.log(np.percentile(scene, 90)) - np.log(np.percentile(own, 90))
    return float(np.exp((mean + bright) / 2))


def _illuminant(scene: Floats, around: Mask) -> Floats:
    """The colour of the light, luma 1: shades of grey (Finlayson and Trezzi, 2004) and grey edge
    (van de Weijer et al., 2007), in the whole picture and around the place."""
    slope = np.abs(cv2.Laplacian(cv2.GaussianBlur(scene, (0, 0), 1.0), cv2.CV_32F))
    found = []
    for values in (scene, slope):
        for part in (values.reshape(-1, 3), values[around]):
            norm = ((part + 1e-6) ** _NORM).mean(axis=0) ** (1 / _NORM)
            found.append(np.log(norm / max(float(norm @ _WEIGHTS), 1e-9)))
    return np.asarray(np.exp(np.mean(found, axis=0)), np.float32)


def _change(shot: Shot, place: Place, track: Track, step: Callable[[], None]) -> Floats:
    """(k, 3) how the light on the same surface changes: medians of ratios to the first frame.

    Held where less than a third of the surface is left to be compared.
    """
    around = place.covers(np.eye(3), _AROUND)
    first = _linear(shot.pictures[0])
    found = np.ones((shot.count, 3), np.float32)
    size = (place.size[1], place.size[0])
    for k in range(1, track.shown):
        step()
        there = place.in_pixels(track.moves[k])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        now = cv2.warpPerspective(shot.pictures[k], there, size, flags=flags)
        filmed = cv2.warpPerspective(np.ones(place.size, np.uint8), there, size, flags=flags) > 0
        light = _linear(np.asarray(now, np.uint8))
        usable = around & filmed & np.all((first > _USABLE[0]) & (first < _USABLE[1]), axis=2)
        usable &= np.all(light > _USABLE[0] / 4, axis=2)
        found[k] = found[k - 1]
        ratio = np.log(light[usable] / first[usable])
        # Light changes all by much the same; what passes through does not.
        alike = np.ptp(ratio, axis=1) < _ALIKE
        if int(alike.sum()) >= _LEAST_SHARE * around.sum():
            found[k] = np.clip(np.exp(np.median(ratio[alike], axis=0)), *_CHANGE)
    # The next scene's light is not this one's.
    found[track.shown :] = found[track.shown - 1]
    logs = np.log(found.astype(np.float64))
    smooth = np.stack([smooth_in_time(logs[:, n], _SMOOTH) for n in range(3)], axis=1)
    return np.asarray(np.exp(smooth - smooth[0]), np.float32)
