"""The clean plate: one set of real pixels for a whole stretch.

A median over aligned pictures shows the background without what moves before it, but it is not a
place in any picture. The medoid is: per pixel the picture that is nearest to the median. Few
pictures are chosen, in large pieces, and the choice is made once for the stretch, so that it
neither speckles nor flickers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import PLAIN, Floats, View
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, move, moved
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, box, grid, sample

_SAMPLES = 48
_TOLERANCE = 6.0
"""Mean levels that a chosen picture may lie further from the median than the best one."""
_PIECES = 8
_SHOWN = 0.02
_BLOCK = 8192
"""Pixels whose values are sorted at a time."""
_UNSEEN = np.int16(32767)
_BLUR = (5, 5)
_REACH = 0.6
"""Picture sizes that the camera may move before a new plate begins."""


@dataclass(frozen=True)
class Layer:
    """One picture of a plate. weight: (h', w') over the plate's crop."""

    source: int
    weight: Floats


@dataclass(frozen=True)
class Plate:
    """Layers over a crop of the reference picture's plane; left and top may be negative."""

    reference: int
    left: int
    top: int
    layers: tuple[Layer, ...]


@dataclass(frozen=True)
class PlateFill:
    """`Fill` from plates; `plate_of` names the plate of each picture."""

    camera: Camera
    plates: tuple[Plate, ...]
    plate_of: tuple[int, ...]

    def views(self, picture: int, region: Mask) -> tuple[View, ...]:
        """Views into the plate's pictures."""
        if not region.any():
            return ()
        shape = (region.shape[0], region.shape[1])
        plate = self.plates[self.plate_of[picture]]
        on_x, on_y = moved(self.camera.between(picture, plate.reference), shape)
        part = box(region, 0)
        inside = region[part]
        on_x, on_y = on_x[part] - plate.left, on_y[part] - plate.top
        made = []
        for layer in plate.layers:
            weight = np.zeros(shape, np.float32)
            weight[part] = np.where(inside, _weight(layer, on_x, on_y), 0)
            if weight.max() > _SHOWN:
                to_x, to_y = moved(self.camera.between(picture, layer.source), shape)
                made.append(View(layer.source, to_x, to_y, weight))
        return tuple(made)


