"""Full-size pictures that follow edited keyframes.

With q the place in the keyframe, a the slope of `Change.gain` and l the light, a frame shows
a(q) own + l (edited(q) - a(q) original(q)): recoloured cloth keeps its own folds, paint covers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np

from pickup_engine.finishing.change import Change, find_change
from pickup_engine.finishing.render import render_look
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Edits, Floats, Follow
from pickup_engine.worker.backends.motion.look_space import apply_table

_UNSEEN: Final = 1 / 512
"""A weight below this changes no 8-bit value."""

_STRIP: Final = 128
"""Rows at a time: the temporaries of a strip of 4K are some tens of megabytes."""


class EditRenderer:
    """Renders the frames of one `Edits`; frames that come in order find what each
    keyframe changed once, and hold it for one or two keyframes."""

    def __init__(
        self,
        edits: Edits,
        source_of: Callable[[int], Picture],
        keyframes: Sequence[Picture],
        times: Sequence[int],
    ) -> None:
        """source_of: frame -> (h, w, 3) uint16. keyframes and their times, all of that size."""
        self._edits = edits
        self._source_of = source_of
        self._keyframes = keyframes
        self._times = times
        self._changes: dict[int, Change] = {}

    def picture(self, frame: int) -> Picture:
        """One frame. Where no edit is followed, the source's own pixels, bit for bit."""
        if self._edits.tables is not None and frame in self._times:
            # Every pixel was changed: the edited picture is the frame.
            return self._keyframes[self._times.index(frame)]
        own = self._plain(frame)
        made = own
        follows = self._edits.frames[frame]
        # Frames come in order: what this one does not follow is done with.
        used = {follow.keyframe for follow in follows}
        self._changes = {n: change for n, change in self._changes.items() if n in used}
        for follow in follows:
            if float(_used(follow).max()) <= _UNSEEN:
                continue
            if made is own:
                made = own.copy()
            recolour = self._edits.recolours[follow.keyframe] if self._edits.recolours else None
            _lay(made, own, self._change(follow.keyframe), follow, recolour)
        return made

    def _plain(self, frame: int) -> Picture:
        picture, tables = self._source_of(frame), self._edits.tables
        return picture if tables is None else render_look(tables, frame, picture)

    def _change(self, keyframe: int) -> Change:
        if keyframe not in self._changes:
            base = self._plain(self._times[keyframe])
            self._changes[keyframe] = find_change(base, self._keyframes[keyframe])
        return self._changes[keyframe]


def _used(follow: Follow) -> Floats:
    return follow.weight if follow.spread is None else np.maximum(follow.weight, follow.spread)


def _lay(
    made: Picture, own: Picture, change: Change, follow: Follow, recolour: Floats | None
) -> None:
    """Add one edit's share of a frame to `made`, in place."""
    height, width = own.shape[:2]
    small_height, small_width = follow.weight.shape
    across = np.arange(small_width, dtype=np.float32)
    down = np.arange(small_height, dtype=np.float32)[:, None]
    spread = np.zeros_like(follow.weight) if follow.spread is None else follow.spread
    planes = follow.x - across, follow.y - down, follow.weight, follow.light, spread
    grid = np.stack(planes, axis=-1)
    used = np.flatnonzero((_used(follow) > _UNSEEN).any(axis=1))
    scale = height / small_height
    first = max(0, int((used[0] - 1) * scale))
    last = min(height, int(np.ceil((used[-1] + 2) * scale)))
    for top in range(first, last, _STRIP):
        rows = slice(top, min(last, top + _STRIP))
        fine = _upsampled(grid, rows, (width, height))
        _lay_strip(made[rows], own[rows], change, fine, top, recolour)


def _lay_strip(
    made: Picture, own: Picture, change: Change, fine: Floats, top: int, recolour: Floats | None
) -> None:
    """fine: (rows, w, 5) displacement in full-size pixels, weight, light, spread."""
    rows, width = own.shape[:2]
    x = np.asarray(fine[..., 0] + np.arange(width), np.float32)
    y = np.asarray(fine[..., 1] + np.arange(top, top + rows)[:, None], np.float32)
    share = cv2.remap(change.share, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    weight = np.asarray(fine[..., 2] * (share.astype(np.float32) / 255), np.float32)
    columns = np.flatnonzero((np.maximum(weight, fine[..., 4]) > _UNSEEN).any(axis=0))
    if not columns.size:
        return
    part = slice(int(columns[0]), int(columns[-1]) + 1)
    x, y, weight = x[:, part], y[:, part], weight[:, part, None]
    edited, base = (
        cv2.remap(p, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        for p in (change.edited, change.base)
    )
    gain = _gain_at(change, x, y)
    mine = own[:, part].astype(np.float32)
    light = fine[:, part, 3, None]
    wanted = np.clip(gain * mine + light * (edited - gain * base), 0, WHITE)
    more = weight * (wanted - mine)
    if recolour is not None:
        unit = mine * np.float32(1 / WHITE)
        # The spread is of the frame, the rest of it that the edit itself does not reach.
        found = apply_table(recolour, unit)
        sure = fine[:, part, 4, None] * found[..., 3:] * (1 - weight)
        more += sure * (found[..., :3] * np.float32(WHITE) - mine)
    laid = made[:, part].astype(np.float32) + more
    made[:, part] = np.clip(np.rint(laid), 0, WHITE).astype(np.uint16)


def _gain_at(change: Change, x: Floats, y: Floats) -> Floats:
    height, width = change.share.shape
    across, down = change.gain.shape[1] / width, change.gain.shape[0] / height
    read = cv2.remap(
        change.gain,
        (x + np.float32(0.5)) * np.float32(across) - np.float32(0.5),
        (y + np.float32(0.5)) * np.float32(down) - np.float32(0.5),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(read, np.float32)


def _upsampled(grid: Floats, rows: slice, size: tuple[int, int]) -> Floats:
    """Rows of the model-size (h, w, 5) grid at full size, displacements in full-size pixels.

    Displacements are upsampled, not positions: no displacement must stay exactly none.
    """
    height, width = grid.shape[:2]
    across, down = size[0] / width, size[1] / height
    columns = (np.arange(size[0], dtype=np.float32) + np.float32(0.5)) / across - 0.5
    lines = (np.arange(rows.start, rows.stop, dtype=np.float32) + np.float32(0.5)) / down - 0.5
    x = np.broadcast_to(columns.astype(np.float32), (len(lines), size[0]))
    y = np.broadcast_to(lines.astype(np.float32)[:, None], (len(lines), size[0]))
    fine = cv2.remap(
        grid,
        np.ascontiguousarray(x),
        np.ascontiguousarray(y),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(fine * np.array([across, down, 1, 1, 1], np.float32), np.float32)
