"""Small words that sentences are made of."""

from __future__ import annotations

from collections.abc import Sequence


def frames_text(frames: int) -> str:
    """`48 frames`."""
    return f"{frames} frame{'' if frames == 1 else 's'}"


def are(count: int) -> str:
    """The verb after so many things."""
    return "is" if count == 1 else "are"


def listed(parts: Sequence[str]) -> str:
    """`A, B and C`."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]
