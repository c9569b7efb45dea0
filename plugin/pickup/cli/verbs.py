"""`pickup extend`, `pickup bridge`, `pickup inpaint`, `pickup restyle`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pickup.cli.console import Console
from pickup.cli.values import PinnedImage
from pickup.cli.work import Propose, Work
from pickup.errors import MediaError, RequestError
from pickup.protocol import (
    Guidance,
    Keyframe,
    Matte,
    MediaRef,
    Operation,
    Output,
    Proposal,
    Sampling,
    Side,
    SnapshotItem,
    Stroke,
)
from pickup.timeline import (
    find_clip,
    following,
    propose_bridge,
    propose_extend,
    propose_inpaint,
    propose_restyle,
)


def extend(options: argparse.Namespace, console: Console) -> None:
    """Extend the head, the tail, or both."""
    with _opened(options, console) as work:
        wanted = ((Side.HEAD, options.head), (Side.TAIL, options.tail))
        lengths = [(side, length.at(work.document.rate)) for side, length in wanted]
        if not any(frames for _, frames in lengths):
            raise RequestError(
                "No length was given.",
                "Add --tail 48f, --tail 2s or --head …",
                code="request.length",
            )
        # Named once: after the first edit an address such as V1:2 may be another clip's.
        clip = find_clip(work.document, options.clip)
        for side, frames in lengths:
            if frames:
                work.carry_out(
                    clip, _extension(work, options, side, frames), dry_run=options.dry_run
                )
        _finish(work, options, Operation.EXTEND)


def _extension(work: Work, options: argparse.Namespace, side: Side, frames: int) -> Propose:
    def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
        return propose_extend(
            work.document,
            clip,
            side=side,
            frames=frames,
            mode=options.mode,
            media=media,
            output=_output(work, options, f"{clip.base_name} {side.value}"),
            guidance=_guidance(work, options),
            seed=options.seed,
            takes=options.takes,
            model=options.model,
            sampling=_sampling(options),
            handle=options.handle.at(work.document.rate),
        )

    return propose


def bridge(options: argparse.Namespace, console: Console) -> None:
    """Lead from a clip to the next one."""
    with _opened(options, console) as work:

        def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
            return propose_bridge(
                work.document,
                clip,
                media=media,
                after=work.measured(following(work.document, clip)),
                output=_output(work, options, f"{clip.base_name} bridge"),
                frames=options.frames and options.frames.at(work.document.rate),
                mode=options.mode,
                guidance=_guidance(work, options),
                seed=options.seed,
                takes=options.takes,
                model=options.model,
                sampling=_sampling(options),
            )

        work.carry_out(options.clip, propose, dry_run=options.dry_run)
        _finish(work, options, Operation.BRIDGE)


def inpaint(options: argparse.Namespace, console: Console) -> None:
    """Fill a masked region."""
    if options.remove and options.prompt:
        raise RequestError(
            "--remove and --prompt exclude each other.",
            "Leave one of them out.",
            code="request.contradiction",
        )
    if options.remove and options.reference:
        raise RequestError(
            "--remove and --reference exclude each other.",
            "Remove first, then place the reference image over the take.",
            code="request.contradiction",
        )
    with _opened(options, console) as work:
        matte = Matte(box=options.box) if options.box else Matte(path=str(options.matte.absolute()))

        def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
            return propose_inpaint(
                work.document,
                clip,
                matte=matte,
                media=media,
                output=_output(work, options, f"{clip.base_name} inpaint"),
                delivery=options.delivery,
                guidance=_guidance(work, options),
                seed=options.seed,
                takes=options.takes,
                model=options.model,
                sampling=_sampling(options),
            )

        work.carry_out(options.clip, propose, dry_run=options.dry_run)
        _finish(work, options, Operation.INPAINT)


def restyle(options: argparse.Namespace, console: Console) -> None:
    """Change the look."""
    if not 0.0 <= options.strength <= 1.0:
        raise RequestError(
            f"--strength {options.strength} is outside 0..1.",
            "Give a number from 0 (unchanged) to 1.",
            code="request.strength",
        )
    with _opened(options, console) as work:

        def propose(clip: SnapshotItem, media: MediaRef) -> Proposal:
            return propose_restyle(
                work.document,
                clip,
                media=media,
                output=_output(work, options, f"{clip.base_name} restyle"),
                preset=options.preset,
                strength=options.strength,
                control=options.control,
                guidance=_guidance(work, options),
                seed=options.seed,
                takes=options.takes,
                model=options.model,
                sampling=_sampling(options),
            )

        work.carry_out(options.clip, propose, dry_run=options.dry_run)
        _finish(work, options, Operation.RESTYLE)


@contextmanager
def _opened(options: argparse.Namespace, console: Console) -> Iterator[Work]:
    """The cut, with everything that the command names allowed; closed whatever happens."""
    if not 1 <= options.takes <= 16:
        raise RequestError(
            f"--takes {options.takes} is outside 1..16.", "Ask for 1 to 16.", code="request.takes"
        )
    files: list[Path] = [*options.reference]
    files += [pin.image for pin in getattr(options, "keyframe", [])]
    if matte := getattr(options, "matte", None):
        files.append(matte)
    if Path(options.model).is_absolute():
        files.append(Path(options.model))
    for file in files:
        _check_there(file)
    work = Work(options.timeline, options.output, options.media_folder, console)
    try:
        work.allow(files)
        yield work
    finally:
        work.close()


def _check_there(file: Path) -> None:
    # A printf pattern names the images of a sequence, not a file.
    if not file.exists() and not re.search(r"%0?\d*d", file.name):
        raise MediaError(
            f"{file.absolute()} does not exist.", "Check the path.", code="media.missing"
        )


def _finish(work: Work, options: argparse.Namespace, operation: Operation) -> None:
    if not options.dry_run:
        work.save()
    work.report(operation, options.model, options.seed, dry_run=options.dry_run)


def _output(work: Work, options: argparse.Namespace, name: str) -> Output:
    return Output(str(work.media_folder), name, options.codec)


def _sampling(options: argparse.Namespace) -> Sampling:
    return Sampling(options.quality, options.steps, options.guidance, options.size)


def _guidance(work: Work, options: argparse.Namespace) -> Guidance:
    pins: list[PinnedImage] = getattr(options, "keyframe", [])
    rate = work.document.rate
    return Guidance(
        prompt=options.prompt,
        references=tuple(str(image.absolute()) for image in options.reference),
        keyframes=tuple(Keyframe(pin.time.at(rate), str(pin.image.absolute())) for pin in pins),
        camera=options.camera,
        negative=options.negative,
        strokes=tuple(
            Stroke(points, options.stroke_radius) for points in getattr(options, "stroke", [])
        ),
    )
