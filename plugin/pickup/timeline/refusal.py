"""Why no verb works on an item, in one sentence. Each comes with the remedy."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import opentimelineio as otio

from pickup.protocol import ItemKind
from pickup.timeline.retime import speed_of
from pickup.timeline.urls import first_file, reference_path


def kind_of(item: Any) -> ItemKind:
    """What an OTIO item is."""
    if isinstance(item, otio.schema.Gap):
        return ItemKind.GAP
    if isinstance(item, otio.schema.Transition):
        return ItemKind.TRANSITION
    return ItemKind.CLIP if isinstance(item, otio.schema.Clip) else ItemKind.COMPOUND


def refusal(
    track: Any, item: Any, folder: str, exists: Callable[[str], bool] = os.path.exists
) -> str:
    """Why no verb works on `item` of `track`; "" where all may."""
    name = item.name or "This clip"
    match kind_of(item):
        case ItemKind.GAP:
            return "This is a gap: select the clip beside it."
        case ItemKind.TRANSITION:
            return "This is a transition: select the clip beside it."
        case ItemKind.COMPOUND:
            return f"{name} is a compound clip: render it in the editor first."
        case ItemKind.CLIP:
            pass
    if track.kind != otio.schema.TrackKind.Video:
        return f"{name} is sound: select the picture."
    if not item.enabled or not track.enabled:
        return f"{name} is switched off: enable it in the editor first."
    return _media_refusal(item, name, folder, exists) or _time_refusal(item, name)


def _media_refusal(item: Any, name: str, folder: str, exists: Callable[[str], bool]) -> str:
    reference = item.media_reference
    if isinstance(reference, otio.schema.GeneratorReference):
        return f"{name} is made by a generator of the editor: render it first."
    path = reference_path(reference, folder)
    if not path:
        url = getattr(reference, "target_url", "") or ""
        if url:
            return f"{name} is at {url}, which is no local file: bring it onto this machine."
        return f"{name} is offline: relink it in the editor."
    if not exists(first_file(reference, folder)):
        return f"{name} is offline: {path} is missing. Relink it in the editor."
    return ""


def _time_refusal(item: Any, name: str) -> str:
    speed = speed_of(item)
    if speed is None:
        return f"{name} has a speed ramp: render it in the editor first."
    if speed < 0:
        return f"{name} runs backwards: render it in the editor first."
    return ""
