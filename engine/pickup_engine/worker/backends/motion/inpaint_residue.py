"""What belongs to a removed object but lies outside its matte: a shadow, a soft edge.

Pixels outside a matte are never changed, so such a residue stays behind as a ghost. It is told by
what touches the matte, moves with it, and differs from the clean plate.
"""

from __future__ import annotations

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.inpaint_blend import blend
from pickup_engine.worker.backends.motion.inpaint_camera import Camera
from pickup_engine.worker.backends.motion.inpaint_plate import PlateFill, plate_fills
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, covered, grow, render

_SAMPLES = 5
_NEAR, _FAR = 14, 22
"""Model pixels around the matte that a residue may reach, and up to which nothing should differ."""
_LEVELS, _TIMES = 10.0, 2.5
"""Least difference of a residue, and how often it is the usual one further away."""
_CALM = 200
_SHARE = 0.06
"""Least size of a residue, of the matte's own."""
_MOST = 95.0
"""Percentile of the residue's pixels that the grown matte would hold."""
_SEEN = 0.9
_BLUR = (3, 3)
_LITTLE = 1e-3


def residue(shot: Shot, camera: Camera, matte: Mask) -> int:
    """Model pixels by which the matte (k, h, w) should grow; 0 where nothing was left outside.

    Found in at least half of the looked at pictures, else it is something that passes by. Told for
    a still camera only: where it moves, what stands nearer differs from the plate as much.
    """
    if not camera.still:
        return 0
    busy = np.flatnonzero(matte.any((1, 2)) & (camera.scene == camera.scene[0]))
    if len(busy) < _SAMPLES:
        return 0
    picked = busy[np.linspace(0, len(busy) - 1, _SAMPLES).round().astype(int)]
    around = np.zeros_like(matte)
    for picture in picked:
        around[picture] = grow(matte[picture], _FAR)
    plate = plate_fills(shot, camera, around, [1])[0]
    return int(np.median([_reach(shot, plate, int(p), matte[p]) for p in picked]))


def _reach(shot: Shot, plate: PlateFill, picture: int, inside: Mask) -> int:
    """How far the residue of one picture reaches, in pixels from the matte's edge."""
    near, far = grow(inside, _NEAR) & ~inside, grow(inside, _FAR)
    views = blend((plate,), shot, picture, far)
    seen = covered(views, inside.shape) > _SEEN
    calm = far & ~near & ~inside & seen
    if calm.sum() < _CALM:
        return 0
    own = shot.pictures[picture].astype(np.float32)
    apart = _difference(own, render(views, shot.pictures, own), calm, ~inside)
    limit = max(_LEVELS, _TIMES * float(np.percentile(apart[calm], 75)))
    suspects = (inside | (near & seen & (apart > limit))).astype(np.uint8)
    count, patch = cv2.connectedComponents(suspects)
    touching = np.zeros(count, bool)
    touching[np.unique(patch[inside])] = True
    touching[0] = False
    found = touching[patch] & near
    if found.sum() < _SHARE * inside.sum():
        return 0
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    return int(np.ceil(np.percentile(away[found], _MOST)))


def _difference(own: Floats, plate: Floats, calm: Mask, outside: Mask) -> Floats:
    """Mean difference per pixel in levels, the exposure matched on the calm part, smoothed over
    what lies outside the matte."""
    offset = np.median((own - plate)[calm], axis=0)
    apart = np.abs(own - plate - offset).mean(2) * outside
    share = cv2.blur(outside.astype(np.float32), _BLUR)
    return np.asarray(cv2.blur(apart, _BLUR) / np.maximum(share, _LITTLE), np.float32)
