"""Reading what a newer OpenTimelineIO, or one with plugins, wrote: only where nothing is guessed.

Used when the native reader has refused a file, so that sound files cost nothing.
"""

from __future__ import annotations

import json
from typing import Any, Final

_MARKER: Final = 2
_REFERENCES: Final = (
    "MissingReference",
    "ExternalReference",
    "GeneratorReference",
    "ImageSequenceReference",
)


def downgraded(text: str) -> str:
    """OTIO text with what is newer or unknown replaced by what this version knows.

    A marker's colour object becomes its name, a media reference of an unknown kind a missing one
    that keeps its data as metadata. What cannot be replaced stays. ValueError where it is no JSON.
    """
    return json.dumps(_mended(json.loads(text)))


def _mended(value: Any) -> Any:
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: _mended(item) for key, item in value.items()}
    schema, _, version = str(value.get("OTIO_SCHEMA", "")).partition(".")
    if schema == "Marker" and version.isdigit() and int(version) > _MARKER:
        _older_marker(value)
    if schema == "Timeline" and version == "2":
        _older_timeline(value)
    if schema == "Clip":
        _known_references(value)
    return value


def _older_timeline(timeline: dict[str, Any]) -> None:
    """Version 2 adds a canvas, which nothing here reads; it is kept as metadata."""
    canvas = timeline.pop("canvas", None)
    stored = timeline.get("metadata")
    if canvas is not None and isinstance(stored, dict):
        stored["unread"] = {"canvas": canvas}
    timeline["OTIO_SCHEMA"] = "Timeline.1"


def _older_marker(marker: dict[str, Any]) -> None:
    """Version 3 holds a colour object; version 2 the name of one."""
    colour = marker.get("color")
    if isinstance(colour, dict):
        marker["color"] = str(colour.get("name") or "RED")
    marker["OTIO_SCHEMA"] = f"Marker.{_MARKER}"


def _known_references(clip: dict[str, Any]) -> None:
    if _is_unknown(clip.get("media_reference")):
        clip["media_reference"] = _missing(clip["media_reference"])
    several = clip.get("media_references")
    if isinstance(several, dict):
        for key, reference in several.items():
            if _is_unknown(reference):
                several[key] = _missing(reference)


def _is_unknown(reference: Any) -> bool:
    if not isinstance(reference, dict):
        return False
    return str(reference.get("OTIO_SCHEMA", "")).partition(".")[0] not in _REFERENCES


def _missing(reference: dict[str, Any]) -> dict[str, Any]:
    schema = str(reference.get("OTIO_SCHEMA", ""))
    kept = {k: v for k, v in reference.items() if isinstance(v, str | int | float | bool)}
    kept.pop("OTIO_SCHEMA", None)
    stored = reference.get("metadata")
    return {
        "OTIO_SCHEMA": "MissingReference.1",
        "name": str(reference.get("name") or ""),
        "available_range": reference.get("available_range"),
        "metadata": {**(stored if isinstance(stored, dict) else {}), "unread": {schema: kept}},
    }
