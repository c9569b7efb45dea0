"""What jobs will put into the cut: drawn in the strip before anything is placed."""

from __future__ import annotations

from dataclasses import dataclass

from pickup.protocol import (
    ItemKind,
    JobState,
    JobStatus,
    Mode,
    Origin,
    Placement,
    Snapshot,
)
from pickup_ui.state.session import Session
from pickup_ui.state.wording import percent, verb_name

_PENDING = (JobState.QUEUED, JobState.RUNNING, JobState.INTERRUPTED)


@dataclass(frozen=True)
class Ghost:
    """A clip to be: `lane` is a track label; a track that does not exist yet ends in `+`.

    Without a `state` it is only proposed; `real` frames are the clip's own, not generated.
    """

    job: str
    lane: str
    record_in: int
    frames: int
    text: str
    state: JobState | None = None
    progress: float = 0.0
    real: bool = False


def ghosts_of(session: Session) -> tuple[Ghost, ...]:
    """Jobs that are under way, the take in view while it is not placed, else what is proposed."""
    snapshot = session.snapshot
    if snapshot is None:
        return ()
    ghosts = []
    chosen = session.unplaced
    for job in session.jobs.values():
        placement = job.submission.placement
        if placement is None or not session.is_of_this_cut(job):
            continue
        if job.state in _PENDING:
            ghosts.append(_ghost(job, placement, snapshot, _working_text(job)))
        elif chosen and chosen[0].id == job.id:
            text = f"take {chosen[1].index + 1} · not used yet"
            clip = session.clip_of(job.id)
            track = session.track_of(clip.uid) if clip else None
            if clip and track:
                place = (track.label, clip.record_in, clip.frames)
                ghosts.append(Ghost(job.id, *place, text, job.state))
            else:
                ghosts.append(_ghost(job, placement, snapshot, text))
    proposal = session.outlook.proposal
    if proposal is not None and chosen is None:
        generated = bool(session.item and session.item.generated)
        ghosts += _proposed(proposal.placement, snapshot, ghosts, generated)
    return tuple(ghosts)


def _proposed(
    placement: Placement, snapshot: Snapshot, others: list[Ghost], generated: bool
) -> list[Ghost]:
    """The pieces of a proposal, unless something is on its way to the same place. What continues a
    `generated` clip comes from its handle and is not real."""
    lane, at = lane_of(placement, snapshot), placement.record_in
    end = at + sum(piece.frames for piece in placement.pieces)
    near = (ghost for ghost in others if ghost.lane == lane)
    if any(ghost.record_in < end and at < ghost.record_in + ghost.frames for ghost in near):
        return []
    whose = "handle" if generated else "real"
    ghosts = []
    for piece in placement.pieces:
        own = piece.origin is Origin.SOURCE
        text = f"{piece.frames} {whose}" if own else f"+{piece.frames} f"
        ghosts.append(Ghost("", lane, at, piece.frames, text, real=own and not generated))
        at += piece.frames
    return ghosts


def _working_text(job: JobStatus) -> str:
    verb = verb_name(job.submission.request.operation).lower()
    return f"{verb} {percent(job.progress)}" if job.state is JobState.RUNNING else f"{verb} waiting"


def _ghost(job: JobStatus, placement: Placement, snapshot: Snapshot, text: str) -> Ghost:
    frames = sum(piece.frames for piece in placement.pieces)
    lane = lane_of(placement, snapshot)
    progress = job.progress if job.state is JobState.RUNNING else 0.0
    return Ghost(job.id, lane, placement.record_in, frames, text, job.state, progress)


def lane_of(placement: Placement, snapshot: Snapshot) -> str:
    """The label of the track that a placement writes to.

    As the timeline does it: the first track of our own above the source that is free there, else
    a new one, which is named after the source with a `+`.
    """
    if not 0 <= placement.track < len(snapshot.tracks):
        return ""
    source = snapshot.tracks[placement.track]
    if placement.mode is not Mode.ABOVE:
        return source.label
    start = placement.record_in
    end = start + sum(piece.frames for piece in placement.pieces)
    for track in snapshot.tracks[placement.track + 1 :]:
        if not track.owned or track.kind != source.kind:
            break
        clips = [item for item in track.items if item.kind is not ItemKind.GAP]
        if all(item.record_in + item.frames <= start or item.record_in >= end for item in clips):
            return track.label
    return f"{source.label}+"
