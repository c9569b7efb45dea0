"""Every state of the dock as a picture: `python tests/ui/states.py FOLDER [STATE ...]`.

Three widths, light and dark. Look at all of them after a change of a view.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1]))

from file_states import FILE_STATES
from living_states import LIVING_STATES
from model_states import MODEL_STATES
from opening import opened, ready
from PySide6.QtWidgets import QApplication

from pickup.protocol import (
    Guidance,
    JobState,
    Keyframe,
    Matte,
    Mode,
    Operation,
    PlacementState,
    SnapshotTrack,
    Stroke,
)
from pickup_ui.state.desk import Desk
from pickup_ui.state.faults import Setting
from pickup_ui.state.outlook import EngineMood, Notice, Outlook, OutlookKind, Remedy
from pickup_ui.state.program import Cell
from support import ui
from support.shots import State, dark, light, sheet, shoot

SIZES = ((360, 720), (800, 860), (1400, 860))


def empty(desk: Desk, folder: Path) -> None:
    """Nothing is open, the engine starts."""
    desk.session.set_outlook(
        Outlook(OutlookKind.HINT, "Open a cut to begin: any editor can export .otio.")
    )


def nothing_selected(desk: Desk, folder: Path) -> None:
    """A cut without a selection."""
    opened(desk, folder)
    desk.session.select("")
    desk.session.set_outlook(Outlook(OutlookKind.HINT, "Select a clip in the timeline."))


def gap_selected(desk: Desk, folder: Path) -> None:
    """A gap says what to do."""
    opened(desk, folder)
    desk.session.select("gap:V1:216")
    hint = (
        "This is a gap of 60 frames. "
        "Select the clip before or after it and extend that into the gap, or bridge it from the "
        "clip before."
    )
    desk.session.set_outlook(Outlook(OutlookKind.HINT, hint))


def proposed(desk: Desk, folder: Path) -> None:
    """An extension before the button is pressed, with keyframes."""
    opened(desk, folder)
    pinned = (Keyframe(24, str(folder / "p3.png")), Keyframe(33, str(folder / "p9.png")))
    desk.session.change(guidance=Guidance(keyframes=pinned))


def working(desk: Desk, folder: Path) -> None:
    """One job runs, one waits, one has failed."""
    opened(desk, folder)
    error = {
        "code": "media.missing",
        "message": "shot 3 is offline: /cut/shot3.mov is missing.",
        "hint": "Relink it in the editor, or bring the file back.",
    }
    failed = ui.job("j3", JobState.FAILED, error=error, label="Restyle shot 3")
    waiting = ui.job("j2", JobState.QUEUED, position=1, label="Inpaint shot 14")
    spot = replace(ui.placement(), clip="c3", record_in=276, track=0, mode=Mode.ABOVE)
    waiting = replace(waiting, submission=replace(waiting.submission, placement=spot))
    for job in (ui.job("j1", JobState.RUNNING), waiting, failed):
        desk.session.set_job(job)


def taken(desk: Desk, folder: Path) -> None:
    """Three takes, the second in view."""
    opened(desk, folder)
    takes = tuple(ui.take("j1", k, ui.film_strip(folder, 120 + 3 * k)) for k in range(3))
    desk.session.set_job(ui.job("j1", JobState.SUCCEEDED, takes=takes))
    for one in takes:
        for k in range(34):
            desk.pictures.put(Cell(one.media.path, k), str(folder / f"p{k // 20}.png"))
    desk.session.set_take(("j1", 1))
    desk.session.set_playhead(240)


def used(desk: Desk, folder: Path) -> None:
    """The take is in the cut; undo is offered."""
    taken(desk, folder)
    job = desk.session.jobs["j1"]
    placed = replace(job.takes[1], placement=PlacementState.PLACED)
    desk.session.set_job(replace(job, takes=(job.takes[0], placed, job.takes[2])))
    v1 = ui.cut().tracks[0].items
    items = (
        *v1[:2],
        ui.clip("h", "shot 12 handle", 216, 14),
        ui.clip("g", "shot 12 extend", 230, 34, generated=True, job="j1", take=1),
        ui.gap(264, 12),
        v1[3],
    )
    track = SnapshotTrack("V1", "", "video", True, False, items)
    desk.session.set_snapshot(
        ui.cut(
            tracks=(track, ui.cut().tracks[1]),
            revision=1,
            can_undo="Extend shot 12",
            modified=True,
        )
    )
    desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    sentence = "Lays 48 frames after shot 12 on a track above V1: all 48 generated. Nothing moves."
    spot = replace(ui.placement(), mode=Mode.ABOVE)
    proposal = replace(ui.proposal(), sentence=sentence, placement=spot)
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=proposal, plan=ui.plan())
    )


def inpaint(desk: Desk, folder: Path) -> None:
    """A box is drawn on the picture."""
    opened(desk, folder)
    desk.session.set_operation(Operation.INPAINT)
    desk.session.change(matte=Matte(box=(980, 480, 330, 330)))
    sentence = (
        "Removes the masked region from 120 frames of shot 12, as a patch on a track above V1. "
        "Nothing else moves."
    )
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=ui.plan(14))
    )


def restyle(desk: Desk, folder: Path) -> None:
    """A reference image and a strength."""
    opened(desk, folder)
    desk.session.set_operation(Operation.RESTYLE)
    desk.session.change(guidance=Guidance(references=(str(folder / "p3.png"),)), strength=0.7)
    sentence = "Restyles 120 frames of shot 12 on a track above V1. Nothing else moves."
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=ui.plan(21))
    )


def cutout(desk: Desk, folder: Path) -> None:
    """A cut-out goes where the box is; what the model says about it is under the button."""
    inpaint(desk, folder)
    guidance = Guidance(references=(str(folder / "p9.png"),))
    desk.session.change(guidance=guidance)
    sentence = "Puts p9.png into 120 frames of shot 12, as a patch on a track above V1."
    plan = ui.plan(14, warnings=("The reference image is placed as a flat cut-out.",))
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=plan)
    )


def brushed(desk: Desk, folder: Path) -> None:
    """Two strokes of the motion brush and a camera move."""
    opened(desk, folder)
    way = ((700, 760), (900, 740), (1200, 800))
    strokes = (Stroke(way, 58), Stroke(((1340, 560), (1340, 420)), 58))
    desk.session.change(guidance=Guidance(camera="pan-left 15%", strokes=strokes))
    silent = ("The new clips are picture only: the sound of shot 12 is not extended.",)
    plan = ui.plan(warnings=("The camera move shows up to 15% of picture beyond the edges.",))
    proposal = ui.proposal()
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, proposal.sentence, "", None, silent, proposal, plan)
    )
    desk.brush.set_on(True)


def edited(desk: Desk, folder: Path) -> None:
    """Two edited frames that the shot follows."""
    opened(desk, folder)
    desk.session.set_operation(Operation.RESTYLE)
    pinned = (Keyframe(24, str(folder / "p3.png")), Keyframe(110, str(folder / "p9.png")))
    desk.session.change(guidance=Guidance(keyframes=pinned))
    sentence = "Restyles 120 frames of shot 12 on a track above V1. Nothing else moves."
    desk.session.set_outlook(
        Outlook(OutlookKind.READY, sentence, proposal=ui.proposal(), plan=ui.plan(21))
    )


def refused_camera(desk: Desk, folder: Path) -> None:
    """The reason beside the field."""
    opened(desk, folder)
    desk.session.change(guidance=Guidance(camera="pan-left 80%"))
    desk.session.set_outlook(
        Outlook(
            OutlookKind.REFUSED,
            "“pan-left 80%” is out of range: more than 0%, at most 50%.",
            "Join moves with “+”, e.g. “pan-left 15% + zoom-in 1.2x”; the words are pan-left,"
            " pan-right, tilt-up, tilt-down, zoom-in, zoom-out, handheld.",
            setting=Setting.CAMERA,
        )
    )


def refused(desk: Desk, folder: Path) -> None:
    """The reason in place."""
    opened(desk, folder)
    desk.session.change(guidance=Guidance("A whale jumps out of the water"), frames=600)
    desk.session.set_outlook(
        Outlook(
            OutlookKind.REFUSED,
            "The draft model makes at most 480 frames at once; 600 were asked for.",
            "Ask for 480 frames or fewer, in several steps if need be.",
        )
    )


def offline(desk: Desk, folder: Path) -> None:
    """A clip whose file is missing."""
    opened(desk, folder)
    snapshot = ui.cut()
    why = "shot 12 is offline: /cut/shot12.mov is missing. Relink it in the editor."
    lost = replace(snapshot.tracks[0].items[1], media="", refusal=why)
    items = (snapshot.tracks[0].items[0], lost, *snapshot.tracks[0].items[2:])
    tracks = (replace(snapshot.tracks[0], items=items), snapshot.tracks[1])
    desk.session.set_snapshot(replace(snapshot, tracks=tracks))
    desk.session.set_outlook(Outlook(OutlookKind.REFUSED, why))
    desk.program.put(0, [None] * 480)
    desk.session.select("c2")


def engine_gone(desk: Desk, folder: Path) -> None:
    """The engine has stopped and comes back."""
    working(desk, folder)
    desk.session.set_engine(EngineMood.RESTARTING)
    desk.session.set_notice(
        Notice(
            "The engine has stopped and starts again.",
            "Your work is safe: jobs go on, finished takes are kept.",
        )
    )
    desk.session.set_outlook(Outlook(OutlookKind.WORKING, "The engine starts …"))


def offered(desk: Desk, folder: Path) -> None:
    """Takes of an earlier session."""
    opened(desk, folder)
    desk.session.set_notice(
        Notice(
            "2 finished takes of an earlier session are not in the cut yet.",
            remedies=(Remedy("Show", lambda: None), Remedy("Put away", lambda: None)),
        )
    )


def many(desk: Desk, folder: Path) -> None:
    """10,000 clips, all in view."""
    opened(desk, folder)
    desk.session.set_snapshot(ui.long_cut(10_000))
    desk.program.put(0, [Cell("/cut/shot12.mov", k) for k in range(480)])
    ready(desk)


STATES: dict[str, State] = {
    "01-empty": empty,
    "02-nothing-selected": nothing_selected,
    "03-gap": gap_selected,
    "04-proposed": proposed,
    "05-working": working,
    "06-takes": taken,
    "07-used": used,
    "08-inpaint": inpaint,
    "09-restyle": restyle,
    "10-refused": refused,
    "15-cut-out": cutout,
    "16-brush": brushed,
    "17-edited": edited,
    "18-refused-camera": refused_camera,
    "11-offline": offline,
    "12-engine-gone": engine_gone,
    "13-offered": offered,
    "14-10000-clips": many,
    **MODEL_STATES,
    **FILE_STATES,
    **LIVING_STATES,
}


def main(target: Path, only: list[str]) -> None:
    """Write all pictures and one sheet per state and palette."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setStyle("Fusion")
    target.mkdir(parents=True, exist_ok=True)
    pictures = target / "pictures"
    pictures.mkdir(exist_ok=True)
    for k in range(24):
        ui.scenery(20 * k).save(str(pictures / f"p{k}.png"))
    for name, state in STATES.items():
        if only and not any(word in name for word in only):
            continue
        for tone, palette in (("dark", dark()), ("light", light())):
            shots = []
            for size in SIZES:
                shots.append(shoot(state, size, palette, pictures))
                shots[-1].save(str(target / f"{name}-{size[0]}-{tone}.png"))
            sheet(shots).save(str(target / f"{name}-{tone}.png"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
