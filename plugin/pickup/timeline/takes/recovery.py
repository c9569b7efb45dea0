"""Generated clips known again at opening, after a host or a format has dropped their metadata."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from pickup.protocol import Recipe
from pickup.timeline.identity import made_of, own_value, store
from pickup.timeline.takes.disclosure import disclose_again
from pickup.timeline.takes.naming import TakeId, is_own_job, named_take, take_in_file
from pickup.timeline.takes.recipes import sidecar_of
from pickup.timeline.takes.taken import take_from, take_record


def recover(timeline: Any, folder: str) -> None:
    """Give the clips of takes back what their metadata and their marker said, in place.

    The recipe decides; without one a clip is ours only where its name can be nobody else's. Where a
    host has put the file of another take into a clip, the file is right. `folder` is where relative
    media paths start.
    """
    for track in timeline.tracks:
        if track.kind != otio.schema.TrackKind.Video:
            continue
        for item in track:
            named = named_take(item) if isinstance(item, otio.schema.Clip) else None
            if named is not None and (record := _lost(item, named, folder)):
                store(item, generated=record)
                disclose_again(item, record)


def _lost(item: Any, named: TakeId, folder: str) -> dict[str, object] | None:
    """What the clip's metadata should say and does not."""
    made = made_of(item)
    if made.generated and ((made.job, made.take) == named or take_in_file(item) is None):
        return None
    kept = own_value(item.media_reference, "generated")
    if isinstance(kept, dict) and (kept.get("job"), kept.get("take")) == named:
        return kept
    if found := sidecar_of(item, folder, named):
        recipe = found.recipe
        return take_record(take_from(found), recipe.request.operation.value, recipe.model)
    if made.generated or not is_own_job(named[0]):
        return None
    return {
        "job": named[0],
        "take": named[1],
        "operation": "",
        "model": "",
        "digital_source_type": Recipe.digital_source_type,
        "sidecar": "",
    }
