"""Generated clips that were extended: their own handle goes on beside another job's clip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pickup.protocol import Mode, Output, Side, Take
from pickup.timeline import Document, find_clip, place, propose_extend, switch_take
from pickup.timeline.identity import names_job
from support.takes import (
    JOB,
    A,
    B,
    R,
    clip_of,
    cut_with_takes,
    expected_after,
    generated,
    generated_items,
    shows,
    write_take,
)
from support.timeline import (
    Shot,
    make_timeline,
    media_of_shot,
    open_timeline,
    propose,
    text_of,
)


def extended_by(document: Document, uid: str, total: int, frames: int, folder: Path) -> None:
    """Extend the tail of a clip whose file has `total` frames, and place what comes of it."""
    clip = find_clip(document, uid)
    shot = Shot(Path(clip.media).stem, clip.frames, first=0, total=total)
    media = replace(media_of_shot(folder, shot, R), path=clip.media, frames=total)
    output = Output(str(folder), f"{clip.base_name} tail")
    proposal = propose_extend(
        document, clip, side=Side.TAIL, frames=frames, media=media, output=output
    )
    take = write_take(proposal, folder / "cut media", job=JOB[::-1]) if proposal.request else None
    place(document, proposal.placement, take, media=media)


def extended_into_its_handle(folder: Path, frames: int) -> tuple[Document, list[Take], list[str]]:
    """A cut whose generated clip was extended by `frames`, of which its own file holds 12."""
    document, takes = cut_with_takes(folder)
    extended_by(document, generated(document)[0], 26, frames, folder)
    return document, takes, generated(document)


@pytest.mark.parametrize("asked", [0, 1, 2])
def test_what_continues_what_continues_a_take_goes_along(tmp_path: Path, asked: int) -> None:
    document, takes, uids = extended_into_its_handle(tmp_path, 4)
    extended_by(document, uids[1], 26, 5, tmp_path)
    uids = generated(document)
    wanted = expected_after(document, takes[0], takes[1])
    assert len(switch_take(document, uids[asked], takes[1]).clips) == len(uids) == 3
    assert shows(document) == wanted


@pytest.mark.parametrize("asked", [0, 1])
@pytest.mark.parametrize("frames", [6, 20])
def test_what_continues_a_take_switches_along(tmp_path: Path, asked: int, frames: int) -> None:
    """The handle of a generated file is used by a second extension: it shows the same file, and
    the picture would jump if either clip showed another take alone. What was generated after it is
    another job's."""
    document, takes, uids = extended_into_its_handle(tmp_path, frames)
    assert len(uids) == (2 if frames == 6 else 3)
    wanted = expected_after(document, takes[0], takes[2])
    before = text_of(document)
    result = switch_take(document, uids[asked], takes[2])
    assert len(result.clips) == 2 and shows(document) == wanted
    document.undo()
    assert text_of(document) == before


@pytest.mark.parametrize("name", ["", "hero shot"])
def test_noise_that_goes_on_is_called_noise_once(tmp_path: Path, name: str) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 60, B]]))
    proposal = propose(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    place(document, proposal.placement, replace(write_take(proposal, tmp_path), test=True))
    (uid,) = generated(document)

    def rename(timeline: Any) -> None:
        timeline.tracks[0][2].name = name

    if name:
        document.edit("Rename", rename)
    extended_by(document, uid, 26, 9, tmp_path)
    made = [item.name for item in generated_items(document)]
    assert made[0] == name or made[0].count("noise") == 1
    assert made[1].count("noise") == 1


def test_a_file_named_after_a_take_is_not_that_take_s(tmp_path: Path) -> None:
    """Files that continue a take were once named after the clip with its job; that job's take can
    be placed all the same."""
    document, _, uids = extended_into_its_handle(tmp_path, 20)
    last = clip_of(document, uids[2])
    named = last.media_reference.target_url.replace("A extend tail", f"A extend {JOB}.t1 tail")
    last.media_reference.target_url = named
    assert names_job(last, JOB[::-1]) and not names_job(last, JOB)
    assert names_job(clip_of(document, uids[0]), JOB)
