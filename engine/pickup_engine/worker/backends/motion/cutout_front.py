"""What passes in front of a cut-out.

A thing that was not there at first, moves against the scene, and reaches further down the picture
than the cut-out's foot is nearer on the ground, so it is in front. In doubt the cut-out is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.cutout_place import Place
from pickup_engine.worker.backends.motion.cutout_track import Track
from pickup_engine.worker.backends.motion.flow import dense_flow
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, Matrix, move
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, grid

_SAMPLES = 21
_TIMES = 4
_FEWEST = 5
_LEVELS = 20
_MOVES = 0.7
"""Pixels against the scene."""
_LATER = 4
"""Frames after which what moves in the first one is seen to."""
_MOVING = 0.2
_BELOW = 0.02
"""Share of the picture's height that a thing must reach below the foot to be in front."""
_SMALL = 0.001
_STAYS = 0.5
_SHADE = (0.55, 0.97)
_SHADE_COLOUR = 14.0
_SHADE_DETAIL = 6.0


@dataclass(frozen=True)
class Front:
    """mattes: frame -> (h, w) 0..255, frames with nothing in front are left out."""

    mattes: dict[int, Bytes]

    @property
    def frames(self) -> int:
        """In how many frames something is in front."""
        return len(self.mattes)

    def matte(self, k: int) -> Floats | None:
        """(h, w) 0..1."""
        found = self.mattes.get(k)
        return None if found is None else np.asarray(found.astype(np.float32) / 255, np.float32)


def in_front(
    shot: Shot, place: Place, track: Track, camera: Camera, step: Callable[[], None]
) -> Front:
    """The mattes of what passes in front, for every frame that the thing is shown in."""
    if track.shown < _FEWEST:
        return Front({})
    scene = _Scene(_empty(shot, camera, track.shown), _limit(shot, camera, track.shown))
    found: list[Mask | None] = []
    for k in range(track.shown):
        step()
        foreign = _foreign(shot, camera, scene, k)
        before = found[-1] if found else None
        found.append(_nearer(shot, place, track, camera, foreign, before, k))
    return Front(_steady(found))


@dataclass(frozen=True)
class _Scene:
    """picture: (h, w, 3) the first frame without what moves in it. limit: (h, w) levels."""

    picture: Bytes
    limit: Bytes


def _empty(shot: Shot, camera: Camera, shown: int) -> Bytes:
    """The first frame; what moves in it is replaced by what is seen there most of the time. So a
    place that something leaves is not taken for something that comes."""
    later = min(_LATER, shown - 1)
    goes = _going(shot, camera, 0, later)
    first = np.asarray(shot.pictures[0], np.uint8)
    if not goes.any():
        return first
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    goes = cv2.dilate(goes.astype(np.uint8), kernel) > 0
    picked = np.unique(np.linspace(0, shown - 1, _SAMPLES).astype(int))
    usual = np.median(np.stack([_aligned(shot, camera, int(k)) for k in picked]), axis=0)
    return np.asarray(np.where(goes[..., None], usual, first), np.uint8)


def _limit(shot: Shot, camera: Camera, shown: int) -> Bytes:
    """(h, w) levels by which a picture differs from the first where something else is seen: above
    what usually changes from one frame to the next there, be it noise or leaves."""
    picked = np.unique(np.linspace(0, shown - 2, _SAMPLES).astype(int))
    away = [
        _apart(_aligned(shot, camera, k), _aligned(shot, camera, k + 1))
        for k in (int(number) for number in picked)
    ]
    usual = np.median(np.stack(away), axis=0)
    return np.asarray(np.clip(_TIMES * usual, _LEVELS, 255), np.uint8)


