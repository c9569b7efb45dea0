"""Animated values in the metadata of effects, as each host writes them."""

from __future__ import annotations

from typing import Any


def has_keyframes(value: object) -> bool:
    """Whether anything in the metadata of an effect is animated."""
    if isinstance(value, dict):
        return any(
            (key.casefold().replace(" ", "").startswith("keyframe") and bool(item))
            or has_keyframes(item)
            for key, item in value.items()
        )
    return isinstance(value, list) and any(map(has_keyframes, value))


def held(value: Any, *, last: bool) -> Any:
    """The metadata with every animated value standing still, at its last keyframe or its first.

    Resolve, Final Cut Pro 7 XML and Kdenlive are known; other spellings stay as they are.
    """
    if isinstance(value, list):
        return [held(item, last=last) for item in value]
    if not isinstance(value, dict):
        return value
    for still in (_resolve, _final_cut, _kdenlive):
        if (found := still(value, last)) is not None:
            return found
    return {key: held(item, last=last) for key, item in value.items()}


def _resolve(value: dict[str, Any], last: bool) -> dict[str, Any] | None:
    """`{"Parameter Value": v, "Key Frames": {"12": {"Value": v}}}`."""
    frames = value.get("Key Frames")
    if not isinstance(frames, dict) or not frames or "Parameter Value" not in value:
        return None
    key = _end(list(frames), last)
    if key is None or not isinstance(frames[key], dict) or "Value" not in frames[key]:
        return None
    return {**value, "Parameter Value": frames[key]["Value"], "Key Frames": {}}


def _final_cut(value: dict[str, Any], last: bool) -> dict[str, Any] | None:
    """`{"value": v, "keyframe": [{"when": "12", "value": v}]}`."""
    stored = value.get("keyframe")
    frames: list[Any] = stored if isinstance(stored, list) else [stored]
    if not stored or not all(isinstance(f, dict) and "value" in f for f in frames):
        return None
    by_time = {str(frame.get("when")): frame for frame in frames}
    key = _end(list(by_time), last)
    if key is None:
        return None
    kept = {name: item for name, item in value.items() if name not in ("keyframe", "interpolation")}
    return {**kept, "value": by_time[key]["value"]}


def _kdenlive(value: dict[str, Any], last: bool) -> dict[str, Any] | None:
    """`{"keyframes": {"12.0": "0.5"}}`."""
    frames = value.get("keyframes")
    if not isinstance(frames, dict) or not frames:
        return None
    key = _end(list(frames), last)
    return None if key is None else {**value, "keyframes": {"0.0": frames[key]}}


def _end(times: list[str], last: bool) -> str | None:
    """The last, or first, of the times; None where they are no numbers."""
    try:
        return (max if last else min)(times, key=float)
    except ValueError:
        return None
