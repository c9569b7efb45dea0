"""Takes as the engine leaves them on the disk: files with their recipes beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pickup.protocol import (
    Mode,
    Proposal,
    Recipe,
    RenderPlan,
    Request,
    Seam,
    Side,
    SnapshotItem,
    Take,
    encode,
    frames_of,
)
from pickup.timeline import Document, place, snapshot
from support.oracle import read_cut
from support.timeline import (
    Part,
    Shot,
    make_timeline,
    open_timeline,
    propose,
    take_for,
    text_of,
)

JOB = "mwqvhy2qr4szfl"
"""An id as `pickup.client.new_job_id` makes it."""

R = Fraction(25)
A = Shot("A", 100, first=10, total=120)
B = Shot("B", 80, first=30)


def write_take(
    proposal: Proposal, folder: Path, index: int = 0, job: str = JOB, **said: Any
) -> Take:
    """One (empty) take of the proposal's request in `folder` and its recipe, in which `said`
    replaces fields."""
    request = proposal.request
    assert request is not None
    folder.mkdir(exist_ok=True)
    take = take_for(folder, proposal, job, index)
    recipe = replace(recipe_for(request, take), **said)
    sidecar = Path(f"{take.media.path}.pickup.json")
    sidecar.write_text(json.dumps(encode(recipe)), "utf-8")
    return replace(take, sidecar=str(sidecar), draft=recipe.draft, learned=recipe.learned)


def recipe_for(request: Request, take: Take) -> Recipe:
    """The recipe of a take of `request`; the two takes of a job differ in their seams."""
    media = request.source.media
    frames = frames_of(request)
    plan = RenderPlan(
        *(request.model, True, frames, request.source.rate, media.width, media.height),
        *(256, 144, 1.0, 1 << 30),
    )
    return Recipe(
        *(take.job, take.index, request, plan, request.model, "1", "aa", True, False),
        *(request.seed, take.media.path, "bb", "cc"),
        seam=Seam(colour=0.5, jump=1.0 + take.index / 10),
    )


def cut_with_takes(
    folder: Path,
    mode: Mode = Mode.GAP,
    side: Side = Side.TAIL,
    rate: Fraction = R,
    takes: int = 3,
    parts: tuple[Part, ...] = (A, 60, B),
) -> tuple[Document, list[Take]]:
    """A cut with take 1 of an extension by 24 frames placed, and all takes in `cut media`."""
    document = open_timeline(folder, make_timeline(folder, rate, [parts], [Shot("song", 300)]))
    proposal = propose(document, folder, A, side, 24, mode)
    made = [write_take(proposal, folder / "cut media", index) for index in range(takes)]
    place(document, proposal.placement, made[0])
    return document, made


def generated_items(document: Document) -> list[SnapshotItem]:
    view = snapshot(document)
    return [item for track in view.tracks for item in track.items if item.generated]


def generated(document: Document) -> list[str]:
    """The uids of all generated clips."""
    return [item.uid for item in generated_items(document)]


def clip_of(document: Document, uid: str) -> Any:
    clips = list(document.timeline.find_clips())
    return next(clip for clip in clips if clip.metadata["pickup"]["uid"] == uid)


def expected_after(document: Document, old: Take, new: Take) -> list[object]:
    """What every record frame shows when only the take's file is another, by the oracle."""
    text = text_of(document).replace(Path(old.media.path).name, Path(new.media.path).name)
    return [(t.kind, t.enabled, t.base, t.mixes) for t in read_cut(text, document.rate)]


def shows(document: Document) -> list[object]:
    tracks = read_cut(text_of(document), document.rate)
    return [(t.kind, t.enabled, t.base, t.mixes) for t in tracks]
