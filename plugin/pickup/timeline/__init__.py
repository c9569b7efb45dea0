"""The editorial core: functions over OpenTimelineIO, which nothing else imports.

    Document.open(path, rate=None) -> Document    every format in formats.py; .notes
        .edit .undo .redo .save(path) .export(path) -> Export .relink(folder) -> Relinked
    snapshot(document) -> Snapshot
    find_clip(document, "V1:2" | name | timecode | frame) -> SnapshotItem
    propose_extend(document, clip, *, side, frames, media, output, mode=AUTO, guidance=None,
                   model="pickup-draft", seed=0, takes=1, sampling=Sampling()) -> Proposal
    propose_inpaint(document, clip, *, media, matte, output, delivery=PATCH, guidance=None,
                    model=..., seed=0, takes=1, sampling=..., record_range=None) -> Proposal
    propose_restyle(document, clip, *, media, output, preset="", strength=1.0, control=AUTO,
                    guidance=None, model=..., seed=0, takes=1, sampling=..., record_range=None)
                    -> Proposal
    place(document, placement, take=None, *, model="", media=None) -> EditResult
    media_of(document, clip) -> str          absolute path, MediaError where missing
    shown(document, start, frames, track="", media=()) -> tuple[Segment, ...]
    sample_timeline(folder, clips, audio=True) -> Path

`clip` is a SnapshotItem or its uid, `media` the engine's probe of the clip's file, `record_range` a
pair (first record frame, frames). Every failure is a TimelineError, MediaError, RequestError or
StorageError; a document that an edit failed on is what it was.
"""

from pickup.timeline.document import Document
from pickup.timeline.extend import propose_extend
from pickup.timeline.paint import propose_inpaint, propose_restyle
from pickup.timeline.place import place
from pickup.timeline.sample import sample_timeline
from pickup.timeline.select import find_clip
from pickup.timeline.shown import Segment, media_of, shown
from pickup.timeline.snapshot import snapshot
from pickup.timeline.urls import UrlStyle, media_path, target_url

__all__ = [
    "Document",
    "Segment",
    "UrlStyle",
    "find_clip",
    "media_of",
    "media_path",
    "place",
    "propose_extend",
    "propose_inpaint",
    "propose_restyle",
    "sample_timeline",
    "shown",
    "snapshot",
    "target_url",
]
