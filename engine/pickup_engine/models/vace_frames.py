"""How many frames Wan VACE makes at once, and which known pictures stand beside them.

The model makes 4k+1 frames: its autoencoder holds the first frame alone and then four at a time.
Which of these latent frames count as known follows from the mask, of which it reads one frame in
four: a run of known pictures at the start is taken for exactly what it is when it is 4m+2, 4m+3 or
4m+4 long, one at the end when it is 4m or 4m+1 long. (Worked out from the resampling of the mask in
diffusers' `WanVACEPipeline.prepare_masks` and checked against it for 17 to 121 frames.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pickup.protocol import BridgeRequest, ExtendRequest, Request, Side, Source

WINDOW: Final = 81
"""Frames that the model was trained to make at once; longer ones lose quality."""

OVERLAP: Final = 10
"""Made frames that a later window goes on from."""

PREFIX: Final = 18
"""Known pictures that are read at most before the new ones."""

SUFFIX: Final = 16
"""Known pictures that are read at most after the new ones."""

_LEAST_WINDOW: Final = 9

_ENOUGH: Final = 9
"""Pictures of a run from which on no more are read from beyond it (`worker/material.py`)."""


@dataclass(frozen=True)
class Span:
    """One window of the model, in frames of the job (0 = the first to make).

    first: time of the window's frame 0. frames: how many the model makes, 4k+1. begin, end: the
    times [begin, end) that this window is the first to make. The other times in
    [first, first + frames) are known, made by an earlier window, or padding that is thrown away.
    """

    first: int
    frames: int
    begin: int
    end: int


def model_frames(frames: int) -> int:
    """The least 4k+1 that is not less than `frames`."""
    return max(0, -(-(frames - 1) // 4)) * 4 + 1


def spans(
    frames: int,
    known_times: Sequence[int],
    covers: bool,
    window: int = WINDOW,
    overlap: int = OVERLAP,
) -> tuple[Span, ...]:
    """The windows that make `frames` frames, in the order in which they are made.

    covers: the known pictures are the job's own frames (inpaint, restyle). Otherwise those before
    0 are what the new frames go on from, those from `frames` on what they lead to. Padding lies on
    the made side, as far from the known pictures as can be. Windows of a job are about equally
    long. Raises ValueError for less than one frame, or a window that is not 4k+1 or below 9.
    """
    if frames < 1:
        raise ValueError(f"{frames} frames to make")
    if window < _LEAST_WINDOW or window % 4 != 1:
        raise ValueError(f"a window of {window} frames; it has to be 4k+1 and {_LEAST_WINDOW} up")
    if covers:
        return _forwards(frames, 0, window, overlap)
    known = frozenset(known_times)
    before, after = _run(known, -1, -1), _run(known, frames, 1)
    if before and after:
        return _bridge(frames, before, after, window, overlap)
    if after:
        return _backwards(frames, _suffix(min(after, SUFFIX, window // 2)), window, overlap)
    return _forwards(frames, _prefix(min(before, PREFIX, window // 2)), window, overlap)


def spans_of(request: Request, frames: int) -> tuple[Span, ...]:
    """The windows of a request if it made `frames`, with as many known pictures as can be read."""
    match request:
        case ExtendRequest(side=side):
            known = _read(request.source)
            start = -known if side is Side.TAIL else frames
            return spans(frames, range(start, start + known), covers=False)
        case BridgeRequest():
            before, after = range(-_read(request.source), 0), range(_read(request.after))
            times = (*before, *(frames + time for time in after))
            return spans(frames, times, covers=False)
        case _:
            return spans(frames, (), covers=True)


def _read(source: Source) -> int:
    """How many pictures of a run are read at most."""
    return min(PREFIX, max(_ENOUGH, source.frames))


def _run(known: frozenset[int], start: int, step: int) -> int:
    """How many known times follow one another from `start`."""
    length = 0
    while start + length * step in known:
        length += 1
    return length


def _prefix(available: int) -> int:
    """The longest run of 4m+2 frames; a single one is followed softly."""
    return (available - 2) // 4 * 4 + 2 if available >= 2 else available


def _suffix(available: int) -> int:
    """The longest run of 4m frames; a single one is followed softly. Two or three would declare a
    latent frame known that is half filler."""
    return available // 4 * 4 if available >= 4 else min(1, available)


def _lengths(total: int, shared: int, window: int) -> tuple[int, int]:
    """How many windows make `total` frames when each begins with `shared` of the one before, and
    their length: the shortest of which that many suffice."""
    count = max(1, -(-(total - shared) // (window - shared)))
    return count, model_frames(-(-(total - shared) // count) + shared)


def _forwards(frames: int, prefix: int, window: int, overlap: int) -> tuple[Span, ...]:
    shared = _prefix(min(overlap, window // 2))
    _, length = _lengths(prefix + frames, shared, window)
    made: list[Span] = []
    begin, known = 0, prefix
    while begin < frames:
        size = min(length, model_frames(known + frames - begin))
        end = min(frames, begin - known + size)
        made.append(Span(begin - known, size, begin, end))
        begin, known = end, shared
    return tuple(made)


def _backwards(frames: int, suffix: int, window: int, overlap: int) -> tuple[Span, ...]:
    shared = _suffix(max(4, min(overlap, window // 2)))
    _, length = _lengths(suffix + frames, shared, window)
    made: list[Span] = []
    end, known = frames, suffix
    while end > 0:
        size = min(length, model_frames(known + end))
        first = end + known - size
        made.append(Span(first, size, max(0, first), end))
        end, known = max(0, first), shared
    return tuple(made)


def _bridge(frames: int, before: int, after: int, window: int, overlap: int) -> tuple[Span, ...]:
    """Windows go forward from what is before; the last one also leads to what is after."""
    room = window // 3
    before, after = min(before, PREFIX, room), min(after, SUFFIX + 1, room)
    shared = _prefix(min(overlap, room))
    prefix, suffix = _prefix(before), _suffix(after)
    count, length = _lengths(prefix + frames + suffix, shared, window)
    made: list[Span] = []
    begin, known = 0, prefix
    for left in range(count - 1, 0, -1):
        end = min(begin - known + length, frames - left)
        made.append(Span(begin - known, model_frames(known + end - begin), begin, end))
        begin, known = end, shared
    most = min(begin, shared + 2) if made else before
    made.append(_between(begin, frames, most, after, window))
    return tuple(made)


def _between(begin: int, frames: int, before: int, after: int, window: int) -> Span:
    """The window of [begin, frames) with known pictures on both sides: as many of them as can be,
    in numbers that leave nothing to pad where there is a choice."""
    prefixes = [n for n in range(1, before + 1) if n == 1 or n % 4 != 1]
    suffixes = [n for n in range(1, after + 1) if n == 1 or (n >= 4 and n % 4 <= 1)]

    def worth(pair: tuple[int, int]) -> tuple[int, int]:
        known = sum(pair)
        padding = model_frames(known + frames - begin) - known - (frames - begin)
        return known - 4 * padding, pair[0]

    pairs = [
        (prefix, suffix)
        for prefix in prefixes
        for suffix in suffixes
        if model_frames(prefix + frames - begin + suffix) <= window
    ]
    prefix, suffix = max(pairs, key=worth)
    return Span(begin - prefix, model_frames(prefix + frames - begin + suffix), begin, frames)
