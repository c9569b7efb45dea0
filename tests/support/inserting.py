"""Cuts, takes and files for the tests of shots that are put into a cut, and what they show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from pickup.protocol import MediaKind, MediaRef, Recipe, RenderPlan, Take, encode
from pickup.timeline import Document
from pickup.timeline import Shot as NewShot
from support.oracle import Picture, TrackMap, read_cut
from support.timeline import Shot, make_timeline, open_timeline, text_of

R = Fraction(24)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)
PLAN = RenderPlan("the-model", True, 40, R, 640, 360, 320, 180, 0.0, 0)


Frames = dict[int, Picture]


def cut_of(document: Document) -> list[TrackMap]:
    return read_cut(text_of(document), document.rate)


def pictures(track: TrackMap) -> Frames:
    return {k: picture for k, picture in enumerate(track.base) if picture is not None}


def file(folder: Path, name: str, frames: int = 40, rate: Fraction = R, **more: Any) -> MediaRef:
    path = folder / name
    path.touch()
    return MediaRef(str(path), MediaKind.VIDEO, frames, rate, 640, 360, **more)


def take(folder: Path, job: str = "jobone", frames: int = 40, request: Any = None) -> Take:
    media = file(folder, f"dog.{job}.t1.mov", frames)
    sidecar = Path(f"{media.path}.pickup.json")
    if request is not None:
        recipe = Recipe(
            job, 0, request, PLAN, "the-model", "1", "", True, False, 1,
            media.path, "", "",
        )  # fmt: skip
        sidecar.write_text(json.dumps(encode(recipe)))
    return Take(job, 0, media, str(sidecar), 1, learned=False, draft=True)


def document_of(folder: Path, *parts: Any, audio: Sequence[Any] = ()) -> Document:
    tracks = [list(parts) or [A, 60, B], [30, Shot("title", 200)]]
    return open_timeline(folder, make_timeline(folder, R, tracks, audio))


def shown(shots: Sequence[NewShot], at: int, lengths: Sequence[int]) -> Frames:
    """What `shots` of `lengths` show from record frame `at` on."""
    frames: Frames = {}
    for shot, length in zip(shots, lengths, strict=True):
        step = shot.media.rate / R
        frames |= {
            at + k: (shot.media.path, int((shot.first or 0) + k * step), "") for k in range(length)
        }
        at += length
    return frames


def moved(track: TrackMap, at: int, by: int) -> Frames:
    return {k + by if k >= at else k: picture for k, picture in pictures(track).items()}


def undone(document: Document, before: str) -> None:
    after = text_of(document)
    document.undo()
    assert text_of(document) == before
    document.redo()
    assert text_of(document) == after
    document.undo()
