"""Before and after, around the cuts: which pictures go on the sheet."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from pickup.cli.work import Work
from pickup.errors import EngineError
from pickup.protocol import ClipRecord, Origin, Source
from pickup.timeline import Document, Segment, shown

_COLUMNS = 8
_HEIGHT = 136


def write_contact_sheet(work: Work, out: Path) -> Path:
    """Two rows for each generated clip: the cut as it was, and as it is now."""
    before = Document.open(work.source)
    rows = []
    for clip in work.clips:
        if clip.origin is Origin.GENERATED:
            frames = _moments(work, clip)
            rows.append(_row(work, before, f"before: {clip.name}", frames))
            rows.append(_row(work, work.document, f"after: {clip.name}", frames))
    wanted = json.dumps({"out": str(out), "rows": rows})
    done = subprocess.run(
        [sys.executable, "-m", "pickup_engine.media.sheet"], input=wanted, text=True, check=False
    )
    if done.returncode:
        raise EngineError(
            f"The contact sheet {out} could not be drawn.",
            "The cut itself is complete; the reason is printed above.",
            code="engine.sheet",
        )
    return out


def _moments(work: Work, clip: ClipRecord) -> list[int]:
    """Record frames from before the new clips to just after them, evenly spread.

    A handle that continues the original comes first in an extension: it belongs to the picture.
    """
    first, last = clip.record_in, clip.record_in + clip.record_frames
    for other in work.clips:
        if other.track == clip.track and other.origin is Origin.SOURCE:
            end = other.record_in + other.record_frames
            first = other.record_in if end == first else first
            last = end if other.record_in == last else last
    first, last = max(0, first - 4), last + 1
    return [first + (last - first) * step // (_COLUMNS - 1) for step in range(_COLUMNS)]


def _row(work: Work, document: Document, label: str, frames: list[int]) -> dict[str, object]:
    shots = [shown(document, frame, 1, media=work.probes)[0] for frame in frames]
    made = [bool(shot.operation) for shot in shots]
    pictures = iter(_previews(work, [shot for shot in shots if shot.media], document.rate))
    cells = [
        {
            "image": next(pictures) if shot.media else None,
            "caption": f"{frame}" + (" generated" if generated else ""),
            "generated": generated,
        }
        for frame, shot, generated in zip(frames, shots, made, strict=True)
    ]
    return {"label": label, "cells": cells}


def _previews(work: Work, shots: list[Segment], rate: Fraction) -> list[str]:
    media = work.engine.probe([shot.media for shot in shots])
    sources = [
        Source(probe, shot.first, shot.step, 1, rate)
        for probe, shot in zip(media, shots, strict=True)
    ]
    return [paths[0] for paths in work.engine.preview(sources, _HEIGHT)]
