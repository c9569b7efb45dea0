"""States of the dock that are about models, for `states.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from opening import opened

from pickup.protocol import (
    Control,
    Guidance,
    JobState,
    Keyframe,
    ModelTransfer,
    Operation,
    Quality,
    TransferKind,
    TransferState,
)
from pickup_ui.state.desk import Desk
from pickup_ui.state.outlook import EngineMood, Outlook, OutlookKind
from pickup_ui.state.shelf import Question
from support import ui
from support.shots import State


def generating(desk: Desk, folder: Path) -> None:
    """A model that denoises: words, references, keyframes, quality and size."""
    opened(desk, folder)
    desk.session.set_models((ui.draft_model(), ui.vace()))
    pinned = (Keyframe(33, str(folder / "p9.png")),)
    guidance = Guidance(
        "A ferry leaves the harbour at dusk, low sun on the water",
        (str(folder / "p3.png"), str(folder / "p15.png")),
        pinned,
        negative="people, text",
    )
    desk.session.change(model="wan2.1-vace-1.3b", guidance=guidance)
    proposal = ui.proposal()
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, proposal.sentence, proposal=proposal, plan=ui.vace_plan())
    )


def test_model(desk: Desk, folder: Path) -> None:
    """A model of random weights, chosen and told as such; its take too."""
    generating(desk, folder)
    test = ui.vace(id="tiny", name="Tiny VACE", test=True)
    desk.session.set_models((ui.draft_model(), ui.vace(), test))
    desk.session.change(model="tiny")
    takes = tuple(
        ui.take("j1", k, ui.film_strip(folder, 120 + 3 * k), draft=k == 1, test=True)
        for k in range(2)
    )
    desk.session.set_job(ui.job("j1", JobState.SUCCEEDED, takes=takes))
    desk.session.set_take(("j1", 0))
    proposal = ui.proposal()
    plan = replace(ui.vace_plan(), test=True, seconds=0.0)
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, proposal.sentence, proposal=proposal, plan=plan)
    )


def structure(desk: Desk, folder: Path) -> None:
    """A restyle that keeps the shot's structure."""
    generating(desk, folder)
    desk.session.set_operation(Operation.RESTYLE)
    guidance = Guidance("The harbour as a paper model, soft light", (str(folder / "p3.png"),))
    desk.session.change(
        model="wan2.1-vace-1.3b", guidance=guidance, control=Control.EDGES, quality=Quality.DRAFT
    )
    sentence = "Restyles 120 frames of shot 12 on a track above V1. Nothing else moves."
    warnings = ("The model was made for 16 frames a second.",)
    plan = replace(ui.vace_plan(), draft=True, warnings=warnings)
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=plan)
    )


def too_large(desk: Desk, folder: Path) -> None:
    """It does not fit: what does, as buttons."""
    generating(desk, folder)
    desk.session.set_outlook(
        Outlook(
            OutlookKind.REFUSED,
            "Wan2.1 VACE 1.3B needs 9.2 GB for 48 frames at 480; this machine has 7.1 GB free.",
            "Ask for `--size 384`, or for fewer frames.",
            code="model.too_large",
        )
    )


def not_installed(desk: Desk, folder: Path) -> None:
    """A model that was chosen and is gone."""
    generating(desk, folder)
    desk.session.set_models((ui.draft_model(), ui.vace(installed=False)))
    desk.session.set_outlook(
        Outlook(
            OutlookKind.REFUSED,
            "The model Wan2.1 VACE 1.3B is not installed.",
            "Get it with `pickup models pull wan2.1-vace-1.3b`.",
            code="model.not_installed",
        )
    )


def previewed(desk: Desk, folder: Path) -> None:
    """The queue shows how it goes."""
    generating(desk, folder)
    picture = str(folder / "p9.png")
    steps: dict[str, object] = {"step": 12, "steps": 30, "progress": 0.44, "eta": 163.0}
    desk.session.set_job(ui.job("j1", JobState.RUNNING, preview=picture, **steps))
    desk.session.set_job(ui.job("j2", JobState.QUEUED, position=1, label="Inpaint shot 14"))


def shelf(desk: Desk, folder: Path) -> None:
    """The models page: built in, coming, too large, a licence to agree to, helpers, a failure."""
    opened(desk, folder)
    large = ui.vace(
        id="wan2.1-vace-14b", name="Wan2.1 VACE 14B", installed=False, bytes=75_000_000_000,
        memory_bytes=42_000_000_000, repository="Wan-AI/Wan2.1-VACE-14B-diffusers",
    )  # fmt: skip
    helper: dict[str, object] = {"operations": (), "keyframes": (), "controls": ()}
    strict = ui.vace(
        id="strict", name="VACE Distilled", licence="CC-BY-NC-4.0", installed=False,
        bytes=330_000_000, memory_bytes=0, repository="someone/vace-distilled", **helper,
    )  # fmt: skip
    depth = ui.vace(
        id="depth", name="Depth Anything V2 Small", version="2", memory_bytes=0,
        bytes=99_000_000, repository="depth-anything/Depth-Anything-V2-Small-hf", **helper,
    )  # fmt: skip
    broken = ui.vace(
        id="fun", version="2.2", name="Wan2.2 VACE Fun", installed=False, bytes=69_000_000_000
    )
    tiny = ui.vace(id="tiny", name="Tiny VACE", test=True, bytes=4_100_000, repository="")
    coming = ui.vace(installed=False)
    desk.session.set_models((ui.draft_model(), coming, large, broken, tiny, strict, depth))
    full = {
        "code": "storage.full",
        "message": "The disk is full: 61 GB more are needed in /home/me/.local/share/pickup.",
        "hint": "Free some space, then go on: what has come is kept.",
    }
    running = ModelTransfer(
        coming.id, TransferKind.PULL, TransferState.RUNNING, 7_420_000_000, coming.bytes
    )
    failed = ModelTransfer(
        "fun", TransferKind.PULL, TransferState.FAILED, 8_000_000_000, 69_000_000_000, error=full
    )
    desk.shelf.transfers = {one.model: one for one in (running, failed)}
    desk.shelf.questions = {"strict": Question.LICENCE}
    desk.shelf.open()


def shelf_without_engine(desk: Desk, folder: Path) -> None:
    """The models page while no engine runs."""
    shelf(desk, folder)
    desk.shelf.transfers = {}
    desk.shelf.questions = {}
    desk.session.set_engine(EngineMood.GONE)


MODEL_STATES: dict[str, State] = {
    "20-generating": generating,
    "21-test-model": test_model,
    "22-structure": structure,
    "23-too-large": too_large,
    "24-not-installed": not_installed,
    "25-preview": previewed,
    "26-models": shelf,
    "27-models-no-engine": shelf_without_engine,
}
