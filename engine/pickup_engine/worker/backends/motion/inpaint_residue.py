"""What belongs to a removed object but lies outside its matte: a shadow, a soft edge.

Pixels outside a matte are never changed, so such a residue stays behind as a ghost. It is told by
what touches the matte, moves with it, and differs from the clean plate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.inpaint_blend import blend
from pickup_engine.worker.backends.motion.inpaint_camera import Camera
from pickup_engine.worker.backends.motion.inpaint_plate import PlateFill, plate_fills
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, covered, grow, render

_SAMPLES, _LEAST = 9, 5
"""Pictures that are looked at, and the fewest that tell."""
_QUORUM = 0.6
"""Share of the pictures, those against counted off, in which a place beside the matte must differ.
On clips with a pasted object what has no shadow is at most 0.02 of the matte then, and one clip's
0.13; shadows are 0.17 and more but where the background itself is restless."""
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


@dataclass(frozen=True)
class Trace:
    """What differs near the matte of one picture.

    side: (h, w) int8, -1 where the picture is darker than the plate and touches the matte, 1 where
    it is lighter, 0 elsewhere. inside: (h, w), the matte.
    """

    side: NDArray[np.int8]
    inside: Mask


def residue(shot: Shot, camera: Camera, matte: Mask) -> int:
    """Model pixels by which the matte (k, h, w) should grow; 0 where nothing was left outside.

    Told for a still camera only: where it moves, what stands nearer differs from the plate as much.
    """
    if not camera.still:
        return 0
    busy = np.flatnonzero(matte.any((1, 2)) & (camera.scene == camera.scene[0]))
    if len(busy) < _LEAST:
        return 0
    picked = np.unique(busy[np.linspace(0, len(busy) - 1, _SAMPLES).round().astype(int)])
    around = np.zeros_like(matte)
    for picture in picked:
        around[picture] = grow(matte[picture], _FAR)
    plate = plate_fills(shot, camera, around, [1])[0]
    found = (_trace(shot, plate, int(p), matte[p]) for p in picked)
    return together([trace for trace in found if trace is not None])


def together(traces: Sequence[Trace]) -> int:
    """How far what moves with the matte reaches from its edge in pixels; 0 = nothing does.

    Seen from the matte it is at one place and always darker or always lighter; what passes behind
    the matte is elsewhere in every picture.
    """
    if len(traces) < _LEAST:
        return 0
    height, width = traces[0].inside.shape
    votes = np.zeros((2 * height, 2 * width), np.int64)
    for trace in traces:
        votes[_from_matte(trace)] += trace.side[np.nonzero(trace.side)]
    agreed = np.abs(votes) >= _QUORUM * len(traces)
    if agreed.sum() < _SHARE * np.median([trace.inside.sum() for trace in traces]):
        return 0
    reach = []
    for trace in traces:
        away = cv2.distanceTransform((~trace.inside).astype(np.uint8), cv2.DIST_L2, 5)
        mine = away[np.nonzero(trace.side)][agreed[_from_matte(trace)]]
        if mine.size:
            reach.append(float(np.percentile(mine, _MOST)))
    return int(np.ceil(np.median(reach)))


def _from_matte(trace: Trace) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of what differs, on a canvas of twice the size with the matte's middle in its
    middle."""
    height, width = trace.inside.shape
    rows, columns = np.flatnonzero(trace.inside.any(1)), np.flatnonzero(trace.inside.any(0))
    down, across = np.nonzero(trace.side)
    middle = (int(rows[0] + rows[-1]) // 2, int(columns[0] + columns[-1]) // 2)
    return down - middle[0] + height, across - middle[1] + width


def _trace(shot: Shot, plate: PlateFill, picture: int, inside: Mask) -> Trace | None:
    """What differs in one picture; None where too little around it is calm to tell."""
    near, far = grow(inside, _NEAR) & ~inside, grow(inside, _FAR)
    views = blend((plate,), shot, picture, far)
    seen = covered(views, (inside.shape[0], inside.shape[1])) > _SEEN
    calm = far & ~near & ~inside & seen
    if calm.sum() < _CALM:
        return None
    own = shot.pictures[picture].astype(np.float32)
    clean = render(views, shot.pictures, own)
    apart = _difference(own, clean, calm, ~inside)
    limit = max(_LEVELS, _TIMES * float(np.percentile(apart[calm], 75)))
    suspects = (inside | (near & seen & (apart > limit))).astype(np.uint8)
    count, patch = cv2.connectedComponents(suspects)
    touching = np.zeros(count, bool)
    touching[np.unique(patch[inside])] = True
    touching[0] = False
    side = np.where(touching[patch] & near, np.sign((own - clean).mean(2)), 0)
    return Trace(side.astype(np.int8), inside)


def _difference(own: Floats, plate: Floats, calm: Mask, outside: Mask) -> Floats:
    """Mean difference per pixel in levels, the exposure matched on the calm part, smoothed over
    what lies outside the matte."""
    offset = np.median((own - plate)[calm], axis=0)
    apart = np.abs(own - plate - offset).mean(2) * outside
    share = cv2.blur(outside.astype(np.float32), _BLUR)
    return np.asarray(cv2.blur(apart, _BLUR) / np.maximum(share, _LITTLE), np.float32)
