"""Edited keyframes: what somebody changed in some frames follows along the shot's motion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.finishing.change import changed_share
from pickup_engine.worker.backends.base import (
    Bytes,
    Conditioning,
    Edits,
    Floats,
    Follow,
    Generated,
    Report,
)
from pickup_engine.worker.backends.motion.flow import grey, grid, sample
from pickup_engine.worker.backends.motion.follow import Sight, at_home, follow
from pickup_engine.worker.backends.motion.grade import grade_of
from pickup_engine.worker.backends.motion.look_measure import restyled
from pickup_engine.worker.backends.motion.recolour import recolour_of, spread_to

_CHANGED = 0.5
_LEAST = 4
"""Model pixels that a change must have to be one."""

_OTHER = 0.6, 0.25
"""An edit of more than this share that correlates less than that with its frame is no copy of
it."""

_LOST = 0.1
"""Share of the edit seen below which a frame counts as without it."""


@dataclass(frozen=True)
class Edit:
    """An edited frame: index in `Conditioning.keyframes`, its time, and (h, w) what changed,
    0..1. recolour: see `Edits.recolours`."""

    index: int
    time: int
    changed: Floats
    recolour: Floats | None = None


@dataclass(frozen=True)
class Followed:
    """An edit in one frame. near: 1 at its keyframe, 0 at the next. extent: model pixels that show
    it. spread: see `Follow`."""

    edit: Edit
    near: float
    sight: Sight
    extent: float
    spread: Floats | None = None


def follow_edits(conditioning: Conditioning, report: Report) -> Generated:
    """Carry the edits of `keyframes` through the run.

    Raises ModelError: "model.keyframe_same" where nothing was changed, "model.keyframe_other" for
    a picture that is no copy of its frame.
    """
    edits, table = _edits(conditioning)
    pictures = conditioning.known if table is None else _graded(table, conditioning.known)
    spans = list(_spans(edits, conditioning.frames))
    report.phase(JobPhase.ANALYSING, sum(abs(end - edit.time) for edit, end in spans))
    sights: dict[int, list[Followed]] = {}
    for edit in edits:
        sights[edit.time] = [
            Followed(edit, 1.0, at_home(*edit.changed.shape), float(edit.changed.sum()))
        ]
    for edit, end in spans:
        _follow_span(pictures, edit, end, edits, sights, report)
    frames = [_blended(sights[time]) for time in range(conditioning.frames)]
    seen = [_seen(sights[time]) for time in range(conditioning.frames)]
    details = _told(edits, seen, table is not None)
    return Generated(
        Edits(frames, None if table is None else table[None], _recolours(edits)),
        learned=False,
        confidence=round(float(np.mean(seen)), 3),
        details=details,
    )


def _edits(conditioning: Conditioning) -> tuple[list[Edit], Floats | None]:
    """The edits in order of time, and the table of a grade of the whole picture."""
    assert conditioning.keyframes is not None
    pairs = sorted(
        zip(conditioning.keyframe_times, range(len(conditioning.keyframes)), strict=True)
    )
    found: list[Edit] = []
    table: Floats | None = None
    for time, index in pairs:
        base, edited = conditioning.known[time], conditioning.keyframes[index]
        changed = _changed(base, edited)
        if table is None:
            table = grade_of(base, edited, changed)
        if table is not None:
            base = _graded(table, base)
            changed = _changed(base, edited)
        _check_copy(base, edited, changed, time)
        found.append(Edit(index, time, changed, recolour_of(base, edited, changed)))
    if table is None and all(float(e.changed.sum()) < _LEAST for e in found):
        raise ModelError(
            "The keyframes are the same as the frames of the shot: nothing was changed in them.",
            "Export a frame, paint in it, and give the painted picture as the keyframe.",
            code="model.keyframe_same",
        )
    return found, table


def _graded(table: Floats, pictures: Bytes) -> Bytes:
    return np.rint(restyled(table, pictures) * 255).astype(np.uint8)


def _changed(base: Bytes, edited: Bytes) -> Floats:
    return changed_share(base, edited).astype(np.float32) / np.float32(255)


def _check_copy(base: Bytes, edited: Bytes, changed: Floats, time: int) -> None:
    share, alike = _OTHER
    if float(changed.mean()) < share:
        return
    own, other = (grey(picture).astype(np.float64).ravel() for picture in (base, edited))
    # Anything may be painted over a plain frame; a plain picture is a copy of no other.
    spread = own.std() * max(float(other.std()), 1.0)
    if own.std() >= 1 and np.cov(own, other)[0, 1] / spread < alike:
        raise ModelError(
            f"The keyframe at frame {time} shows something else than frame {time} of the shot.",
            "Edit a copy of exactly that frame; a picture of another look is a --reference.",
            code="model.keyframe_other",
        )


def _spans(edits: list[Edit], frames: int) -> Iterator[tuple[Edit, int]]:
    """Each edit with the last frame that it is followed to, on either side."""
    for place, edit in enumerate(edits):
        first = edits[place - 1].time + 1 if place else 0
        last = edits[place + 1].time - 1 if place + 1 < len(edits) else frames - 1
        if first < edit.time:
            yield edit, first
        if last > edit.time:
            yield edit, last


def _follow_span(
    pictures: Bytes,
    edit: Edit,
    end: int,
    edits: list[Edit],
    sights: dict[int, list[Followed]],
    report: Report,
) -> None:
    direction = 1 if end > edit.time else -1
    times = range(edit.time, end + direction, direction)
    other = [e.time for e in edits if e.time == end + direction]
    distance = abs(other[0] - edit.time) if other else 0
    frames = [pictures[time] for time in times]
    region = cv2.dilate(edit.changed, np.ones((3, 3), np.uint8)).astype(np.float32)
    mask = edit.changed
    for time, sight in zip(times[1:], follow(frames, region, report.step), strict=True):
        near = 1 - abs(time - edit.time) / distance if distance else 1.0
        spread, shown = None, _shown(edit, sight)
        if edit.recolour is not None:
            frame = frames[abs(time - edit.time)]
            spread, mask = spread_to(mask, sight, edit.changed, frame, edit.recolour)
            shown = np.maximum(shown, mask)
        found = Followed(edit, near, sight, float(shown.sum()), spread)
        sights.setdefault(time, []).append(found)


def _blended(sights: list[Followed]) -> tuple[Follow, ...]:
    """Views of one or two edits: by nearness where both are trusted, by trust where one is."""
    total = np.sum([f.near * f.sight.trust for f in sights], axis=0) + np.float32(1e-6)
    most = np.max([f.sight.trust for f in sights], axis=0)
    made = []
    for found in sights:
        sight, near = found.sight, np.float32(found.near)
        x, y = grid(*sight.trust.shape)
        made.append(
            Follow(
                found.edit.index,
                x + sight.offset[..., 0],
                y + sight.offset[..., 1],
                np.asarray(most * (near * sight.trust / total), np.float32),
                sight.light,
                None if found.spread is None else found.spread * near,
            )
        )
    return tuple(made)


def _recolours(edits: list[Edit]) -> tuple[Floats | None, ...]:
    """In the order of `Conditioning.keyframes`."""
    return tuple(edit.recolour for edit in sorted(edits, key=lambda edit: edit.index))


def _shown(edit: Edit, sight: Sight) -> Floats:
    """(h, w): how much of the edit each pixel of a frame shows."""
    x, y = grid(*sight.trust.shape)
    there = sample(edit.changed, x + sight.offset[..., 0], y + sight.offset[..., 1])
    return np.asarray(there * sight.trust, np.float32)


def _seen(sights: list[Followed]) -> float:
    """How much of the edits a frame shows, 0..1, in pixels of their own frames."""
    shown = sum(found.near * found.extent for found in sights)
    whole = sum(found.near * float(found.edit.changed.sum()) for found in sights)
    return round(min(1.0, shown / whole), 3) if whole >= _LEAST else 1.0


def _told(edits: list[Edit], seen: list[float], graded: bool) -> dict[str, object]:
    lost = [time for time, share in enumerate(seen) if share < _LOST]
    return {
        "keyframes": [
            {
                "frame": e.time,
                "changed": round(float((e.changed > _CHANGED).mean()), 5),
                "recoloured": e.recolour is not None,
            }
            for e in edits
        ],
        "graded": graded,
        "confidence_by_frame": seen,
        "lost_frames": lost,
        "warnings": [f"What was painted is lost in {len(lost)} of {len(seen)} frames."]
        if lost
        else [],
    }
