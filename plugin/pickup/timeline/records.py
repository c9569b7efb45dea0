"""Reading an edit back from the timeline as it now stands."""

from __future__ import annotations

from collections.abc import Sequence

from pickup.protocol import ClipRecord, MediaRef, Origin
from pickup.timeline.document import Document
from pickup.timeline.identity import made_of
from pickup.timeline.locate import Located, locate_all
from pickup.timeline.retime import media_map
from pickup.timeline.urls import reference_path


def records_of(
    document: Document, uids: Sequence[str], media: MediaRef | None = None
) -> tuple[ClipRecord, ...]:
    """The clips with these uids in record order, pictures before sound; `media` is the probe of the
    original's file."""
    found = locate_all(document.timeline, uids, document.rate)
    records = [_record(document, item, media) for item in found]
    return tuple(sorted(records, key=_order))


def _order(record: ClipRecord) -> tuple[int, bool, str]:
    return record.record_in, not record.track.startswith("V"), record.track


def _record(document: Document, found: Located, media: MediaRef | None) -> ClipRecord:
    item = found.slot.item
    generated = made_of(item).generated
    probed = None if generated else media
    return ClipRecord(
        track=found.label,
        index=found.slot.number,
        name=item.name or "",
        record_in=found.slot.start,
        record_frames=found.slot.frames,
        media=reference_path(item.media_reference, document.folder),
        media_start_frame=media_map(item, found.slot.frames, document.rate, probed).at(0),
        origin=Origin.GENERATED if generated else Origin.SOURCE,
    )
