"""The editorial core: functions over OpenTimelineIO, which nothing else imports.

    Document.open(path, rate=None) -> Document    every format in formats.py; .notes
        .edit .undo .redo .save(path) .export(path) -> Export .relink(folder) -> Relinked
    snapshot(document) -> Snapshot
    find_clip(document, "V1:2" | name | timecode | frame) -> SnapshotItem
    record_frame(document, timecode | frame) -> int
    propose_extend(document, clip, *, side, frames, media, output, mode=AUTO, guidance=None,
                   model="pickup-draft", seed=0, takes=1, sampling=Sampling(), handle=12)
                   -> Proposal
    propose_bridge(document, clip, *, media, after, output, frames=None, mode=AUTO, guidance=None,
                   model=..., seed=0, takes=1, sampling=...) -> Proposal    to the next clip,
                   whose file `after` is the probe of
    following(document, clip) -> str         uid of that clip
    propose_inpaint(document, clip, *, media, matte, output, delivery=PATCH, guidance=None,
                    model=..., seed=0, takes=1, sampling=..., record_range=None) -> Proposal
    propose_restyle(document, clip, *, media, output, preset="", strength=1.0, control=AUTO,
                    guidance=None, model=..., seed=0, takes=1, sampling=..., record_range=None)
                    -> Proposal
    place(document, placement, take=None, *, model="", media=None) -> EditResult
    takes_of(document, clip) -> tuple[Take, ...]    other takes of the job that made a clip
    switch_take(document, clip, take) -> EditResult
    recipe_of(item, folder) -> Recipe | None        of an OTIO clip, folder = Document.folder
    insert_shots(document, shots, *, track="V1", record_in, mode=AUTO) -> EditResult
    take_of_file(path) -> Take | None        by the recipe beside it
    fill_gap(document, "V1:3" | gap uid | track, shot, *, record_range=None, fit=EXACT,
             leave_rest=False) -> EditResult
    staleness(document, clip) -> Stale | None       .reason .remedy; snapshot items have the reason
    propose_update(document, clip, *, media=None, after=None, output=None) -> Proposal
    update_media(document, clip) -> tuple[str, str]     the files to probe for `media` and `after`
    keep(document, clip) -> None             a stale clip is right as it is
    remove(document, clip, *, close=True) -> EditResult
    split(document, clip, record_frame) -> EditResult
    media_of(document, clip) -> str          absolute path, MediaError where missing
    shown(document, start, frames, track="", media=()) -> tuple[Segment, ...]
    sample_timeline(folder, clips, audio=True) -> Path

`clip` is a SnapshotItem or its uid, `media` the engine's probe of the clip's file, `record_range` a
pair (first record frame, frames). Every failure is a TimelineError, MediaError, RequestError or
StorageError; a document that an edit failed on is what it was.
"""

from pickup.timeline.document import Document
from pickup.timeline.edits.bridge import following, propose_bridge
from pickup.timeline.edits.extend import propose_extend
from pickup.timeline.edits.fill import Fit, fill_gap
from pickup.timeline.edits.paint import propose_inpaint, propose_restyle
from pickup.timeline.edits.place import place
from pickup.timeline.edits.remove import remove
from pickup.timeline.edits.shot import Shot, take_of_file
from pickup.timeline.edits.shots import insert_shots
from pickup.timeline.edits.split import split
from pickup.timeline.living.stale import Remedy, Stale, keep, staleness
from pickup.timeline.living.update import propose_update, update_media
from pickup.timeline.sample import sample_timeline
from pickup.timeline.select import find_clip, record_frame
from pickup.timeline.shown import Segment, media_of, shown
from pickup.timeline.snapshot import snapshot
from pickup.timeline.takes.recipes import recipe_of
from pickup.timeline.takes.takes import switch_take, takes_of
from pickup.timeline.urls import UrlStyle, media_path, target_url

__all__ = [
    "Document",
    "Fit",
    "Remedy",
    "Segment",
    "Shot",
    "Stale",
    "UrlStyle",
    "fill_gap",
    "find_clip",
    "following",
    "insert_shots",
    "keep",
    "media_of",
    "media_path",
    "place",
    "propose_bridge",
    "propose_extend",
    "propose_inpaint",
    "propose_restyle",
    "propose_update",
    "recipe_of",
    "record_frame",
    "remove",
    "sample_timeline",
    "shown",
    "snapshot",
    "split",
    "staleness",
    "switch_take",
    "take_of_file",
    "takes_of",
    "target_url",
    "update_media",
]
