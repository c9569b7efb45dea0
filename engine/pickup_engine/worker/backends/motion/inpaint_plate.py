"""The clean plate: one set of real pixels for a whole stretch.

A median over aligned pictures shows the background without what moves before it, but it is not a
place in any picture. The medoid is: per pixel the picture that is nearest to the median. Few
pictures are chosen, in large pieces, and the choice is made once for the stretch, so that it
neither speckles nor flickers.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.worker.backends.base import Floats, View
from pickup_engine.worker.backends.motion.inpaint_camera import Camera, move
from pickup_engine.worker.backends.motion.inpaint_types import Mask, Shot, grid, sample

_SAMPLES = 48
_TOLERANCE = 6.0
"""Mean levels that a chosen picture may lie further from the median than the best one."""
_PIECES = 8
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
        x, y = grid(*region.shape)
        plate = self.plates[self.plate_of[picture]]
        on_x, on_y = move(self.camera.between(picture, plate.reference), x, y)
        made = []
        for layer in plate.layers:
            weight = np.where(region, _weight(layer, on_x - plate.left, on_y - plate.top), 0)
            weight = np.asarray(weight, np.float32)
            if weight.max() > 0.02:
                to_x, to_y = move(self.camera.between(picture, layer.source), x, y)
                made.append(View(layer.source, to_x, to_y, weight))
        return tuple(made)


def _weight(layer: Layer, x: Floats, y: Floats) -> Floats:
    read = cv2.remap(layer.weight, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(read, np.float32)


def plate_fill(shot: Shot, camera: Camera, needed: Mask, depth: int) -> PlateFill:
    """Make the plates for `needed` (k, h, w), each pixel the mean of `depth` pictures."""
    groups = _groups(shot, camera)
    plates, plate_of = [], [0] * shot.count
    for number, group in enumerate(groups):
        for picture in group:
            plate_of[picture] = number
        plates.append(_plate(shot, camera, needed, group, depth))
    return PlateFill(camera, tuple(plates), tuple(plate_of))


def _groups(shot: Shot, camera: Camera) -> list[list[int]]:
    """Stretches that one plate can serve: one scene, the camera not further than `_REACH`."""
    height, width = shot.size
    middle = (np.array([(width - 1) / 2], np.float32), np.array([(height - 1) / 2], np.float32))
    groups: list[list[int]] = []
    for picture in range(shot.count):
        if groups and camera.scene[picture] == camera.scene[groups[-1][0]]:
            x, y = move(camera.between(picture, groups[-1][0]), *middle)
            away = max(
                abs(float(x[0] - middle[0][0])) / width, abs(float(y[0] - middle[1][0])) / height
            )
            if away < _REACH:
                groups[-1].append(picture)
                continue
        groups.append([picture])
    return groups


def _plate(shot: Shot, camera: Camera, needed: Mask, group: list[int], depth: int) -> Plate:
    reference = group[len(group) // 2]
    left, top, want = _wanted(shot, camera, needed, group, reference)
    if want is None:
        return Plate(reference, 0, 0, ())
    height, width = want.shape
    x, y = grid(height, width)
    x, y = x + left, y + top
    sources = _sources(shot, camera, group)
    stack, valid = [], []
    for source in sources:
        to_x, to_y = move(camera.between(reference, source), x, y)
        inside = (to_x >= 0) & (to_x <= shot.size[1] - 1) & (to_y >= 0) & (to_y <= shot.size[0] - 1)
        gone = sample(shot.hidden[source].astype(np.uint8), to_x, to_y) > 0.01
        stack.append((sample(shot.pictures[source], to_x, to_y) + 0.5).astype(np.uint8))
        valid.append(inside & ~gone)
    distance = _distance(np.stack(stack), np.stack(valid))
    layers = _choose(distance, want, sources, depth)
    return Plate(reference, left, top, layers)


def _wanted(
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


def _distance(stack: NDArray[np.uint8], valid: Mask) -> Floats:
    """How far each picture lies from the median of those that see a pixel; inf = unseen."""
    distance = np.full(valid.shape, np.inf, np.float32)
    kernel = (5, 5)
    median = np.zeros(stack.shape[1:], np.float32)
    for row in range(0, stack.shape[1], 32):
        part = slice(row, row + 32)
        seen = valid[:, part]
        values = np.where(seen[..., None], stack[:, part].astype(np.float32), np.inf)
        values.sort(axis=0)
        count = seen.sum(0)
        low = np.clip((count - 1) // 2, 0, None)[None, ..., None]
        high = np.clip(count // 2, 0, None)[None, ..., None]
        high = np.minimum(high, np.clip(count - 1, 0, None)[None, ..., None])
        pair = np.take_along_axis(values, low, 0) + np.take_along_axis(values, high, 0)
        median[part] = np.where(count[..., None] > 0, pair[0] / 2, 0)
    for n in range(len(stack)):
        apart = np.abs(stack[n].astype(np.float32) - median).mean(2)
        seen = valid[n].astype(np.float32)
        smooth = cv2.blur(apart * seen, kernel) / np.maximum(cv2.blur(seen, kernel), 1e-3)
        distance[n] = np.where(valid[n], smooth, np.inf)
    return distance


def _choose(distance: Floats, want: Mask, sources: list[int], depth: int) -> tuple[Layer, ...]:
    """Cover the wanted area `depth` times with few pictures in large pieces."""
    open_area = distance.copy()
    total = np.zeros((len(sources), *want.shape), np.float32)
    for _ in range(depth):
        label = _cover(open_area, want)
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
        if total[n].max() > 0.02
    )


def _cover(distance: Floats, want: Mask) -> NDArray[np.int64]:
    """Label per pixel (-1 = none): greedily the picture that serves most of what is still open."""
    best = distance.min(0)
    fits = distance <= best + _TOLERANCE
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
