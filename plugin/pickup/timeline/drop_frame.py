"""Whether a timeline counts drop-frame: OTIO has no field for it, its readers' metadata tells."""

from __future__ import annotations

from typing import Any

from pickup.timeline.identity import plain


def counts_drop_frame(timeline: Any) -> bool:
    """Whether the file of `timeline` said so (Final Cut Pro 7 XML, EDL)."""
    metadata = plain(timeline.metadata)
    if metadata.get("cmx_3600") == {"fcm": "DROP FRAME"}:
        return True
    stated = metadata.get("fcp_xml")
    timecode = stated.get("timecode") if isinstance(stated, dict) else None
    return isinstance(timecode, dict) and timecode.get("displayformat") == "DF"
