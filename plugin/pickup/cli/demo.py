"""`pickup demo`: the main job on a sample cut, or on the user's own, with a contact sheet.

Extends one clip, removes an object from a second one by a matte, restyles a third one with a
reference image. `dev.py run` is this command.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.contact_sheet import write_contact_sheet
from pickup.cli.work import Work
from pickup.client.blocking import Engine
from pickup.errors import EngineError, RequestError
from pickup.protocol import (
    Guidance,
    ItemKind,
    Matte,
    MediaRef,
    Operation,
    Output,
    Proposal,
    Side,
    SnapshotItem,
)
from pickup.timeline import (
    propose_extend,
    propose_inpaint,
    propose_restyle,
    sample_timeline,
    snapshot,
)

_EXTENSION_SECONDS = 1


@dataclass(frozen=True)
class Scene:
    """What the demo works on: a cut, a clip for each verb, a matte and a reference image."""

    timeline: Path
    extend: str
    inpaint: str
    restyle: str
    matte: Matte
    reference: Path | None


def run(options: argparse.Namespace, console: Console) -> None:
    """Make the demo in `options.folder`, then open the dock where there is a display."""
    started = time.monotonic()
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "cut.pickup.otio"
    scene = _own(options.timeline) if options.timeline else _sample(folder, console)
    work = Work(scene.timeline, target, folder / "pickup media", console)
    work.allow([scene.timeline, *([scene.reference] if scene.reference else [])])
    if scene.matte.path:
        work.allow([Path(scene.matte.path)])
    _extend(work, scene)
    _inpaint(work, scene)
    _restyle(work, scene)
    work.save()
    sheet = write_contact_sheet(work, folder / "contact_sheet.png")
    work.report(Operation.EXTEND, "pickup-draft", 0)
    console.say(f"Contact sheet: {sheet}")
    console.say(f"The engine's draft model made all of it in {time.monotonic() - started:.0f} s.")
    if not options.no_window and _has_display():
        subprocess.Popen([sys.executable, "-m", "pickup_ui", str(target)], start_new_session=True)
        console.say("The dock is opening.")


def _sample(folder: Path, console: Console) -> Scene:
    """Render the sample clips (once) and build the sample cut."""
    console.say("Rendering the sample footage ...")
    media = folder / "sample"
    made = subprocess.run(
        [sys.executable, "-m", "pickup_engine.media.samples", str(media)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if made.returncode:
        raise EngineError(
            f"The sample footage could not be rendered into {media}.",
            "The reason is printed above; is the disk full?",
            code="engine.sample",
        )
    *paths, matte, reference = made.stdout.splitlines()
    engine = Engine.connect()
    engine.allow([str(media)])
    clips = engine.probe(paths)
    return Scene(
        timeline=sample_timeline(folder, clips),
        extend="V1:1",
        inpaint="V1:3",
        restyle="V1:4",
        matte=Matte(path=matte),
        reference=Path(reference),
    )


def _own(timeline: Path) -> Scene:
    """The first usable clips of the user's cut; a box in the middle stands for the object."""
    from pickup.timeline import Document

    view = snapshot(Document.open(timeline.absolute()))
    found = [
        (track.label, item)
        for track in view.tracks
        if track.kind == "Video"
        for item in track.items
        if item.kind is ItemKind.CLIP and not item.refusal and Path(item.media).exists()
    ]
    if not found:
        raise RequestError(
            f"{timeline} has no clip on a video track that can be worked on.",
            "See `pickup timeline show` for the reasons; relink its media and try again.",
            code="request.no_clip",
        )
    chosen = [found[min(index, len(found) - 1)] for index in range(3)]
    extend, inpaint, restyle = (_address(label, item) for label, item in chosen)
    return Scene(timeline, extend, inpaint, restyle, matte=Matte(), reference=None)


def _address(label: str, item: SnapshotItem) -> str:
    return f"{label}:{item.index}"


def _extend(work: Work, scene: Scene) -> None:
    frames = int(_EXTENSION_SECONDS * work.document.rate + 1)

    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        return propose_extend(
            work.document,
            clip,
            side=Side.TAIL,
            frames=frames,
            media=media,
            output=_output(work, f"{clip.name} tail"),
        )

    work.carry_out(scene.extend, propose)


def _inpaint(work: Work, scene: Scene) -> None:
    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        matte = scene.matte if scene.matte.path else _middle(media)
        return propose_inpaint(
            work.document,
            clip,
            matte=matte,
            media=media,
            output=_output(work, f"{clip.name} inpaint"),
        )

    work.carry_out(scene.inpaint, propose)


def _restyle(work: Work, scene: Scene) -> None:
    images = (str(scene.reference),) if scene.reference else ()

    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        return propose_restyle(
            work.document,
            clip,
            media=media,
            output=_output(work, f"{clip.name} restyle"),
            preset="" if images else "warm",
            guidance=Guidance(references=images),
        )

    work.carry_out(scene.restyle, propose)


def _middle(media: MediaRef) -> Matte:
    width, height = media.width // 6, media.height // 6
    return Matte(box=((media.width - width) // 2, (media.height - height) // 2, width, height))


def _output(work: Work, name: str) -> Output:
    return Output(str(work.media_folder), name)


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
