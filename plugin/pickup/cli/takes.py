"""`pickup timeline takes` and `take`: the alternatives of a generated clip, and another one in its
place. The engine need not run: files and recipes tell all."""

from __future__ import annotations

import argparse
import contextlib

from pickup.cli.console import Console
from pickup.cli.opening import opened
from pickup.client.blocking import Engine
from pickup.errors import EngineError, TimelineError
from pickup.protocol import PlacementState, Seam, SnapshotItem, Take, encode
from pickup.timeline import Document, find_clip, switch_take, takes_of


def show(options: argparse.Namespace, console: Console) -> None:
    """List the takes of the job that made a clip."""
    document = opened(options, console)
    clip, takes = _found(document, options.clip)
    console.say(f"{clip.name}: job {clip.job}, {clip.operation or 'an unknown verb'}")
    for take in takes:
        console.say(_line(take))
    console.result(
        {
            "clip": clip.uid,
            "job": clip.job,
            "take": clip.take + 1,
            "takes": [encode(take) for take in takes],
        }
    )


def use(options: argparse.Namespace, console: Console) -> None:
    """Show another take of the same job, and save."""
    document = opened(options, console)
    target = document.check_target(options.output)
    clip, takes = _found(document, options.clip)
    take = next((take for take in takes if take.index == options.use - 1), None)
    if take is None:
        known = ", ".join(str(take.index + 1) for take in takes)
        raise TimelineError(
            f"{clip.name} has no take {options.use}.",
            f"Choose one of {known}.",
            code="timeline.no_take",
        )
    result = switch_take(document, clip, take)
    for sentence in result.warnings:
        console.warn(sentence)
    document.save(target)
    _tell_engine(clip, take)
    console.say(result.sentence)
    console.say(f"Wrote {target}")
    console.result(
        {
            "timeline": str(target),
            "take": encode(take),
            "clips": [encode(record) for record in result.clips],
        }
    )


def _found(document: Document, text: str) -> tuple[SnapshotItem, tuple[Take, ...]]:
    """The clip, which must be a generated one, and its takes, one at least."""
    clip = find_clip(document, text)
    if not clip.generated:
        raise TimelineError(
            f"{clip.name} was not made by Pickup: it has no takes.",
            "Name a clip that `pickup timeline show` calls generated.",
            code="timeline.not_ours",
        )
    takes = takes_of(document, clip)
    if not takes:
        raise TimelineError(
            f"No recipe of {clip.name} is left: its other takes are not known.",
            "Bring its file and those named .pickup.json beside it back, or relink the clip.",
            code="timeline.no_recipe",
        )
    return clip, takes


def _tell_engine(clip: SnapshotItem, take: Take) -> None:
    """An engine that runs and knows the job follows, so that it offers the take that is free now;
    the cut is right without it."""
    with contextlib.suppress(EngineError):
        engine = Engine.connect(start=False)
        engine.set_placement(clip.job, clip.take, PlacementState.OPEN)
        engine.set_placement(clip.job, take.index, PlacementState.PLACED)


def _line(take: Take) -> str:
    kind = "noise" if take.test else "draft" if take.draft else "final"
    parts = [f"take {take.index + 1}", kind, f"seed {take.seed}", *_measured(take.seam)]
    if take.placement is PlacementState.PLACED:
        parts.append("in the cut")
    return f"  {', '.join(parts)}\n      {take.media.path}"


def _measured(seam: Seam) -> list[str]:
    """How the take fits at its joins, as far as it has any."""
    parts = []
    if seam.colour is not None:
        parts.append(f"colour {seam.colour:.2f}")
    if seam.jump is not None:
        parts.append(f"jump {seam.jump:.2f}")
    if seam.sharpness is not None:
        parts.append(f"sharpness {seam.sharpness:.2f}")
    return parts
