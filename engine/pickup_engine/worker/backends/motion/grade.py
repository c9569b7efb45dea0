"""The colour table that an edited picture was graded with, if it was."""

from __future__ import annotations

import numpy as np

from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.look_measure import unit
from pickup_engine.worker.backends.motion.look_space import apply_table, identity, to_lab, to_rgb
from pickup_engine.worker.backends.motion.look_transfer import read_field, smooth_field

_WHOLE = 0.6
"""Share of changed pixels from which an edit may be a grade of the whole picture."""

_EXPLAINED = 0.45
"""Median error that a table may leave, as a share of the change."""

_ROUNDS = 8
_WIDTHS = (3.0, 3.0, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5)
"""Width of the smoothing of each round, in cells of the colour grid."""

_OUTLIER = 3.0


def grade_of(base: Bytes, edited: Bytes, changed: Floats) -> Floats | None:
    """The table (s, s, s, 3) that makes most of `base` like `edited`, both (h, w, 3); None where
    the edit is local or no function of colour. changed: (h, w) 0..1."""
    if float((changed > 0.5).mean()) < _WHOLE:
        return None
    source, wanted = to_lab(unit(base.reshape(-1, 3))), to_lab(unit(edited.reshape(-1, 3)))
    points = identity().reshape(-1, 3)
    moved, out = source, to_lab(points)
    used = np.ones(len(source), bool)
    for _, width in zip(range(_ROUNDS), _WIDTHS, strict=True):
        field = smooth_field(moved[used], wanted[used] - moved[used], width)
        moved, out = moved + read_field(field, moved), out + read_field(field, out)
        left = np.linalg.norm(wanted - moved, axis=1)
        # A mark painted besides the grade must not bend the table.
        used = left < max(_OUTLIER * float(np.median(left)), 0.02)
    table = to_rgb(out).reshape(identity().shape)
    left = np.abs(apply_table(table, unit(base)) - unit(edited))
    change = np.abs(unit(base) - unit(edited))
    return table if float(np.median(left)) < _EXPLAINED * float(np.median(change)) else None
