"""`pickup demo`: the main job on a sample cut, or on the user's own, with a contact sheet.

Extends one clip, removes an object from a second one by a matte, restyles a third one with a
reference image. `dev.py run` is this command.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
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

_EXTENSION_SECONDS = Fraction(3, 2)


@dataclass(frozen=True)
class Scene:
    """What the demo works on: a cut, a matte folder for its whole media, and a reference image."""

    timeline: Path
    matte: Path | None = None
    reference: Path | None = None


def run(options: argparse.Namespace, console: Console) -> None:
    """Make the demo in `options.folder`, then open the dock where there is a display."""
    started = time.monotonic()
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "cut.pickup.otio"
    scene = Scene(options.timeline) if options.timeline else _sample(folder, console)
    work = Work(scene.timeline, target, folder / "pickup media", console)
    work.allow(file for file in (scene.timeline, scene.reference) if file)
    # Chosen before the first edit: addresses change with every clip that is inserted.
    first, second, third = _three_clips(work)
    _extend(work, first)
    _inpaint(work, second, scene.matte)
    _restyle(work, third, scene.reference)
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
    console.say("Preparing the sample footage ...")
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
    return Scene(sample_timeline(folder, clips), Path(matte), Path(reference))


def _three_clips(work: Work) -> list[SnapshotItem]:
    """The first three usable clips; the last one again where there are fewer."""
    found = [
        item
        for track in snapshot(work.document).tracks
        if track.kind == "video"
        for item in track.items
        if item.kind is ItemKind.CLIP and not item.refusal
    ]
    if not found:
        raise RequestError(
            f"{work.source} has no clip on a video track that can be worked on.",
            "See `pickup timeline show` for the reasons; relink its media and try again.",
            code="request.no_clip",
        )
    return [found[min(index, len(found) - 1)] for index in range(3)]


def _extend(work: Work, clip: SnapshotItem) -> None:
    frames = int(_EXTENSION_SECONDS * work.document.rate)

    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        return propose_extend(
            work.document,
            clip,
            side=Side.TAIL,
            frames=frames,
            media=media,
            output=Output(str(work.media_folder), f"{clip.name} tail"),
        )

    work.carry_out(clip, propose)


def _inpaint(work: Work, clip: SnapshotItem, mattes: Path | None) -> None:
    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        output = Output(str(work.media_folder), f"{clip.name} inpaint")
        matte = _middle(media)
        if mattes is not None:
            matte = _matte_of_run(mattes, clip, work)
        return propose_inpaint(work.document, clip, matte=matte, media=media, output=output)

    work.carry_out(clip, propose)


def _matte_of_run(mattes: Path, clip: SnapshotItem, work: Work) -> Matte:
    """The images of the frames that the clip shows, out of one image for each frame of its file."""
    folder = mattes.with_name(f"{mattes.name} of {clip.name}")
    folder.mkdir(exist_ok=True)
    images = sorted(mattes.iterdir())[clip.media_first : clip.media_first + clip.frames]
    for number, image in enumerate(images):
        shutil.copyfile(image, folder / f"matte.{number:04d}{image.suffix}")
    work.allow([folder])
    return Matte(path=str(folder))


def _restyle(work: Work, clip: SnapshotItem, reference: Path | None) -> None:
    images = (str(reference),) if reference else ()

    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        return propose_restyle(
            work.document,
            clip,
            media=media,
            output=Output(str(work.media_folder), f"{clip.name} restyle"),
            preset="" if images else "warm",
            guidance=Guidance(references=images),
        )

    work.carry_out(clip, propose)


def _middle(media: MediaRef) -> Matte:
    width, height = media.width // 6, media.height // 6
    return Matte(box=((media.width - width) // 2, (media.height - height) // 2, width, height))


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
