"""Where things are in the timeline strip: plain arithmetic, no painting.

Cost follows the pixels, not the clips: finding what is visible is a binary search per lane, and
clips narrower than a pixel are skipped over. What lanes need of a track is made once for as long as
the track stays the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from pickup.protocol import ItemKind, Snapshot, SnapshotItem
from pickup.protocol.timecode import base_of
from pickup_ui.state.ghosts import Ghost

RULER = 20
HEAD = 36
VIDEO_LANE = 36
AUDIO_LANE = 22
LANE_GAP = 2
"""Pixels: ruler height, width of the track labels, lane heights, space between lanes."""

_TICK_ROOM = 96
_ZOOM_IN_LIMIT = 0.05
"""Pixels a ruler label needs; frames per pixel at the closest zoom."""


@dataclass(frozen=True)
class Scale:
    """`left` is the frame at x = 0 of the lanes, `per_pixel` frames to a pixel."""

    left: float
    per_pixel: float

    def x(self, frame: float) -> float:
        """Pixels from the lanes' left edge."""
        return (frame - self.left) / self.per_pixel

    def frame(self, x: float) -> int:
        """The whole frame under pixel `x`."""
        return int((self.left + x * self.per_pixel) // 1)

    def zoomed(self, factor: float, at: float) -> Scale:
        """Zoom by `factor` (below 1 = closer) with the frame under pixel `at` held still."""
        held = self.left + at * self.per_pixel
        per_pixel = max(_ZOOM_IN_LIMIT, self.per_pixel * factor)
        return Scale(held - at * per_pixel, per_pixel)


def fit(frames: int, width: int) -> Scale:
    """Everything in view, with a little room behind the last frame."""
    per_pixel = max(_ZOOM_IN_LIMIT, max(frames, 24) * 1.04 / max(width, 1))
    return Scale(0.0, per_pixel)


def around(item: SnapshotItem, width: int) -> Scale:
    """The item over a third of the width, in the middle."""
    per_pixel = max(_ZOOM_IN_LIMIT, item.frames * 3 / max(width, 1))
    middle = item.record_in + item.frames / 2
    return Scale(max(0.0, middle - width * per_pixel / 2), per_pixel)


@dataclass(frozen=True)
class Lane:
    """One track as drawn. `starts` are the items' record frames, for searching; `source` are the
    track's own items, by which a lane knows its track again."""

    label: str
    video: bool
    enabled: bool
    owned: bool
    top: int
    height: int
    items: tuple[SnapshotItem, ...]
    starts: tuple[int, ...]
    source: tuple[SnapshotItem, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Hit:
    """What lies under the pointer. Without a lane it is the ruler or empty space."""

    frame: int
    lane: Lane | None = None
    item: SnapshotItem | None = None


def lanes_of(
    snapshot: Snapshot, ghosts: tuple[Ghost, ...] = (), before: tuple[Lane, ...] = ()
) -> tuple[Lane, ...]:
    """Lanes from top to bottom: video with the highest track first, then audio.

    `before` are earlier lanes, whose work is used again for tracks with the same items.
    """
    made = {id(lane.source): lane for lane in before if lane.source}
    video = [track for track in snapshot.tracks if track.kind.lower() == "video"]
    audio = [track for track in snapshot.tracks if track.kind.lower() != "video"]
    new = {ghost.lane for ghost in ghosts if ghost.lane.endswith("+")}
    lanes: list[Lane] = []
    top = RULER + LANE_GAP
    for number, track in enumerate([*reversed(video), *audio]):
        if f"{track.label}+" in new:
            lanes.append(Lane(f"{track.label}+", True, True, True, top, VIDEO_LANE, (), ()))
            top += VIDEO_LANE + LANE_GAP
        is_video = number < len(video)
        height = VIDEO_LANE if is_video else AUDIO_LANE
        known = made.get(id(track.items))
        items, starts = (known.items, known.starts) if known else _drawn(track.items)
        facts = (track.label, is_video, track.enabled, track.owned, top, height)
        lanes.append(Lane(*facts, items, starts, track.items))
        top += height + LANE_GAP
    return tuple(lanes)


def _drawn(items: tuple[SnapshotItem, ...]) -> tuple[tuple[SnapshotItem, ...], tuple[int, ...]]:
    """What of a track is drawn, and where each begins."""
    kept = tuple(item for item in items if item.kind is not ItemKind.TRANSITION)
    return kept, tuple(item.record_in for item in kept)


def height_of(lanes: tuple[Lane, ...]) -> int:
    """Pixels that all lanes need, the ruler included."""
    return lanes[-1].top + lanes[-1].height + LANE_GAP if lanes else RULER + VIDEO_LANE


def visible(lane: Lane, scale: Scale, width: int) -> Iterator[tuple[SnapshotItem, float, float]]:
    """Items that show in `width` pixels with their left and right edge; at most one per pixel."""
    items, starts = lane.items, lane.starts
    first, per_pixel = scale.left, scale.per_pixel
    at = max(0, bisect_right(starts, scale.frame(0)) - 1)
    while at < len(items):
        item = items[at]
        left = (starts[at] - first) / per_pixel
        right = left + item.frames / per_pixel
        if left > width:
            return
        if right > 0:
            yield item, left, right
        at += 1
        if right - left < 1.0 and at < len(items):
            at = max(at, bisect_left(starts, scale.frame(max(left, 0.0) + 1.0), at))


def touched(lane: Lane, start: int, frames: int) -> tuple[SnapshotItem, ...]:
    """Items of a lane that share a frame with `frames` frames from `start` on."""
    first = max(0, bisect_right(lane.starts, start) - 1)
    last = bisect_left(lane.starts, start + frames)
    return tuple(i for i in lane.items[first:last] if i.record_in + i.frames > start)


def hit(lanes: tuple[Lane, ...], scale: Scale, x: float, y: float) -> Hit:
    """What lies at a widget position (`x` counts from the widget's edge, labels included)."""
    frame = max(0, scale.frame(x - HEAD))
    for lane in lanes:
        if lane.top <= y < lane.top + lane.height:
            at = bisect_right(lane.starts, frame) - 1
            if at >= 0 and frame < lane.items[at].record_in + lane.items[at].frames:
                return Hit(frame, lane, lane.items[at])
            return Hit(frame, lane)
    return Hit(frame)


def ticks(scale: Scale, width: int, rate: Fraction) -> Iterator[int]:
    """Frames that get a ruler label."""
    per = base_of(rate)
    steps = [1, 2, 5, *(per * n for n in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400))]
    step = next((s for s in steps if s / scale.per_pixel >= _TICK_ROOM), steps[-1])
    first = max(0, scale.frame(0)) // step * step
    last = scale.frame(width)
    yield from range(first, last + 1, step)
