"""States of the dock that are about clips which Pickup made, for `states.py`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from opening import opened

from pickup.protocol import (
    ItemKind,
    JobState,
    Keyframe,
    Mode,
    Operation,
    Origin,
    Piece,
    Proposal,
    Recipe,
    Snapshot,
    SnapshotItem,
    encode,
)
from pickup_ui.state.desk import Desk
from pickup_ui.state.outlook import Outlook, OutlookKind
from pickup_ui.state.program import Cell
from support import ui
from support.shots import State

_STALE = "shot 12 ends 6 frames earlier now."


def generated(stale: str = "", takes: int = 4, frames: int = 34) -> SnapshotItem:
    """A clip that was made, after shot 12 and its handle."""
    return ui.clip(
        *("g", "shot 12 extend", 230, frames), generated=True, job="j1", take=1, takes=takes,
        operation="extend", stale=stale, index=4, tail_handle=12, media="/cut/t2.mov",
    )  # fmt: skip


def recipe(folder: Path) -> str:
    """The recipe of a take by the built-in model; returns its path."""
    made = Recipe(
        *("j1", 1, ui.request(), ui.plan(), "pickup-draft", "0.2", "aa", True, True),
        *(1, "t2.mov", "bb", "cc"),
    )
    path = folder / "t2.mov.pickup.json"
    path.write_text(json.dumps(encode(made)), "utf-8")
    return str(path)


def living_cut(stale: str = "", takes: int = 4) -> Snapshot:
    """The small cut with that clip, and another one on a track above."""
    shots = ui.cut().tracks[0].items
    handle = ui.clip("h", "shot 12 handle", 216, 14, index=3)
    items = (*shots[:2], handle, generated(stale, takes), ui.gap(264, 12, 5), shots[3])
    track = replace(ui.cut().tracks[0], items=items)
    return ui.cut(tracks=(track, ui.cut().tracks[1]), revision=1, modified=True)


def select(desk: Desk, folder: Path, stale: str = "", takes: int = 4) -> None:
    """That clip is selected and its takes are known."""
    opened(desk, folder)
    session = desk.session
    session.set_snapshot(living_cut(stale, takes))
    desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    session.select("g")
    session.set_playhead(240)
    sidecar = recipe(folder)
    strips = [ui.film_strip(folder, 120 + 3 * k) for k in range(takes)]
    found = [ui.take("j1", k, strip, sidecar=sidecar) for k, strip in enumerate(strips)]
    told(desk, *found)
    sentence = "Adds 48 frames after shot 12 extend: 12 from its handle, 36 generated."
    pieces = (Piece(Origin.GENERATED, "shot 12 extend extend", 12),)
    placement = replace(ui.placement(), clip="g", record_in=264, pieces=pieces)
    proposal = replace(ui.proposal(), placement=placement)
    session.set_outlook(Outlook(OutlookKind.READY, sentence, proposal=proposal, plan=ui.plan()))


def told(desk: Desk, *takes: object, update: Outlook | None = None) -> None:
    """As if the timeline process had answered."""
    desk.living._pause.stop()
    desk.living.takes, desk.living.known, desk.living.update = tuple(takes), True, update
    desk.living.changed.emit()


def _update(sentence: str, made_again: bool = False, **more: object) -> Outlook:
    request = ui.request() if made_again else None
    placement = replace(ui.placement(), mode=Mode.REPLACE, clip="g")
    proposal = Proposal(request, placement, sentence)
    plan = ui.plan() if made_again else None
    return Outlook(OutlookKind.READY, sentence, proposal=proposal, plan=plan, **more)


def card(desk: Desk, folder: Path) -> None:
    """A clip that fits, with four takes."""
    select(desk, folder)


def alone(desk: Desk, folder: Path) -> None:
    """A clip with one take."""
    select(desk, folder, takes=1)
    told(desk, ui.take("j1", 1, sidecar=recipe(folder)))


def stale(desk: Desk, folder: Path) -> None:
    """A clip whose own file still serves."""
    select(desk, folder, stale="6 frames after it are empty.")
    sentence = (
        "Shows 6 frames more of what was generated for shot 12 extend. Nothing is generated, and "
        "nothing else moves."
    )
    told(desk, *desk.living.takes, update=_update(sentence))


def made_again(desk: Desk, folder: Path) -> None:
    """A clip that has to be made again."""
    select(desk, folder, stale=_STALE)
    sentence = "Makes shot 12 extend again, 34 frames, with the same seed. Nothing else moves."
    warnings = ("The clip shows take 2: takes 1 to 2 are made again.",)
    told(desk, *desk.living.takes, update=_update(sentence, True, warnings=warnings))


def lost(desk: Desk, folder: Path) -> None:
    """A clip that nothing can be done about."""
    select(desk, folder, stale="The clip that it continued is gone.", takes=2)
    outlook = Outlook(
        OutlookKind.REFUSED,
        "shot 12 extend cannot be brought up to date: The clip that it continued is gone.",
        "Put it back where it was, remove it, or keep it as it is.",
        code="timeline.no_update",
    )
    told(desk, *desk.living.takes, update=outlook)


def reviewed(desk: Desk, folder: Path) -> None:
    """The new take of an update is looked at."""
    made_again(desk, folder)
    job = ui.job("j2", JobState.SUCCEEDED, takes=(ui.take("j2", 0, ui.film_strip(folder, 90)),))
    piece = Piece(Origin.GENERATED, "shot 12 extend", 34)
    placement = replace(ui.placement(), mode=Mode.REPLACE, clip="g", record_in=230, pieces=(piece,))
    desk.session.set_job(replace(job, submission=replace(job.submission, placement=placement)))
    for k in range(34):
        desk.pictures.put(Cell(job.takes[0].media.path, k), str(folder / f"p{k // 20}.png"))
    desk.session.set_take(("j2", 0))


def bridged(desk: Desk, folder: Path) -> None:
    """A bridge over the gap, with a keyframe."""
    opened(desk, folder)
    session = desk.session
    session.set_operation(Operation.BRIDGE)
    session.guide(keyframes=(Keyframe(24, str(folder / "p3.png")),))
    sentence = (
        "Bridges shot 12 and shot 14 with 60 generated frames in the gap between them. Nothing "
        "else moves."
    )
    pieces = (Piece(Origin.GENERATED, "shot 12 bridge", 60),)
    placement = replace(ui.placement(), operation=Operation.BRIDGE, pieces=pieces)
    plan = ui.plan(
        11,
        warnings=(
            "Where both shots do not show the same place, the draft model dissolves from one to"
            " the other.",
        ),
    )
    proposal = Proposal(ui.request(), placement, sentence)
    session.set_outlook(Outlook(OutlookKind.READY, sentence, proposal=proposal, plan=plan))


def bridge_by_length(desk: Desk, folder: Path) -> None:
    """A bridge over a hard cut, by frames; every field of a model that reads words."""
    bridged(desk, folder)
    session = desk.session
    session.set_models((ui.draft_model(), ui.vace()))
    session.select("c1")
    session.change(whole=False, mode=Mode.RIPPLE, model="wan2.1-vace-1.3b")
    session.guide(prompt="the camera passes a wall", keyframes=())
    sentence = (
        "Bridges shot 11 and shot 12 with 16 generated frames between them. Everything from there "
        "on moves by 16 frames on all tracks."
    )
    session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=ui.vace_plan())
    )


def no_bridge(desk: Desk, folder: Path) -> None:
    """The last clip: there is nothing to lead to."""
    bridged(desk, folder)
    desk.session.select("c3")
    assert desk.session.item is not None
    assert desk.session.item.kind is ItemKind.CLIP
    desk.session.set_outlook(
        Outlook(
            OutlookKind.REFUSED,
            "shot 14 is the last clip on V1: there is nothing to lead to.",
            "Extend it, or select a clip that another one follows.",
        )
    )


LIVING_STATES: dict[str, State] = {
    "40-card": card,
    "41-one-take": alone,
    "42-stale": stale,
    "43-made-again": made_again,
    "44-lost": lost,
    "45-reviewed": reviewed,
    "46-bridge": bridged,
    "47-bridge-by-length": bridge_by_length,
    "48-no-bridge": no_bridge,
}
