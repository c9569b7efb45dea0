"""Runs of pictures: what consecutive record frames show, and what an edit makes of that."""

from __future__ import annotations

from support.oracle import Mix, Picture, TrackMap

Run = tuple[Picture | None, ...]
"""What consecutive record frames show."""


def seen(run: Run) -> Run:
    """A run without the empty end: a track that is longer by a gap shows the same."""
    end = len(run)
    while end and run[end - 1] is None:
        end -= 1
    return run[:end]


def laid(run: Run, at: int, new: Run) -> Run:
    """`new` in place of what was shown from frame `at` on."""
    lead = run[:at] + (None,) * (at - len(run))
    return seen(lead + new + run[at + len(new) :])


def opened_up(run: Run, at: int, frames: int) -> Run:
    """`frames` empty ones before frame `at`."""
    return seen(run[:at] + (None,) * frames + run[at:]) if len(run) > at else seen(run)


def moved_frame(frame: int, mix: Mix, at: int, frames: int) -> int:
    """Where a frame of a transition goes: it moves whole, with the picture that it fades."""
    cut = frame - mix.phase + mix.lead
    moves = cut > at or (cut == at and mix.incoming is not None)
    return frame + frames if moves else frame


def moved_mixes(track: TrackMap, at: int, frames: int) -> dict[int, Mix]:
    """The transitions of a track after a ripple."""
    return {moved_frame(k, mix, at, frames): mix for k, mix in track.mixes.items()}
