"""Known pictures as runs that lead up to, or away from, the frames to make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Bytes, Conditioning

SIDE_MULTIPLE = 16
"""Cells of 8 pixels, two by two to a token."""


@dataclass(frozen=True)
class Run:
    """Consecutive pictures in the direction of going: the last one is where to go on from.

    sources: index for `View.source` of the last pictures; pictures before them were made, not
    filmed, and only tell motion. time: when the last picture is shown.
    """

    pictures: Bytes
    sources: tuple[int, ...]
    time: int

    @property
    def by_lag(self) -> Mapping[int, int]:
        """lag -> source index."""
        return dict(enumerate(reversed(self.sources)))

    @property
    def filmed(self) -> Bytes:
        """The pictures that `sources` name."""
        return self.pictures[-len(self.sources) :]


@dataclass(frozen=True)
class Known:
    """before: pictures that end before frame 0; after: pictures from beyond the last frame, in
    reverse, so that they too lead towards the gap; keyframes: single pictures, by time."""

    before: Run | None
    after: Run | None
    keyframes: tuple[Run, ...]


def known_of(conditioning: Conditioning) -> Known:
    """Sort out what is known around the frames to make. Raises ModelError for what cannot be
    used."""
    _check(conditioning)
    times = conditioning.known_times
    order = sorted(range(len(times)), key=lambda index: times[index])
    early = [index for index in order if times[index] < 0]
    late = [index for index in order if times[index] >= conditioning.frames]
    before = _run(conditioning, _unbroken(early[::-1], times)[::-1]) if early else None
    after = _run(conditioning, _unbroken(late, times)[::-1]) if late else None
    return Known(before, after, _keyframes(conditioning))


def _run(conditioning: Conditioning, indices: list[int]) -> Run:
    pictures = conditioning.known[indices]
    return Run(pictures, tuple(indices), conditioning.known_times[indices[-1]])


def _unbroken(indices: list[int], times: tuple[int, ...]) -> list[int]:
    """The first indices whose times follow one another without a gap."""
    kept = indices[:1]
    for index in indices[1:]:
        if abs(times[index] - times[kept[-1]]) != 1:
            break
        kept.append(index)
    return kept


def _keyframes(conditioning: Conditioning) -> tuple[Run, ...]:
    pictures = conditioning.keyframes
    if pictures is None:
        return ()
    offset = len(conditioning.known)
    by_time = {
        time: Run(pictures[index : index + 1], (offset + index,), time)
        for index, time in enumerate(conditioning.keyframe_times)
        if 0 <= time < conditioning.frames
    }
    return tuple(by_time[time] for time in sorted(by_time))


def _check(conditioning: Conditioning) -> None:
    height, width = conditioning.known.shape[1:3]
    if height % SIDE_MULTIPLE or width % SIDE_MULTIPLE:
        raise ModelError(
            f"The draft model needs sides that are multiples of {SIDE_MULTIPLE}, not "
            f"{width} x {height}.",
            "This is a fault of Pickup; please report it with the job's log.",
            code="model.size",
        )
    if len(conditioning.known) == 0 and not conditioning.keyframe_times:
        raise ModelError(
            "The draft model has no picture to go on from.",
            "Choose a clip with at least one frame beside the extension.",
            code="model.no_context",
        )
    keyframes = conditioning.keyframes
    if keyframes is not None and keyframes.shape[1:] != conditioning.known.shape[1:]:
        raise ModelError(
            "A keyframe has another size than the shot.",
            "This is a fault of Pickup; please report it with the job's log.",
            code="model.size",
        )


def mirrored(known: Known, frames: int) -> Known:
    """The same with time running backwards: a head extension is a tail extension in reverse."""
    keyframes = tuple(
        Run(run.pictures, run.sources, frames - 1 - run.time) for run in reversed(known.keyframes)
    )
    return Known(_turned(known.after, frames), _turned(known.before, frames), keyframes)


def _turned(run: Run | None, frames: int) -> Run | None:
    return None if run is None else Run(run.pictures, run.sources, frames - 1 - run.time)