def _weight(layer: Layer, x: Floats, y: Floats) -> Floats:
    read = cv2.remap(layer.weight, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(read, np.float32)


def plate_fills(
    shot: Shot, camera: Camera, needed: Mask, depths: Sequence[int]
) -> tuple[PlateFill, ...]:
    """Plates for `needed` (k, h, w), for each of `depths` those whose pixels are the mean of so
    many pictures."""
    parts = groups(shot, camera)
    plate_of = [0] * shot.count
    for number, group in enumerate(parts):
        for picture in group:
            plate_of[picture] = number
    plates = [_plates(shot, camera, needed, group, depths) for group in parts]
    return tuple(
        PlateFill(camera, tuple(made[n] for made in plates), tuple(plate_of))
        for n in range(len(depths))
    )


def groups(shot: Shot, camera: Camera) -> list[list[int]]:
    """Stretches that one plate can serve: one scene, the camera not further than `_REACH`."""
    height, width = shot.size
    middle = (np.array([(width - 1) / 2], np.float32), np.array([(height - 1) / 2], np.float32))
    found: list[list[int]] = []
    for picture in range(shot.count):
        if found and camera.scene[picture] == camera.scene[found[-1][0]]:
            x, y = move(camera.between(picture, found[-1][0]), *middle)
            away = max(
                abs(float(x[0] - middle[0][0])) / width, abs(float(y[0] - middle[1][0])) / height
            )
            if away < _REACH:
                found[-1].append(picture)
                continue
        found.append([picture])
    return found


def _plates(
    shot: Shot, camera: Camera, needed: Mask, group: list[int], depths: Sequence[int]
) -> list[Plate]:
    reference = group[len(group) // 2]
    left, top, want = wanted(shot, camera, needed, group, reference)
    if want is None:
        return [Plate(reference, 0, 0, ()) for _ in depths]
    height, width = want.shape
    x, y = grid(height, width)
    x, y = x + left, y + top
    sources = _sources(shot, camera, group)
    stack, valid = [], []
    for source in sources:
        to_x, to_y = move(camera.between(reference, source), x, y)
        inside = (to_x >= 0) & (to_x <= shot.size[1] - 1) & (to_y >= 0) & (to_y <= shot.size[0] - 1)
        gone = sample(shot.hidden[source].astype(np.uint8), to_x, to_y) > 0.01
        read = cv2.remap(shot.pictures[source], to_x, to_y, cv2.INTER_LINEAR)
        gain = shot.gain(reference, source)
        if gain != PLAIN:
            read = np.rint(np.clip(read * np.asarray(gain, np.float32), 0, 255))
        stack.append(np.asarray(read, np.uint8))
        valid.append(inside & ~gone)
    distance = _distance(np.stack(stack), np.stack(valid), want)
    return [Plate(reference, left, top, cover(distance, want, sources, depth)) for depth in depths]


def wanted(
    shot: Shot, camera: Camera, needed: Mask, group: list[int], reference: int
) -> tuple[int, int, Mask | None]:
    """The union of the needed areas on the reference plane: left, top, and the mask of its crop."""
    height, width = shot.size
    places = []
    for picture in group:
        rows, cols = np.nonzero(needed[picture])
        if len(rows):
            x, y = move(
                camera.between(picture, reference), cols.astype(np.float32), rows.astype(np.float32)
            )
            near = (np.abs(x) < 3 * width) & (np.abs(y) < 3 * height)
            spots = np.stack([np.rint(x[near]), np.rint(y[near])], 1).astype(np.int64)
            places.append(np.unique(spots, axis=0))
    if not places or not sum(len(p) for p in places):
        return 0, 0, None
    spots = np.unique(np.concatenate(places), axis=0)
    left, top = spots.min(0) - 4
    right, bottom = spots.max(0) + 5
    want = np.zeros((bottom - top, right - left), np.uint8)
    want[spots[:, 1] - top, spots[:, 0] - left] = 1
    closed = cv2.dilate(want, np.ones((5, 5), np.uint8)) > 0
    return int(left), int(top), closed


def _sources(shot: Shot, camera: Camera, group: list[int]) -> list[int]:
    """At most `_SAMPLES` pictures of the scene, evenly, the group's own and their neighbours."""
    scene = camera.scene[group[0]]
    pool = [p for p in range(shot.count) if camera.scene[p] == scene]
    if len(group) < len(pool):
        reach = max(len(group), _SAMPLES)
        pool = [p for p in pool if group[0] - reach <= p <= group[-1] + reach]
    if len(pool) <= _SAMPLES:
        return pool
    return [pool[round(i * (len(pool) - 1) / (_SAMPLES - 1))] for i in range(_SAMPLES)]


def _distance(stack: NDArray[np.uint8], valid: Mask, want: Mask) -> Floats:
    """How far each picture (n, h, w, 3) lies from the median of those that see a wanted pixel, in
    levels: (n, h, w); inf = unseen or not wanted."""
    distance = np.full(valid.shape, np.inf, np.float32)
    rows, columns = np.nonzero(want)
    median = np.zeros(stack.shape[1:], np.float32)
    for first in range(0, len(rows), _BLOCK):
        at = rows[first : first + _BLOCK], columns[first : first + _BLOCK]
        seen = valid[:, at[0], at[1]].T
        values = np.where(
            seen[:, None], stack[:, at[0], at[1]].transpose(1, 2, 0).astype(np.int16), _UNSEEN
        )
        values.sort(axis=2)
        count = seen.sum(1)
        low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, np.maximum(count - 1, 0))
        pair = [np.take_along_axis(values, k[:, None, None], 2)[..., 0] for k in (low, high)]
        median[at] = np.where(count[:, None] > 0, (pair[0] + pair[1]) / 2, 0)
    for n in range(len(stack)):
        seen = (valid[n] & want).astype(np.float32)
        apart = np.abs(stack[n] - median).mean(2)
        smooth = cv2.blur(apart * seen, _BLUR) / np.maximum(cv2.blur(seen, _BLUR), 1e-3)
        distance[n] = np.where(seen > 0, smooth, np.inf)
    return distance


def cover(
    distance: Floats,
    want: Mask,
    sources: list[int],
    depth: int,
    tolerance: float = _TOLERANCE,
) -> tuple[Layer, ...]:
    """Cover the wanted area `depth` times with few of the `sources` in large pieces.

    distance: (n, h, w) levels, inf = cannot serve. tolerance: levels by which one that serves much
    may be worse than the best.
    """
    open_area = distance.copy()
    total = np.zeros((len(sources), *want.shape), np.float32)
    for _ in range(depth):
        label = _cover(open_area, want, tolerance)
        for n in np.unique(label[label >= 0]):
            mine = label == n
            total[n] += cv2.GaussianBlur(mine.astype(np.float32), (0, 0), 1.5)
            open_area[n][mine] = np.inf
    total *= np.isfinite(distance)
    norm = total.sum(0)
    total /= np.maximum(norm, 1e-6)
    return tuple(
        Layer(source, np.ascontiguousarray(total[n]))
        for n, source in enumerate(sources)
        if total[n].max() > _SHOWN
    )


def _cover(distance: Floats, want: Mask, tolerance: float) -> NDArray[np.int64]:
    """Label per pixel (-1 = none): greedily the picture that serves most of what is still open."""
    best = distance.min(0)
    fits = distance <= best + tolerance
    fits &= np.isfinite(distance)
    left = want & np.isfinite(best)
    label = np.full(want.shape, -1, np.int64)
    for _ in range(_PIECES):
        gain = (fits & left).sum((1, 2))
        winner = int(gain.argmax())
        if gain[winner] == 0:
            return label
        mine = fits[winner] & left
        label[mine] = winner
        left = left & ~mine
    label[left] = distance.argmin(0)[left]
    return label
