"""Keeping media linked when a timeline moves to another folder."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

from pickup.timeline.urls import UrlStyle, is_relative, media_path, target_url


def with_absolute_media(timeline: Any, folder: str) -> Any:
    """The timeline with all media paths that are relative to `folder` made absolute, as a clone."""
    clips = [clip for clip in timeline.find_clips() if _relative_references(clip)]
    if not clips:
        return timeline
    timeline = timeline.clone()
    for clip in list(timeline.find_clips()):
        for reference, field in _relative_references(clip):
            path = media_path(getattr(reference, field), folder)
            if path is not None:
                tail = "/" if field == "target_url_base" and not path.endswith("/") else ""
                setattr(reference, field, target_url(path, UrlStyle.PLAIN) + tail)
    return timeline


def _relative_references(clip: Any) -> list[tuple[Any, str]]:
    found = []
    for reference in dict(clip.media_references()).values():
        field = "target_url"
        if isinstance(reference, otio.schema.ImageSequenceReference):
            field = "target_url_base"
        if is_relative(getattr(reference, field, "") or ""):
            found.append((reference, field))
    return found
