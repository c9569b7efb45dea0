"""What the planners of all verbs share: refusals, the dry run, and the finished proposal."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from pickup.errors import MediaError, RequestError
from pickup.protocol import Guidance, MediaRef, Piece, Placement, Side
from pickup.timeline.document import Document
from pickup.timeline.edits.arrange import arrange
from pickup.timeline.locate import Located, in_clone
from pickup.timeline.rates import time_range
from pickup.timeline.retime import MediaMap
from pickup.timeline.validate import check_edit

CONTEXT_FRAMES = 64
"""Record frames of the original that go with an extension as its source run."""


def check_media(found: Located, time_map: MediaMap, media: MediaRef, start: int, end: int) -> None:
    """Raise MediaError where the file lacks what the clip shows from offset `start` to `end`."""
    if not time_map.holds(start, end):
        shown = sorted((time_map.at(start), time_map.at(end - 1)))
        raise MediaError(
            f"{found.name} shows frames {shown[0]} to {shown[1]} of {media.path}, "
            f"which has frames 0 to {media.frames - 1}.",
            "Relink the clip to the right file, or trim it to what the file holds.",
            code="media.range",
        )


def check_keyframes(guidance: Guidance, frames: int) -> None:
    """Raise RequestError for an image pinned outside the new frames."""
    for keyframe in guidance.keyframes:
        if not 0 <= keyframe.frame < frames:
            raise RequestError(
                f"The keyframe {keyframe.image} is at frame {keyframe.frame}, "
                f"and there are {frames} generated frames.",
                f"Pin it between 0 and {frames - 1}.",
                code="request.keyframe",
            )


def dry_run(document: Document, found: Located, placement: Placement, side: Side) -> Any:
    """Carry the edit out on a clone with stand-ins, so that what cannot be placed is never queued.

    Returns the clone; raises TimelineError.
    """
    work = document.timeline.clone()
    stand_ins = [
        otio.schema.Clip(
            piece.name,
            otio.schema.MissingReference(),
            time_range(0, piece.frames, document.rate, document.rate),
        )
        for piece in placement.pieces
    ]
    arrange(work, in_clone(work, found), placement.mode, side, placement.record_in, stand_ins)
    check_edit(document.timeline, work, document.rate)
    return work


def total(pieces: tuple[Piece, ...]) -> int:
    """Record frames of all pieces."""
    return sum(piece.frames for piece in pieces)
