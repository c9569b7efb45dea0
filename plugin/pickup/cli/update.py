"""`pickup update`: generated clips that no longer fit the cut around them, brought up to date."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.work import Work
from pickup.errors import MediaError, ModelError, RequestError, TimelineError
from pickup.protocol import (
    Proposal,
    Request,
    SnapshotItem,
    encode,
    files_of,
)
from pickup.timeline import find_clip, propose_update, snapshot, staleness, update_media


@dataclass(frozen=True)
class _Done:
    """One clip that was stale: why, and what is done (with --dry-run: what would be)."""

    clip: str
    name: str
    reason: str
    remedy: str
    sentence: str


def update(options: argparse.Namespace, console: Console) -> None:
    """Update one clip, or every stale one from left to right."""
    work = Work(options.timeline, options.output, options.media_folder, console)
    try:
        done = _all(work, options.dry_run) if options.clip is None else _one(work, options)
        if not done:
            console.say("Nothing is to be updated.")
        elif not options.dry_run:
            work.save()
            work.tell_written()
        console.result(
            {
                "timeline": str(work.target) if done and not options.dry_run else "",
                "operation": "update",
                "updated": [encode(one) for one in done],
                "clips": [encode(clip) for clip in work.clips],
                "takes": [encode(take) for take in work.takes],
                "timing": work.timing(),
            }
        )
    finally:
        work.close()


def _one(work: Work, options: argparse.Namespace) -> list[_Done]:
    return [_update(work, find_clip(work.document, options.clip), options.dry_run)]


def _all(work: Work, dry_run: bool) -> list[_Done]:
    """Each clip once: an update may make what follows it stale in turn."""
    done: list[_Done] = []
    seen: set[str] = set()
    while clip := _next(work, seen):
        seen.add(clip.uid)
        try:
            done.append(_update(work, clip, dry_run))
        except (TimelineError, MediaError, ModelError, RequestError) as error:
            work.console.warn(f"{clip.name} stays as it is. {error.message} {error.hint}")
    return done


def _next(work: Work, seen: set[str]) -> SnapshotItem | None:
    tracks = snapshot(work.document).tracks
    stale = [item for track in tracks for item in track.items if item.stale]
    left = [item for item in stale if item.uid not in seen]
    return min(left, key=lambda item: item.record_in, default=None)


def _update(work: Work, clip: SnapshotItem, dry_run: bool) -> _Done:
    stale = staleness(work.document, clip)
    paths = update_media(work.document, clip)
    media, after = (work.measured_file(path) if path else None for path in paths)
    proposal = propose_update(work.document, clip, media=media, after=after)
    take = 0
    if proposal.request is not None:
        proposal = _here(work, proposal, proposal.request)
        take = proposal.request.takes - 1 if proposal.request else 0
    assert stale is not None
    work.console.say(f"{clip.name}: {stale.reason}")
    work.follow(proposal, take=take, dry_run=dry_run)
    return _Done(clip.uid, clip.name, stale.reason, stale.remedy.value, proposal.sentence)


def _here(work: Work, proposal: Proposal, request: Request) -> Proposal:
    """The new take lies with the new cut, whatever folder the first one was made in."""
    work.allow([Path(path) for path in files_of(request)])
    output = replace(request.output, folder=str(work.media_folder))
    return replace(proposal, request=replace(request, output=output))
