"""What a Final Cut Pro 7 XML switches off: its reader keeps that as metadata only."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from pickup.timeline.identity import plain


def switch_off(timeline: Any) -> None:
    """Switch off the clips, compounds and tracks that the file says are."""
    for item in list(timeline.find_children()):
        stated = plain(item.metadata).get("fcp_xml")
        says = str(stated.get("enabled", "")) if isinstance(stated, dict) else ""
        if isinstance(item, otio.core.Item) and says.upper() == "FALSE":
            item.enabled = False
