"""What an edit that recolours a thing makes of parts that its keyframe does not show.

A sleeve that turns, a leg that comes out behind the other: no pixel of the keyframe is there to
follow. A thing that was recoloured is still told by its old colour, near where it was last seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.flow import grid, sample
from pickup_engine.worker.backends.motion.follow import Sight
from pickup_engine.worker.backends.motion.look_measure import unit
from pickup_engine.worker.backends.motion.look_space import apply_table, identity, to_lab, to_rgb
from pickup_engine.worker.backends.motion.look_transfer import (
    blur_colours,
    read_field,
    smooth_field,
)

_LEAST = 120
"""Model pixels that tell a colour rule from chance."""

_EXPLAINED = 0.4
"""Median error that the rule may leave, as a share of the change."""

_AROUND = 25
"""Side of the surroundings, in model pixels, that a thing must stand out from by its colour."""

_OWN, _OTHERS = 0.6, 0.25
"""Mean certainty on the thing at least, on its surroundings at most."""

_BINS = 28
_CHROMA = 0.25
"""The histogram's bins a side, and the largest OKLab chroma on an axis that it tells apart."""

_AFAR = 0.25
"""What counts a pixel far from the thing against its colour."""

_UNSURE, _SURE = 0.4, 0.75
"""Share of the thing among pixels of a colour from which it may be, and surely is, the thing."""

_RARE = 1e-2
"""Share of the thing's most usual colour below which a colour says little."""

_REACH = 7
"""Side, in model pixels, by which a thing may come into sight in one frame."""


def recolour_of(base: Bytes, edited: Bytes, changed: Floats) -> Floats | None:
    """(s, s, s, 4), see `Edits.recolours`; None where the edit is no rule about colour, or where
    the colour does not tell the thing from what is around it. base, edited: (h, w, 3); changed:
    (h, w) 0..1."""
    inside = changed > 0.9
    if int(inside.sum()) < _LEAST:
        return None
    around = cv2.dilate((changed > 0.1).astype(np.uint8), np.ones((_AROUND, _AROUND), np.uint8))
    outside = (around > 0) & (changed < 0.1)
    afar = around == 0
    source, wanted = to_lab(unit(base[inside])), to_lab(unit(edited[inside]))
    points = to_lab(identity().reshape(-1, 3))
    moved, out = source, points
    for width in (4.0, 3.0, 2.0, 1.5, 1.5, 1.5):
        field = smooth_field(moved, wanted - moved, width)
        moved, out = moved + read_field(field, moved), out + read_field(field, out)
    size = identity().shape
    colours = to_rgb(out).reshape(size)
    left = np.abs(apply_table(colours, unit(base[inside])) - unit(edited[inside]))
    change = np.abs(unit(base[inside]) - unit(edited[inside]))
    if float(np.median(left)) > _EXPLAINED * float(np.median(change)):
        return None
    near, far = (_density(to_lab(unit(base[part])), points) for part in (outside, afar))
    sure = _certainty(_density(source, points), near + np.float32(_AFAR) * far)
    table = np.concatenate([colours, sure.reshape(*size[:3], 1)], axis=-1).astype(np.float32)
    own = float(apply_table(table, unit(base[inside]))[:, 3].mean())
    others = float(apply_table(table, unit(base[outside]))[:, 3].mean()) if outside.any() else 0.0
    return table if own >= _OWN and others <= _OTHERS else None


def _certainty(own: Floats, other: Floats) -> Floats:
    """Share of the thing among pixels of each colour; 0 where the colour was hardly seen."""
    known = own / (own + _RARE * float(own.max()) + 1e-9)
    share = own / (own + other + 1e-9) * known
    return np.asarray(np.clip((share - _UNSURE) / (_SURE - _UNSURE), 0, 1), np.float32)


def _density(colours: Floats, points: Floats) -> Floats:
    """How many of the OKLab `colours` (n, 3) are like each of `points` (m, 3)."""
    ends = [(0, 1), (-_CHROMA, _CHROMA), (-_CHROMA, _CHROMA)]
    counts, _ = np.histogramdd(colours, bins=_BINS, range=ends)
    smooth = blur_colours(counts.astype(np.float32)[..., None], 1.0)
    low = np.array([low for low, _ in ends], np.float32)
    span = np.array([high - low for low, high in ends], np.float32)
    # A bin's value stands at its middle; the table's ends stand at the outer middles.
    place = ((points - low) / span * _BINS - 0.5) / (_BINS - 1)
    return apply_table(smooth, np.asarray(place, np.float32))[:, 0]


def spread_to(
    last: Floats, sight: Sight, changed: Floats, frame: Bytes, table: Floats
) -> tuple[Floats, Floats]:
    """Where the recoloured thing may be in a frame: (spread, mask), both (h, w) 0..1.

    last: the mask in the neighbour that is nearer to the keyframe. The mask is the spread where the
    frame's colours agree.
    """
    x, y = grid(*last.shape)
    carried = sample(last, x + sight.back[..., 0], y + sight.back[..., 1])
    shown = sample(changed, x + sight.offset[..., 0], y + sight.offset[..., 1])
    near = cv2.dilate(np.maximum(carried, shown * sight.trust), np.ones((_REACH, _REACH), np.uint8))
    near = cv2.GaussianBlur(near, (0, 0), 1.5)
    # What is surely a part of the keyframe that was left alone stays alone.
    spread = np.clip(near * 1.5 - 0.25, 0, 1) * (1 - sight.trust * (1 - shown))
    agrees = apply_table(table, unit(frame))[..., 3]
    return np.asarray(spread, np.float32), np.asarray(spread * agrees, np.float32)
