"""Which media frame a record frame shows: OTIO's own range calls ignore time effects.

Readers and writers agree that `source_range.start_time` is a media frame in the file's own timecode
and `source_range.duration` the length in the record, also of a retimed clip (OTIO issue 1464).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import opentimelineio as otio

from pickup.protocol import MediaKind, MediaRef
from pickup.timeline.identity import plain
from pickup.timeline.rates import at_rate, on_grid, rate_of

_RELABEL = Fraction(1, 900)
"""A little more than the 1001/1000 between 24 and 23.976."""

NORMAL: Final = Fraction(1)
"""Most clips run at this speed, in the cut's own rate: known by identity they cost half."""


@dataclass(frozen=True)
class MediaMap:
    """Record offset `k` shows media frame `floor(first + k * step)`, 0-based in the file.

    `total`: frames of the file (None = not known). `origin` is the number that the timeline gives
    to the file's first frame, counted at `rate`; one such frame is `scale` frames of the file.
    """

    first: Fraction
    step: Fraction
    frames: int
    total: int | None
    origin: Fraction
    rate: Fraction
    scale: Fraction

    def at(self, offset: int) -> int:
        """The 0-based media frame at record offset `offset`, which may lie outside the clip."""
        if self.step is NORMAL:
            return math.floor(self.first) + offset
        return int((self.first + offset * self.step) // 1)

    def source_start(self, offset: int) -> Fraction:
        """`source_range.start_time` (frames at `rate`) of a clip that begins at `offset`."""
        return self.origin + (self.first + offset * self.step) / self.scale

    @property
    def head(self) -> int | None:
        """Unused record frames before the clip; None where that has no meaning or is not known."""
        if self.step is NORMAL:
            return max(0, math.floor(self.first))
        if self.step <= 0:
            return None
        return max(0, int(self.first // self.step))

    @property
    def tail(self) -> int | None:
        """Unused record frames after the clip, such that each is covered by media to its end."""
        if self.total is not None and self.step is NORMAL:
            return max(0, self.total - math.ceil(self.first) - self.frames)
        if self.step <= 0 or self.total is None:
            return None
        return max(0, int((self.total - self.first) // self.step) - self.frames)

    def holds(self, start: int, end: int) -> bool:
        """Whether the file holds all that is shown at offsets `start` to `end` (exclusive)."""
        shown = (self.at(start), self.at(end - 1))
        return min(shown) >= 0 and (self.total is None or max(shown) < self.total)


def speed_of(item: Any) -> Fraction | None:
    """Media seconds per record second: 2 = double speed, 0 = freeze; None = not a constant."""
    if not len(item.effects):
        return NORMAL
    speed = NORMAL
    for effect in item.effects:
        if not is_time_effect(effect) or effect.enabled is False:
            continue
        if isinstance(effect, otio.schema.FreezeFrame):
            speed = Fraction(0)
        elif isinstance(effect, otio.schema.LinearTimeWarp):
            scalar = effect.time_scalar
            if not -1e6 < scalar < 1e6:
                return None
            speed *= Fraction(scalar).limit_denominator(100_000)
        else:
            return None
    return speed


def is_time_effect(effect: Any) -> bool:
    """Whether an effect changes time: OTIO's own kinds, and Final Cut XML's `timeremap`."""
    if isinstance(effect, otio.schema.TimeEffect):
        return True
    final_cut = plain(effect.metadata).get("fcp_xml")
    return isinstance(final_cut, dict) and final_cut.get("effectid") == "timeremap"


def media_map(item: Any, frames: int, rate: Fraction, media: MediaRef | None = None) -> MediaMap:
    """The map of a clip of `frames` record frames at `rate`; `media` is the probe of its file.

    The speed must be constant. In reverse `start` is taken as the lowest frame shown, as most hosts
    write it; because others do not, no verb works on reversed clips and none is cut.
    """
    speed = speed_of(item) or Fraction(0)
    start = item.source_range.start_time
    available = getattr(getattr(item, "media_reference", None), "available_range", None)
    declared = rate_of(start.rate if available is None else available.start_time.rate)
    origin, scale, total = _coordinates(start, available, declared, media)
    plain = speed is NORMAL and scale is NORMAL and declared == rate
    step = NORMAL if plain else speed * declared * scale / rate
    if step.denominator == 1:
        counted_first = at_rate(start, declared) - origin
        first = counted_first if scale is NORMAL else counted_first * scale
    else:
        counted = step / scale
        first = (on_grid(start, declared, origin, counted.denominator) - origin) * scale
    if step < 0:
        # The last frame that begins before the end: a hair less, on the grid of all that is shown.
        end = first - step * frames
        first = end - Fraction(1, math.lcm(end.denominator, step.denominator))
    if total == 1:
        first, step = Fraction(0), Fraction(0)
    return MediaMap(first, step, frames, total, origin, declared, scale)


def _coordinates(
    start: Any, available: Any, declared: Fraction, media: MediaRef | None
) -> tuple[Fraction, Fraction, int | None]:
    """(number of the file's first frame, file frames per counted frame, frames of the file)."""
    if media is None:
        if available is None:
            return Fraction(0), NORMAL, None
        length = at_rate(available.duration, declared)
        return at_rate(available.start_time, declared), NORMAL, int(length)
    counted = media.kind is MediaKind.SEQUENCE or _is_relabelled(declared, media.rate)
    scale = NORMAL if counted else media.rate / declared
    if available is None:
        timecode = media.timecode / scale
        origin = timecode if at_rate(start, declared) >= timecode else Fraction(0)
        return origin, scale, media.frames
    length = at_rate(available.duration, declared)
    if abs(length - media.frames) <= 1:
        scale = NORMAL
    begin = at_rate(available.start_time, declared)
    return _origin(begin, length, scale, media), scale, media.frames


def _is_relabelled(declared: Fraction, actual: Fraction) -> bool:
    """Whether two rates differ in spelling only, or as 24 and 23.976 do: the host then counts the
    file's own frames under another name. A sequence has no rate of its own at all."""
    return abs(declared - actual) <= actual * _RELABEL


def _origin(begin: Fraction, length: Fraction, scale: Fraction, media: MediaRef) -> Fraction:
    """The available range may begin at the file's timecode, at 0, or be a part of the file in
    either count; where it fits nowhere it is taken to begin with the file."""
    for zero in (media.timecode / scale, Fraction(0)):
        if begin == zero:
            return zero
        if zero < begin and begin + length <= zero + media.frames / scale + 1:
            return zero
    return begin
