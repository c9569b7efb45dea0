"""The command line's grammar."""

from __future__ import annotations

import argparse
from pathlib import Path

from pickup import __version__
from pickup.cli.arguments_timeline import add_timeline
from pickup.cli.grammar import Commands, Grammar, command, late
from pickup.cli.values import Length, keyframe, length, matte_box, model_name, stroke_points
from pickup.protocol import HANDLE_FRAMES, Codec, Control, Delivery, Mode, Quality

_MODES = [mode for mode in Mode if mode is not Mode.REPLACE]


def parser() -> argparse.ArgumentParser:
    """The whole grammar. Parsing raises UsageError."""
    top = Grammar(prog="pickup", description="Extend, inpaint and restyle the clips of a timeline.")
    top.add_argument("--version", action="version", version=f"pickup {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_extend(commands)
    _add_bridge(commands)
    _add_inpaint(commands)
    _add_restyle(commands)
    _add_update(commands)
    add_timeline(commands)
    _add_jobs(commands)
    _add_engine(commands)
    _add_models(commands)
    _add_app(commands)
    _add_demo(commands)
    return top


def _add_verb(commands: Commands[Grammar], name: str, text: str) -> Grammar:
    verb = command(commands, name, text, late("verbs", name))
    verb.add_argument("timeline", type=Path, metavar="CUT.otio")
    verb.add_argument("--clip", required=True, help="V1:2, a clip's name, or a record timecode")
    verb.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    verb.add_argument("--media-folder", type=Path, help="default: “OUT media” beside OUT.otio")
    verb.add_argument("--codec", type=Codec, choices=list(Codec), default=Codec.PRORES)
    verb.add_argument("--prompt", default="", help="what should be seen")
    verb.add_argument("--reference", action="append", default=[], type=Path, metavar="IMG")
    verb.add_argument("--camera", default="", help="e.g. “pan-left 15%% + zoom-in 1.2x”")
    verb.add_argument(
        "--model", default="pickup-draft", type=model_name, metavar="ID|FOLDER",
        help="an id of `pickup models list`, or a folder in diffusers form",
    )  # fmt: skip
    verb.add_argument("--seed", type=int, default=0)
    verb.add_argument("--takes", type=int, default=1)
    _add_sampling(verb)
    verb.add_argument("--dry-run", action="store_true", help="say what would be made, make nothing")
    return verb


def _add_sampling(verb: Grammar) -> None:
    """What models that denoise are asked; the plan decides what is left out."""
    verb.add_argument("--quality", type=Quality, choices=list(Quality), default=Quality.FINAL)
    verb.add_argument("--negative", default="", metavar="WORDS", help="what must not be seen")
    verb.add_argument("--steps", type=int, default=0, help="of denoising")
    verb.add_argument("--guidance", type=float, default=0.0, help="how strictly words are followed")
    verb.add_argument(
        "--size", type=int, default=0, metavar="PIXELS", help="shorter side of the model's picture"
    )


def _add_strokes(verb: Grammar) -> None:
    verb.add_argument(
        "--stroke", action="append", default=[], type=stroke_points, metavar='"x,y x,y …"',
        help="motion brush: the thing at the first point goes along the others (source pixels)",
    )  # fmt: skip
    verb.add_argument("--stroke-radius", type=int, default=40, metavar="PIXELS")


def _add_extend(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "extend", "Make a clip longer at its head or tail.")
    verb.add_argument("--tail", type=length, default=Length(0), metavar="48f|2s")
    verb.add_argument("--head", type=length, default=Length(0), metavar="48f|2s")
    verb.add_argument(
        "--handle", type=length, default=Length(HANDLE_FRAMES), metavar="12f|0.5s",
        help=f"generated frames beyond the new end, for trims and dissolves ({HANDLE_FRAMES}f)",
    )  # fmt: skip
    verb.add_argument("--mode", type=Mode, choices=_MODES, default=Mode.AUTO)
    _add_pins(verb)
    _add_strokes(verb)


def _add_pins(verb: Grammar) -> None:
    verb.add_argument(
        "--keyframe", action="append", default=[], type=keyframe, metavar="24f=IMG",
        help="pin an image at a time counted from the first new frame",
    )  # fmt: skip


def _add_bridge(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "bridge", "Lead from a clip to the next one with new frames.")
    verb.add_argument(
        "--frames", type=length, metavar="16f|1s",
        help="default: the gap between both, or two thirds of a second",
    )  # fmt: skip
    verb.add_argument("--mode", type=Mode, choices=_MODES, default=Mode.AUTO)
    _add_pins(verb)


def _add_inpaint(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "inpaint", "Fill a masked region of a clip.")
    region = verb.add_mutually_exclusive_group(required=True)
    region.add_argument("--matte", type=Path, help="white = generate: image, video or folder")
    region.add_argument("--box", type=matte_box, metavar="x,y,w,h", help="in source pixels")
    verb.add_argument("--remove", action="store_true", help="remove what is there (no prompt)")
    verb.add_argument("--delivery", type=Delivery, choices=list(Delivery), default=Delivery.PATCH)


def _add_restyle(commands: Commands[Grammar]) -> None:
    verb = _add_verb(commands, "restyle", "Change the look of a clip.")
    verb.add_argument("--preset", default="", help="see `pickup models list`")
    verb.add_argument(
        "--strength", type=float, default=1.0, metavar="0..1",
        help="how much is changed: 0 leaves the clip as it is",
    )  # fmt: skip
    verb.add_argument(
        "--control", type=Control, choices=list(Control), default=Control.AUTO,
        help="what a model that makes new pictures keeps of the clip",
    )  # fmt: skip
    verb.add_argument(
        "--keyframe", action="append", default=[], type=keyframe, metavar="24f=IMG",
        help="an edited copy of that frame of the clip, counted from 0: the shot follows it",
    )  # fmt: skip
    _add_strokes(verb)


def _add_update(commands: Commands[Grammar]) -> None:
    update = command(
        commands, "update", "Bring generated clips up to date with the cut around them.",
        late("update", "update"),
    )  # fmt: skip
    update.add_argument("timeline", type=Path, metavar="CUT.otio")
    update.add_argument(
        "--clip", help="V1:2, a clip's name, or a timecode; default: every stale one"
    )
    update.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    update.add_argument("--media-folder", type=Path, help="default: “OUT media” beside OUT.otio")
    update.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")


def _add_jobs(commands: Commands[Grammar]) -> None:
    jobs = command(commands, "jobs", "List jobs and takes.", late("jobs", "show"))
    jobs.add_argument("--unplaced", action="store_true", help="only takes that wait to be used")
    inner = jobs.add_subparsers(metavar="COMMAND")
    for name, text in (
        ("cancel", "Stop a job."),
        ("retry", "Run a failed job again."),
        ("dismiss", "Do not offer a job's takes any more."),
    ):
        one = command(inner, name, text, late("jobs", name))
        one.add_argument("job")
    place = command(inner, "place", "Put a finished take into its cut.", late("jobs", "place"))
    place.add_argument("job")
    place.add_argument("--take", type=int, default=1, help="counted from 1")
    place.add_argument("--timeline", type=Path, help="default: the cut that the job was made for")
    place.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")


def _add_engine(commands: Commands[Grammar]) -> None:
    group = commands.add_parser("engine", help="Look after the engine.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    command(inner, "status", "Say whether it runs.", late("engine", "status"))
    stop = command(inner, "stop", "Stop it.", late("engine", "stop"))
    stop.add_argument("--force", action="store_true", help="even while jobs run")


def _add_models(commands: Commands[Grammar]) -> None:
    group = commands.add_parser("models", help="Look after the models.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    command(inner, "list", "List them, and what they can do.", late("models", "show"))
    for name, text in (
        ("info", "Tell all about one."),
        ("verify", "Compare its files with what they should be."),
        ("cancel", "Stop loading it; what is there is kept."),
        ("remove", "Delete its files."),
    ):
        one = command(inner, name, text, late("models", name))
        one.add_argument("model", type=model_name, metavar="ID|FOLDER")
    pull = command(inner, "pull", "Load one from its hub.", late("models", "pull"))
    pull.add_argument("model", metavar="ID")
    pull.add_argument(
        "--accept-licence", action="store_true", help="for those that limit their use"
    )
    take = command(inner, "import", "Take over a folder.", late("models", "import_"))
    take.add_argument("folder", type=Path, metavar="FOLDER")
    take.add_argument("--id", default="", help="its name; default: found by its files")


def _add_app(commands: Commands[Grammar]) -> None:
    app = command(commands, "app", "Open the dock in its own window.", late("app", "start"))
    app.add_argument("timeline", type=Path, nargs="?", metavar="CUT.otio")


def _add_demo(commands: Commands[Grammar]) -> None:
    demo = command(commands, "demo", "Run the main job on a sample cut.", late("demo", "run"))
    demo.add_argument("folder", type=Path)
    demo.add_argument("--timeline", type=Path, metavar="CUT.otio", help="instead of the sample")
    demo.add_argument("--no-window", action="store_true", help="do not open the dock afterwards")
