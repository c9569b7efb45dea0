"""Follow the surface that a cut-out stands on.

Corners around the foot are found again in every frame, always from the same anchor frame, so that
errors do not add up. An affine fit through them tells where the foot is; the thing stays upright
and in shape, so only turn and width are taken from it. Where too few corners are left the camera
carries the place on, and the next frame with enough of them becomes the anchor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.cutout_corners import (
    FEWEST,
    Anchor,
    corners,
    found_again,
    joined,
)
from pickup_engine.worker.backends.motion.cutout_place import Place
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, Matrix
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot

_REACH = (0.9, 2.5)
"""Radius of the surface around the foot in thing widths, near and wide."""
_PARALLAX = (1.5, 0.35)
"""Pixels, and pixels a frame, by which the surface may move otherwise than the camera's plane."""
_LEAST_REACH = 0.1
"""Of the picture's height: around small things there must be something to follow."""
_BEHIND = 0.35
_ENOUGH = 24
_SHARE = 0.3
_INLIER = 1.0
_HOLD = 0.02
_AGAIN = 16
"""A new anchor is taken where fewer corners than this are left."""
_GOES_SHARE = 0.5
_GOES_FRAMES = 0.6
_GOES_PIXELS = 1.0
"""Under a still camera the place moves only where half of the corners do, most of the time: a
conveyor does, a passing dog does not."""
_SMOOTH = 1.2
"""Frames (sigma) over which turn and size are smoothed: they are told less well than position."""


@dataclass(frozen=True)
class Track:
    """moves: (k, 3, 3), square coordinates of frame 0 to those of each frame, similarities.

    shown: frames until the scene ends. found: (k,) share of the corners that were found again, 0
    where the camera carried on. still: nothing moves, all moves are the identity. anchors: how many
    frames corners were taken from.
    """

    moves: Matrix
    shown: int
    found: Floats
    still: bool
    anchors: int

    @property
    def trust(self) -> float:
        """0..1."""
        return 0.9 if self.still else float(np.clip(self.found.mean() * 1.2, 0.1, 0.95))

    def told(self) -> dict[str, object]:
        """For the recipe."""
        if self.still:
            return {"surface": "nothing moves", "frames_shown": self.shown}
        return {
            "surface": "corners around the foot",
            "corners_found": round(float(self.found[: self.shown].mean()), 3),
            "frames_by_camera_alone": int((self.found[: self.shown] == 0).sum()),
            "anchors": self.anchors,
            "frames_shown": self.shown,
        }


@dataclass(frozen=True)
class _Ground:
    """What is looked for again. near: corners beside the foot; wide: of more of the surface, where
    too few of those are left. frame: that they are from."""

    frame: int
    near: Anchor
    wide: Anchor

    @property
    def move(self) -> Matrix:
        """Pixels of frame 0 to pixels of its frame."""
        return self.near.move


def carry(shot: Shot, place: Place, camera: Camera, step: Callable[[], None]) -> Track:
    """Where the thing goes in every frame of the shot; it is gone after a hard cut."""
    count, shown = shot.count, int((camera.scene == 0).sum())
    moves = np.tile(np.eye(3), (count, 1, 1))
    found = np.zeros(count, np.float32)
    found[0] = 1.0
    ground, anchors, goes = _ground(shot, place, 0, np.eye(3)), 1, 0
    for k in range(1, shown):
        step()
        guess = _carried_on(place, camera, k, moves[k - 1])
        pair = found_again(ground.near, shot.grey[k], place.in_pixels(guess))
        goes += _goes(pair, ground.near)
        for more in (None, ground.wide):
            if more is not None:
                pair = joined(pair, found_again(more, shot.grey[k], place.in_pixels(guess)))
            fitted = _moved(place, _resting(pair, camera, ground, k), ground)
            if fitted is not None:
                break
        moves[k] = guess if fitted is None else fitted[0]
        found[k] = 0.0 if fitted is None else fitted[1]
        if (fitted is None or fitted[2] < _AGAIN) and not camera.still:
            fresh = _ground(shot, place, k, moves[k])
            if len(fresh.near.points) + len(fresh.wide.points) >= _ENOUGH:
                ground, anchors = fresh, anchors + 1
    if camera.still and goes < _GOES_FRAMES * (shown - 1):
        return Track(np.tile(np.eye(3), (count, 1, 1)), shown, found, True, 1)
    moves[:shown] = _smoothed(moves[:shown], place)
    return Track(moves, shown, found, False, anchors)


def _resting(
    pair: tuple[Floats, Floats] | None, camera: Camera, ground: _Ground, k: int
) -> tuple[Floats, Floats] | None:
    """Corners that move with the scene: parallax is slow, what passes is not."""
    if pair is None or camera.still:
        return pair
    expected = cv2.perspectiveTransform(
        pair[0][None].astype(np.float64), camera.between(ground.frame, k)
    )[0]
    apart = np.linalg.norm(pair[1] - expected, axis=1)
    good = apart < _PARALLAX[0] + _PARALLAX[1] * (k - ground.frame)
    return pair[0][good], pair[1][good]


def _carried_on(place: Place, camera: Camera, k: int, before: Matrix) -> Matrix:
    """Frame 0 to frame `k` where the camera alone moves the place on, a similarity."""
    if camera.still:
        return before
    return _upright(place.in_square(camera.between(k - 1, k)) @ before, place)


