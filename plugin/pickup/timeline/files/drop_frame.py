"""Whether a timeline counts drop-frame: OTIO has no field for it, its readers' metadata tells."""

from __future__ import annotations

from typing import Any

from pickup.timeline.identity import own_value, plain, store


def set_drop_frame(timeline: Any) -> None:
    """Keep that the file of `timeline` counts drop-frame, where its reader drops that."""
    store(timeline, drop_frame=True)


def counts_drop_frame(timeline: Any) -> bool:
    """Whether the file of `timeline` said so."""
    if own_value(timeline, "drop_frame") is True:
        return True
    metadata = plain(timeline.metadata)
    if metadata.get("cmx_3600") == {"fcm": "DROP FRAME"}:
        return True
    stated = metadata.get("fcp_xml")
    timecode = stated.get("timecode") if isinstance(stated, dict) else None
    return isinstance(timecode, dict) and timecode.get("displayformat") == "DF"