def _apart(one: Bytes, other: Bytes) -> Bytes:
    """(h, w) levels, of the channel that differs most."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def _aligned(shot: Shot, camera: Camera, k: int) -> Bytes:
    """Frame k in the first frame's pixels, as bright as that; the first frame where it was not
    filmed."""
    seen, filmed = _seen_from_first(shot, camera, k)
    first = np.asarray(shot.pictures[0], np.uint8)
    spots = (slice(None, None, 4), slice(None, None, 4))
    inside = filmed[spots]
    if not inside.any():
        return first
    now, then = seen[spots][inside].mean(axis=1), first[spots][inside].mean(axis=1)
    gain = float(np.clip(np.median((then + 8) / (now + 8)), 0.5, 2.0))
    lit = cv2.convertScaleAbs(seen, alpha=gain)
    return np.asarray(np.where(filmed[..., None], lit, first), np.uint8)


def _seen_from_first(shot: Shot, camera: Camera, k: int) -> tuple[Bytes, Mask]:
    """Frame k in the first frame's pixels, and where it was filmed."""
    if camera.still:
        return shot.pictures[k], np.ones(shot.size, np.bool_)
    size = (shot.size[1], shot.size[0])
    there, flags = camera.between(0, k), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(
        shot.pictures[k], there, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    filmed = cv2.warpPerspective(np.ones(shot.size, np.uint8), there, size, flags=flags)
    return np.asarray(seen, np.uint8), np.asarray(filmed > 0, np.bool_)


def _foreign(shot: Shot, camera: Camera, scene: _Scene, k: int) -> Mask:
    """(h, w) in the first frame's pixels: what was not there at first and is no mere shadow."""
    now, first = _aligned(shot, camera, k), scene.picture
    differs = _apart(now, first) > scene.limit
    if not differs.any():
        return differs
    levels, then = now[differs].astype(np.float32), first[differs].astype(np.float32)
    shade = (levels.sum(axis=1) + 1) / (then.sum(axis=1) + 1)
    same_colour = np.abs(levels - then * shade[:, None]).max(axis=1) < _SHADE_COLOUR
    shadow = same_colour & (shade > _SHADE[0]) & (shade < _SHADE[1])
    differs[differs] = ~(shadow & (_restructured(now, first)[differs] < _SHADE_DETAIL))
    return _whole(differs)


def _restructured(now: Bytes, first: Bytes) -> Floats:
    """(h, w) levels by which the fine detail of two pictures differs: a shadow leaves it."""
    detail = [
        cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F, ksize=1)
        for picture in (now, first)
    ]
    return np.asarray(cv2.blur(np.abs(detail[0] - detail[1]), (7, 7)), np.float32)


def _whole(mask: Mask) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel[1:-1, 1:-1])
    outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(opened, outlines, -1, 1, cv2.FILLED) > 0, np.bool_)


def _nearer(
    shot: Shot,
    place: Place,
    track: Track,
    camera: Camera,
    foreign: Mask,
    before: Mask | None,
    k: int,
) -> Mask | None:
    """(h, w) in the pixels of frame k: the parts of `foreign` that are in front of the thing.

    before: the same of the frame before; what was in front and stops moving stays in front.
    """
    now = _to_frame(foreign, camera.between(0, k), shot, camera)
    thing = place.covers(track.moves[k])
    if not (now & thing).any():
        return None
    foot = float(place.foot_shares(track.moves[k])[1]) * shot.size[0]
    goes = np.ones(shot.size, np.bool_) if camera.still else _moving(shot, camera, track, k)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(now.astype(np.uint8))
    out = np.zeros(shot.size, np.bool_)
    for number in range(1, count):
        part = parts == number
        bottom = stats[number, cv2.CC_STAT_TOP] + stats[number, cv2.CC_STAT_HEIGHT]
        area = int(stats[number, cv2.CC_STAT_AREA])
        if area < _SMALL * part.size or bottom <= foot + _BELOW * shot.size[0]:
            continue
        stays = before is not None and (part & before).sum() >= _STAYS * area
        if (part & thing).any() and (stays or (part & goes).sum() >= _MOVING * area):
            out |= part
    return out if out.any() else None


def _to_frame(mask: Mask, there: Matrix, shot: Shot, camera: Camera) -> Mask:
    if camera.still:
        return mask
    size = (shot.size[1], shot.size[0])
    return np.asarray(cv2.warpPerspective(mask.astype(np.uint8), there, size) > 0, np.bool_)


def _moving(shot: Shot, camera: Camera, track: Track, k: int) -> Mask:
    """(h, w) what moves against the camera between frame k and a neighbour of its scene."""
    return _going(shot, camera, k, k + 1 if k + 1 < track.shown else k - 1)


def _going(shot: Shot, camera: Camera, k: int, other: int) -> Mask:
    flow = dense_flow(shot.grey[k], shot.grey[other])
    x, y = grid(*shot.size)
    to_x, to_y = move(camera.between(k, other), x, y)
    return np.asarray(np.hypot(flow[..., 0] - to_x + x, flow[..., 1] - to_y + y) > _MOVES)


def _steady(found: list[Mask | None]) -> dict[int, Bytes]:
    """The median over three frames, with soft edges: a matte that blinks is no matte."""
    out = {}
    for k, mask in enumerate(found):
        before, after = found[max(0, k - 1)], found[min(len(found) - 1, k + 1)]
        near = [part for part in (before, mask, after) if part is not None]
        if len(near) < 2:
            continue
        votes = np.sum(near, axis=0) >= 2
        if votes.any():
            soft = cv2.GaussianBlur(votes.astype(np.float32) * 255, (0, 0), 0.8)
            out[k] = np.asarray(np.rint(soft), np.uint8)
    return out