def _upright(move: Matrix, place: Place) -> Matrix:
    """A projective move as the similarity that keeps a thing on its foot: the foot's own position,
    the turn of the move there, and the size of what lies across, which does not recede."""
    foot = place.foot.astype(np.float64)
    ends = foot + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    at, aside, below = cv2.perspectiveTransform(ends[None], move)[0]
    across, down = aside - at, below - at
    # The rotation nearest to the derivative (polar decomposition of a 2 x 2 matrix).
    angle = math.atan2(across[1] - down[0], across[0] + down[1])
    size = float(np.hypot(*across))
    turn = complex(size * math.cos(angle), size * math.sin(angle))
    return _similar(turn, complex(*at) - turn * complex(*foot))


def _similar(turn: complex, shift: complex) -> Matrix:
    """The matrix of p -> turn p + shift, p = x + iy."""
    return np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1]]
    )


def _ground(shot: Shot, place: Place, frame: int, move: Matrix) -> _Ground:
    """The ground around the foot of a frame."""
    near, wide = (_surface(place, move, reach) for reach in _REACH)
    grey, at = shot.grey[frame], place.in_pixels(move)
    return _Ground(frame, corners(grey, near, at), corners(grey, wide & ~near, at))


def _surface(place: Place, move: Matrix, reach: float) -> Mask:
    """The ground around the foot: mostly before and beside it; behind it, it recedes."""
    y, x = np.mgrid[: place.size[0], : place.size[1]].astype(np.float32)
    at = move @ np.append(place.foot.astype(np.float64), 1.0)
    zoom = math.sqrt(abs(float(np.linalg.det(move[:2, :2]))))
    radius = max(reach * place.span[0], _LEAST_REACH * place.size[0]) * zoom
    across = ((x + 0.5) * place.stretch - at[0]) / radius
    down = (y + 0.5 - at[1]) / radius
    return np.asarray((across**2 + down**2 < 1) & (down > -_BEHIND), np.bool_)


def _goes(pair: tuple[Floats, Floats] | None, anchor: Anchor) -> bool:
    """Whether the surface as a whole is no longer where it was."""
    if pair is None:
        return False
    apart = np.linalg.norm(pair[1] - pair[0], axis=1)
    return int((apart > _GOES_PIXELS).sum()) >= _GOES_SHARE * len(anchor.points)


def _moved(
    place: Place, pair: tuple[Floats, Floats] | None, ground: _Ground
) -> tuple[Matrix, float, int] | None:
    """Frame 0 to the frame through corners that agree, the share and the number of those; None
    where too few do."""
    if pair is None or len(pair[0]) < FEWEST:
        return None
    start, end = place.square(pair[0]), place.square(pair[1])
    _, agree = cv2.findHomography(start, end, cv2.RANSAC, _INLIER, maxIters=500)
    if agree is None or int(agree.sum()) < max(FEWEST, _SHARE * len(start)):
        return None
    kept = agree.ravel() > 0
    before = place.in_square(ground.move)
    at = before @ np.append(place.foot.astype(np.float64), 1.0)
    far = np.linalg.norm(start[kept] - at[:2], axis=1)
    near = max(place.span[0], _LEAST_REACH * place.size[0])
    weight = np.exp(-0.5 * (far / near) ** 2) + 0.02
    move = _affine(start[kept], end[kept], weight.astype(np.float32))
    total = max(len(ground.near.points), len(start))
    return _upright(move @ before, place), float(kept.sum()) / total, int(kept.sum())


def _affine(start: Floats, end: Floats, weight: Floats) -> Matrix:
    """The affine map nearest to weighted pairs, held a little towards the nearest similarity: few
    corners, or corners in a row, cannot tell shear."""
    share = (weight / weight.sum()).astype(np.float64)
    p, q = start @ np.array([1, 1j]), end @ np.array([1, 1j])
    here, there = (share * p).sum(), (share * q).sum()
    spread = float((share * np.abs(p - here) ** 2).sum())
    turn = (share * (q - there) * (p - here).conj()).sum() / max(spread, 1e-9)
    rest = q - there - turn * (p - here)
    offsets = start - np.array([here.real, here.imag])
    left = offsets.T @ (share[:, None] * offsets) + _HOLD * spread * np.eye(2)
    shear = np.linalg.solve(left, offsets.T @ (share * rest))
    matrix = _similar(complex(turn), 0j)
    matrix[0, :2] += shear.real
    matrix[1, :2] += shear.imag
    middle = np.array([here.real, here.imag])
    matrix[:2, 2] = np.array([there.real, there.imag]) - matrix[:2, :2] @ middle
    return matrix


def _smoothed(moves: Matrix, place: Place) -> Matrix:
    """The same positions of the foot; turn and size run smoothly."""
    foot = complex(*place.foot.astype(np.float64))
    turn = moves[:, 0, 0] + 1j * moves[:, 1, 0]
    at = turn * foot + moves[:, 0, 2] + 1j * moves[:, 1, 2]
    size, angle = (
        smooth_in_time(told, _SMOOTH) for told in (np.log(np.abs(turn)), np.unwrap(np.angle(turn)))
    )
    # The first frame is where the user put it.
    factor = np.exp((size - size[0]) + 1j * (angle - angle[0]))
    shift = at - factor * foot
    return np.stack([_similar(*pair) for pair in zip(factor, shift, strict=True)])


def smooth_in_time(values: Matrix, sigma: float) -> Matrix:
    """(k,) values smoothed over `sigma` frames; trends go on at the ends (mirrored about them)."""
    radius = math.ceil(3 * sigma)
    if len(values) <= radius:
        return values
    padded = np.pad(values, radius, mode="reflect", reflect_type="odd")
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
