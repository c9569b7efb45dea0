"""Meters that follow a take while it is written and tell its `Seam` at the end.

They keep single pictures only: a take may be longer than the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pickup.protocol import MediaRef, Seam, Side
from pickup_engine.finishing.composite import difference_outside, seen_over
from pickup_engine.finishing.seam import join_seam, matte_seam, worse
from pickup_engine.media.colour import Picture
from pickup_engine.media.reader import open_reader
from pickup_engine.media.strip import strip_frames

Alpha = NDArray[np.uint16]
_SAMPLES: Final = 5


class JoinMeter:
    """For takes that go on from real pictures, lead to them, or both.

    before, after: the pictures next to the joins in time order, two of each join that there is.
    frames: of the take.
    """

    def __init__(self, before: Sequence[Picture], after: Sequence[Picture], frames: int) -> None:
        self._joins = [
            (real, side, joint)
            for real, side, joint in (
                (list(before), Side.TAIL, 0),
                (list(after), Side.HEAD, frames - 1),
            )
            if len(real) >= 2
        ]
        self._new: dict[int, Picture] = {}

    def frame(self, k: int, picture: Picture, alpha: Alpha | None = None) -> None:
        """Tell picture `k` of the take."""
        if any(k == joint for _, _, joint in self._joins):
            self._new[k] = picture

    def seam(self, written: MediaRef) -> Seam:
        """The seam of the take as it was made, the worse one of two; `written` is not read."""
        seams = [
            join_seam(real, [self._new[joint]], side)
            for real, side, joint in self._joins
            if joint in self._new
        ]
        return reduce(worse, seams) if seams else Seam()


class MatteMeter:
    """For takes that lie over a source and must not change it outside their matte.

    `source(k)` is the source's picture of frame `k`, asked again after writing for a few frames.
    """

    def __init__(self, source: Callable[[int], Picture], frames: int) -> None:
        self._source = source
        self._checked = set(strip_frames(frames))
        self._alphas: dict[int, NDArray[np.uint8]] = {}
        self._widths: dict[int, int] = {}
        self._before = 0
        self._seams: list[Seam] = []
        self._middle = set(sorted(self._checked)[:: max(1, len(self._checked) // _SAMPLES)])

    def frame(self, k: int, picture: Picture, alpha: Alpha | None = None) -> None:
        """Tell picture `k` of the take with its alpha."""
        if alpha is None:
            return
        source = self._source(k)
        self._before = max(self._before, difference_outside(source, picture, alpha))
        if k in self._checked:
            self._alphas[k] = np.packbits(alpha > 0, axis=1)
            self._widths[k] = alpha.shape[1]
        if k in self._middle:
            self._seams.append(matte_seam(source, seen_over(source, picture, alpha), alpha))

    def seam(self, written: MediaRef) -> Seam:
        """The mean seam, with what the written file shows outside the matte before and after.

        Raises MediaError where the file cannot be read back.
        """
        after = 0
        with open_reader(written) as reader:
            for k, packed in sorted(self._alphas.items()):
                inside = np.unpackbits(packed, axis=1, count=self._widths[k]).astype(np.uint16)
                source = self._source(k)
                shown = seen_over(source, reader.frame(k), reader.alpha(k))
                after = max(after, difference_outside(source, shown, inside))
        return replace(_mean(self._seams), outside_before=self._before, outside_after=after)


def _mean(seams: Sequence[Seam]) -> Seam:
    def over(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.mean(known)) if known else None

    return Seam(
        over([s.colour for s in seams]),
        over([s.jump for s in seams]),
        over([s.sharpness for s in seams]),
    )
